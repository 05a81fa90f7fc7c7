"""How good the joint score is on proteins that were not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.inference.calibration import Calibration, fit_calibration
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores, trim_to_width
from dna_protein_bca.motifs.sampling import random_windows_with_sites
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.relatives import MeasuredProteins

from . import specificity_metrics as metrics

STRIDE = 16
"""Every so many 8-mers stand for all."""

WINDOW, WINDOWS = 101, 20
"""Length in bp of the windows that probabilities hold for, and how many of a protein have a site of
its motif; as many have none."""

LABELS = np.arange(2 * WINDOWS) < WINDOWS
"""bool: which windows of a protein hold a site of its motif."""


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
        scores = (mean_kmer_scores(self.motifs[name]) for name in self.proteins)
        self.truth = np.stack([score[::STRIDE] for score in scores])
        self.windows = draw_windows(self.motifs)

    def measure(self, model: BindingModel) -> dict[str, float]:
        """Means over proteins: metrics of a sample of all 8-mers, and the AUROC of windows."""
        predictor = self._predictor(model)
        encoded = predictor.encode(self.proteins)
        scores = predictor.score_matrix(encoded, dict(zip(self.words, self.words, strict=True)))
        bound = round(metrics.POSITIVES / STRIDE)
        rows = [
            metrics.against_motif(score, truth, bound)
            for score, truth in zip(scores, self.truth, strict=True)
        ]
        auroc = [roc_auc_score(LABELS, score) for score in self._windows(predictor, encoded)]
        return metrics.mean_metrics(rows, "joint_") | {"windows_auroc": float(np.mean(auroc))}

    def calibration(self, model: BindingModel) -> Calibration | None:
        """Fitted on the windows of all proteins together."""
        predictor = self._predictor(model)
        scores = self._windows(predictor, predictor.encode(self.proteins))
        return fit_calibration(scores.ravel(), np.tile(LABELS, len(scores)), WINDOW)

    def _predictor(self, model: BindingModel) -> BindingPredictor:
        return BindingPredictor(model, self.measured, threads=self.threads)

    def _windows(self, predictor: BindingPredictor, encoded: EncodedProteins) -> np.ndarray:
        """Scores of the windows of each protein, float64 [proteins that can be scored, windows]."""
        pairs = [(window.partition(" ")[0], window) for window in self.windows]
        table = predictor.predict(encoded, self.windows, pairs)
        scores: np.ndarray = table["score"].to_numpy(np.float64).reshape(-1, len(LABELS))
        return scores[np.isfinite(scores).all(axis=1)]


def draw_windows(motifs: Mapping[str, list[np.ndarray]], seed: int = 0) -> dict[str, str]:
    """Random windows of each protein, `ID NUMBER` -> bases: `LABELS` says which hold a site."""
    rng = np.random.default_rng(seed)
    windows = {}
    for name, measured in motifs.items():
        drawn = [
            trim_to_width(measured[rng.integers(len(measured))], WINDOW) for _ in range(WINDOWS)
        ]
        empty = rng.integers(0, 4, (WINDOWS, WINDOW)).astype(np.uint8)
        ids = np.concatenate([random_windows_with_sites(drawn, WINDOW, rng), empty])
        for number, text in enumerate(DNATokenizer().decode(torch.from_numpy(ids))):
            windows[f"{name} {number}"] = text
    return windows
