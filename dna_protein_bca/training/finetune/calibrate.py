"""Fit what trained weights say, as probabilities and as affinities, on their validation pairs."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.inference.checksums import rewritten
from dna_protein_bca.io.folder_names import (
    AFFINITY,
    BEST,
    CALIBRATION,
    DNA,
    LAST,
    PAIRS,
    PROTEINS,
    WEIGHTS,
)
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.training.calibration import fit_affinity_scale, fit_calibration

if TYPE_CHECKING:
    import pandas as pd

MOST_PROTEINS = 8
"""Proteins on which a calibration is fitted: the background of each takes seconds, and the two
numbers of a calibration need no more."""


def validation_pairs(run: Path) -> pd.DataFrame | None:
    """The validation pairs of a run, without columns that are blank; None where there are none."""
    import pandas as pd

    if not (run / PAIRS).is_file():
        return None
    table = pd.read_csv(run / PAIRS, sep="\t", dtype={"protein_id": str, "dna_id": str})
    held = table[table["split"] == "validation"].dropna(axis=1, how="all").drop(columns="split")
    return held if len(held) else None


def calibrate(run: Path, *, device: str = "auto", threads: int | None = None) -> list[str]:
    """Write `calibration.json` and `affinity.json` beside the best and the last weights.

    The first is fitted on the labelled validation pairs of the proteins that have most of them, the
    second on all that have an affinity.

    Returns:
        What each was fitted on, or why there is none, as lines of text.
    """
    held = validation_pairs(run)
    if held is None:
        return []

    def load(weights: Path) -> BindingPredictor:
        return BindingPredictor.from_pretrained(weights, device, threads=threads)

    lines = []
    if "label" in held:
        lines.append(_probabilities(run, held[held["label"].notna()], load))
    if "affinity" in held:
        lines.append(_affinities(run, held[held["affinity"].notna()], load))
    return lines


Load = Callable[[Path], BindingPredictor]
"""Loads weights."""


def _probabilities(run: Path, labelled: pd.DataFrame, load: Load) -> str:
    count = labelled["protein_id"].value_counts()
    chosen = labelled[labelled["protein_id"].isin(count.index[:MOST_PROTEINS])]
    chosen = chosen.reset_index(drop=True)

    def fit(weights: Path) -> bool:
        table = load(weights).predict(run / PROTEINS, run / DNA, chosen[["protein_id", "dna_id"]])
        known = table["p_value"].notna()
        p_value, label = table["p_value"][known].to_numpy(), chosen["label"][known].to_numpy()
        proteins = table["protein_id"][known].nunique()
        calibration = fit_calibration(p_value, label, proteins=proteins)
        if calibration is not None:
            calibration.save(weights)
        return calibration is not None

    if not _fit_both(run, CALIBRATION, fit):
        return (
            "no probabilities: of either label fewer than five validation pairs have a p-value, or "
            "bound pairs have no lower ones than the others"
        )
    proteins = min(len(count), MOST_PROTEINS)
    return (
        f"probabilities fitted on {len(chosen):,} validation pairs of {proteins} of the "
        f"{len(count):,} validation proteins"
    )


def _affinities(run: Path, measured: pd.DataFrame, load: Load) -> str:
    pairs = measured[["protein_id", "dna_id"]]

    def fit(weights: Path) -> bool:
        table = load(weights).predict(run / PROTEINS, run / DNA, pairs, background=None)
        score, affinity = table["score"].to_numpy(), measured["affinity"].to_numpy(np.float64)
        known = np.isfinite(score)
        protein = table["protein_id"].to_numpy()
        scale = fit_affinity_scale(score[known], affinity[known], protein[known])
        if scale is not None:
            scale.save(weights)
        return scale is not None

    if not _fit_both(run, AFFINITY, fit):
        return (
            "no affinities in their unit: fewer than five validation pairs have one, or higher "
            "scores do not go with higher ones"
        )
    return (
        f"affinities in their unit fitted on {len(measured):,} validation pairs of "
        f"{measured['protein_id'].nunique():,} proteins"
    )


def _fit_both(run: Path, name: str, fit: Callable[[Path], bool]) -> bool:
    """Write a file beside the best and the last weights; whether the best have one.

    Args:
        fit: writes it into a folder of weights; whether it could.
    """
    with rewritten(run / BEST), rewritten(run / LAST):
        fitted = fit(run / BEST)
        if filecmp.cmp(run / BEST / WEIGHTS, run / LAST / WEIGHTS, shallow=False):
            if fitted:
                shutil.copyfile(run / BEST / name, run / LAST / name)
        else:
            fit(run / LAST)
    return fitted
