"""Why metrics are not defined, in words, for each protein."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.reports.undefined import (
    NO_PROBABILITY,
    NOT_AFFINITIES,
    NOT_PROBABILITIES,
    NOT_RATED,
    why,
)
from dna_protein_bca.reports.values import Reasons

from . import metrics
from .methods import scores_of

if TYPE_CHECKING:
    import pandas as pd


def reasons_of_pairs(table: pd.DataFrame) -> dict[str, str]:
    """Metric -> why it is not defined for one set of pairs; see `metrics.pair_metrics`.

    Args:
        table: columns `score`, and as far as there are `label`, `affinity`,
            `predicted_affinity` and `probability`. For a column that is absent no reasons are
            given.
    """
    reasons: dict[str, str] = {}
    if "label" in table:
        reasons |= _of_labels(table[table["label"].notna()])
    if "affinity" in table:
        measured = table[table["affinity"].notna()]
        values = (measured[name].to_numpy(np.float64) for name in ("score", "affinity"))
        if reason := no_correlation(*values):
            reasons |= dict.fromkeys(metrics.OF_AFFINITY, reason)
        if metrics.PREDICTED_AFFINITY in table:
            reasons |= _in_units(measured["affinity"].to_numpy(np.float64))
    return reasons


def _of_labels(labelled: pd.DataFrame) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if "probability" in labelled and labelled["probability"].isna().any():
        unrated = "p_value" in labelled and labelled["p_value"].isna().all()
        reason = NOT_RATED if unrated else NO_PROBABILITY
        reasons |= dict.fromkeys(metrics.AT_A_THRESHOLD, reason)
    if not len(labelled):
        names = (*metrics.RANKING_OF_DNA, *metrics.AT_A_THRESHOLD)
        return dict.fromkeys(names, "no pair has a label")
    if reason := one_class(labelled["label"].to_numpy()):
        reasons |= dict.fromkeys((*metrics.RANKING_OF_DNA, *metrics.OF_BOTH_CLASSES), reason)
    return reasons


def _in_units(affinity: np.ndarray) -> dict[str, str]:
    if not len(affinity):
        return dict.fromkeys(metrics.IN_UNITS, few_affinities(affinity))
    reason = few_affinities(affinity)
    return {"r2": reason} if reason else {}


def one_class(label: np.ndarray) -> str:
    """That all labels (0 or 1, one or more) are the same; empty where they are not."""
    positive = int(np.sum(label))
    if 0 < positive < len(label):
        return ""
    value = int(positive > 0)
    return f"all {len(label)} labels are {value}" if len(label) > 1 else f"the one label is {value}"


def no_correlation(score: np.ndarray, affinity: np.ndarray) -> str:
    """Why scores and affinities have no correlation; empty where they have one."""
    reason = few_affinities(affinity)
    if not reason and metrics.constant(score):
        reason = f"all {len(score)} scores are {score[0]:.6g}"
    return reason


def few_affinities(affinity: np.ndarray) -> str:
    """That affinities are too few or all the same; empty where they are not."""
    count = len(affinity)
    if count < metrics.FEWEST_CORRELATED:
        have = "pair has" if count == 1 else "pairs have"
        return f"{count} {have} an affinity, and {metrics.FEWEST_CORRELATED} are the fewest"
    return f"all {count} affinities are {affinity[0]:.6g}" if metrics.constant(affinity) else ""


def reasons_of_ranks(pairs: pd.DataFrame, ranked: set[str]) -> dict[str, str]:
    """Protein -> why the proteins cannot be ranked for any of its DNA.

    Args:
        pairs: columns `protein_id`, and `label` where there are labels.
        ranked: proteins with positives that were ranked.
    """
    reasons: dict[str, str] = {}
    if "label" not in pairs:
        return reasons
    labels = pairs.groupby("protein_id", sort=False, observed=True)["label"]
    for name, label in labels:
        if len(labels) < 2:
            reasons[str(name)] = "there is only one protein to rank"
        elif name not in ranked:
            positive = (label == 1).any()
            drawn = "none of its positives is among those drawn to be ranked"
            reasons[str(name)] = drawn if positive else "it has no pair with label 1"
    return reasons


def undefined(method: str, predictions: pd.DataFrame, ranks: pd.DataFrame) -> Reasons:
    """Why metrics of a method are not defined; in the order of `METRICS`.

    Args:
        predictions: the scored pairs; see `reasons_of_pairs`, with `protein_id` and a column for
            each baseline.
        ranks: of the positives; see `rank_positives`.
    """
    reasons: Reasons = {name: {} for name in metrics.METRICS}
    scored = scores_of(method, predictions)
    of_protein = scored.groupby("protein_id", sort=False, observed=True).indices
    for protein, count in predictions["protein_id"].value_counts(sort=False).items():
        part = scored.iloc[of_protein.get(protein, [])]
        of_pairs = reasons_of_pairs(part)
        if method != "model":
            of_pairs = _of_baseline(method, part, of_pairs, count)
            if metrics.PREDICTED_AFFINITY in predictions:
                of_pairs |= dict.fromkeys(metrics.IN_UNITS, NOT_AFFINITIES)
        for name, reason in of_pairs.items():
            reasons[name][str(protein)] = reason
    for protein, reason in _of_ranks(method, predictions, ranks).items():
        for name in metrics.RANKING_OF_PROTEINS:
            reasons[name][protein] = reason
    return {name: by_protein for name, by_protein in reasons.items() if by_protein}


def undefined_for_all(
    method: str, predictions: pd.DataFrame, ranks: pd.DataFrame
) -> dict[str, str]:
    """Metric -> why it is not defined for any protein; see `undefined`."""
    proteins = predictions["protein_id"].nunique()
    reasons = undefined(method, predictions, ranks)
    return {
        name: why(by_protein, proteins)
        for name, by_protein in reasons.items()
        if len(by_protein) == proteins
    }


def _of_baseline(
    method: str, table: pd.DataFrame, reasons: dict[str, str], count: int
) -> dict[str, str]:
    """The reasons of a baseline for one protein.

    Args:
        table: the pairs that the baseline scores; there may be none.
        reasons: `reasons_of_pairs` of these.
        count: pairs of the protein.
    """
    if not len(table):
        return dict.fromkeys(reasons, f"{method} has no score for it")
    if len(table) < count:
        of_some = f" among the pairs that {method} scores"
        reasons = {name: reason + of_some for name, reason in reasons.items()}
    labelled = table[table["label"].notna()] if "label" in table else table[:0]
    if len(labelled) and ("probability" not in table or labelled["probability"].isna().any()):
        reasons |= dict.fromkeys(metrics.AT_A_THRESHOLD, NOT_PROBABILITIES)
    return reasons


def _of_ranks(method: str, predictions: pd.DataFrame, ranks: pd.DataFrame) -> dict[str, str]:
    reasons = reasons_of_ranks(predictions, {*ranks["protein_id"]})
    scored = {*ranks["protein_id"][ranks[method].notna()]}
    without = [name for name in ranks["protein_id"].unique() if name not in scored]
    return reasons | {str(name): f"{method} has no score for its positives" for name in without}
