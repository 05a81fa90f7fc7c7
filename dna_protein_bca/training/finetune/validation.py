"""How good a model in training is on the pairs and motifs that were held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.evaluation import metrics
from dna_protein_bca.inference.reducers import record_scores
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.training.finetune.tasks.motifs import motif_spearman
from dna_protein_bca.training.finetune.tasks.proteins import TrainingProteins

from .data import TrainingData

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "val_"
"""Before the names of metrics of the validation in `metrics.csv`."""

SCORE, LOSS = f"{PREFIX}score", f"{PREFIX}loss"
"""The mean of the metrics that rank, by which the best weights are chosen by default, and the loss,
which decides between weights of the same score."""

PROTEINS_AT_ONCE = 16

FITTED_MOTIFS = 10
"""Proteins whose motifs validate where none are held out."""


def validation_motifs(data: TrainingData) -> dict[int, list[np.ndarray]]:
    """The motifs that validate: those held out, or without validation pairs some fitted ones.

    Of a handful of proteins none is held out, and fitted motifs have to do.
    """
    if data.held_motifs or len(data.validation):
        return data.held_motifs
    return dict(list(data.motifs.items())[:FITTED_MOTIFS])


class Validator:
    """Scores the validation pairs and motifs."""

    def __init__(self, data: TrainingData, proteins: TrainingProteins) -> None:
        self.data, self.proteins = data, proteins
        self.motifs = validation_motifs(data)

    def __call__(self, model: BindingModel) -> dict[str, float]:
        """Metrics of a model.

        `val_score` is the mean of those that rank, higher is better. `val_loss` is the
        cross-entropy of labels and, of affinities, one minus Pearson's correlation (the mean over
        proteins); their sum where there are both.
        """
        values: dict[str, float] = {}
        ranking: list[float] = []
        if len(self.data.validation):
            scored = self.score(model, self.data.validation)
            values |= self._pair_metrics(scored, ranking)
        if self.motifs:
            values["val_motif_spearman"] = motif_spearman(model, self.proteins, self.motifs)
            ranking.append(values["val_motif_spearman"])
        defined = [value for value in ranking if np.isfinite(value)]
        # Scores that are all the same have no correlation, and rank nothing.
        values[SCORE] = float(np.mean(defined)) if defined else 0.0
        return values

    def _pair_metrics(self, table: pd.DataFrame, ranking: list[float]) -> dict[str, float]:
        """Metrics of the scored pairs; those that rank are appended to `ranking`."""
        ranked = table.assign(score=metrics.merge_ties(table["score"].to_numpy()))
        pooled = metrics.pair_metrics(ranked)
        means = metrics.means(metrics.by_protein(ranked))
        values: dict[str, float] = {}

        def mean_or_pooled(name: str) -> float:
            value = means[name]
            return value if np.isfinite(value) else pooled[name]

        if "label" in table:
            labelled = table[table["label"].notna()]
            score, label = (
                torch.tensor(labelled[name].to_numpy(np.float64)) for name in ("score", "label")
            )
            loss = torch.nn.functional.binary_cross_entropy_with_logits(score, label)
            values[LOSS] = float(loss)
            values["val_auroc"] = mean_or_pooled("auroc")
            values["val_average_precision"] = mean_or_pooled("average_precision")
            ranking.append(values["val_average_precision"])
        if "affinity" in table:
            values["val_spearman"] = mean_or_pooled("spearman")
            values["val_pearson"] = mean_or_pooled("pearson")
            # Scores that are all the same have no correlation.
            values[LOSS] = values.get(LOSS, 0.0) + 1 - np.nan_to_num(values["val_pearson"])
            ranking.append(values["val_spearman"])
        return values

    def score(self, model: BindingModel, pairs: pd.DataFrame) -> pd.DataFrame:
        """The pairs with a column `score`, float32."""
        model.eval()
        protein, dna = (pairs[name].to_numpy(np.int64) for name in ("protein", "dna"))
        score = np.empty(len(pairs), dtype=np.float32)
        scorer = Scorer(model)
        present = np.unique(protein)
        for first in range(0, len(present), PROTEINS_AT_ONCE):
            block = present[first : first + PROTEINS_AT_ONCE]
            with torch.inference_mode():
                state = self.proteins.encode(model, block).map(Tensor.float)
            rows = np.flatnonzero(np.isin(protein, block))
            meetings = scorer.positions(
                self.data.records, [ProteinBlock(block, state)], (protein[rows], dna[rows])
            )
            score[rows] = record_scores(meetings, 1, len(rows)).score[0]
        return pairs.assign(score=score)
