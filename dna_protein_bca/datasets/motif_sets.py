"""Motifs of a database and the proteins that they belong to, as a training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError, listed, one_or_many
from dna_protein_bca.io.meme import Motif, motif_name, sums_to_one

from .protein_names import ProteinNames
from .training_set import TrainingSet

Complexes = Literal["skip", "each"]

SHOWN = 10
"""Names that the datasheet lists of those that no protein has, and of those that several have."""

REASONS = {
    "without_sequence": "{} of proteins that the file does not have",
    "ambiguous": "{} whose name several records have",
    "complexes": "{} of several proteins (take them with --complexes each)",
    "empty": "{} without a matrix",
}
"""Reasons why motifs are left out, as an error names them."""


class SourceMotif(NamedTuple):
    """A motif as its database has it.

    Attributes:
        name: its id there.
        proteins: for each protein of the complex that binds (mostly one), the names it may have in
            a FASTA file, the most specific first.
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
    """Raise InputError unless each row has four probabilities that sum to 1."""
    for number, row in enumerate(rows, 1):
        values = np.asarray(row, dtype=np.float64)
        valid = np.isfinite(values).all() and (values >= 0).all()
        if len(values) != 4 or not valid or not sums_to_one(values):
            raise InputError(
                f"row {number} of motif {name} is not four probabilities that sum to 1", path, line
            )


def link(
    motifs: Iterable[SourceMotif], proteins: ProteinNames, *, complexes: Complexes = "skip"
) -> Linked:
    """Name each motif after its protein: `motif@protein_id`.

    Args:
        complexes: what becomes of a motif of several proteins, which none of them need bind alone:
            left out, or given to `each`.

    Raises:
        InputError: no motif has a protein in the FASTA file.
    """
    linked: dict[str, list[Motif]] = {}
    left_out: Counter[str] = Counter()
    unknown: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    for motif in motifs:
        subunits = [_find(names, proteins) for names in motif.proteins]
        reason = _reason(motif, [ids for _, ids in subunits], complexes)
        if reason is None:
            for id in dict.fromkeys(ids[0] for _, ids in subunits):
                linked.setdefault(id, []).append(Motif(motif_name(id, motif.name), motif.matrix))
            continue
        left_out[reason] += 1
        if reason in ("without_sequence", "ambiguous"):
            for names, (name, ids) in zip(motif.proteins, subunits, strict=True):
                if not ids:
                    unknown.setdefault(names[0] if names else motif.name)
                elif len(ids) > 1:
                    ambiguous.setdefault(f"{name}: {', '.join(ids)}")
    if not linked:
        raise _nothing_linked(left_out, [*unknown], [*ambiguous], [*proteins.sequences])
    sequences = {id: text for id, text in proteins.sequences.items() if id in linked}
    data = TrainingSet(sequences, motifs=[motif for id in sequences for motif in linked[id]])
    return Linked(data, dict(left_out), [*unknown][:SHOWN], [*ambiguous][:SHOWN])


def _reason(
    motif: SourceMotif, subunits: Sequence[Sequence[str]], complexes: Complexes
) -> str | None:
    """Why a motif is left out, a key of `REASONS`; None where it is not.

    Args:
        subunits: for each protein of the motif, the ids that it may have.
    """
    if not len(motif.matrix):
        return "empty"
    if len(subunits) != 1 and complexes == "skip":
        return "complexes"
    if not subunits or not all(subunits):
        return "without_sequence"
    return "ambiguous" if any(len(ids) > 1 for ids in subunits) else None


def _nothing_linked(
    left_out: Counter[str], unknown: list[str], ambiguous: list[str], ids: list[str]
) -> InputError:
    """The error that no motif has a protein: each reason, with names."""
    if not left_out:
        return InputError("holds no motif")
    reasons = ", ".join(
        text.format(left_out[key]) for key, text in REASONS.items() if left_out[key]
    )
    parts = [
        one_or_many(
            left_out.total(),
            "the only motif has no protein in the FASTA file",
            f"none of the {left_out.total()} motifs has a protein in the FASTA file",
        )
        + f": {reasons}"
    ]
    if unknown:
        parts.append(
            f"motifs are named after {listed(unknown, 3)}, and the ids of the file are "
            f"{listed(ids, 3)}"
        )
    if ambiguous:
        records = "; ".join(ambiguous[:3])
        parts.append(f"of the records that share a name, keep one: {records}")
    return InputError("; ".join(parts))


def _find(names: Sequence[str], proteins: ProteinNames) -> tuple[str, list[str]]:
    """The first name that a protein of the FASTA file has, and the ids that it means."""
    for name in names:
        if ids := proteins.find(name):
            return name, ids
    return "", []
