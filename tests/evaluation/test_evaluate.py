"""Evaluation of a model on labelled pairs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation import Evaluation, evaluate, ranking
from dna_protein_bca.evaluation.baselines.matrices import BASELINES
from dna_protein_bca.evaluation.bootstrap import compare, interval
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.reports.tables import comparison_table, summary_table, summary_text


@pytest.fixture(scope="module")
def pairs(data_dir: Path) -> pd.DataFrame:
    """Every example protein on every example DNA: 1 where the DNA is named after it."""
    proteins = [record.id for record in read_fasta(data_dir / "example_proteins.fa", "protein")]
    dna = [record.id for record in read_fasta(data_dir / "example_dna.fa", "dna")]
    rows = [(p, d, int(d.startswith(f"{p}_"))) for p in proteins for d in dna]
    return pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])


@pytest.fixture(scope="module")
def evaluation(tiny_weights: Path, data_dir: Path, pairs: pd.DataFrame) -> Evaluation:
    return evaluate(
        tiny_weights,
        data_dir / "example_proteins.fa",
        data_dir / "example_dna.fa",
        pairs,
        threads=1,
        resamples=100,
    )


def test_top_level_metrics_are_means_over_proteins(evaluation: Evaluation) -> None:
    by_hand = [
        roc_auc_score(part["label"], part["score"])
        for _, part in evaluation.predictions.groupby("protein_id")
    ]
    assert evaluation.metrics["auroc"] == pytest.approx(np.mean(by_hand))
    pooled = roc_auc_score(evaluation.predictions["label"], evaluation.predictions["score"])
    assert evaluation.metrics["pooled"]["auroc"] == pytest.approx(pooled)
    low, high = evaluation.metrics["intervals"]["auroc"]
    assert low <= evaluation.metrics["auroc"] <= high
    assert evaluation.metrics["counts"]["positives"] == 35


def test_every_baseline_has_metrics_or_a_reason(evaluation: Evaluation) -> None:
    values = evaluation.metrics
    assert set(BASELINES) <= set(values["notes"])
    # These weights come without relatives and without a list of training proteins.
    assert set(values["baselines"]) == {"kmer_logistic", "shuffled"}
    assert "no relatives" in values["notes"]["nn"]
    assert [row[0] for row in summary_table(values).rows][-3:] == [
        "nn",
        "relatives20",
        "protein_blind",
    ]
    lines = summary_text(values).splitlines()
    assert "nn (no relatives travel with these weights)" in [line.split("\t")[0] for line in lines]
    for name, means in values["baselines"].items():
        part = evaluation.predictions
        assert means["pooled"]["auroc"] == pytest.approx(roc_auc_score(part.label, part[name]))
        compared = values["comparisons"][name]["auroc"]
        expected = values["auroc"] - means["auroc"]
        assert compared["difference"] == pytest.approx(expected)


def test_a_table_for_a_terminal_has_columns_below_each_other(evaluation: Evaluation) -> None:
    header, model, *_ = summary_text(evaluation.metrics, aligned=True).splitlines()
    for title, name in (("AUROC", "auroc"), ("F1", "f1"), ("MRR", "mean_reciprocal_rank")):
        assert model[header.index(title) :].startswith(f"{evaluation.metrics[name]:.3f}")


def test_differences_and_their_intervals_are_shown(evaluation: Evaluation) -> None:
    header, rows = comparison_table(evaluation.metrics)
    cells = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    compared = evaluation.metrics["comparisons"]["shuffled"]["auroc"]
    text, _ = cells["shuffled"]["AUROC"]
    assert text.startswith(f"{compared['difference']:+.3f}")
    assert (" *" in text) == compared["beats"]


def test_few_of_very_many_positives_are_ranked(
    tiny_weights: Path, data_dir: Path, pairs: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "RANKED_SCORES", 70)
    monkeypatch.setattr(ranking, "FEWEST_RANKED", 3)
    inputs = (data_dir / "example_proteins.fa", data_dir / "example_dna.fa")
    evaluation = evaluate(tiny_weights, *inputs, pairs, threads=1, resamples=10)
    assert len(evaluation.ranks) == 70 // 7 == evaluation.metrics["counts"]["ranked_positives"]


def test_shuffled_is_the_model_with_another_protein(evaluation: Evaluation) -> None:
    table = evaluation.predictions
    assert not np.isclose(table["shuffled"], table["score"]).all()
    scores = table.pivot(index="dna_id", columns="protein_id", values="score")
    shuffled = table.pivot(index="dna_id", columns="protein_id", values="shuffled")
    for name in shuffled:
        others = scores.drop(columns=[name])
        same = np.isclose(others.to_numpy(), shuffled[[name]].to_numpy(), atol=1e-4).all(0)
        assert same.sum() == 1


def test_ranks_are_recomputed_from_the_scores(evaluation: Evaluation) -> None:
    scores = evaluation.predictions.pivot(index="dna_id", columns="protein_id", values="score")
    assert len(evaluation.ranks) == 35
    for _, row in evaluation.ranks.iterrows():
        others = scores.loc[row["dna_id"]]
        expected = 1 + (others > others[row["protein_id"]] + 1e-4).sum()
        assert row["model"] == expected


def test_what_is_saved_gives_every_metric_again(evaluation: Evaluation, tmp_path: Path) -> None:
    evaluation.save(tmp_path)
    values = json.loads((tmp_path / "metrics.json").read_text())
    table = pd.read_csv(tmp_path / "predictions.tsv", sep="\t")
    means = [roc_auc_score(p.label, p.score) for _, p in table.groupby("protein_id")]
    assert values["auroc"] == pytest.approx(np.mean(means))
    ranks = pd.read_csv(tmp_path / "ranks.tsv", sep="\t")
    assert values["pooled"]["mean_reciprocal_rank"] == pytest.approx(np.mean(1 / ranks.model))
    proteins = pd.read_csv(tmp_path / "proteins.tsv", sep="\t")
    by_method = proteins.pivot(index="protein_id", columns="method", values="auroc")
    by_method = by_method.loc[proteins["protein_id"].unique()]
    drawn = values["bootstrap"]
    low, high = interval(by_method["model"].to_numpy(), **again(drawn)) or (0, 0)
    assert values["intervals"]["auroc"] == pytest.approx([low, high])
    for name, compared in values["comparisons"].items():
        model, other = by_method["model"].to_numpy(), by_method[name].to_numpy()
        expected = compare(model, other, **again(drawn))
        assert expected is not None
        assert compared["auroc"]["difference"] == pytest.approx(expected["difference"])
        assert compared["auroc"]["interval"] == pytest.approx(expected["interval"])
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") == 3 and f"{values['auroc']:.3f}" in page
    assert "http://" not in page and "https://" not in page


def again(drawn: dict[str, int]) -> dict[str, int]:
    """The bootstrap of a report, as the functions take it."""
    return {"seed": drawn["seed"], "resamples": drawn["resamples"]}


def test_relatives_and_blind_control(
    tiny_weights: Path, data_dir: Path, pairs: pd.DataFrame
) -> None:
    from dna_protein_bca.io.meme import Motif
    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.proteins.relatives import MeasuredProteins

    records = list(read_fasta(data_dir / "example_proteins.fa", "protein"))
    table = pd.DataFrame([(r.id, r.sequence) for r in records], columns=["protein_id", "sequence"])
    ebox = np.full((6, 4), 0.01, np.float32)
    ebox[np.arange(6), ["ACGT".index(base) for base in "CACGTG"]] = 0.97
    measured = MeasuredProteins.from_tables(table, [Motif("MAX", ebox)])
    model = BindingPredictor.from_pretrained(tiny_weights, "cpu").model
    predictor = BindingPredictor(model, measured, threads=1)
    some = pairs[pairs["protein_id"].isin(["MAX", "SP1"])]
    evaluation = evaluate(
        predictor,
        data_dir / "example_proteins.fa",
        data_dir / "example_dna.fa",
        some,
        resamples=50,
    )
    by_protein = evaluation.proteins.set_index(["method", "protein_id"])
    assert by_protein.loc[("nn", "MAX"), "auroc"] > 0.95
    assert ("nn", "SP1") not in by_protein.index
    assert by_protein.loc[("model", "MAX"), "identity"] == 1
    # A score that ignores the protein ranks both proteins alike.
    assert (evaluation.ranks["protein_blind"] == 1.5).all()
    assert evaluation.metrics["comparisons"]["nn"]["auroc"] is None


def test_affinities_alone(tiny_weights: Path, data_dir: Path, pairs: pd.DataFrame) -> None:
    table = pairs[["protein_id", "dna_id"]].assign(affinity=np.arange(len(pairs)) % 7 * 1.0)
    inputs = (data_dir / "example_proteins.fa", data_dir / "example_dna.fa")
    evaluation = evaluate(tiny_weights, *inputs, table, threads=1, resamples=50)
    assert -1 <= evaluation.metrics["spearman"] <= 1
    assert np.isnan(evaluation.metrics["auroc"]) and not len(evaluation.ranks)


def test_an_id_without_a_sequence_is_named(tiny_weights: Path, data_dir: Path) -> None:
    table = pd.DataFrame({"protein_id": ["MAX"], "dna_id": ["nowhere"], "label": [1]})
    with pytest.raises(InputError, match="'nowhere' is not in the dna file"):
        evaluate(tiny_weights, data_dir / "example_proteins.fa", data_dir / "example_dna.fa", table)
