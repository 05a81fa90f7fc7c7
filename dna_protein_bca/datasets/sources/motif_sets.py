"""Motifs of a database and the proteins that they belong to, as a training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from dna_protein_bca.datasets.training_set import TrainingSet
from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.io.meme import Motif, motif_name, sums_to_one

from .protein_names import ProteinNames

Complexes = Literal["skip", "each"]

SHOWN = 10
"""Names that the datasheet lists of those without a sequence, or with several."""

REASONS = {
    "without_sequence": "{} of proteins that are not there",
    "ambiguous": "{} whose name several records have",
    "complexes": "{} of several proteins (take them with --complexes each)",
    "empty": "{} without a matrix",
}
"""Why motifs are left out, for an error."""


class SourceMotif(NamedTuple):
    """A motif as its database has it.

    Attributes:
        name: its id there.
        proteins: for each subunit of what binds, the names that it may be found by, the surest
            first.
        matrix: float32 [width, 4], probabilities; no rows where the database gives none.
    """

    name: str
    proteins: tuple[tuple[str, ...], ...]
    matrix: np.ndarray


class Linked(NamedTuple):
    """A set of motifs, and what was left out.

    Attributes:
        data: the proteins that have a motif, in the order of the FASTA file, and the motifs.
        counts: motifs left out, by reason.
        unknown: the first names that no protein of the FASTA file has.
        ambiguous: the first names that several have: `MAX: id, id`.
    """

    data: TrainingSet
    counts: dict[str, int]
    unknown: list[str]
    ambiguous: list[str]


def probabilities(counts: np.ndarray) -> np.ndarray:
    """Counts [width, 4] as float32 probabilities; a position without counts is uniform."""
    counts = np.asarray(counts, dtype=np.float64)
    total = counts.sum(1, keepdims=True)
    shares = np.divide(counts, total, out=np.full_like(counts, 0.25), where=total > 0)
    return shares.astype(np.float32)


def check_probabilities(rows: Sequence[Sequence[float]], name: str, path: str, line: int) -> None:
    """Raise InputError unless every row is four probabilities that sum to 1."""
    for number, row in enumerate(rows, 1):
        values = np.asarray(row, dtype=np.float64)
        fine = np.isfinite(values).all() and (values >= 0).all()
        if len(values) != 4 or not fine or not sums_to_one(values):
            raise InputError(
                f"row {number} of motif {name} is not four probabilities that sum to 1", path, line
            )


def link(
    motifs: Iterable[SourceMotif], proteins: ProteinNames, *, complexes: Complexes = "skip"
) -> Linked:
    """Name each motif after its protein: `motif@protein_id`.

    Args:
        complexes: what becomes of a motif of several proteins, which is that of none of them
            alone: left out, or given to `each`.

    Raises:
        InputError: no motif has a protein in the FASTA file.
    """
    kept: dict[str, list[Motif]] = {}
    left: Counter[str] = Counter()
    unknown: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    for motif in motifs:
        if not len(motif.matrix):
            left["empty"] += 1
            continue
        if len(motif.proteins) != 1 and complexes == "skip":
            left["complexes"] += 1
            continue
        found = [_find(names, proteins) for names in motif.proteins]
        for names, (name, ids) in zip(motif.proteins, found, strict=True):
            if not ids:
                unknown.setdefault(names[0] if names else motif.name)
            elif len(ids) > 1:
                ambiguous.setdefault(f"{name}: {', '.join(ids)}")
        if not all(ids for _, ids in found) or not found:
            left["without_sequence"] += 1
        elif any(len(ids) > 1 for _, ids in found):
            left["ambiguous"] += 1
        else:
            for id in dict.fromkeys(ids[0] for _, ids in found):
                kept.setdefault(id, []).append(Motif(motif_name(id, motif.name), motif.matrix))
    if not kept:
        raise _nothing(left, [*unknown], [*ambiguous], [*proteins.sequences])
    sequences = {id: text for id, text in proteins.sequences.items() if id in kept}
    data = TrainingSet(sequences, motifs=[one for id in sequences for one in kept[id]])
    return Linked(data, dict(left), [*unknown][:SHOWN], [*ambiguous][:SHOWN])


def _nothing(
    left: Counter[str], unknown: list[str], ambiguous: list[str], ids: list[str]
) -> InputError:
    """Why no motif has a protein, each reason with names."""
    if not left:
        return InputError("holds no motif")
    total = left.total()
    reasons = ", ".join(text.format(left[key]) for key, text in REASONS.items() if left[key])
    parts = [f"none of the {total} motifs has a protein in the FASTA file: {reasons}"]
    if unknown:
        parts.append(
            f"motifs are named after {listed(unknown, 3)}, and the ids of the file are "
            f"{listed(ids, 3)}"
        )
    if ambiguous:
        several = "; ".join(ambiguous[:3])
        parts.append(f"of the records that share a name, keep one: {several}")
    return InputError("; ".join(parts))


def _find(names: Sequence[str], proteins: ProteinNames) -> tuple[str, list[str]]:
    """The first name that the FASTA file has, and the ids that it means."""
    for name in names:
        if found := proteins.find(name):
            return name, found
    return "", []
