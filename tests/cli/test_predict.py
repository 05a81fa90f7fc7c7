"""`predict` as it is used: files in, a table out."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.results import COLUMNS

PROTEIN_ORDER = ["MAX", "GATA1", "CTCF", "LHX2", "SP1", "TP53", "RUNX1"]


@pytest.fixture(scope="module")
def expected(data_dir: Path, tiny_weights: Path) -> pd.DataFrame:
    """What a script gets for the examples."""
    predictor = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    return predictor.predict(data_dir / "example_proteins.fa", data_dir / "example_dna.fa")


@pytest.fixture
def inputs(data_dir: Path, tiny_weights: Path) -> list[object]:
    return [
        *("--proteins", data_dir / "example_proteins.fa"),
        *("--dna", data_dir / "example_dna.fa"),
        *("--model", tiny_weights),
        *("--device", "cpu"),
    ]


NUMBERS = ("score", "probability", "nearest_identity", "p_value", "coverage")


def _without_p_values(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(p_value=np.nan, probability=np.nan)


def _same(table: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == len(expected)
    for column in COLUMNS:
        values, wanted = table[column], expected[column]
        if column in NUMBERS:
            np.testing.assert_allclose(
                values.astype(float), wanted.astype(float), rtol=1e-4, atol=1e-5
            )
        else:
            assert values.isna().tolist() == wanted.isna().tolist()
            assert values.dropna().tolist() == wanted.dropna().tolist()


def test_dna_outermost_in_the_order_of_the_files(
    run: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    done = run("predict", *inputs)
    assert done.exit_code == 0
    assert done.stderr == ""
    table = pd.read_csv(StringIO(done.stdout), sep="\t")
    _same(table, expected)
    assert table["protein_id"].tolist() == PROTEIN_ORDER * 45
    assert table["dna_id"].iloc[::7].is_unique
    assert table["dna_id"].iloc[0] == "MAX_site_1"
    assert ((table["start"] >= 0) & (table["start"] < table["end"]) & (table["end"] <= 101)).all()
    assert set(table["strand"]) == {"+", "-"}
    assert table["probability"].between(0, 1).all()


@pytest.mark.parametrize("ending", ["tsv", "csv", "parquet", "jsonl", "tsv.gz"])
def test_formats(
    ending: str, run: Callable, inputs: list[object], expected: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / f"out.{ending}"
    assert run("predict", *inputs, "-o", path).exit_code == 0
    readers = {
        "tsv": lambda p: pd.read_csv(p, sep="\t"),
        "csv": pd.read_csv,
        "parquet": pd.read_parquet,
        "jsonl": lambda p: pd.DataFrame(json.loads(line) for line in p.open()),
        "tsv.gz": lambda p: pd.read_csv(p, sep="\t"),
    }
    _same(readers[ending](path), expected)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_dna(
    pack: Callable[[bytes], bytes],
    run: Callable,
    inputs: list[object],
    expected: pd.DataFrame,
    data_dir: Path,
    tmp_path: Path,
) -> None:
    packed = tmp_path / "dna"
    packed.write_bytes(pack((data_dir / "example_dna.fa").read_bytes()))
    inputs[3] = packed
    _same(pd.read_csv(StringIO(run("predict", *inputs).stdout), sep="\t"), expected)


def test_stdin_windows_lines_and_mark(
    shell: Callable, inputs: list[object], expected: pd.DataFrame, data_dir: Path
) -> None:
    text = (data_dir / "example_dna.fa").read_bytes().replace(b"\n", b"\r\n")
    inputs[3] = "-"
    done = shell("predict", *inputs, "--no-p-values", input=b"\xef\xbb\xbf" + text)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    found = pd.read_csv(StringIO(done.stdout.decode()), sep="\t")
    _same(found, _without_p_values(expected))


def test_pairs_keep_their_order(
    run: Callable, inputs: list[object], expected: pd.DataFrame, data_dir: Path, tmp_path: Path
) -> None:
    wanted = expected.sample(60, random_state=0).reset_index(drop=True)
    path = tmp_path / "pairs.csv"
    wanted[["dna_id", "protein_id"]].assign(label=1).to_csv(path, index=False)
    done = run("predict", *inputs, "--pairs", path)
    assert done.exit_code == 0
    _same(pd.read_csv(StringIO(done.stdout), sep="\t"), wanted)
    done = run("predict", *inputs, "--pairs", data_dir / "example_pairs.tsv")
    assert len(done.stdout.splitlines()) == 36


def test_batch_size_and_threads_change_nothing(
    shell: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    options = ("--batch-size", 3, "--threads", 3, "--seed", 5, "--no-p-values")
    done = shell("predict", *inputs, *options)
    found = pd.read_csv(StringIO(done.stdout.decode()), sep="\t")
    _same(found, _without_p_values(expected))


def test_protein_without_a_domain(run: Callable, inputs: list[object], data_dir: Path) -> None:
    inputs[1] = data_dir / "non_binders.fa"
    table = pd.read_csv(
        StringIO(run("predict", *inputs).stdout), sep="\t", keep_default_na=False, dtype=str
    )
    assert len(table) == 10 * 45
    assert set(table["dbd"]) == {"none"}
    without = ("score", "p_value", "coverage", "trust")
    for column in ("probability", "start", "end", "strand", "nearest_measured", *without):
        assert set(table[column]) == {""}
    whole = pd.read_csv(StringIO(run("predict", *inputs, "--any-protein").stdout), sep="\t")
    assert whole["score"].notna().all()
    assert whole["p_value"].isna().all() and whole["probability"].isna().all()
    assert set(whole["dbd"]) == {"none"}


def test_dna_that_cannot_be_scored(run: Callable, inputs: list[object], tmp_path: Path) -> None:
    dna = tmp_path / "dna.fa"
    dna.write_text(">n\n" + "N" * 30 + "\n>short\nACGT\n>five\nACGTA\n>soft\nnnnnnacgunnnnrYk\n")
    inputs[3] = dna
    table = pd.read_csv(StringIO(run("predict", *inputs).stdout), sep="\t")
    assert table.groupby("dna_id")["score"].count().to_dict() == {
        "five": 7,
        "n": 0,
        "short": 0,
        "soft": 7,
    }
    assert table["dbd"].ne("none").all()


def test_each_factor_prefers_its_own_sites(run: Callable, data_dir: Path) -> None:
    """With the bundled weights, on average over the five records of each factor."""
    inputs = ["--proteins", data_dir / "example_proteins.fa", "--dna", data_dir / "example_dna.fa"]
    table = pd.read_csv(StringIO(run("predict", *inputs).stdout), sep="\t")
    table["site"] = table["dna_id"].str.split("_").str[0]
    for protein, rows in table.groupby("protein_id"):
        means = rows.groupby("site")["score"].mean()
        assert means.idxmax() == protein
    assert table["nearest_identity"].between(0, 1).all()


def test_non_binders_have_no_domain(run: Callable, data_dir: Path) -> None:
    inputs = ["--proteins", data_dir / "non_binders.fa", "--dna", data_dir / "example_dna.fa"]
    table = pd.read_csv(StringIO(run("predict", *inputs).stdout), sep="\t")
    assert table["dbd"].eq("none").all()
    assert table["score"].isna().all()


def _names(path: Path) -> list[str]:
    return [one[1:].split()[0] for one in path.read_text().splitlines() if one.startswith(">")]


@pytest.mark.parametrize("count", [1, 3, 10])
def test_one_warning_counts_and_names_proteins_without_a_domain(
    count: int, run: Callable, inputs: list[object], data_dir: Path, tmp_path: Path
) -> None:
    without = _names(data_dir / "non_binders.fa")[:count]
    records = (data_dir / "non_binders.fa").read_text().split(">")[1 : count + 1]
    inputs[1] = tmp_path / "p.fa"
    known = (data_dir / "example_proteins.fa").read_text()
    inputs[1].write_text(known + "".join(f">{one}" for one in records))
    more = f" and {count - 3} more" if count > 3 else ""
    noun = "protein has" if count == 1 else "proteins have"
    done = run("predict", *inputs)
    assert done.stderr == (
        f"Warning: {count} {noun} no known DNA-binding domain, and no score: "
        f"{', '.join(without[:3])}{more}\n"
    )
    assert run("predict", *inputs, "-q").stderr == ""
    whole = run("predict", *inputs, "--any-protein").stderr
    assert whole == (
        f"Warning: {'1 protein' if count == 1 else f'{count} proteins'} without a known "
        "DNA-binding domain scored by the whole sequence. The model has learned from known "
        "families alone: such scores are noise, and have no p-value: "
        f"{', '.join(without[:3])}{more}\n"
    )


def test_pairs_name_the_proteins_of_the_warning(
    run: Callable, inputs: list[object], data_dir: Path, tmp_path: Path
) -> None:
    """A protein that no pair names is nobody's concern."""
    first, second, *_ = _names(data_dir / "non_binders.fa")
    inputs[1] = data_dir / "non_binders.fa"
    pairs = tmp_path / "pairs.tsv"
    rows = "".join(f"{one}\tMAX_site_{n}\n" for n in (1, 2) for one in (second, first))
    pairs.write_text(f"protein_id\tdna_id\n{rows}")
    done = run("predict", *inputs, "--pairs", pairs, "-o", tmp_path / "out.tsv")
    assert done.stderr.startswith("Warning: 2 proteins have no known DNA-binding domain")
    assert done.stderr.endswith(f": {second}, {first}\n")


def test_one_warning_counts_and_names_dna_that_cannot_be_scored(
    run: Callable, inputs: list[object], tmp_path: Path
) -> None:
    inputs[3] = tmp_path / "dna.fa"
    inputs[3].write_text(">n\nNNNNNNNN\n>short\nACGT\n>five\nACGTA\n")
    for option in ((), ("--any-protein",)):
        assert run("predict", *inputs, *option).stderr == (
            "Warning: 2 DNA records are all N or shorter than 5 bp, and have no score: n, short\n"
        )


def test_predict_is_deterministic_and_says_so(run: Callable, inputs: list[object]) -> None:
    text = " ".join(run("predict", "--help").stdout.split())
    assert "predict and motif are deterministic and do not use it." in text
    first, second = (run("predict", *inputs, "--seed", seed).stdout for seed in (0, 7))
    assert first == second


def test_the_best_rows_of_each_protein_or_dna(
    run: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    def rows(*options: object) -> pd.DataFrame:
        return pd.read_csv(StringIO(run("predict", *inputs, *options).stdout), sep="\t")

    ranked = expected.sort_values(["p_value", "score"], ascending=[True, False], kind="stable")
    for by, column in (("protein", "protein_id"), ("dna", "dna_id")):
        best = ranked.groupby(column, sort=False).head(2)
        order = best[column].map({name: n for n, name in enumerate(expected[column].unique())})
        wanted = best.iloc[order.argsort(kind="stable")].reset_index(drop=True)
        _same(rows("--top", 2, "--top-by", by), wanted)
    limit = float(expected["p_value"].quantile(0.2))
    _same(rows("--max-p", limit), expected[expected["p_value"] <= limit].reset_index(drop=True))
    both = rows("--max-p", limit, "--top", 1)
    assert both["p_value"].max() <= limit and both["protein_id"].is_unique


def test_a_matrix_of_all_pairs(
    run: Callable, inputs: list[object], expected: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "out.npz"
    done = run("predict", *inputs, "--matrix", path)
    assert (done.exit_code, done.stdout) == (0, "")
    with np.load(path) as found:
        assert found["protein_id"].tolist() == PROTEIN_ORDER
        assert found["dna_id"].tolist() == expected["dna_id"].unique().tolist()
        score = expected["score"].to_numpy().reshape(45, 7).T
        np.testing.assert_allclose(found["score"], score, rtol=1e-4, atol=1e-4)
        surprise = -np.log10(expected["p_value"].to_numpy()).reshape(45, 7).T
        np.testing.assert_allclose(found["neg_log10_p"], surprise, rtol=1e-4, atol=1e-4)
    table = tmp_path / "out.tsv"
    options = ("--matrix", path, "-o", table, "--no-p-values")
    assert run("predict", *inputs, *options).exit_code == 0
    with np.load(path) as found:
        assert sorted(found) == ["dna_id", "protein_id", "score"]
    _same(pd.read_csv(table, sep="\t"), _without_p_values(expected))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--max-p", 0.1, "--no-p-values"], "--max-p needs p-values"),
        (["--top-by", "dna"], "give --top as well"),
        (["--matrix", "m.npz", "--top", 1], "give -o or --report as well"),
        (["--prior", 0], "not in the range"),
        (["--prior", 1], "not in the range"),
        (["--top", 0], "not in the range"),
        (["--max-p", 0], "not in the range"),
    ],
)
def test_options_that_contradict_each_other(
    run: Callable, inputs: list[object], options: list[object], reason: str
) -> None:
    done = run("predict", *inputs, *options)
    assert done.exit_code == 2 and reason in " ".join(done.stderr.split())


def test_a_matrix_has_no_pairs(run: Callable, inputs: list[object], data_dir: Path) -> None:
    pairs = ("--pairs", data_dir / "example_pairs.tsv")
    done = run("predict", *inputs, *pairs, "--matrix", "m.npz")
    assert done.exit_code == 2 and "leave out --pairs" in done.stderr


def test_the_prior_moves_probabilities_alone(
    run: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    done = run("predict", *inputs, "--prior", 0.01)
    found = pd.read_csv(StringIO(done.stdout), sep="\t")
    assert (found["probability"] < expected["probability"]).all()
    _same(found.assign(probability=expected["probability"]), expected)


def test_weights_without_a_calibration_say_so(
    run: Callable, inputs: list[object], tiny_weights: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(tiny_weights, weights)
    (weights / "calibration.json").unlink()
    inputs[5] = weights
    done = run("predict", *inputs)
    table = pd.read_csv(StringIO(done.stdout), sep="\t")
    assert table["probability"].isna().all() and table["p_value"].notna().all()
    assert done.stderr.startswith("Warning: probability is blank, because")
    assert len(done.stderr.splitlines()) == 1
    assert run("predict", *inputs, "--no-p-values").stderr == ""


def test_a_background_that_is_no_file_is_one_line(run: Callable, inputs: list[object]) -> None:
    done = run("predict", *inputs, "--background", "missing.fa")
    assert done.exit_code == 1 and done.stderr == "Error: missing.fa: no such file\n"
