"""Every figure of a report is recomputed here from the files beside it, without the package."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn import metrics

from dna_protein_bca.evaluation import evaluate
from dna_protein_bca.evaluation.methods import comparable
from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training import TrainSettings, fit

SITES = {"MAX": "ACCACGTGGT", "SP1": "GGGGCGGGGC", "LHX2": "CTAATTAG"}
KNOWN = ["protein_id", "sequence"]

TITLES = {
    "AUROC": "auroc",
    "average precision": "average_precision",
    "MCC": "mcc",
    "F1": "f1",
    "Brier": "brier",
    "ECE": "expected_calibration_error",
    "Spearman": "spearman",
    "Pearson": "pearson",
    "RMSE": "rmse",
    "R2": "r2",
    "MRR": "mean_reciprocal_rank",
    "recall at 1": "recall_at_1",
    "recall at 10": "recall_at_10",
}
"""Title of a column in the report -> name of the figure in the files."""

RANKS = ("mean_reciprocal_rank", "recall_at_1", "recall_at_10")

Table = list[list[str]]


class Page:
    """What a reader sees: tables by their headline, named values, and charts by their title."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_text(encoding="utf-8")
        self.values = {
            _text(name): _text(value)
            for name, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", self.text)
        }
        self.charts = {
            one.attrib["aria-label"]: one
            for one in map(ElementTree.fromstring, re.findall(r"<svg.*?</svg>", self.text, re.S))
        }

    def table(self, headline: str) -> Table:
        """Rows of cells, each of lines; the header comes first."""
        part = self.text[self.text.index(f"<h2>{headline}</h2>") :]
        part = part[: part.index("</table>")]
        rows = re.findall(r"<tr.*?>(.*?)</tr>", part, re.S)
        return [[_text(cell) for cell in re.findall(r"<t[hd]>(.*?)</t[hd]>", row)] for row in rows]

    def lines(self, title: str) -> dict[str, np.ndarray]:
        """Points of a chart's lines by name, [n, 2] in the units of its axes."""
        chart = self.charts[title]
        across = [
            (float(t.attrib["x"]), _number(t)) for t in chart.findall("text[@class='x-tick']")
        ]
        down = [
            (float(t.attrib["y"]) - 4, _number(t)) for t in chart.findall("text[@class='y-tick']")
        ]
        scales = [np.polyfit(*np.array(ticks).T, 1) for ticks in (across, down)]
        names = [text.text or "" for text in chart.findall("text[@class='legend']")]
        found = {}
        drawn = [one for one in chart.findall("polyline") if "stroke-dasharray" not in one.attrib]
        for name, line in zip(names, drawn, strict=False):
            places = [point.split(",") for point in line.attrib["points"].split()]
            points = np.array(places, dtype=float).reshape(-1, 2)
            found[name] = np.stack([np.polyval(s, points[:, i]) for i, s in enumerate(scales)], 1)
        return found


def _text(cell: str) -> str:
    return html.unescape(re.sub(r"<.*?>", "", cell.replace("<br>", "\n")))


def _number(text: ElementTree.Element) -> float:
    return float(text.text or "nan")


class Files:
    """An evaluation's files, and the figures that they give."""

    def __init__(self, folder: Path) -> None:
        ids = {"protein_id": str, "dna_id": str}
        self.about = json.loads((folder / "metrics.json").read_text())
        self.pairs = pd.read_csv(folder / "predictions.tsv", sep="\t", dtype=ids)
        self.ranks = pd.read_csv(folder / "ranks.tsv", sep="\t", dtype=ids)
        proteins = pd.read_csv(folder / "proteins.tsv", sep="\t", dtype=ids)
        self.identity = proteins.groupby("protein_id", sort=False)["identity"].first()
        self.methods = list(dict.fromkeys(proteins["method"]))

    def proteins(self, method: str) -> pd.DataFrame:
        """Figures of each protein under a method, from the pairs and the ranks."""
        rows = {name: self.figures(method, part) for name, part in self.pairs.groupby("protein_id")}
        table = pd.DataFrame.from_dict(rows, orient="index").reindex(self.identity.index)
        if len(self.ranks):
            # Where a method has no answer it has no rank.
            ranks = self.ranks[self.ranks[method].notna()].groupby("protein_id")[method]
            found = [ranks.agg(lambda r: (1 / r).mean()), ranks.agg(lambda r: (r <= 1).mean())]
            found.append(ranks.agg(lambda r: (r <= 10).mean()))
            for name, values in zip(RANKS, found, strict=True):
                table[name] = values
        return table

    def figures(self, method: str, part: pd.DataFrame) -> dict[str, float]:
        """Figures of one protein's pairs."""
        found: dict[str, float] = {}
        score = part["score" if method == "model" else method]
        if "label" in part:
            known = part["label"].notna() & score.notna()
            label = part["label"][known].astype(int)
            if label.nunique() == 2:
                found["auroc"] = metrics.roc_auc_score(label, score[known])
                found["average_precision"] = metrics.average_precision_score(label, score[known])
            if method in ("model", "kmer_logistic") and known.any():
                own = part["probability"] if method == "model" else part[method]
                found |= self.at_threshold(label, own[known])
        if "affinity" in part:
            known = part["affinity"].notna() & score.notna()
            if known.sum() > 2 and score[known].nunique() > 1:
                found["spearman"] = spearmanr(score[known], part["affinity"][known]).statistic
                found["pearson"] = pearsonr(score[known], part["affinity"][known]).statistic
            if method == "model" and "predicted_affinity" in part:
                affinity, predicted = part["affinity"][known], part["predicted_affinity"][known]
                found["rmse"] = metrics.root_mean_squared_error(affinity, predicted)
                found["r2"] = metrics.r2_score(affinity, predicted)
        return found

    def at_threshold(self, label: pd.Series, probability: pd.Series) -> dict[str, float]:
        """What needs probabilities: k-mer regression on affinities gives none."""
        if not probability.between(0, 1).all():
            return {}
        called = probability >= self.about["threshold"]
        error = 0.0
        bins = (probability * 10).astype(int).clip(upper=9)
        for number in bins.unique():
            inside = bins == number
            gap = probability[inside].mean() - label[inside].mean()
            error += abs(gap) * inside.mean()
        found = {
            "brier": float(((probability - label) ** 2).mean()),
            "expected_calibration_error": error,
        }
        if label.nunique() == 2:
            found["mcc"] = metrics.matthews_corrcoef(label, called)
            found["f1"] = metrics.f1_score(label, called, zero_division=0)
        return found

    def interval(self, values: pd.Series) -> tuple[float, float]:
        """The bootstrap's 95% interval of the mean over proteins."""
        known = values.dropna().to_numpy()
        rng = np.random.default_rng(self.about["bootstrap"]["seed"])
        drawn = rng.integers(0, len(known), (self.about["bootstrap"]["resamples"], len(known)))
        low, high = np.percentile(known[drawn].mean(1), (2.5, 97.5))
        return float(low), float(high)


def cells(table: Table) -> Iterator[tuple[str, str, str]]:
    """Row, figure and text of each cell under a figure's title."""
    header, *rows = table
    for row in rows:
        for title, text in zip(header, row, strict=True):
            if title in TITLES:
                yield row[0].splitlines()[0], TITLES[title], text


def shown(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"


def check_evaluation(page: Page, files: Files) -> None:
    """All tables and charts of an evaluation."""
    proteins = {method: files.proteins(method) for method in files.methods}
    model = proteins["model"]
    checked = 0
    for method, name, text in cells(page.table("Beside the baselines")):
        values = proteins[method].get(name) if method in proteins else None
        if values is None or values.isna().all():
            assert text == "", (method, name)
            continue
        figure, *bounds = text.replace(" *", "").replace(" !", "").splitlines()
        assert figure == shown(values.mean()), (method, name)
        if values.notna().sum() > 1:
            low, high = files.interval(values)
            assert bounds == [f"{low:.3f} to {high:.3f}"], (method, name)
        checked += 1
    for method, name, text in cells(page.table("What the model adds")):
        difference = (model[name] - proteins[method][name]).dropna()
        low, high = files.interval(difference)
        mark = " *" if low > 0 else " !" if high < 0 else ""
        expected = f"{difference.mean():+.3f}{mark}\n{low:+.3f} to {high:+.3f}"
        assert text == expected, (method, name)
        checked += 1
    for band, name, text in cells(page.table("By identity to the nearest training protein")):
        low = np.nan if band == "none" else float(band.split("-")[0])
        high = float(band.split("-")[1]) if "-" in band else np.inf
        inside = (files.identity >= low) & (files.identity < high)
        if band == "none":
            inside = files.identity.isna()
        assert text == shown(model[name][inside].mean()), (band, name)
        checked += 1
    counts = files.pairs["protein_id"].value_counts()
    by_protein = page.table("By protein")
    for protein, name, text in cells(by_protein):
        assert text == shown(model[name][protein]), (protein, name)
        checked += 1
    for protein, number, identity, *_ in by_protein[1:]:
        assert int(number) == counts[protein] and identity == shown(files.identity[protein])
    assert checked > 50
    check_counts(page, files)
    check_curves(page, files)


def check_counts(page: Page, files: Files) -> None:
    for name in ("label", "affinity"):
        if name in files.pairs:
            plural = {"label": "labels", "affinity": "affinities"}[name]
            assert page.values[plural] == str(files.pairs[name].notna().sum())
    if "label" in files.pairs:
        assert page.values["positives"] == str(int(files.pairs["label"].sum()))
        assert page.values["ranked positives"] == str(len(files.ranks))
    assert page.values["scored"] == str(len(files.pairs))


def check_curves(page: Page, files: Files) -> None:
    """ROC, precision-recall and calibration of labels, and the affinities."""
    labelled = files.pairs[files.pairs["label"].notna()]
    label = labelled["label"].astype(int)
    roc, curve = page.lines("ROC, all pairs"), page.lines("Precision and recall, all pairs")
    assert "model" in roc and roc.keys() == curve.keys()
    for method in roc:
        score = labelled["score" if method == "model" else method]
        known = score.notna()
        # Scores that differ by rounding alone are drawn as one.
        compared = comparable(method, score[known].to_numpy())
        false, true, _ = metrics.roc_curve(label[known], compared)
        same_points(roc[method], false, true)
        precision, recall, _ = metrics.precision_recall_curve(label[known], compared)
        same_points(curve[method], recall, precision)
    bins = (labelled["probability"] * 10).astype(int).clip(upper=9)
    means = labelled.groupby(bins)[["probability", "label"]].mean()
    same_points(page.lines("Calibration")["model"], means["probability"], means["label"])


def same_points(drawn: np.ndarray, x: Any, y: Any) -> None:
    """A picture has tenths of its pixels, of which an axis has 200 or more."""
    expected = np.stack([np.asarray(x, float), np.asarray(y, float)], axis=1)
    reach = np.maximum(np.ptp(expected, axis=0), 1e-12)
    assert drawn.shape == expected.shape
    assert (np.abs(drawn - expected) <= 0.002 * np.maximum(reach, 1)).all()


def check_run(page: Page, run: Path) -> None:
    """What a run's page has beyond the evaluation of its best weights."""
    rows = pd.read_csv(run / "metrics.csv")
    for title, names in (
        ("Losses", ["label", "label_rank", "affinity", "affinity_rank", "seed", "val_loss"]),
        ("Validation", ["val_auroc", "val_average_precision", "val_spearman", "val_pearson"]),
        ("Learning rate", ["rate"]),
    ):
        lines = page.lines(title)
        assert list(lines) == [name for name in rows if name in names] and len(lines) == len(names)
        for name, drawn in lines.items():
            same_points(drawn, rows["step"][rows[name] != 0], rows[name][rows[name] != 0])
    best = rows.loc[rows["val_score"].idxmax()]
    assert page.values["best"] == f"val_score {best['val_score']:.4f} at step {best['step']:.0f}"
    last = rows.iloc[-1]
    minutes = f"{last['seconds'] / 60:.1f}"
    assert page.values["trained"] == f"{last['step']:.0f} steps in {minutes} minutes"
    pairs = pd.read_csv(run / "pairs.tsv", sep="\t")
    for side, part in pairs.groupby("split"):
        assert page.values[f"{side} pairs"] == str(len(part))
        assert page.values[f"{side} labels"] == str(part["label"].notna().sum())
        assert page.values[f"{side} positives"] == str(int(part["label"].sum()))
        assert page.values[f"{side} affinities"] == str(part["affinity"].notna().sum())
    files = Files(run / "evaluation")
    means = files.proteins("model")[["average_precision", "spearman"]].mean()
    assert best["val_score"] == pytest.approx(means.mean(), abs=1e-4)


@pytest.fixture(scope="module")
def run(
    proteins: Path,
    examples: tuple[Path, Path],
    tiny: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A run on labels and affinities, a third of which validates."""
    table = pd.read_csv(examples[1], sep="\t", dtype={"protein_id": str})
    held = np.arange(len(table)) % 6 < 2
    table["label"] = table["label"].astype(float).mask(np.arange(len(table)) % 5 == 0)
    table["affinity"] = table["affinity"].mask(np.arange(len(table)) % 5 == 1)
    settings = TrainSettings(steps=60, rate=0.01, batch_size=24, architecture=tiny)
    return fit(
        proteins,
        tmp_path_factory.mktemp("run") / "run",
        dna=examples[0],
        pairs=table[~held],
        validation=table[held],
        settings=settings,
        device="cpu",
        threads=1,
        report=str,
    ).folder


def test_a_training(run: Path) -> None:
    page = Page(run / "report.html")
    check_run(page, run)
    check_evaluation(page, Files(run / "evaluation"))
    check_evaluation(Page(run / "evaluation" / "report.html"), Files(run / "evaluation"))


def test_affinities_have_the_unit_of_the_training(
    run: Path, proteins: Path, examples: tuple[Path, Path]
) -> None:
    held = pd.read_csv(run / "pairs.tsv", sep="\t").query("split == 'validation'")
    held = held[held["affinity"].notna()]
    predictor = BindingPredictor.from_pretrained(run / "best", "cpu", threads=1)
    found = predictor.predict(proteins, examples[0], held[["protein_id", "dna_id"]])
    assert list(found.columns[-2:]) == ["trust", "affinity"]
    weight = 1 / held.groupby("protein_id")["affinity"].transform("size").to_numpy()
    line = np.polyfit(found["score"].astype(float), held["affinity"], 1, w=np.sqrt(weight))
    np.testing.assert_allclose(found["affinity"], np.polyval(line, found["score"]), rtol=1e-3)
    squared = (found["affinity"].to_numpy() - held["affinity"].to_numpy()) ** 2
    error = np.sqrt(np.average(squared, weights=weight))
    stored = json.loads((run / "best" / "affinity.json").read_text())
    assert stored["rmse"] == pytest.approx(error, rel=1e-3)
    assert stored["pairs"] == len(held) and stored["proteins"] == held["protein_id"].nunique()
    files = Files(run / "evaluation")
    assert files.about["rmse"] == pytest.approx(files.proteins("model")["rmse"].mean())


def test_an_evaluation_beside_relatives(
    run: Path, proteins: Path, examples: tuple[Path, Path], tmp_path: Path
) -> None:
    records = [one for one in read_fasta(proteins, "protein") if one.id in SITES]
    known = pd.DataFrame([(one.id, one.sequence) for one in records], columns=KNOWN)
    motifs = [Motif(name, site_motif(site)) for name, site in SITES.items() if name != "LHX2"]
    measured = MeasuredProteins.from_tables(known, motifs)
    calibration = Calibration(slope=1.0, intercept=-1.0, threshold=0.1)
    model = load_model(run / "best")
    predictor = BindingPredictor(model, measured, threads=1, calibration=calibration)
    table = pd.read_csv(examples[1], sep="\t").drop(columns="affinity")
    found = evaluate(predictor, proteins, examples[0], table, seed=3, resamples=200)
    found.save(tmp_path)
    assert {"nn", "relatives20", "shuffled", "protein_blind"} <= found.metrics["baselines"].keys()
    check_evaluation(Page(tmp_path / "report.html"), Files(tmp_path))


def site_motif(site: str) -> np.ndarray:
    """Nearly certain of every base of a site."""
    motif = np.full((len(site), 4), 0.02, np.float32)
    motif[np.arange(len(site)), ["ACGT".index(base) for base in site]] = 0.94
    return motif
