"""Whether pairs can teach anything, and whether held-out ones can choose the best weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation import metrics
from dna_protein_bca.evaluation.undefined import few_affinities, one_class
from dna_protein_bca.io.pairs import TARGETS

if TYPE_CHECKING:
    import pandas as pd

FIGURES = {"label": "average precision", "affinity": "Spearman's correlation"}
"""Target -> the figure of it that chooses the best weights."""

NEEDED = {"label": "both labels, 0 and 1", "affinity": "three affinities that are not all the same"}


def undefined_figures(pairs: pd.DataFrame) -> dict[str, str]:
    """Why the figure of a target in these pairs is not defined: target -> reason.

    Targets that no pair has are left out, and so are those whose figure is defined.
    """
    found = {}
    for name, reason in zip(TARGETS, (one_class, few_affinities), strict=True):
        known = pairs[name].dropna().to_numpy(np.float64) if name in pairs else np.empty(0)
        if len(known) and (why := reason(known)):
            found[name] = why
    return found


def can_choose(pairs: pd.DataFrame) -> bool:
    """Whether some figure of these pairs, all together, is defined."""
    present = [name for name in TARGETS if name in pairs and pairs[name].notna().any()]
    return len(undefined_figures(pairs)) < len(present)


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
    known = train[train[target].notna()]
    if target == "label":
        reason = one_class(known["label"].to_numpy())
        return f"{reason} among the training pairs that count" if reason else ""
    several = known.groupby("protein_id", observed=True)["affinity"]
    if any(not metrics.constant(values.to_numpy(np.float64)) for _, values in several):
        return ""
    values = known["affinity"].to_numpy(np.float64)
    if metrics.constant(values):
        many = f"all {len(values)} affinities" if len(values) > 1 else "the one affinity"
        return f"{many} of the training pairs {'are' if len(values) > 1 else 'is'} {values[0]:.6g}"
    return "no protein has two affinities that differ, and only those of one protein are compared"


def check_validation(
    held: pd.DataFrame, motifs: Mapping[int, Sequence[np.ndarray]], train: pd.DataFrame
) -> list[str]:
    """Refuse a validation by which no weights are better than others.

    Args:
        held: the validation pairs; motifs: those that validate.
        train: the training pairs, to say in which file they are.

    Returns:
        A line for each figure that is not defined, where another one is.

    Raises:
        InputError: no figure is defined.
    """
    flat = bool(motifs) and all(np.ptp(one) == 0 for ones in motifs.values() for one in ones)
    ranked = bool(motifs) and not flat
    reasons = undefined_figures(held)
    if ranked or (len(held) and can_choose(held)):
        return [
            f"Warning: {FIGURES[name]} of the validation pairs is not defined, because {why}: it "
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
            f"none of the {len(train)} pairs can be held out to choose the best weights by: give "
            "--validation, or more pairs",
            path,
        )
    why = "; ".join(f"{FIGURES[name]} is not defined, because {r}" for name, r in reasons.items())
    need = ", or ".join(NEEDED[name] for name in reasons)
    pairs = "one pair" if len(held) == 1 else f"{len(held)} pairs"
    raise InputError(
        f"the {pairs} held out for validation cannot tell which weights are best: {why}. Give "
        f"--validation, or a column split, so that the validation pairs have {need}",
        held["path"].iloc[0],
    )
