"""What a visitor asks, read from a form and checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.inference.encoding import check_length
from dna_protein_bca.io.fasta import Kind, SequenceRecord, read_fasta_text

from .limits import Limits

FIELDS = ("proteins", "dna", "names", "species", "whole", "max_p")
FILES = ("proteins_file", "dna_file")
"""Of the form: those with a text, and those with a file."""

NEAREST = 3
"""Names that a message offers for one that is not there."""


class Query(NamedTuple):
    """Checked records.

    Attributes:
        proteins, dna: at least one of each.
        max_p: the highest p-value of a listed site.
    """

    proteins: list[SequenceRecord]
    dna: list[SequenceRecord]
    max_p: float


class Collection:
    """The measured proteins that come with the weights, found by their names.

    Args:
        proteins: species -> its records, with ids `NAME|protein_id`.
    """

    def __init__(self, proteins: Mapping[str, Sequence[SequenceRecord]]) -> None:
        self.species = {species: len(records) for species, records in proteins.items()}
        self._named = {
            species: {record.id.partition("|")[0].lower(): record for record in records}
            for species, records in proteins.items()
        }

    def find(self, species: str, names: Sequence[str]) -> list[SequenceRecord]:
        """Proteins of a species by the names of their genes, in either case; all for no names.

        Raises:
            InputError: there is no such species, or no such protein.
        """
        known = self._named.get(species)
        if known is None:
            raise InputError(f"no measured protein is of the species {species!r}: choose another")
        if not names:
            return list(known.values())
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
    proteins = _pasted(form, "proteins", "protein")
    names = form.get("names", "").replace(",", " ").split()
    whole = form.get("whole", "") != ""
    if names or whole:
        taken = {record.id for record in proteins}
        found = collection.find(form.get("species", ""), [] if whole else names)
        proteins += [record for record in found if record.id not in taken]
    dna = _pasted(form, "dna", "dna")
    if not proteins:
        raise InputError("no protein: paste one, choose a file, or name measured ones")
    if not dna:
        raise InputError("no DNA: paste a sequence, or choose a file")
    _check_size(proteins, dna, limits, whole)
    return Query(proteins, dna, _max_p(form.get("max_p", "")))


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


def _check_size(
    proteins: Sequence[SequenceRecord], dna: Sequence[SequenceRecord], limits: Limits, whole: bool
) -> None:
    advice = "ask for less at once, or use the command line, which has no such limit"
    bases = sum(len(record.sequence) for record in dna)
    for count, most, what in (
        (0 if whole else len(proteins), limits.proteins, "proteins"),
        (len(dna), limits.records, "DNA records"),
        (bases, limits.bases, "bp of DNA"),
        (len(proteins) * bases, limits.work, "proteins x bp"),
    ):
        if count > most:
            raise InputError(f"{count:,} {what}, and at most {most:,} are taken: {advice}")
    for record in proteins:
        error = check_length(record)
        if error is not None:
            raise error


def _max_p(text: str) -> float:
    try:
        value = float(text or 1e-3)
    except ValueError:
        value = 0.0
    if not 0 < value <= 0.01:
        raise InputError(f"{text!r:.40} is no p-value above 0, and at most 0.01")
    return value
