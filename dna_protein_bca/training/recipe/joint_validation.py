"""How good the joint score is on proteins that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from dna_protein_bca.datasets.sources import bound_dna, specificity
from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.trust import LEVELS, TrustLevels, evidence
from dna_protein_bca.inference.trust.levels import fit_trust_levels
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores, motif_correlation, trim_to_width
from dna_protein_bca.motifs.sampling import random_windows_with_sites
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.calibration import fit_calibration

from . import specificity_metrics as metrics

if TYPE_CHECKING:
    import pandas as pd

STRIDE = 16
"""Every so many 8-mers stand for all."""

TRUST_STRIDE = 4
"""The same for trust, which needs each protein's figure and not a mean."""

WINDOW, WINDOWS = 101, 20
"""Length in bp of the windows of random DNA, and how many of a protein have a site of its motif; as
many have none."""

GENOMIC_BP, GENOMIC = 71, 200
"""Length in bp of the genomic windows on which probabilities are fitted, and how many of a protein
have a site of its own; as many have one of another family."""

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
        self.data, self.measured, self.threads = data, measured, threads
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
        """Fitted on genomic windows of all proteins together: their sites against others' sites.

        None where these cannot be told apart, or no protein has such windows.

        Raises:
            InputError: the data lack genomic sites.
        """
        table = genomic_windows(self.data, "validation")
        if not len(table):
            return None
        proteins = {name: self.proteins[name] for name in table["protein_id"].unique()}
        predictor = self._predictor(model)
        dna = {str(number): text for number, text in enumerate(table["sequence"])}
        rated = predictor.predict(proteins, dna, list(zip(table["protein_id"], dna, strict=True)))
        known = rated["p_value"].notna()
        p_value, label = rated["p_value"][known].to_numpy(), table["label"][known].to_numpy()
        count = int(rated["protein_id"][known].nunique())
        return fit_calibration(p_value, label, proteins=count)

    def trust_levels(
        self, model: BindingModel, report: Callable[[str], None]
    ) -> TrustLevels | None:
        """The map from what a protein's motifs have in common to how well its 8-mers are ranked.

        Families are left out in turn, and how well the levels hold on them is reported. None where
        no protein has relatives.
        """
        predictor = self._predictor(model)
        encoded = predictor.encode(self.proteins)
        inverse_temperature = model.config.matching.inverse_temperature
        speaking = list(evidence(encoded, inverse_temperature))
        if not speaking:
            return None
        rows, found = zip(*speaking, strict=True)
        names = [encoded.ids[row] for row in rows]
        words = canonical_kmers(8)[::TRUST_STRIDE]
        scores = predictor.score_matrix(encoded, dict(zip(words, words, strict=True)))[list(rows)]
        bound = round(metrics.POSITIVES / TRUST_STRIDE)
        precision = np.array(
            [
                metrics.against_motif(
                    score, mean_kmer_scores(self.motifs[name])[::TRUST_STRIDE], bound
                )["average_precision"]
                for name, score in zip(names, scores, strict=True)
            ]
        )
        families = [encoded.dbd[row].partition(":")[0] for row in rows]
        trust, left_out = fit_trust_levels(found, precision, families, inverse_temperature)
        shown = predictor.motif(encoded)
        alike = np.array([motif_correlation(shown[name][0], self.motifs[name]) for name in names])
        report(describe_levels(trust, left_out, precision, alike))
        return trust

    def _predictor(self, model: BindingModel) -> BindingPredictor:
        return BindingPredictor(model, self.measured, threads=self.threads)

    def _windows(self, predictor: BindingPredictor, encoded: EncodedProteins) -> np.ndarray:
        """Scores of the windows of each protein, float64 [proteins that can be scored, windows]."""
        pairs = [(window.partition(" ")[0], window) for window in self.windows]
        table = predictor.predict(encoded, self.windows, pairs, background=None)
        scores: np.ndarray = table["score"].to_numpy(np.float64).reshape(-1, len(LABELS))
        return scores[np.isfinite(scores).all(axis=1)]


def describe_levels(
    trust: TrustLevels, left_out: np.ndarray, precision: np.ndarray, alike: np.ndarray
) -> str:
    """How good each level's proteins are, by estimates of them that were made without them.

    Args:
        left_out: estimates, precision: average precision, alike: correlation of the predicted motif
            with the measured ones; float [p] each.
    """
    from scipy.stats import spearmanr

    level = np.array([trust.level(estimate) for estimate in left_out])
    lines = [f"trust: Spearman with average precision {spearmanr(left_out, precision)[0]:.3f}"]
    for name in LEVELS:
        mine = level == name
        lines.append(
            f"{name}: {mine.sum()} proteins, average precision {precision[mine].mean():.3f}, "
            f"motif correlation 0.8 or more for {(alike[mine] >= 0.8).mean():.0%}"
        )
    return "; ".join(lines)


def genomic_windows(data: Path, split: str, seed: int = 0) -> pd.DataFrame:
    """Genomic windows of the proteins of a split, half of them with a site of their own.

    Args:
        data: folder of the specificity data set, beside which the genomic sites lie.

    Returns:
        Columns `protein_id`, `sequence`, and `label`: 1 for a site of the protein, 0 for one of
        proteins of other families.

    Raises:
        InputError: there are no genomic sites.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    sites = bound_dna.read_sites(data.parent)
    dbd = specificity.read_proteins(data, ("train", split))["dbd"]
    dbd = dbd[dbd.index.isin(sites["protein_id"])]
    families = {
        name: {part.split(":")[0] for part in text.split(";")} for name, text in dbd.items()
    }
    rows = []
    for protein in sorted(families.keys() & set(specificity.read_proteins(data, (split,)).index)):
        kinds = bound_dna.windows_with_others(sites, families, protein, GENOMIC, GENOMIC_BP, rng)
        for label, windows in zip((1, 0), kinds, strict=True):
            rows += [(protein, window, label) for window in windows]
    return pd.DataFrame(rows, columns=["protein_id", "sequence", "label"])


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
