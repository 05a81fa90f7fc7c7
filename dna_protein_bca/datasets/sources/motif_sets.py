"""Motifs of a database and the proteins that they belong to, as a training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from dna_protein_bca.datasets.training_set import TrainingSet
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import SUM_TOLERANCE, Motif

from .protein_names import ProteinNames

Complexes = Literal["skip", "each"]

SHOWN = 10
"""Names that the datasheet lists of those without a sequence."""


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
    """

    data: TrainingSet
    counts: dict[str, int]
    unknown: list[str]


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
        fine = np.isfinite(values).all() and (values >= 0).all() and (values <= 1).all()
        if len(values) != 4 or not fine or abs(values.sum() - 1) > SUM_TOLERANCE:
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
    total = 0
    for motif in motifs:
        total += 1
        if not len(motif.matrix):
            left["empty"] += 1
            continue
        if len(motif.proteins) != 1 and complexes == "skip":
            left["complexes"] += 1
            continue
        found = [_find(names, proteins) for names in motif.proteins]
        for names, ids in zip(motif.proteins, found, strict=True):
            if not ids:
                unknown.setdefault(names[0] if names else motif.name)
        if not all(found):
            left["without_sequence"] += 1
        elif any(len(ids) > 1 for ids in found):
            left["ambiguous"] += 1
        else:
            for id in dict.fromkeys(ids[0] for ids in found):
                kept.setdefault(id, []).append(Motif(f"{motif.name}@{id}", motif.matrix))
    if not kept:
        some = ", ".join([*unknown][:3]) or "none"
        raise InputError(
            f"none of the {total} motifs has a protein in the FASTA file: they are named after "
            f"{some}; its ids begin with {', '.join([*proteins.sequences][:3])}"
        )
    sequences = {id: text for id, text in proteins.sequences.items() if id in kept}
    data = TrainingSet(sequences, motifs=[one for id in sequences for one in kept[id]])
    return Linked(data, dict(left), [*unknown][:SHOWN])


def _find(names: Sequence[str], proteins: ProteinNames) -> list[str]:
    for name in names:
        if found := proteins.find(name):
            return found
    return []
