"""What metrics are called in reports, and what they mean."""

from __future__ import annotations

TITLES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "mcc": "MCC",
    "f1": "F1",
    "brier": "Brier",
    "expected_calibration_error": "ECE",
    "spearman": "Spearman",
    "pearson": "Pearson",
    "rmse": "RMSE",
    "r2": "R2",
    "mean_reciprocal_rank": "MRR",
    "recall_at_1": "recall at 1",
    "recall_at_10": "recall at 10",
}
"""Metric -> title, in the order in which metrics are shown."""

MEANINGS = {
    "AUROC": "chance that a bound DNA scores above an unbound one; 0.5 is guessing",
    "average precision": "area under the curve of precision and recall; guessing gives the share "
    "of positives",
    "MCC, F1": "Matthews correlation, and harmonic mean of precision and recall, at the threshold",
    "Brier": "mean squared error of the probabilities; lower is better (MCC, F1, Brier and ECE "
    "need probabilities; scores of motifs and of the controls are none, and their cells are blank)",
    "ECE": "expected calibration error: how far probabilities lie from shares of positives; lower "
    "is better",
    "Spearman, Pearson": "correlations of scores with measured affinities",
    "RMSE, R2": "root mean squared error of affinities in their unit, and 1 minus their squared "
    "error over the variance of the measured ones: 0 is what their mean would reach",
    "MRR, recall at N": "for a DNA and a protein that binds it: the mean reciprocal rank of this "
    "protein among all proteins of the table, and how often it is among the first N",
}
"""Titles -> meaning."""
