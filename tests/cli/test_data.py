"""`data`: the commands as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

Run = Callable[..., click.testing.Result]

REPOSITORY = Path(__file__).resolve().parents[2]


PROTEIN = ">MAX_x GN=Max\nMSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQIL\n"


def proteins() -> Path:
    return REPOSITORY / "data" / "example_proteins.fa"


@pytest.fixture
def peaks(genome_folder: Path, run: Run, tmp_path: Path) -> Path:
    out = tmp_path / "peaks"
    given = [f"MAX={genome_folder / 'max.bed'}", f"GATA1={genome_folder / 'gata1.bed'}"]
    options = ["--proteins", proteins(), "--genome", genome_folder / "genome.fa", "-o", out]
    result = run("data", "peaks", *given, *options, "--seed", 4)
    assert result.exit_code == 0, result.output
    return out


def test_peaks_show_and_split(peaks: Path, run: Run, tmp_path: Path) -> None:
    shown = run("data", "show", peaks)
    assert shown.exit_code == 0 and "source: peaks" in shown.stdout and "seed: 4" in shown.stdout
    sheet = json.loads(run("data", "show", peaks, "--json").stdout)
    assert sheet["counts"]["positive"] == sheet["counts"]["pairs"] // 2 > 100
    out = tmp_path / "split"
    chroms = ["--validation-chrom", "chr2", "--test-chrom", "chr3"]
    result = run("data", "split", peaks, "--by", "chromosome", *chroms, "-o", out)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "datasheet.json",
        "dna.fa.gz",
        "leakage.json",
        "proteins.fa",
        "test.tsv",
        "train.tsv",
        "validation.tsv",
    ]
    lines = (out / "test.tsv").read_text().splitlines()
    assert all("\tchr3:" in line for line in lines[1:])
    report = json.loads((out / "leakage.json").read_text())
    assert report["dna"]["train-test"]["on_both"] == 0
    child = json.loads((out / "datasheet.json").read_text())
    assert child["made_from"] == sheet and child["parameters"]["seed"] == 0


def test_what_data_writes_is_what_train_takes(peaks: Path) -> None:
    from dna_protein_bca.model.config import BindingConfig
    from dna_protein_bca.model.encoders import make_encoder
    from dna_protein_bca.proteins.domains import profile_lengths
    from dna_protein_bca.training.finetune.data import Inputs, read_data

    config = BindingConfig(profile_lengths=tuple(profile_lengths().values()))
    features = make_encoder(config).features
    files = {"dna": peaks / "dna.fa.gz", "pairs": peaks / "pairs.tsv"}
    data = read_data(Inputs(peaks / "proteins.fa", **files), features, threads=1)
    assert len(data.train) + len(data.validation) > 200 and data.targets == ["label"]


def test_a_split_in_one_table_is_what_train_follows(peaks: Path, run: Run, tmp_path: Path) -> None:
    from dna_protein_bca.datasets.training_set import read_set
    from dna_protein_bca.model.config import BindingConfig
    from dna_protein_bca.model.encoders import make_encoder
    from dna_protein_bca.proteins.domains import profile_lengths
    from dna_protein_bca.training.finetune.data import Inputs, read_data

    chroms = ["--validation-chrom", "chr2", "--test-chrom", "chr3"]
    split = ["data", "split", peaks, "--by", "chromosome", *chroms]
    out = tmp_path / "one"
    result = run(*split, "--one-table", "-o", out)
    assert result.exit_code == 0, result.output
    assert not (out / "train.tsv").exists()
    again = read_set(out).pairs
    assert again is not None and set(again["split"]) == {"train", "validation", "test"}
    config = BindingConfig(profile_lengths=tuple(profile_lengths().values()))
    features = make_encoder(config).features
    files = {"dna": out / "dna.fa.gz", "pairs": out / "pairs.tsv"}
    data = read_data(Inputs(out / "proteins.fa", **files), features, threads=1)
    assert all(name.startswith("chr2:") for name in data.validation["dna_id"])
    assert not any(name.startswith(("chr2:", "chr3:")) for name in data.train["dna_id"])
    assert len(data.train) + len(data.validation) + data.unused["pairs"] == len(again)


def test_a_random_split_warns(peaks: Path, run: Run, tmp_path: Path) -> None:
    result = run("data", "split", peaks, "--by", "random", "-o", tmp_path / "random")
    assert result.exit_code == 0 and result.stderr.startswith("Warning: a random split puts")


def test_ones_own_files_are_split(peaks: Path, run: Run, tmp_path: Path) -> None:
    files = ["--proteins", peaks / "proteins.fa", "--dna", peaks / "dna.fa.gz"]
    out = tmp_path / "own"
    options = ["--pairs", peaks / "pairs.tsv", "--by", "dna", "-o", out, "--parquet"]
    result = run("data", "split", *files, *options)
    assert result.exit_code == 0, result.output
    assert (out / "train.parquet").is_file()


def test_negatives_of_a_split_set(
    peaks: Path, genome_folder: Path, run: Run, tmp_path: Path
) -> None:
    """They stand on the side of their positives, and the datasheet says how they came about."""
    split, out = tmp_path / "split", tmp_path / "negatives"
    chroms = ["--validation-chrom", "chr2", "--test-chrom", "chr3"]
    run("data", "split", peaks, "--by", "chromosome", *chroms, "-o", split)
    options = ["--negatives", "windows", "--negatives", "shuffle", "--ratio", 2, "--seed", 9]
    result = run(
        *["data", "negatives", split, *options, "--genome", genome_folder / "genome.fa", "-o", out]
    )
    assert result.exit_code == 0, result.output
    assert "negatives_shuffle: 4" in result.stdout
    for side in ("train", "validation", "test"):
        lines = [(one / f"{side}.tsv").read_text().splitlines() for one in (split, out)]
        positives = sum("\t1\t" in line for line in lines[0])
        assert lines[1][: len(lines[0])] == lines[0]
        assert len(lines[1]) == len(lines[0]) + 4 * positives
    assert all("\tchr3:" in line for line in lines[1][1:])
    sheet = json.loads((out / "datasheet.json").read_text())
    assert sheet["parameters"] == {
        "negatives": ["windows", "shuffle"],
        "ratio": 2.0,
        "seed": 9,
        "chrom_aliases": None,
    }
    assert sheet["counts"]["negatives_windows"] == sheet["counts"]["asked_of_each_kind"]
    assert sheet["made_from"]["source"] == "split"
    report = json.loads((out / "leakage.json").read_text())
    assert report["dna"]["train-test"]["on_both"] == 0 and report["pairs_moved"] == 0
    assert "train-test: 0 DNA sequences on both" in result.stdout


def test_negatives_for_a_list_of_sites(run: Run, tmp_path: Path) -> None:
    """A table of pairs alone: all of them are positives."""
    from dna_protein_bca.io.pairs import read_pairs

    (tmp_path / "pairs.tsv").write_text("protein_id\tdna_id\tsplit\nMAX\tMAX_site_1\ttrain\n")
    dna = REPOSITORY / "data" / "example_dna.fa"
    files = ["--proteins", proteins(), "--dna", dna, "--pairs", tmp_path / "pairs.tsv"]
    for name in "ab":
        out = tmp_path / name
        result = run("data", "negatives", *files, "--negatives", "shuffle", "-o", out)
        assert result.exit_code == 0, result.output
    found = read_pairs(tmp_path / "a" / "pairs.tsv", need=["protein_id", "dna_id", "label"])
    assert [*found.dna_id] == ["MAX_site_1", "MAX_site_1_shuffle1"] and [*found.label] == [1, 0]
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_specificity_by_one_command(specificity_dir: Path, run: Run, tmp_path: Path) -> None:
    result = run("data", "specificity", specificity_dir, "-o", tmp_path / "set", "--parquet")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "datasheet.json",
        "dna.fa.gz",
        "proteins.fa",
        "test.parquet",
        "train.meme",
        "validation.meme",
    ]


def test_pairs_with_a_label_or_an_affinity(run: Run, tmp_path: Path) -> None:
    """Where a table has both columns, a row may leave one of them blank, in every command."""
    from dna_protein_bca.datasets.datasheet import read_sheet
    from dna_protein_bca.datasets.training_set import read_set

    rows = [f"MAX\t{factor}_site_{n}" for factor in ("MAX", "SP1") for n in range(1, 6)]
    values = ["1\t", "\t0.5", "0\t", "1\t2.5", "\t-3"] * 2
    table = "".join(f"{row}\t{value}\n" for row, value in zip(rows, values, strict=True))
    (tmp_path / "t.tsv").write_text("protein_id\tdna_id\tlabel\taffinity\n" + table)
    files = ["--proteins", proteins(), "--dna", REPOSITORY / "data" / "example_dna.fa"]
    for name, options in {
        "split": ["split", *files, "--pairs", tmp_path / "t.tsv", "--by", "dna", "--test", 0.3],
        "added": ["negatives", tmp_path / "split", "--negatives", "shuffle", "--parquet"],
        "again": ["split", tmp_path / "added", "--by", "dna", "--repair"],
    }.items():
        result = run("data", *options, "-o", tmp_path / name)
        assert result.exit_code == 0, result.output
        found = read_set(tmp_path / name).pairs
        assert found is not None and found["affinity"].notna().sum() == 6
        assert (found["label"] == 1).sum() == 4 and found["label"].isna().sum() == 4
        assert read_sheet(tmp_path / name)["counts"]["positive"] == 4
    assert len(found) == 14 and (found["label"] == 0).sum() == 2 + 4


def test_windows_at_ends_and_aliases(genome_folder: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(PROTEIN)
    (tmp_path / "p.bed").write_text("1\t0\t20\n1\t5000\t5200\n2\t19990\t20000\n")
    common = ["--proteins", tmp_path / "p.fa", "--genome", genome_folder / "genome.fa"]
    peaks = ["data", "peaks", tmp_path / "p.bed", *common, "--chrom-aliases", "auto"]
    result = run(*peaks, "-o", tmp_path / "a")
    assert result.exit_code == 0 and "dropped_at_ends 2" in result.stdout, result.output
    assert "p.bed:1, p.bed:3" in result.stdout
    result = run(*peaks, "-o", tmp_path / "b", "--at-ends", "clip", "--negatives", "none")
    assert result.exit_code == 0 and "clipped 2" in result.stdout, result.output
    assert "chr1:0-61\t" in (tmp_path / "b" / "pairs.tsv").read_text()
    # An index beside the genome is all that is left in its folder.
    assert {path.suffix for path in genome_folder.iterdir()} == {".fa", ".bed", ".fai"}
