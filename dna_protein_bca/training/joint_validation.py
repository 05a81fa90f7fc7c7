"""How the joint score does on proteins that the training did not see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from ..calibration import Calibration, fit_calibration
from ..datasets import specificity
from ..model import BindingModel
from ..motif_scores import canonical_kmers, kmer_scores
from ..predictor import BindingPredictor
from ..relatives import MeasuredProteins
from ..tokenizers import DNATokenizer
from . import metrics
from .task import cut, plant

STRIDE = 16
"""Every so many 8-mers stand for all."""

WINDOW, WINDOWS = 101, 20
"""Windows of so many bp that probabilities hold for, and how many with and without a site a
protein."""


class Validation:
    """The validation proteins of the specificity data set.

    Args:
        measured: the relatives that the model may read.
        threads: of the domain search.
    """

    def __init__(self, data: Path, measured: MeasuredProteins, threads: int) -> None:
        table = specificity.read_proteins(data, ("validation",))
        self.measured, self.threads = measured, threads
        self.proteins = dict(zip(table.index, table.sequence, strict=True))
        self.motifs = specificity.read_motifs(data, table.index)
        self.words = canonical_kmers(8)[::STRIDE]
        scores = ([kmer_scores(m) for m in self.motifs[name]] for name in self.proteins)
        self.truth = np.stack([np.mean(ones, axis=0)[::STRIDE] for ones in scores])

    def predictor(self, model: BindingModel) -> BindingPredictor:
        return BindingPredictor(model, self.measured, threads=self.threads)

    def kmers(self, model: BindingModel) -> dict[str, float]:
        """Means over proteins on a sample of all 8-mers."""
        words = {word: word for word in self.words}
        scores = self.predictor(model).score_matrix(self.proteins, words)
        bound = round(metrics.POSITIVES / STRIDE)
        rows = [
            metrics.against_motif(score, truth, bound)
            for score, truth in zip(scores, self.truth, strict=True)
        ]
        return metrics.mean_metrics(rows, "joint_")

    def measure(self, model: BindingModel) -> dict[str, float]:
        """`kmers`, and the mean over proteins of the AUROC on `windows`."""
        scores, labels = self.windows(model)
        auroc = [roc_auc_score(label, score) for score, label in zip(scores, labels, strict=True)]
        return self.kmers(model) | {"windows_auroc": float(np.mean(auroc))}

    def calibration(self, model: BindingModel) -> Calibration | None:
        """Fitted on `windows` of all proteins together."""
        scores, labels = self.windows(model)
        return fit_calibration(np.concatenate(scores), np.concatenate(labels), WINDOW)

    def windows(
        self, model: BindingModel, seed: int = 0
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """A protein's scores of random windows, and which of them hold a site of its motif."""
        rng = np.random.default_rng(seed)
        predictor = self.predictor(model)
        scores, labels = [], []
        for name, sequence in self.proteins.items():
            motifs = self.motifs[name]
            drawn = [cut(motifs[rng.integers(len(motifs))], WINDOW) for _ in range(WINDOWS)]
            empty = rng.integers(0, 4, (WINDOWS, WINDOW)).astype(np.uint8)
            ids = np.concatenate([plant(drawn, WINDOW, rng), empty])
            windows = {
                str(row): text
                for row, text in enumerate(DNATokenizer().decode(torch.from_numpy(ids)))
            }
            score = predictor.score_matrix({name: sequence}, windows)[0]
            if np.isfinite(score).all():
                scores.append(score)
                labels.append(np.arange(2 * WINDOWS) < WINDOWS)
        return scores, labels
