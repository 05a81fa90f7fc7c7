"""`variant protein` on the command line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.variant.mutants import COLUMNS, PAIR_COLUMNS, table_columns

from .conftest import REPOSITORY, Run

PROTEINS = REPOSITORY / "data" / "example_proteins.fa"
ROWS = "protein_id\tmutation\n"


@pytest.fixture(scope="module")
def weights(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small weights that know the example proteins."""
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    shutil.copytree(tiny_weights, folder)
    wild = {record.id: record.sequence for record in read_fasta(PROTEINS, "protein")}
    rng = np.random.default_rng(0)
    motifs = [Motif(f"m@{name}", rng.dirichlet([0.3] * 4, 8).astype(np.float32)) for name in wild]
    table = pd.DataFrame({"protein_id": [*wild], "sequence": [*wild.values()]})
    MeasuredProteins.from_tables(table, motifs).save(folder / "relatives.parquet")
    return folder


@pytest.fixture
def call(run: Run, weights: Path) -> Run:
    """The command with these weights on the example proteins."""

    def command(*arguments: object, **options: str) -> object:
        fixed = ("--proteins", PROTEINS, "--model", weights)
        return run("variant", "protein", *fixed, *arguments, **options)

    return command


def test_tables_and_a_picture_are_written(
    call: Run, tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    pytest.importorskip("matplotlib")
    table = write("m.tsv", f"{ROWS}MAX\tR36W\nLHX2\tp.Asn316Ala\nMAX\tp.Arg36*\n")
    dna = write("d.fa", ">a\nGGACTAATTAGTCC\n>b\nGGACGATCGCGTCC\n")
    out, pairs, picture = (tmp_path / name for name in ("o.tsv", "p.tsv", "h.svg"))
    result = call(
        *("--mutations", table, "--dna", dna, "--pairs-out", pairs, "--no-p-values"),
        *("--plot", picture, "-o", out),
    )
    assert result.exit_code == 0, result.output
    found = pd.read_csv(out, sep="\t")
    assert tuple(found.columns) == table_columns(True)
    assert found["mutation"].tolist() == ["R36W", "N316A", "R36*"]
    both = pd.read_csv(pairs, sep="\t")
    assert tuple(both.columns) == PAIR_COLUMNS
    assert both["dna_id"].tolist() == ["a", "b"] * 3
    for name in ("MAX", "LHX2"):
        assert (tmp_path / f"h.{name}.svg").read_text().startswith("<?xml")
    assert "profile_log_odds" in result.stderr


def test_one_mutation_on_the_command_line_goes_to_stdout(call: Run) -> None:
    result = call("--mutation", "MAX:R36W", "-q")
    assert result.exit_code == 0
    head, row = result.stdout.splitlines()
    assert head.split("\t") == list(COLUMNS)
    assert row.startswith("MAX\tR36W\tHLH:24-74\tHLH\t13\t")
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{ROWS}MAX\tR36W\nMXA\tR36W\n", "m.tsv:3: protein_id 'MXA' is not in the protein file"),
        (f"{ROWS}MAX\tfoo\n", "m.tsv:2: mutation 'foo' is not read: write R36W"),
        (f"{ROWS}MAX\tK36W\n", "m.tsv:2: MAX K36W: residue 36 is R, and not K"),
        (f"{ROWS}MAX\tR27W\nMAX\tR26K\nMAX\tK25A\n", "all 3 residues .* are found 9 further on"),
        (f"{ROWS}MAX\tR999W\n", "m.tsv:2: MAX R999W: R999 lies past the end"),
        (f"{ROWS}MAX\t\n", "m.tsv:2: a blank protein_id or mutation"),
        (ROWS, "m.tsv: no rows under the header"),
        ("protein\tmut\nMAX\tR36W\n", "m.tsv:1: no column protein_id or mutation"),
        ("", "m.tsv: the file is empty"),
    ],
)
def test_a_table_that_is_wrong_is_told_in_one_line(
    call: Run, tmp_path: Path, write: Callable[[str, str], Path], text: str, told: str
) -> None:
    out = tmp_path / "out.tsv"
    result = call("--mutations", write("m.tsv", text), "-o", out)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert re.search(told, result.stderr), result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--mutation", "MAX:R36W", "--mutations", PROTEINS),
        ("--scan", "--pairs-out", "p.tsv"),
        ("--scan", "--plot", "heat.bmp"),
    ],
)
def test_options_that_contradict_each_other_are_a_usage_error(
    call: Run, arguments: tuple[object, ...]
) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")


def test_what_cannot_be_drawn_costs_nothing_else(call: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out, picture = tmp_path / "o.tsv", tmp_path / "h.svg"
    result = call(
        *("--mutation", "MAX:R36W", "--mutation", "TP53:V31I"), *("--plot", picture, "-o", out)
    )
    assert result.exit_code == 0, result.output
    assert pd.read_csv(out, sep="\t")["mutation"].tolist() == ["R36W", "V31I"]
    assert (tmp_path / "h.MAX.svg").is_file() and not (tmp_path / "h.TP53.svg").exists()
    assert "Warning: --plot: TP53: no substitution in a domain" in result.stderr
