"""`predict` on regions of a genome: each a record."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import read_fasta


@pytest.fixture
def inputs(data_dir: Path, tiny_weights: Path, genome_folder: Path) -> list[object]:
    given = {
        "--proteins": data_dir / "example_proteins.fa",
        "--genome": genome_folder / "genome.fa",
        "--model": tiny_weights,
        "--device": "cpu",
    }
    return [part for option in given.items() for part in option]


def test_each_region_is_a_record_in_the_order_of_the_file(
    run: Callable, inputs: list[object], data_dir: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    bed = tmp_path / "r.bed"
    places = [("chr3", 700, 900), ("chr1", 0, 64), ("chr3", 120, 419)]
    bed.write_text("".join(f"{name}\t{start}\t{end}\n" for name, start, end in places))
    done = run("predict", *inputs, "--bed", bed)
    assert done.exit_code == 0, done.output
    found = pd.read_csv(StringIO(done.stdout), sep="\t")
    genome = {one.id: one.sequence for one in read_fasta(str(inputs[3]), "dna")}
    dna = {f"{name}:{start}-{end}": genome[name][start:end] for name, start, end in places}
    predictor = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    expected = predictor.predict(data_dir / "example_proteins.fa", dna)
    assert found["dna_id"].tolist() == expected["dna_id"].tolist()
    assert found["protein_id"].tolist() == expected["protein_id"].tolist()
    np.testing.assert_allclose(found["score"], expected["score"], rtol=1e-4, atol=1e-5)


def test_around_summits_with_other_names_of_chromosomes(
    run: Callable, inputs: list[object], tmp_path: Path
) -> None:
    peaks = tmp_path / "p.narrowPeak"
    peaks.write_text("2\t100\t300\tx\t0\t.\t1\t1\t1\t20\n2\t0\t30\ty\t0\t.\t1\t1\t1\t-1\n")
    done = run("predict", *inputs, "--bed", peaks, "--around", 50, "--chrom-aliases", "auto")
    found = pd.read_csv(StringIO(done.stdout), sep="\t")
    assert list(dict.fromkeys(found["dna_id"])) == ["chr2:70-171", "chr2:0-66"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "give either --dna, or --genome and --bed"),
        (["--genome", "g.fa"], "give either --dna, or --genome and --bed"),
        (["--bed", "r.bed"], "give either --dna, or --genome and --bed"),
        (["--dna", "d.fa", "--genome", "g.fa"], "give either --dna, or --genome and --bed"),
        (["--dna", "d.fa", "--bed", "r.bed"], "give either --dna, or --genome and --bed"),
        (["--dna", "d.fa", "--around", "5"], "--around is for the regions of --bed"),
    ],
)
def test_usage(options: list[str], message: str, run: Callable, data_dir: Path) -> None:
    done = run("predict", "--proteins", data_dir / "example_proteins.fa", *options)
    assert done.exit_code == 2 and message in done.stderr


def test_wrong_regions_are_named_with_their_line(
    run: Callable, inputs: list[object], tmp_path: Path
) -> None:
    bed, out = tmp_path / "r.bed", tmp_path / "x.tsv"
    for row, message in (
        ("chr9\t1\t5\n", "chromosome 'chr9' is not in "),
        ("chr1\t1\t50000\n", "a region at chr1:1-50000, but chr1 of "),
    ):
        bed.write_text("chr1\t0\t50\n" + row)
        done = run("predict", *inputs, "--bed", bed, "-o", out)
        assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith(f"Error: {bed}:2: {message}") and not out.exists()
