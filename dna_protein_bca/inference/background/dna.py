"""What background DNA is: independent bases, or windows of a FASTA file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer

UNIFORM = "uniform"

SUM_TOLERANCE = 1e-3
"""How far from 1 the four fractions of a background may add up."""

PIECE = 10_000
MOST_PIECES = 4_000
"""Bases of a piece of a FASTA file, and the pieces that are held: 40 Mbp of a large genome."""

_DNA = DNATokenizer()


@dataclass(frozen=True)
class BackgroundDNA:
    """Background DNA.

    Attributes:
        name: as it is given and shown: `uniform`, four fractions, or the path of a FASTA file.
        fractions: of A, C, G and T.
        ids: uint8 [bases], the letters of a FASTA file, end to end; empty for independent bases.
    """

    name: str
    fractions: tuple[float, float, float, float]
    ids: np.ndarray = field(
        default_factory=lambda: np.empty(0, np.uint8), repr=False, compare=False
    )

    @classmethod
    def parse(cls, text: str | os.PathLike[str] | BackgroundDNA) -> BackgroundDNA:
        """Background DNA from `uniform`, four fractions such as `0.3,0.2,0.2,0.3`, or a FASTA path.

        Raises:
            InputError: fractions that are not positive or do not add up to 1, or a file that is
                not FASTA.
        """
        if isinstance(text, BackgroundDNA):
            return text
        name = os.fspath(text)
        if name == UNIFORM:
            return cls(UNIFORM, (0.25, 0.25, 0.25, 0.25))
        values = _numbers(name)
        if values is not None:
            return cls(name, _fractions(name, values))
        return cls._of_fasta(name)

    @classmethod
    def _of_fasta(cls, path: str) -> BackgroundDNA:
        ids = _sample(_pieces(path))
        counts = np.bincount(ids[ids < 4], minlength=4) + 1.0
        # A site lies on either strand.
        counts = counts + counts[::-1]
        a, c, g, t = (counts / counts.sum()).tolist()
        return cls(path, (a, c, g, t), ids)

    @property
    def of_file(self) -> bool:
        """Whether this is the DNA of a FASTA file."""
        return len(self.ids) > 0

    @property
    def key(self) -> str:
        """What tells it from other background DNA, whatever its name is."""
        file = hashlib.sha256(self.ids.tobytes()).hexdigest() if self.of_file else ""
        return f"{' '.join(f'{fraction:.6f}' for fraction in self.fractions)} {file}"

    def independent(self) -> BackgroundDNA:
        """Independent bases in the same fractions."""
        return BackgroundDNA(self.name, self.fractions)

    def draw(self, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
        """Windows of this DNA, bases 0 to 3: uint8 [count, length].

        Raises:
            InputError: the FASTA file has no window of this length without other letters.
        """
        if not len(self.ids):
            edges = np.cumsum(self.fractions)[:3]
            bases = np.searchsorted(edges, rng.random((count, length)), side="right")
            return bases.astype(np.uint8)
        other = np.concatenate(([0], np.cumsum(self.ids > 3, dtype=np.int32)))
        starts = np.flatnonzero(other[length:] == other[: max(0, len(other) - length)])
        if not len(starts):
            raise InputError(
                f"it has no stretch of {length:,} bases without N or other letters: give a FASTA "
                "file with longer DNA as background, or fractions of A, C, G and T",
                self.name,
            )
        chosen = starts[rng.integers(0, len(starts), count)]
        return self.ids[chosen[:, None] + np.arange(length)]


def _pieces(path: str) -> Iterator[np.ndarray]:
    """Letters of a FASTA file in pieces of its records; the last of each is no base.

    That keeps windows from reaching into what is another record, or lies elsewhere.
    """
    for record in read_fasta(path, "dna"):
        for first in range(0, len(record.sequence), PIECE):
            part = record.sequence[first : first + PIECE]
            yield np.append(_DNA.encode([part]).ids[0].numpy(), np.uint8(_DNA.pad_id))


def _sample(pieces: Iterable[np.ndarray]) -> np.ndarray:
    """At most `MOST_PIECES` pieces, evenly spaced among all, end to end: uint8 [bases]."""
    kept: list[np.ndarray] = []
    every = 1
    for number, piece in enumerate(pieces):
        if number % every == 0:
            kept.append(piece)
        if len(kept) > MOST_PIECES:
            kept, every = kept[::2], 2 * every
    return np.concatenate(kept)


def _numbers(text: str) -> list[float] | None:
    """The numbers of a list with commas; None where the text is no such list."""
    if os.path.lexists(text) or "," not in text:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return None


def _fractions(text: str, values: list[float]) -> tuple[float, float, float, float]:
    advice = "give four positive fractions of A, C, G and T that add up to 1, or uniform"
    if len(values) != 4:
        raise InputError(f"the background {text} has {len(values)} fractions: {advice}")
    if not all(0 < value < 1 for value in values):
        raise InputError(f"the background {text} has a fraction that is not positive: {advice}")
    total = sum(values)
    if abs(total - 1) > SUM_TOLERANCE:
        raise InputError(f"the background {text} adds up to {total:g}: {advice}")
    a, c, g, t = (value / total for value in values)
    return a, c, g, t
