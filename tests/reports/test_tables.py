"""Tables of an evaluation from plain values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.evaluation.metrics import METRICS
from dna_protein_bca.reports.tables import (
    band_table,
    comparison_table,
    protein_table,
    summary_cells,
    summary_table,
    summary_text,
)
from dna_protein_bca.reports.titles import TITLES
from dna_protein_bca.reports.values import Comparison, EvaluationMetrics


def comparison(difference: float, beats: bool) -> Comparison:
    ends = [difference - 0.01, difference + 0.01]
    return {"difference": difference, "interval": ends, "proteins": 3, "beats": beats}


@pytest.fixture
def values() -> EvaluationMetrics:
    """A model that beats one baseline in AUROC, and a baseline that is absent."""
    return {
        "auroc": 0.9,
        "brier": float("nan"),
        "intervals": {"auroc": [0.85, 0.95], "brier": None},
        "pooled": {},
        "baselines": {
            "nn": {"auroc": 0.8, "intervals": {"auroc": [0.7, 0.9]}, "pooled": {}},
            "shuffled": {"auroc": 0.91, "intervals": {"auroc": None}, "pooled": {}},
        },
        "comparisons": {
            "nn": {"auroc": comparison(0.1, True)},
            "shuffled": {"auroc": comparison(-0.01, False), "spearman": None},
        },
        "identity_bands": [{"band": "0.4-0.6", "proteins": 2, "pairs": 9, "auroc": 0.9}],
        "undefined": {"brier": {"MAX": "no pair has a label"}},
        "undefined_baselines": {},
        "counts": {"proteins": 3},
        "notes": {"nn": "motifs of <10> proteins", "protein_blind": "no list", "identity": "x"},
        "left_out": [],
        "splits": {},
        "threshold": 0.5,
        "bootstrap": {"seed": 0, "resamples": 10},
    }


def test_every_metric_has_a_title_in_the_same_order() -> None:
    assert tuple(TITLES) == METRICS


def test_metrics_that_no_method_has_are_left_out(values: EvaluationMetrics) -> None:
    header, rows = summary_table(values)
    # Why the Brier score is blank is said below the table, so that its column must be there.
    assert header == ["", "AUROC", "Brier"]
    assert rows == [
        ["model", "0.900 (0.850 to 0.950)", ""],
        ["nn", "0.800 (0.700 to 0.900) *", ""],
        ["shuffled", "0.910", ""],
        ["protein_blind", "", ""],
    ]


def test_a_baseline_that_beats_the_model_is_marked_as_clearly(values: EvaluationMetrics) -> None:
    values["comparisons"]["shuffled"]["auroc"] = comparison(-0.1, False)
    assert [row[1][-2:] for row in summary_table(values).rows[1:3]] == [" *", " !"]
    cells = [row[1] for row in comparison_table(values).rows]
    assert cells == [("+0.100 *", "+0.090 to +0.110"), ("-0.100 !", "-0.110 to -0.090")]


def test_text_says_why_a_baseline_is_absent(values: EvaluationMetrics) -> None:
    lines = summary_text(values).splitlines()
    assert lines[1] == "model\t0.900 (0.850 to 0.950)\t"
    assert lines[-1].rstrip() == "protein_blind (no list)"
    header, *aligned = summary_text(values, aligned=True).splitlines()
    for line, text in zip(aligned[:3], ("0.900", "0.800", "0.910"), strict=True):
        assert line[header.index("AUROC") :].startswith(text)


def test_a_page_has_intervals_and_notes_below(values: EvaluationMetrics) -> None:
    header, rows = summary_cells(values)
    assert header == ["", "AUROC", "Brier"]
    assert rows[0][1:] == [("0.900", "0.850 to 0.950"), ("", "")]
    assert rows[1][:2] == [("nn", "motifs of <10> proteins"), ("0.800 *", "0.700 to 0.900")]
    assert rows[3] == [("protein_blind", "no list"), ("", ""), ("", "")]


def test_differences_have_signs_and_stars(values: EvaluationMetrics) -> None:
    header, rows = comparison_table(values)
    assert header == ["", "AUROC"]
    assert [row[1][0] for row in rows] == ["+0.100 *", "-0.010"]
    values["comparisons"] = {"nn": {"auroc": None}}
    assert "two proteins" in comparison_table(values).rows[0][0]


def test_bands_and_proteins(values: EvaluationMetrics) -> None:
    header, rows = band_table(values["identity_bands"])
    assert dict(zip(header, rows[0], strict=True)) == {
        "identity": "0.4-0.6",
        "proteins": "2",
        "pairs": "9",
        "AUROC": "0.900",
    }
    proteins = pd.DataFrame(
        {
            "protein_id": ["<a>", "b", "b"],
            "method": ["model", "model", "nn"],
            "pairs": [4, 5, 5],
            "identity": [np.nan, 0.5, 0.5],
            "auroc": [0.75, np.nan, 0.25],
            "mcc": np.nan,
        }
    )
    header, rows = protein_table(proteins)
    assert header == ["protein", "pairs", "identity", "AUROC"]
    assert rows == [["<a>", "4", "", "0.750"], ["b", "5", "0.500", ""]]
