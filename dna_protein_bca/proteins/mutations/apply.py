"""Mutations on a sequence: what becomes of it, and whether it has the residues that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .notation import Change, NotationError

FEWEST_RESIDUES = 2
"""Residues of a protein's mutations from which an offset at which all are found is no chance, if it
is the only one."""


class Mutant(NamedTuple):
    """A protein with a mutation.

    Attributes:
        text: the mutation in one letter.
        sequence: of the mutant.
        substituted: the wild type with those changes alone that keep its length.
        positions: residues that are replaced by others in `substituted`, 0-based, rising.
        source: int64 [residues of the mutant], where each stands in the wild type, -1 for new ones.
        resized: spans of the wild type, 0-based and half-open, that are lost or replaced by another
            number of residues; an insertion has an empty one.
    """

    text: str
    sequence: str
    substituted: str
    positions: tuple[int, ...]
    source: np.ndarray
    resized: tuple[tuple[int, int], ...]


def mutate(sequence: str, changes: Sequence[Change]) -> Mutant:
    """A sequence with a mutation.

    Args:
        sequence: of the wild type.
        changes: from `parse_mutation`.

    Raises:
        NotationError: a position past the end, a residue that is another one there, or no residue
            left.
    """
    for position, letter in (named for change in changes for named in change.named):
        if position >= len(sequence):
            raise NotationError(
                f"{letter}{position + 1} lies past the end of the {len(sequence)} residues"
            )
        if sequence[position] != letter:
            raise NotationError(f"residue {position + 1} is {sequence[position]}, and not {letter}")
    mutant, substituted = sequence, sequence
    source = list(range(len(sequence)))
    resized: list[tuple[int, int]] = []
    for change in reversed(changes):
        start, end, new = change.start, len(sequence) if change.cut else change.end, change.new
        if change.copied:
            new = sequence[change.named[0][0] : change.named[-1][0] + 1]
        tail = len(mutant) if change.cut else end
        mutant = mutant[:start] + new + mutant[tail:]
        if change.same_length:
            substituted = substituted[:start] + new + substituted[end:]
        else:
            source[start:tail] = [-1] * len(new)
            resized.append((start, end))
    if not mutant:
        raise NotationError("no residue is left of the protein")
    pairs = enumerate(zip(sequence, substituted, strict=True))
    positions = [position for position, (old, new) in pairs if old != new]
    text = "+".join(change.text for change in changes)
    places = np.array(source, np.int64)
    return Mutant(text, mutant, substituted, tuple(positions), places, tuple(reversed(resized)))


def isoform_hint(sequence: str, mutations: Iterable[Sequence[Change]]) -> str:
    """A remark on where the residues are that a protein's mutations name, if at a constant offset.

    Args:
        sequence: of the protein, in which some of the residues are others.
        mutations: all of the protein's.

    Returns:
        Such as `; all 5 residues are found 12 further on: ...`, empty where there is no offset, or
        where it may be chance.
    """
    named = {place for changes in mutations for change in changes for place in change.named}
    if len(named) < FEWEST_RESIDUES:
        return ""
    low, high = min(position for position, _ in named), max(position for position, _ in named)
    offsets = [
        offset
        for offset in range(-low, len(sequence) - high)
        if all(sequence[position + offset] == letter for position, letter in named)
    ]
    if len(offsets) != 1 or offsets[0] == 0:
        return ""
    way = "further on" if offsets[0] > 0 else "before"
    return (
        f"; all {len(named)} residues that its mutations name are found {abs(offsets[0])} {way}: "
        "are they numbered by another isoform?"
    )
