"""The measured motif that is most like a predicted one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dna_protein_bca.io.meme import motif_name
from dna_protein_bca.motifs.similarity import MotifTable

from .relatives import MeasuredProteins


class NearestMotif(NamedTuple):
    """A measured motif.

    Attributes:
        name: `protein_id` of a protein's first motif, `2@protein_id` of its second.
        source: the database or article that it is from.
        correlation: see `motifs.similarity.similarities`.
    """

    name: str
    source: str
    correlation: float


class MeasuredMotifs:
    """The motifs of measured proteins, arranged for comparison."""

    def __init__(self, measured: MeasuredProteins) -> None:
        self._names: list[tuple[str, str]] = []
        motifs: list[np.ndarray] = []
        for protein in measured.proteins:
            pairs = zip(protein.motifs, protein.motif_sources, strict=True)
            for number, (motif, source) in enumerate(pairs, 1):
                name = motif_name(protein.protein_id, "" if number == 1 else str(number))
                self._names.append((name, source))
                motifs.append(motif)
        self._table = MotifTable(motifs)

    def __len__(self) -> int:
        return len(self._names)

    def nearest(self, motif: np.ndarray) -> NearestMotif:
        """The measured motif most similar to one of base probabilities, [width, 4]."""
        found = self._table.similarities(motif)
        row = int(found.argmax())
        return NearestMotif(*self._names[row], float(found[row]))
