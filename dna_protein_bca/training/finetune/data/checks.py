"""Whether pairs can teach anything, and whether held-out ones can choose the best weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import InputError, one_or_many
from dna_protein_bca.evaluation import metrics
from dna_protein_bca.evaluation.undefined import few_affinities, one_class
from dna_protein_bca.io.pairs import TARGETS

if TYPE_CHECKING:
    import pandas as pd

METRIC = {"label": "average precision", "affinity": "Spearman's correlation"}
"""Target -> the metric of it that chooses the best weights."""

NEEDED = {"label": "both labels, 0 and 1", "affinity": "three affinities that are not all the same"}
"""Target -> what pairs must have for its metric to be defined."""


def undefined_metrics(pairs: pd.DataFrame) -> dict[str, str]:
    """Why the metric of a target in these pairs is not defined: target -> reason.

    Targets that no pair has are left out, and so are those whose metric is defined.
    """
    reasons = {}
    for name, reason in zip(TARGETS, (one_class, few_affinities), strict=True):
        values = pairs[name].dropna().to_numpy(np.float64) if name in pairs else np.empty(0)
        if len(values) and (why := reason(values)):
            reasons[name] = why
    return reasons


def can_choose(pairs: pd.DataFrame) -> bool:
    """Whether some metric of these pairs, all together, is defined."""
    present = [name for name in TARGETS if name in pairs and pairs[name].notna().any()]
    return len(undefined_metrics(pairs)) < len(present)


def check_training(train: pd.DataFrame) -> None:
    """Refuse training pairs of which nothing can be learned.

    Raises:
        InputError: all weights are 0, one class is left, or no protein has two affinities that
            differ.
    """
    if not len(train):
        return
    path = train["path"].iloc[0]
    if "weight" in train:
        counted = train[train["weight"] > 0]
        if not len(counted):
            raise InputError(
                f"all {len(train)} training pairs have weight 0: there is nothing to learn", path
            )
        train = counted
    present = [name for name in TARGETS if name in train and train[name].notna().any()]
    why = {name: _unlearnable(train, name) for name in present}
    if all(why.values()):
        raise InputError(f"there is nothing to learn: {'; '.join(why.values())}", path)


def _unlearnable(train: pd.DataFrame, target: str) -> str:
    """Why a target of the pairs teaches nothing; empty where it teaches something."""
    measured = train[train[target].notna()]
    if target == "label":
        reason = one_class(measured["label"].to_numpy())
        return f"{reason} among the training pairs that count" if reason else ""
    by_protein = measured.groupby("protein_id", observed=True)["affinity"]
    if any(not metrics.constant(values.to_numpy(np.float64)) for _, values in by_protein):
        return ""
    values = measured["affinity"].to_numpy(np.float64)
    if metrics.constant(values):
        many = f"all {len(values)} affinities" if len(values) > 1 else "the one affinity"
        return f"{many} of the training pairs {'are' if len(values) > 1 else 'is'} {values[0]:.6g}"
    return "no protein has two affinities that differ, and only those of one protein are compared"


def check_validation(
    held: pd.DataFrame, motifs: Mapping[int, Sequence[np.ndarray]], train: pd.DataFrame
) -> list[str]:
    """Refuse a validation by which no weights are better than others.

    Args:
        held: the validation pairs.
        motifs: index of a protein -> the motifs that validate.
        train: the training pairs, to say in which file they are.

    Returns:
        A line for each metric that is not defined, where another one is.

    Raises:
        InputError: no metric is defined.
    """
    every_motif = [motif for of_protein in motifs.values() for motif in of_protein]
    flat = bool(motifs) and all(np.ptp(motif) == 0 for motif in every_motif)
    ranked = bool(motifs) and not flat
    reasons = undefined_metrics(held)
    if ranked or (len(held) and can_choose(held)):
        return [
            f"Warning: {METRIC[name]} of the validation pairs is not defined, because {why}: it "
            "has no part in choosing the best weights"
            for name, why in reasons.items()
        ]
    if flat:
        raise InputError(
            "the motifs that validate have the same probability for every base, so that nothing "
            "tells which weights are best: give --validation"
        )
    if not len(held):
        path = train["path"].iloc[0] if len(train) else None
        raise InputError(
            one_or_many(len(train), "the only pair cannot", f"none of the {len(train)} pairs can")
            + " be held out to choose the best weights by: give --validation, or more pairs",
            path,
        )
    why = "; ".join(f"{METRIC[name]} is not defined, because {r}" for name, r in reasons.items())
    need = ", or ".join(NEEDED[name] for name in reasons)
    pairs = "one pair" if len(held) == 1 else f"{len(held)} pairs"
    raise InputError(
        f"the {pairs} held out for validation cannot tell which weights are best: {why}. Give "
        f"--validation, or a column split, so that the validation pairs have {need}",
        held["path"].iloc[0],
    )


_A = {"label": "a label", "affinity": "an affinity"}

MEASURED_BY = {
    "loss": TARGETS,
    "auroc": ("label",),
    "average_precision": ("label",),
    "spearman": ("affinity",),
    "pearson": ("affinity",),
}
"""Metric of `TrainSettings.monitor` -> the targets of which one must be held out for it."""


def check_monitor(metric: str, held: pd.DataFrame, motifs: bool) -> None:
    """Refuse to choose the best weights by a metric that the validation does not have.

    Args:
        metric: of `TrainSettings.monitor`.
        held: the validation pairs.
        motifs: whether motifs validate.

    Raises:
        InputError: saying what is missing.
    """
    if metric == "score" or (metric == "motif_spearman" and motifs):
        return
    why = "no motifs validate"
    if targets := MEASURED_BY.get(metric):
        undefined = {} if metric == "loss" else undefined_metrics(held)
        present = [name for name in targets if name in held and held[name].notna().any()]
        if any(name not in undefined for name in present):
            return
        why = next(iter(undefined.values()), f"no validation pair has {_A[targets[0]]}")
    raise InputError(
        f"--monitor {metric} is not defined, because {why}: give another --validation, or leave "
        "--monitor out"
    )
