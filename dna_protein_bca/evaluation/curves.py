"""The points of an evaluation's charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dna_protein_bca.reports.curves import Curve, Curves

from .methods import scores_of
from .metrics import calibration_bins

if TYPE_CHECKING:
    import pandas as pd

DRAWN = ("model", "nn", "relatives20", "kmer_logistic")
"""Methods that have a curve; the controls would hide them."""


def curves_of(predictions: pd.DataFrame) -> Curves:
    """ROC, precision-recall and calibration curves of labels, and scores beside affinities."""
    curves = Curves()
    if "label" in predictions and predictions["label"].nunique() == 2:
        labelled = predictions[predictions["label"].notna()]
        curves = _of_labels(labelled)
    if "affinity" in predictions:
        table = predictions[predictions["affinity"].notna()].sort_values("score")
        points = Curve("model", table["score"].to_numpy(), table["affinity"].to_numpy())
        curves = curves._replace(affinity=[points])
    return curves


def _of_labels(labelled: pd.DataFrame) -> Curves:
    tables = {
        name: scores_of(name, labelled) for name in DRAWN if name == "model" or name in labelled
    }
    both = {name: table for name, table in tables.items() if table["label"].nunique() == 2}
    curves = Curves(_roc(both), _precision_recall(both))
    # Some of many proteins have no p-values.
    labelled = labelled[labelled["probability"].notna()]
    if not len(labelled):
        return curves
    label, probability = (labelled[name].to_numpy(float) for name in ("label", "probability"))
    mean, share, _ = calibration_bins(label, probability).T
    return curves._replace(calibration=[Curve("model", mean, share)])


def _roc(tables: Mapping[str, pd.DataFrame]) -> list[Curve]:
    from sklearn.metrics import roc_curve

    rates = {name: roc_curve(table["label"], table["score"]) for name, table in tables.items()}
    return [Curve(name, false, true) for name, (false, true, _) in rates.items()]


def _precision_recall(tables: Mapping[str, pd.DataFrame]) -> list[Curve]:
    from sklearn.metrics import precision_recall_curve

    points = {
        name: precision_recall_curve(table["label"], table["score"])
        for name, table in tables.items()
    }
    return [Curve(name, recall, precision) for name, (precision, recall, _) in points.items()]
