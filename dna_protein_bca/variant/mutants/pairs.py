"""Exact scores of mutants on DNA, beside those of the wild type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.predictor import BindingPredictor

if TYPE_CHECKING:
    import pandas as pd

OF_PAIR = ("score", "p_value", "start", "end", "strand")
"""What is said of a mutant on a DNA, in the words of `predict`."""


class PairScores:
    """Scores wild types and their mutants on the same DNA.

    Args:
        predictor: that scores them.
        dna: the records.
        background: DNA that p-values compare with; None for no p-values.
    """

    def __init__(
        self,
        predictor: BindingPredictor,
        dna: Sequence[SequenceRecord],
        background: str | Path | BackgroundDNA | None,
    ) -> None:
        self.predictor, self.dna, self.background = predictor, dna, background
        # How far a mutant can be trusted is not asked for, and takes longer than the rest.
        self._encoder = replace(predictor.encoder, trust=None)
        self._wild: tuple[SequenceRecord, pd.DataFrame, float] | None = None

    def of(
        self, wild: SequenceRecord, mutants: Sequence[SequenceRecord], loss: np.ndarray
    ) -> Iterator[pd.DataFrame]:
        """One table for each mutant, a row a DNA.

        Args:
            wild: the wild type, whose scores are those of `predict`.
            mutants: with ids of their own.
            loss: nats that each has lost against the wild type, float [mutants].
        """
        before, own = self._of_wild(wild)
        encoded = self._encoder.encode(mutants)
        table = self._predict(with_loss(encoded, own + loss))
        for record in mutants:
            rows = table[table["protein_id"] == record.id].reset_index(drop=True)
            rows = rows[["dna_id", *OF_PAIR]]
            rows["wild_score"], rows["wild_p_value"] = before["score"], before["p_value"]
            rows["delta_score"] = rows["score"] - rows["wild_score"]
            yield rows

    def _of_wild(self, wild: SequenceRecord) -> tuple[pd.DataFrame, float]:
        """The wild type's table, and what it has lost against its nearest measured protein."""
        if self._wild is None or self._wild[0] != wild:
            encoded = self._encoder.encode([wild])
            own = [float(block.state.loss[0]) for block in encoded.blocks]
            self._wild = wild, self._predict(encoded), own[0] if own else 0.0
        return self._wild[1:]

    def _predict(self, encoded: EncodedProteins) -> pd.DataFrame:
        return self.predictor.predict(encoded, self.dna, background=self.background)


def with_loss(encoded: EncodedProteins, loss: np.ndarray) -> EncodedProteins:
    """The same proteins with another loss: nats, float [proteins]."""
    blocks = [
        block._replace(
            state=replace(
                block.state,
                loss=torch.as_tensor(loss[block.rows], dtype=torch.float32).to(block.state.loss),
            )
        )
        for block in encoded.blocks
    ]
    return replace(encoded, blocks=blocks)
