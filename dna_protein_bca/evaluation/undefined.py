"""Why figures are not defined: in words, protein by protein."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import listed

from . import metrics

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 3
"""Proteins that a line names."""

Reasons = dict[str, dict[str, str]]
"""Figure -> protein -> why it is not defined; `METRICS` in order, without those that are."""

NO_PROBABILITY = "the weights were trained on affinities and give no probabilities"


def reasons_of_pairs(table: pd.DataFrame) -> dict[str, str]:
    """Why figures of one set of pairs are not defined; see `metrics.pair_metrics`.

    Args:
        table: columns `score`, and as far as there are `label`, `affinity` and `probability`. Of a
            column that is not there nothing is said.
    """
    found: dict[str, str] = {}
    if "label" in table:
        found |= _of_labels(table[table["label"].notna()])
    if "affinity" in table:
        measured = table[table["affinity"].notna()]
        values = (measured[name].to_numpy(np.float64) for name in ("score", "affinity"))
        if reason := no_correlation(*values):
            found |= dict.fromkeys(metrics.OF_AFFINITY, reason)
    return found


def _of_labels(labelled: pd.DataFrame) -> dict[str, str]:
    found: dict[str, str] = {}
    if "probability" in labelled and labelled["probability"].isna().any():
        found |= dict.fromkeys(metrics.AT_A_THRESHOLD, NO_PROBABILITY)
    if not len(labelled):
        names = (*metrics.RANKING_OF_DNA, *metrics.AT_A_THRESHOLD)
        return dict.fromkeys(names, "no pair has a label")
    if reason := one_class(labelled["label"].to_numpy()):
        found |= dict.fromkeys((*metrics.RANKING_OF_DNA, *metrics.OF_BOTH_CLASSES), reason)
    return found


def one_class(label: np.ndarray) -> str:
    """Says so where labels (0 or 1, one or more) are all the same; empty where they are not."""
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
    """Says so where affinities are too few or all the same; empty where they are not."""
    count = len(affinity)
    if count < metrics.FEWEST_CORRELATED:
        have = "pair has" if count == 1 else "pairs have"
        return f"{count} {have} an affinity, and {metrics.FEWEST_CORRELATED} are the fewest"
    return f"all {count} affinities are {affinity[0]:.6g}" if metrics.constant(affinity) else ""


def reasons_of_ranks(pairs: pd.DataFrame, ranked: set[str]) -> dict[str, str]:
    """Protein -> why none of its DNA ranks the proteins.

    Args:
        pairs: columns `protein_id`, and `label` where there are labels.
        ranked: proteins with positives that were ranked.
    """
    found: dict[str, str] = {}
    if "label" not in pairs:
        return found
    parts = pairs.groupby("protein_id", sort=False, observed=True)["label"]
    for name, label in parts:
        if len(parts) < 2:
            found[str(name)] = "there is only one protein to rank"
        elif name not in ranked:
            positive = (label == 1).any()
            drawn = "none of its positives is among those drawn to be ranked"
            found[str(name)] = drawn if positive else "it has no pair with label 1"
    return found


def undefined(predictions: pd.DataFrame, ranked: set[str]) -> Reasons:
    """Why figures of the model are not defined, by figure and protein.

    Args:
        predictions: the scored pairs; see `reasons_of_pairs`, with `protein_id`.
        ranked: proteins with positives that were ranked.
    """
    found: Reasons = {name: {} for name in metrics.METRICS}
    for protein, part in predictions.groupby("protein_id", sort=False, observed=True):
        for name, reason in reasons_of_pairs(part).items():
            found[name][str(protein)] = reason
    for protein, reason in reasons_of_ranks(predictions, ranked).items():
        for name in metrics.RANKING_OF_PROTEINS:
            found[name][protein] = reason
    return {name: ones for name, ones in found.items() if ones}


def lines(reasons: Reasons, proteins: int, titles: Mapping[str, str]) -> list[str]:
    """One line for all figures that are not defined for the same proteins and reasons.

    Args:
        proteins: how many were evaluated.
        titles: what figures are called.
    """
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name, ones in reasons.items():
        alike.setdefault(tuple(ones.items()), []).append(titles[name])
    return [f"{', '.join(names)}: {_why(dict(ones), proteins)}" for ones, names in alike.items()]


def _why(reasons: Mapping[str, str], proteins: int) -> str:
    kinds = {*reasons.values()}
    if len(reasons) == proteins and len(kinds) == 1 and (proteins == 1 or NO_PROBABILITY in kinds):
        return f"not defined, because {kinds.pop()}"
    named = listed([f"{name} ({why})" for name, why in reasons.items()], SHOWN)
    if len(reasons) == proteins:
        return f"not defined for any of the {proteins} proteins: {named}"
    return (
        f"not defined for {len(reasons)} of the {proteins} proteins, which their means leave out: "
        f"{named}"
    )
