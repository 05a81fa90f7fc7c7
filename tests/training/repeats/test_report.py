"""The one report on several trainings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pandas as pd

from dna_protein_bca.evaluation import Evaluation
from dna_protein_bca.training.repeats.report import write_report


def test_baselines_that_win_are_marked_like_those_that_lose(tmp_path: Path) -> None:
    rows = [
        {"protein_id": f"p{number}", "dna_id": f"d{n}", "label": n % 2, "score": n % 3}
        for number in range(6)
        for n in range(12)
    ]
    pairs = pd.DataFrame(rows)
    # One knows the labels, and one their opposite.
    pairs = pairs.assign(nn=pairs["label"] * 1.0, relatives20=-pairs["label"] * 1.0)
    found: Any = {"bootstrap": {"seed": 0, "resamples": 100}, "baselines": {}}
    none = pd.DataFrame()
    folds = {
        name: Evaluation(cast(Any, found), none, part, none)
        for name, part in pairs.groupby(pairs["protein_id"].map(lambda one: f"fold-{one}"))
    }
    write_report(tmp_path, folds, None)
    lines = (tmp_path / "summary.tsv").read_text().splitlines()
    column = lines[0].split("\t").index("AUROC")
    together = {
        row[0]: row[column] for row in (one.split("\t") for one in lines) if row[1] == "together"
    }
    assert together == {"model": "0.500", "nn": "1.000 !", "relatives20": "0.000 *"}
