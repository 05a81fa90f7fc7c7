"""What a visitor asks, read from a form and checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.inference.encoding import EncodedProteins, check_length
from dna_protein_bca.io.fasta import Kind, SequenceRecord, read_fasta_text

from .limits import Limits

FIELDS = ("proteins", "dna", "names", "species", "whole", "max_p", "changes")
FILES = ("proteins_file", "dna_file")
"""Of the form: those with a text, and those with a file."""

NEAREST = 3
"""Names that a message offers for one that is not there."""


class Query(NamedTuple):
    """Checked records.

    Attributes:
        proteins: none where `species` says which.
        dna: at least one record.
        max_p: the highest p-value of a listed site.
        changes: of the DNA, such as `promoter:24:A:G`; none for none.
        species: whose measured proteins, all of them, are asked about; empty for none.
    """

    proteins: list[SequenceRecord]
    dna: list[SequenceRecord]
    max_p: float
    changes: list[str]
    species: str = ""


class Collection:
    """The measured proteins that come with the weights, found by their names.

    Args:
        proteins: species -> its records, with ids `NAME|protein_id`.
        ready: species whose proteins are encoded, so that all can be asked about at once.
    """

    def __init__(
        self,
        proteins: Mapping[str, Sequence[SequenceRecord]],
        ready: Mapping[str, EncodedProteins] | None = None,
    ) -> None:
        self.ready = dict(ready or {})
        self.species = {species: len(records) for species, records in proteins.items()}
        self._named = {
            species: {record.id.partition("|")[0].lower(): record for record in records}
            for species, records in proteins.items()
        }

    def find(self, species: str, names: Sequence[str]) -> list[SequenceRecord]:
        """Proteins of a species by the names of their genes, in either case.

        Raises:
            InputError: there is no such species, or no such protein.
        """
        known = self._named.get(species)
        if known is None:
            raise InputError(f"no measured protein is of the species {species!r}: choose another")
        return [self._one(species, known, name) for name in dict.fromkeys(names)]

    def _one(self, species: str, known: Mapping[str, SequenceRecord], name: str) -> SequenceRecord:
        record = known.get(name.lower())
        if record is None:
            close = difflib.get_close_matches(name.lower(), known, NEAREST, cutoff=0.5)
            names = ", ".join(known[each].id.partition("|")[0] for each in close)
            offer = f"did you mean {names}?" if names else "paste its sequence instead"
            raise InputError(f"no measured protein of {species} is called {name!r}: {offer}")
        return record


def read_query(form: Mapping[str, str], collection: Collection, limits: Limits) -> Query:
    """The records that a form holds.

    Args:
        form: texts by the names of the fields; those of files that were sent as well.

    Raises:
        InputError: something is missing, broken, or beyond a limit.
    """
    proteins, whole = _pasted(form, "proteins", "protein"), form.get("whole", "")
    if names := form.get("names", "").replace(",", " ").split():
        taken = {record.id for record in proteins}
        found = collection.find(form.get("species", ""), names)
        proteins += [record for record in found if record.id not in taken]
    dna = _pasted(form, "dna", "dna")
    if whole and whole not in collection.ready:
        raise InputError(f"{whole!r:.40} is no species whose proteins can be asked about at once")
    if bool(proteins) == bool(whole):
        raise InputError(
            "all proteins of a species or those above: choose one of the two"
            if whole
            else "no protein: paste one, choose a file, or name measured ones"
        )
    if not dna:
        raise InputError("no DNA: paste a sequence, or choose a file")
    if len(proteins) > limits.proteins:
        raise InputError(_beyond(len(proteins), limits.proteins, "proteins"))
    _check_size(len(collection.ready[whole]) if whole else len(proteins), dna, limits)
    for record in proteins:
        error = check_length(record)
        if error is not None:
            raise error
    changes = _changes(form.get("changes", ""), dna, limits)
    return Query(proteins, dna, _max_p(form.get("max_p", "")), changes, whole)


def _pasted(form: Mapping[str, str], field: str, kind: Kind) -> list[SequenceRecord]:
    """Records of a text field and of the file beside it; a sequence without a header is one too."""
    records: list[SequenceRecord] = []
    what = "DNA" if kind == "dna" else "proteins"
    for name, source in ((field, f"pasted {what}"), (f"{field}_file", f"file of {what}")):
        text = form.get(name, "").removeprefix("\ufeff").strip()
        if text:
            records += _records(text, source, kind)
    ids = [record.id for record in records]
    if twice := [id for id in dict.fromkeys(ids) if ids.count(id) > 1]:
        names = listed(twice, NEAREST)
        raise InputError(f"{names}: an id in the text and in the file: rename one")
    return records


def _records(text: str, source: str, kind: Kind) -> list[SequenceRecord]:
    if text.startswith((">", ";", "@")):
        return read_fasta_text(text, source, kind)
    try:
        return read_fasta_text(f">{kind}\n{text}", source, kind)
    except InputError as error:
        # The header that was added is no line of the visitor's.
        raise InputError(error.message, error.path, (error.line or 1) - 1) from None


def _check_size(proteins: int, dna: Sequence[SequenceRecord], limits: Limits) -> None:
    bases = sum(len(record.sequence) for record in dna)
    for count, most, what in (
        (len(dna), limits.records, "DNA records"),
        (bases, limits.bases, "bp of DNA"),
        (proteins * bases, limits.work, "proteins x bp"),
    ):
        if count > most:
            raise InputError(_beyond(count, most, what))


def _beyond(count: int, most: int, what: str) -> str:
    return (
        f"{count:,} {what}, and at most {most:,} are taken: ask for less at once, or use the "
        "command line, which has no such limit"
    )


def _changes(text: str, dna: Sequence[SequenceRecord], limits: Limits) -> list[str]:
    """`ID:POS:REF:ALT` of each; of a single record `POS:REF:ALT` will do."""
    changes = text.replace(",", " ").split()
    if len(changes) > limits.changes:
        raise InputError(f"{len(changes)} changes, and at most {limits.changes} are taken")
    named = []
    for change in changes:
        whole = f"{dna[0].id}:{change}" if change.count(":") == 2 and len(dna) == 1 else change
        if whole.count(":") < 3:
            raise InputError(
                f"{change!r:.60} is no change of the DNA: give NAME:POSITION:OLD:NEW, such as "
                f"{dna[0].id}:24:A:G"
            )
        named.append(whole)
    return named


def _max_p(text: str) -> float:
    try:
        value = float(text or 1e-3)
    except ValueError:
        value = 0.0
    if not 0 < value <= 0.01:
        raise InputError(f"{text!r:.40} is no p-value above 0, and at most 0.01")
    return value
