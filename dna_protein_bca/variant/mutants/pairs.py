"""Exact scores of mutants on DNA, beside those of the wild type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from dna_protein_bca.ensemble import AnyPredictor, sets_of_weights
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.io.fasta import SequenceRecord

if TYPE_CHECKING:
    import pandas as pd

OF_PAIR = ("score", "p_value", "start", "end", "strand")
"""What is said of a mutant on a DNA, in the words of `predict`."""


class PairScores:
    """Scores wild types and their mutants on the same DNA.

    Args:
        predictor: that scores them; several sets of weights give their mean, as in `predict`.
        dna: the records.
        background: DNA that p-values compare with; None for no p-values.
        any_protein: read the whole sequence of a protein without a known domain.
    """

    def __init__(
        self,
        predictor: AnyPredictor,
        dna: Sequence[SequenceRecord],
        background: str | Path | BackgroundDNA | None,
        *,
        any_protein: bool = False,
    ) -> None:
        self.predictor, self.dna, self.background = predictor, dna, background
        # How far a mutant can be trusted is not asked for, and takes longer than the rest.
        self._encoders = [
            replace(member.encoder, trust=None) for member in sets_of_weights(predictor)
        ]
        self._any_protein = any_protein
        self._wild: tuple[SequenceRecord, pd.DataFrame, np.ndarray] | None = None

    def of(
        self, wild: SequenceRecord, mutants: Sequence[SequenceRecord], loss: np.ndarray
    ) -> Iterator[pd.DataFrame]:
        """One table for each mutant, a row a DNA.

        Args:
            wild: the wild type, whose scores are those of `predict`.
            mutants: with ids of their own.
            loss: nats that each has lost against the wild type by each set of weights, float
                [sets, mutants].
        """
        before, own = self._of_wild(wild)
        encoded = self._encode(mutants)
        table = self._predict([with_loss(*each) for each in zip(encoded, own + loss, strict=True)])
        for record in mutants:
            rows = table[table["protein_id"] == record.id].reset_index(drop=True)
            rows = rows[["dna_id", *OF_PAIR]]
            rows["wild_score"], rows["wild_p_value"] = before["score"], before["p_value"]
            rows["delta_score"] = rows["score"] - rows["wild_score"]
            yield rows

    def _of_wild(self, wild: SequenceRecord) -> tuple[pd.DataFrame, np.ndarray]:
        """The wild type's table, and what it has lost against its nearest measured protein."""
        if self._wild is None or self._wild[0] != wild:
            encoded = self._encode([wild])
            self._wild = wild, self._predict(encoded), np.stack([_loss_of(one) for one in encoded])
        return self._wild[1:]

    def _encode(self, records: Sequence[SequenceRecord]) -> list[EncodedProteins]:
        """The proteins by each set of weights."""
        return [
            encoder.encode(records, any_protein=self._any_protein) for encoder in self._encoders
        ]

    def _predict(self, encoded: Sequence[EncodedProteins]) -> pd.DataFrame:
        proteins = encoded[0] if len(encoded) == 1 else EncodedByAll(encoded)
        predict: Any = self.predictor.predict
        table: pd.DataFrame = predict(proteins, self.dna, background=self.background)
        return table


def _loss_of(encoded: EncodedProteins) -> np.ndarray:
    """The loss of one protein, 0 where it cannot be scored: float32 [1]."""
    if not encoded.blocks:
        return np.zeros(1, np.float32)
    loss: np.ndarray = encoded.blocks[0].state.loss.cpu().numpy()
    return loss


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
