"""The page about an evaluation in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from dna_protein_bca.reports.evaluation import evaluation_view
from dna_protein_bca.reports.page import write_page
from dna_protein_bca.reports.titles import TITLES

BASELINES = ("nn", "relatives20", "kmer_logistic", "shuffled", "protein_blind")
NOTE = "5-fold cross-validated on these pairs"


def _values() -> Any:
    """Every metric of every method, with intervals and a mark."""
    ends = [-0.123, 0.456]
    method = {**dict.fromkeys(TITLES, 0.987), "intervals": dict.fromkeys(TITLES, ends)}
    compared = {"difference": -0.123, "interval": [-0.456, -0.123], "proteins": 9, "beats": False}
    return {
        **method,
        "baselines": dict.fromkeys(BASELINES, method),
        "comparisons": {name: dict.fromkeys(TITLES, compared) for name in BASELINES},
        "identity_bands": [{"band": "0.4-0.6", "proteins": 9, "pairs": 999, **method}],
        "undefined": {},
        "undefined_baselines": {},
        "threshold": 0.5,
        "counts": {"pairs": 999, "labels": 999, "proteins": 9},
        "notes": {**dict.fromkeys(BASELINES, NOTE), "identity": "training_proteins.tsv"},
        "left_out": [],
    }


def test_tables_of_all_metrics_fit_a_page_of_1200_pixels(
    tab: Callable[..., Any], tmp_path: Path
) -> None:
    figures = {"protein_id": ["P12345"], "method": ["model"], "pairs": [999], "identity": [0.5]}
    proteins = pd.DataFrame({**figures, **{name: [0.987] for name in TITLES}})
    view = evaluation_view(_values(), proteins, [])
    path = tmp_path / "report.html"
    write_page(path, "evaluation.html", title="Evaluation", evaluation=view, files="files")
    page = tab(1200).page
    page.goto(path.as_uri())
    widths = page.eval_on_selector_all(
        ".wide", "all => all.map(e => [e.scrollWidth, e.clientWidth])"
    )
    assert len(widths) == 4
    assert all(needed <= there for needed, there in widths), widths
    assert "The model is beaten by nn in AUROC" in page.inner_text("body")
