"""The sequences of the measured proteins that come with weights: one a species and gene name."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from dna_protein_bca.errors import InputError, counted
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.files import open_text
from dna_protein_bca.io.folder_names import COLLECTION
from dna_protein_bca.io.outputs import open_output

WORD = "collection"
"""What stands in place of a FASTA file: alone, or with `:SPECIES`."""

NEAREST = 3
"""Species that a message names."""

COMMON_NAMES = {
    "human": "Homo_sapiens",
    "mouse": "Mus_musculus",
    "rat": "Rattus_norvegicus",
    "chicken": "Gallus_gallus",
    "zebrafish": "Danio_rerio",
    "fly": "Drosophila_melanogaster",
    "worm": "Caenorhabditis_elegans",
    "yeast": "Saccharomyces_cerevisiae",
    "maize": "Zea_mays",
    "rice": "Oryza_sativa",
}
"""Names that stand for a species as well."""


class CollectedProtein(NamedTuple):
    """A measured protein with its whole sequence.

    Attributes:
        id: its gene's name and its own id, `NAME|protein_id`.
        species: such as `Homo_sapiens`.
        sequence: residues.
        source: where the sequence is from.
    """

    id: str
    species: str
    sequence: str
    source: str = ""


def asked_species(proteins: object) -> str | None:
    """What `collection:SPECIES` asks for, '' for all species; None for anything else."""
    if not isinstance(proteins, str) or proteins.partition(":")[0] != WORD:
        return None
    return proteins.partition(":")[2]


def collect(rows: Iterable[tuple[str, str, str, str, str]]) -> list[CollectedProtein]:
    """One protein of each species and gene name: the longest, the first of equals.

    Args:
        rows: id, name, species, sequence and source of each protein.

    Returns:
        In the order of species, then name.
    """
    best: dict[tuple[str, str], CollectedProtein] = {}
    for id, name, species, sequence, source in rows:
        key = _word(species), _word(name or id)
        if key not in best or len(sequence) > len(best[key].sequence):
            best[key] = CollectedProtein(f"{key[1]}|{id}", key[0], sequence, source)
    return [best[key] for key in sorted(best)]


def write_collection(path: Path, proteins: Iterable[CollectedProtein]) -> None:
    """Write FASTA with species and source after the id; the same proteins give the same bytes."""
    with open_output(path) as file:
        for protein in proteins:
            title = f"{protein.id} {protein.species} {protein.source}".rstrip()
            file.write(f">{title}\n{protein.sequence}\n".encode())


def read_collection(folder: Path | None, species: str = "") -> list[SequenceRecord]:
    """The proteins of a folder of weights.

    Args:
        folder: of weights; None where they are not in a folder.
        species: such as `Homo_sapiens`, in either case, or one of `COMMON_NAMES`; '' for all.

    Raises:
        InputError: these weights have no such file, or it has no protein, or no such species.
    """
    proteins = _proteins(folder)
    wanted = _word(species).lower()
    wanted = COMMON_NAMES.get(wanted, wanted).lower()
    found = [each for each in proteins if not wanted or each.species.lower() == wanted]
    if not found:
        raise InputError(_unknown(species, Counter(each.species for each in proteins)))
    path = str(folder / COLLECTION) if folder else ""
    return [SequenceRecord(each.id, each.sequence, path) for each in found]


def read_by_species(folder: Path | None) -> dict[str, list[SequenceRecord]]:
    """All proteins of a folder of weights: species -> its proteins, most first.

    Raises:
        InputError: these weights have no collection, or one without proteins.
    """
    found: dict[str, list[SequenceRecord]] = {}
    for each in _proteins(folder):
        found.setdefault(each.species, []).append(SequenceRecord(each.id, each.sequence))
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def species_counts(folder: Path | None) -> dict[str, int]:
    """Species of the collection -> how many proteins it has, the most first."""
    return dict(Counter(each.species for each in _proteins(folder)).most_common())


def _proteins(folder: Path | None) -> list[CollectedProtein]:
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    if folder is None or not (folder / COLLECTION).is_file():
        raise InputError(
            "these weights come without a collection of measured proteins: give a FASTA file, or "
            "other weights with --model",
            folder,
        )
    proteins = []
    with open_text(folder / COLLECTION) as handle:
        for title, sequence in SimpleFastaParser(handle):
            id, species, source = (*title.split(" ", 2), "", "")[:3]
            proteins.append(CollectedProtein(id, species, sequence, source))
    if not proteins:
        raise InputError(
            "holds no protein: install or copy these weights again", folder / COLLECTION
        )
    return proteins


def _word(text: str) -> str:
    """Text without blanks, as it can stand in a header."""
    return re.sub(r"\s+", "_", text.strip())


def _unknown(species: str, counts: Counter[str]) -> str:
    by_lower = {name.lower(): name for name in counts}
    words = _word(species).lower()
    close = difflib.get_close_matches(words, by_lower, NEAREST, cutoff=0.5)
    # A genus or an epithet alone.
    parts = [name for name in by_lower if any(p.startswith(words) for p in name.split("_"))]
    close = [*parts, *(name for name in close if name not in parts)]
    names = [by_lower[name] for name in close[:NEAREST]] or [
        name for name, _ in counts.most_common(NEAREST)
    ]
    kind = "the nearest are" if close else "most proteins are of"
    listed = ", ".join(f"{name} ({counted(counts[name], 'protein')})" for name in names)
    return (
        f"--proteins {WORD}:{species}: no measured protein is of this species; {kind} {listed}. "
        f"'dna-protein-bca models species' lists all {len(counts)}"
    )
