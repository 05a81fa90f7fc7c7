"""Fit the probabilities of trained weights on the validation pairs of their run."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dna_protein_bca.io.folder_names import (
    BEST,
    CALIBRATION,
    DNA,
    LAST,
    PAIRS,
    PROTEINS,
    WEIGHTS,
)
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.training.calibration import fit_calibration

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


def calibrate(run: Path, *, device: str = "auto", threads: int | None = None) -> str | None:
    """Write `calibration.json` beside the best and the last weights, where one can be fitted.

    It is fitted on the labelled validation pairs of the proteins that have most of them.

    Returns:
        What it was fitted on, or why there is none, as a line of text; None without labels.
    """
    held = validation_pairs(run)
    if held is None or "label" not in held:
        return None
    labelled = held[held["label"].notna()]
    count = labelled["protein_id"].value_counts()
    chosen = labelled[labelled["protein_id"].isin(count.index[:MOST_PROTEINS])]
    chosen = chosen.reset_index(drop=True)
    fitted = _fit(run / BEST, run, chosen, device, threads)
    if filecmp.cmp(run / BEST / WEIGHTS, run / LAST / WEIGHTS, shallow=False):
        if fitted:
            shutil.copyfile(run / BEST / CALIBRATION, run / LAST / CALIBRATION)
    else:
        _fit(run / LAST, run, chosen, device, threads)
    if not fitted:
        return (
            "no probabilities: of either label fewer than five validation pairs have a p-value, or "
            "bound pairs have no lower ones than the others"
        )
    proteins = min(len(count), MOST_PROTEINS)
    return (
        f"probabilities fitted on {len(chosen):,} validation pairs of {proteins} of the "
        f"{len(count):,} validation proteins"
    )


def _fit(weights: Path, run: Path, pairs: pd.DataFrame, device: str, threads: int | None) -> bool:
    """Write the calibration of some weights; False where there is none."""
    predictor = BindingPredictor.from_pretrained(weights, device, threads=threads)
    table = predictor.predict(run / PROTEINS, run / DNA, pairs[["protein_id", "dna_id"]])
    known = table["p_value"].notna()
    p_value, label = table["p_value"][known].to_numpy(), pairs["label"][known].to_numpy()
    proteins = table["protein_id"][known].nunique()
    calibration = fit_calibration(p_value, label, proteins=proteins)
    if calibration is not None:
        calibration.save(weights)
    return calibration is not None
