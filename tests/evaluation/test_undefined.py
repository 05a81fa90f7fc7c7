"""Metrics that are not defined: blank, and with a reason."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation import Evaluation, evaluate, metrics
from dna_protein_bca.evaluation.undefined import no_correlation, one_class
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.reports.tables import summary_text
from dna_protein_bca.reports.titles import TITLES
from dna_protein_bca.reports.undefined import baseline_lines, undefined_lines
from dna_protein_bca.reports.values import defined

SITES = [f"{name}_site_{number}" for name in ("MAX", "SP1") for number in range(1, 6)]


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    """Nothing of numpy, scipy or scikit-learn reaches the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", UserWarning)
        yield


def _evaluate(weights: Path | str, data: Path, rows: Any, *names: str) -> Evaluation:
    pairs = pd.DataFrame(rows, columns=["protein_id", "dna_id", *names])
    files = (data / "example_proteins.fa", data / "example_dna.fa")
    return evaluate(weights, *files, pairs, threads=1, resamples=20)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("count", [1, 8])
def test_one_class(label: int, count: int, tiny_weights: Path, data_dir: Path) -> None:
    rows = [("MAX", name, label) for name in SITES[:count]]
    evaluation = _evaluate(tiny_weights, data_dir, rows, "label")
    why = f"all {count} labels are {label}" if count > 1 else f"the one label is {label}"
    first, second = undefined_lines(evaluation.metrics)
    assert first == f"AUROC, average precision, MCC, F1: not defined, because {why}"
    assert second.endswith("not defined, because there is only one protein to rank")
    header, model, *_ = (line.split("\t") for line in summary_text(evaluation.metrics).splitlines())
    assert dict(zip(header, model, strict=True))["AUROC"] == ""
    assert np.isfinite(evaluation.metrics["brier"])
    assert "too few pairs" in evaluation.metrics["notes"]["kmer_logistic"]


def test_one_positive_has_metrics(tiny_weights: Path, data_dir: Path) -> None:
    rows = [("MAX", name, int(name == "MAX_site_1")) for name in SITES]
    evaluation = _evaluate(tiny_weights, data_dir, rows, "label")
    assert (
        0 <= evaluation.metrics["auroc"] <= 1 and 0 < evaluation.metrics["average_precision"] <= 1
    )
    assert evaluation.metrics["undefined"].keys() == {*metrics.RANKING_OF_PROTEINS}


def test_each_protein_has_its_reason(tiny_weights: Path, data_dir: Path) -> None:
    proteins = ("MAX", "SP1", "TP53", "CTCF", "LHX2")
    rows = [(one, name, int(one == "SP1")) for one in proteins for name in SITES]
    evaluation = _evaluate(tiny_weights, data_dir, rows, "label")
    ranking, ranks = undefined_lines(evaluation.metrics)
    assert ranking == (
        "AUROC, average precision, MCC, F1: not defined for any of the 5 proteins: MAX (all 10 "
        "labels are 0), SP1 (all 10 labels are 1), TP53 (all 10 labels are 0) and 2 more"
    )
    assert "not defined for 4 of the 5 proteins, which their means leave out: MAX (" in ranks
    assert evaluation.metrics["undefined"]["auroc"].keys() == {*proteins}


def test_defined_metrics_are_not_listed(tiny_weights: Path, data_dir: Path) -> None:
    rows = [(one, name, int(name.startswith(one))) for one in ("MAX", "SP1") for name in SITES]
    assert undefined_lines(_evaluate(tiny_weights, data_dir, rows, "label").metrics) == []


def test_constant_affinities(tiny_weights: Path, data_dir: Path, tmp_path: Path) -> None:
    rows = [("MAX", name, 2.5) for name in SITES]
    evaluation = _evaluate(tiny_weights, data_dir, rows, "affinity")
    assert undefined_lines(evaluation.metrics) == [
        "Spearman, Pearson: not defined, because all 10 affinities are 2.5"
    ]
    assert summary_text(evaluation.metrics).startswith("\tSpearman\tPearson\nmodel\t\t\n")
    evaluation.save(tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    assert "<p>Spearman, Pearson: not defined, because all 10 affinities are 2.5.</p>" in page


def _blank_cells(evaluation: Evaluation) -> dict[str, list[str]]:
    """Baseline -> metrics that have a column in the table and no value."""
    values = evaluation.metrics
    header = summary_text(values).splitlines()[0].split("\t")[1:]
    columns = [name for name, title in TITLES.items() if title in header]
    return {
        name: [metric for metric in columns if defined(means, metric) is None]
        for name, means in values["baselines"].items()
    }


def test_every_blank_cell_of_a_baseline_has_a_reason(
    tiny_weights: Path, data_dir: Path, tmp_path: Path
) -> None:
    """Of labels, of affinities, of both, of one class, and of DNA that is all the same."""
    one, two = ["MAX"], ["MAX", "SP1"]
    for proteins, names, constant in (
        (one, ("label",), False),
        (two, ("affinity",), False),
        (two, ("label", "affinity"), False),
        (one, ("label", "affinity"), True),
    ):
        rows = []
        for number, (protein, site) in enumerate(
            (each, name) for each in proteins for name in SITES
        ):
            values = {"label": int(site.startswith(protein)), "affinity": float(number)}
            if constant:
                values = {"label": 1, "affinity": 2.0}
            rows.append((protein, site, *(values[name] for name in names)))
        evaluation = _evaluate("release", data_dir, rows, *names)
        for baseline, blank in _blank_cells(evaluation).items():
            reasons = evaluation.metrics["undefined_baselines"].get(baseline, {})
            assert [name for name in metrics.METRICS if name in reasons] == blank


def test_reasons_of_baselines_are_short(tiny_weights: Path, data_dir: Path) -> None:
    rows = [(one, name, int(name.startswith(one))) for one in ("MAX", "SP1") for name in SITES]
    evaluation = _evaluate("release", data_dir, rows, "label")
    assert undefined_lines(evaluation.metrics) == []
    assert baseline_lines(evaluation.metrics) == [
        "MCC, F1, Brier, ECE of nn, relatives20, shuffled, protein_blind: not defined, because the "
        "scores are not probabilities"
    ]
    # What the model's line says is not repeated.
    rows = [(one, name, 1) for one, name, _ in rows]
    lines = baseline_lines(_evaluate(tiny_weights, data_dir, rows, "label").metrics)
    assert lines == [
        "MCC, F1, Brier, ECE of shuffled: not defined, because the scores are not probabilities"
    ]


def test_a_baseline_says_which_pairs_it_scores(tiny_weights: Path, max_sequence: str) -> None:
    dna = {f"s{number}": "TTGACCACGTGGTCAATTGCAA" for number in range(5)}
    rows = [("MAX", name, number % 2) for number, name in enumerate(dna)]
    pairs = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])
    found = evaluate(tiny_weights, {"MAX": max_sequence}, dna, pairs, threads=1, resamples=20)
    assert (
        "AUROC, average precision, MCC, F1 of kmer_logistic: not defined, because all 3 labels "
        "are 0 among the pairs that kmer_logistic scores" in baseline_lines(found.metrics)
    )


class Noisy(BindingPredictor):
    """Scores whose last digits depend on what else is computed, as on some machines they do."""

    def predict_stream(self, *args: Any, **options: Any) -> Iterator[pd.DataFrame]:
        for table in super().predict_stream(*args, **options):
            yield table.assign(score=table["score"] + 2e-6 * (np.arange(len(table)) % 3 - 1))

    def score_matrix(self, *args: Any, **options: Any) -> Any:
        matrix = super().score_matrix(*args, **options)
        return matrix + np.float32(2e-6) * np.arange(len(matrix))[:, None]


def test_equal_pairs_are_not_ranked(tiny_weights: Path, max_sequence: str) -> None:
    names = [f"s{number}" for number in range(5)]
    dna = dict.fromkeys(names, "TTGACCACGTGGTCAATTGCAA")
    proteins = {"MAX": max_sequence, "same": max_sequence}
    rows = [(p, name, n % 2, float(n)) for p in proteins for n, name in enumerate(names)]
    pairs = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label", "affinity"])
    predictor = Noisy(load_model(tiny_weights), threads=1)
    evaluation = evaluate(predictor, proteins, dna, pairs, resamples=20)
    assert evaluation.predictions["score"].nunique() > 1
    for values in (evaluation.metrics, evaluation.metrics["baselines"]["shuffled"]):
        assert values["auroc"] == 0.5 and np.isnan(values["spearman"])
    assert set(evaluation.metrics["undefined"]["spearman"]) == {*proteins}
    assert "all 5 scores are " in evaluation.metrics["undefined"]["spearman"]["MAX"]
    # s1 and s3 are positives of both proteins, which are not counted against each other.
    one = pairs[(pairs["protein_id"] == "MAX") | (pairs["label"] == 0)]
    for source in (pairs, one):
        ranks = evaluate(predictor, proteins, dna, source, resamples=20).ranks
        assert ranks["model"].tolist() == [1.0 if source is pairs else 1.5] * len(ranks)


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e39, 1e200, 1e307])
def test_affinities_of_any_size(
    size: float, tiny_weights: Path, data_dir: Path, tmp_path: Path
) -> None:
    rows = [("MAX", name, float(number)) for number, name in enumerate(SITES)]
    sized = [(*ids, value * size / 10) for *ids, value in rows]
    plain, evaluation = (_evaluate(tiny_weights, data_dir, r, "affinity") for r in (rows, sized))
    for name in metrics.OF_AFFINITY:
        assert evaluation.metrics[name] == pytest.approx(plain.metrics[name])
        kmers = (one.metrics["baselines"]["kmer_logistic"][name] for one in (evaluation, plain))
        assert next(kmers) == pytest.approx(next(kmers), abs=1e-3)
    evaluation.save(tmp_path / "report")


def test_reasons() -> None:
    few, same = np.array([1.0, 2.0]), np.full(5, 0.1)
    assert no_correlation(few, few) == "2 pairs have an affinity, and 3 are the fewest"
    assert no_correlation(np.arange(5.0), same) == "all 5 affinities are 0.1"
    assert no_correlation(same, np.arange(5.0)) == "all 5 scores are 0.1"
    assert no_correlation(np.arange(5.0), np.arange(5.0)) == ""
    assert one_class(np.array([0, 1])) == ""
    assert np.isnan(metrics.correlations(np.arange(5.0), same)["pearson"])
    near = 1e6 + np.arange(5) * 1e-9
    assert metrics.correlations(np.arange(5.0), near)["spearman"] == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    ("protein", "dna", "reason"),
    [
        ("MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQ", "ACGTACGTACGT", "1 protein has no"),
        (None, "NNNNNNNNNNNN", "1 DNA record is all N or shorter than 5 bp, and has no score: d"),
        (None, "ACG", "1 DNA record is all N or shorter than 5 bp, and has no score: d"),
    ],
)
def test_the_true_reason_that_nothing_is_scored(
    protein: str | None, dna: str, reason: str, tiny_weights: Path, max_sequence: str
) -> None:
    pairs = pd.DataFrame({"protein_id": ["p"], "dna_id": ["d"], "label": [1]})
    with pytest.raises(InputError, match=reason):
        evaluate(tiny_weights, {"p": protein or max_sequence}, {"d": dna}, pairs, threads=1)


@pytest.fixture
def max_sequence(data_dir: Path) -> str:
    from dna_protein_bca.io.fasta import read_fasta

    return next(one.sequence for one in read_fasta(data_dir / "example_proteins.fa", "protein"))
