"""Which motifs of a file are named after a protein of the FASTA file, and messages on the rest."""

from __future__ import annotations

import difflib
import logging
import re
from collections import Counter
from collections.abc import Collection, Sequence

from dna_protein_bca.errors import InputError, counted, listed, one_or_many

from .files import PathLike
from .meme import Motif, motif_protein

log = logging.getLogger(__name__)

SHOWN = 3
"""Names that a message shows."""

LOOKED_AT = 200
"""Motifs that are searched for a name like that of a protein."""


def with_protein(motifs: Sequence[Motif], ids: Collection[str], path: PathLike) -> list[Motif]:
    """The motifs whose protein is there; a warning counts and names the others.

    Args:
        motifs: named after their protein; see `motif_protein`.
        ids: of the proteins; a set or a mapping, where there are many.
        path: of the motifs, for messages.

    Raises:
        InputError: none of them has its protein.
    """
    owned = [motif for motif in motifs if motif_protein(motif.name) in ids]
    others = [motif.name for motif in motifs if motif_protein(motif.name) not in ids]
    if not others:
        return owned
    if not owned:
        raise InputError(_no_owner(motifs, [*ids]), path)
    shown = len(others) if log.isEnabledFor(logging.INFO) else SHOWN
    log.warning(
        "%s: %d of %s %s in the FASTA file, and %s left out: %s",
        path,
        len(others),
        counted(len(motifs), "motif"),
        one_or_many(len(others), "has no protein of its name", "have no protein of their name"),
        one_or_many(len(others), "is", "are"),
        listed(others, shown),
    )
    return owned


def _no_owner(motifs: Sequence[Motif], ids: list[str]) -> str:
    names = [motif.name for motif in motifs]
    # What JASPAR writes: `MOTIF MA0058.3 MAX`.
    near = nearest([f"{motif.name} {motif.alias}".strip() for motif in motifs], ids)
    guess = f"; {near[0]!r} may be of {near[1]!r}" if near else ""
    what = one_or_many(
        len(names),
        "the only motif has no protein of its name",
        f"none of the {len(names)} motifs has a protein of its name",
    )
    return (
        f"{what} in the FASTA file: motifs are named {listed(names, SHOWN)}, and proteins "
        f"{listed(ids, SHOWN)}{guess}. Name each motif after its protein: "
        "MOTIF protein_id, or MOTIF anything@protein_id"
    )


def nearest(names: Sequence[str], ids: Sequence[str]) -> tuple[str, str] | None:
    """A motif's name and a protein's id that nearly match, by a rare word or by spelling.

    `GATA1_HUMAN.H11MO.0.A` and `sp|P15976|GATA1_HUMAN` share `GATA1`, which is rarer than `HUMAN`.
    """
    parts: dict[str, list[str]] = {}
    for id in ids:
        for part in _parts(id):
            parts.setdefault(part, []).append(id)
    names = names[:LOOKED_AT]
    count = Counter(part for name in names for part in _parts(name))
    shared = [
        (len(parts[part]) + count[part], -len(part), index, part)
        for index, name in enumerate(names)
        for part in _parts(name)
        if part in parts
    ]
    if shared:
        *_, index, part = min(shared)
        return names[index], parts[part][0]
    upper = {id.upper(): id for id in ids}
    for name in names[:SHOWN]:
        if close := difflib.get_close_matches(motif_protein(name).upper(), upper, n=1):
            return name, upper[close[0]]
    return None


def _parts(name: str) -> set[str]:
    """Words of a name in capitals, those of one letter or of digits alone left out."""
    words = re.split(r"[^A-Z0-9]+", name.upper())
    return {word for word in words if len(word) > 1 and not word.isdigit()}
