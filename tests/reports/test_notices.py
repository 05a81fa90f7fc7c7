"""What is said before the metrics."""

from __future__ import annotations

from typing import Any

from dna_protein_bca.reports.notices import evaluation_notices, verdict_lines

QUIET: dict[str, Any] = {
    "counts": {"pairs": 10, "scored": 10, "trained_on": 0},
    "left_out": [],
    "splits": {},
}


def notices(every_split: bool = True, **values: Any) -> list[str]:
    return evaluation_notices({**QUIET, **values}, every_split=every_split)  # type: ignore[typeddict-item]


def test_nothing_is_said_of_pairs_that_are_new_and_scored() -> None:
    assert notices() == []
    assert notices(splits={"test": 10}) == []


def test_pairs_without_a_score_are_counted_with_their_reasons() -> None:
    counts = {"pairs": 10, "scored": 7, "trained_on": 0}
    assert notices(counts=counts, left_out=["first", "second"]) == [
        "Warning: 3 of 10 pairs have no score and are left out: first; second"
    ]


def test_pairs_that_were_trained_on_are_counted() -> None:
    (line,) = notices(counts={"pairs": 10, "scored": 10, "trained_on": 4})
    assert line.startswith("4 of 10 pairs are among those that the weights were trained on")
    (line,) = notices(splits={"train": 6, "test": 4})
    assert line.startswith("6 of 10 pairs have train in the column split")
    assert notices(every_split=False, splits={"train": 6, "test": 4}) == []
    (line,) = notices(counts={"pairs": 1, "scored": 1, "trained_on": 1})
    assert line.startswith("1 of 1 pair is among those that the weights were trained on")
    # All of them are asked for where the table has nothing else.
    assert notices(splits={"train": 10}) == []


def test_a_baseline_that_beats_the_model_is_said_as_clearly_as_one_that_is_beaten() -> None:
    def comparison(low: float, high: float) -> dict[str, Any]:
        interval = [low, high]
        return {"difference": 0.0, "interval": interval, "proteins": 3, "beats": low > 0}

    values: Any = {
        "comparisons": {
            "nn": {"auroc": comparison(-0.2, -0.1), "spearman": comparison(0.1, 0.2)},
            "relatives20": {"auroc": comparison(-0.3, -0.1), "pearson": None},
            "shuffled": {"auroc": comparison(-0.1, 0.1)},
        }
    }
    assert verdict_lines(values) == [
        "The model is beaten by nn in AUROC; by relatives20 in AUROC",
        "The model beats nn in Spearman",
    ]
    assert verdict_lines({**values, "comparisons": {"nn": {}}}) == []
