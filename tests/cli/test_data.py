"""`data`: the commands as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from dna_protein_bca.io.fasta import read_fasta

Run = Callable[..., click.testing.Result]

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genome of real windows, proteins, and peaks of two of them."""
    folder = tmp_path_factory.mktemp("data")
    windows = read_fasta(REPOSITORY / "data" / "retraining" / "dna.fa.gz", "dna")
    bases = "".join(record.sequence for record in windows)
    genome = "".join(f">chr{n + 1}\n{bases[n * 20000 : (n + 1) * 20000]}\n" for n in range(5))
    (folder / "genome.fa").write_text(genome)
    for name, first in (("max", 300), ("gata1", 500)):
        places = [(chrom, place) for chrom in range(5) for place in range(first, 19000, 900)]
        rows = [f"chr{chrom + 1}\t{place}\t{place + 200}\n" for chrom, place in places]
        (folder / f"{name}.bed").write_text("".join(rows))
    return folder


def proteins() -> Path:
    return REPOSITORY / "data" / "example_proteins.fa"


@pytest.fixture
def peaks(folder: Path, run: Run, tmp_path: Path) -> Path:
    out = tmp_path / "peaks"
    given = [f"MAX={folder / 'max.bed'}", f"GATA1={folder / 'gata1.bed'}"]
    options = ["--proteins", proteins(), "--genome", folder / "genome.fa", "-o", out]
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


def test_negatives_of_a_split_set(peaks: Path, folder: Path, run: Run, tmp_path: Path) -> None:
    """They stand on the side of their positives, and the datasheet says how they came about."""
    split, out = tmp_path / "split", tmp_path / "negatives"
    chroms = ["--validation-chrom", "chr2", "--test-chrom", "chr3"]
    run("data", "split", peaks, "--by", "chromosome", *chroms, "-o", split)
    options = ["--negatives", "windows", "--negatives", "shuffle", "--ratio", 2, "--seed", 9]
    result = run(
        *["data", "negatives", split, *options, "--genome", folder / "genome.fa", "-o", out]
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


PROTEIN = ">MAX_x GN=Max\nMSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQIL\n"

FILES = ["--pairs", "t.tsv", "--dna", "d.fa"]
"""One's own, beside the proteins that every case is given."""

BAD: dict[str, tuple[list[str], dict[str, str], str]] = {
    "chromosomes named otherwise": (
        ["peaks", "p.bed", "--genome", "{folder}/genome.fa"],
        {"p.bed": "1\t500\t700\n"},
        r"p\.bed:1: chromosome '1' is not in .*genome\.fa, whose names are chr1, .*--chrom-aliases",
    ),
    "a window past a chromosome's end": (
        ["peaks", "p.bed", "--genome", "{folder}/genome.fa"],
        {"p.bed": "chr1\t500\t700\nchr1\t19900\t20001\n"},
        r"p\.bed:2: a peak at chr1:19900-20001, but chr1 of .*genome\.fa has 20000 bp: is it",
    ),
    "mixed column counts": (
        ["peaks", "p.bed", "--genome", "{folder}/genome.fa"],
        {"p.bed": "chr1\t500\t700\tx\nchr1\t900\t1000\n"},
        r"p\.bed:2: 3 columns",
    ),
    "peaks of which protein": (
        ["peaks", "p.bed", "--genome", "{folder}/genome.fa"],
        {"p.bed": "chr1\t500\t700\n", "p.fa": PROTEIN + PROTEIN.replace("MAX_x", "other")},
        r"p\.bed: which of the 2 proteins",
    ),
    "no E-score": (
        ["uniprobe", "Max_8mers.txt"],
        {"Max_8mers.txt": "8-mer\t8-mer\tMedian\tZ\nAAAAAAAA\tTTTTTTTT\t1000\t3.5\n"},
        r"Max_8mers\.txt: no E-score in it",
    ),
    "an E-score out of range": (
        ["uniprobe", "Max_8mers.txt"],
        {"Max_8mers.txt": "8-mer\t8-mer\tE-score\nAAAAAAAA\tTTTTTTTT\t0.9\n"},
        r"Max_8mers\.txt:2: the E-score of AAAAAAAA is '0\.9'",
    ),
    "a table of nobody": (
        ["uniprobe", "Gata_8mers.txt"],
        {"Gata_8mers.txt": "8-mer\t8-mer\tE-score\nAAAAAAAA\tTTTTTTTT\t0.1\n"},
        r"Gata_8mers\.txt: no protein in p\.fa is named as this table is",
    ),
    "a label of 2": (
        ["split", "--by", "dna", "--dna", "d.fa", "--pairs", "t.tsv"],
        {"d.fa": ">a\nACGT\n", "t.tsv": "protein_id\tdna_id\tlabel\nMAX_x\ta\t2\n"},
        r"t\.tsv:2: the label is '2'",
    ),
    "an affinity that is NaN": (
        ["split", "--by", "dna", "--dna", "d.fa", "--pairs", "t.tsv"],
        {"d.fa": ">a\nACGT\n", "t.tsv": "protein_id\tdna_id\taffinity\nMAX_x\ta\tnan\n"},
        r"t\.tsv:2: the affinity is 'nan'",
    ),
    "an affinity without end": (
        ["negatives", "--negatives", "shuffle", *FILES],
        {"d.fa": ">a\nACGT\n", "t.tsv": "protein_id\tdna_id\taffinity\nMAX_x\ta\tinf\n"},
        r"t\.tsv:2: the affinity is 'inf'",
    ),
    "neither label nor affinity": (
        ["split", "--by", "dna", *FILES],
        {
            "d.fa": ">a\nACGT\n>b\nACGA\n",
            "t.tsv": "protein_id\tdna_id\tlabel\taffinity\nMAX_x\ta\t\t0.5\nMAX_x\tb\t\t\n",
        },
        r"t\.tsv:3: no label and no affinity: give one of them",
    ),
    "mixed column counts of pairs": (
        ["split", "--by", "dna", *FILES],
        {"d.fa": ">a\nACGT\n", "t.tsv": "protein_id\tdna_id\tlabel\nMAX_x\ta\t1\nMAX_x\ta\n"},
        r"t\.tsv:3: 2 columns, but the header has 3",
    ),
    "affinities without labels": (
        ["negatives", "--negatives", "shuffle", *FILES],
        {"d.fa": ">a\nACGT\n", "t.tsv": "protein_id\tdna_id\taffinity\nMAX_x\ta\t0.5\n"},
        r"affinities alone do not say which pairs are bound: add a column label",
    ),
    "conflicting labels": (
        ["split", "--by", "dna", "--dna", "d.fa", "--pairs", "t.tsv"],
        {
            "d.fa": "".join(f">d{n}\nACGT\n" for n in range(12)),
            "t.tsv": "protein_id\tdna_id\tlabel\n"
            + "".join(f"MAX_x\td{n}\t{label}\n" for n in range(12) for label in (0, 1)),
        },
        r"both labels for 12 pairs, the first of them: (MAX_x d\d \(lines \d+, \d+\)(; )?){10}\.",
    ),
    "a site that is elsewhere in the genome": (
        ["negatives", "--negatives", "windows", "--genome", "{folder}/genome.fa", *FILES],
        {"t.tsv": "protein_id\tdna_id\nMAX_x\tchr1:5-13\n", "d.fa": ">chr1:5-13\nACGTACGT\n"},
        r"d\.fa:1: record 'chr1:5-13': .*genome\.fa has another sequence there: is it the assembly",
    ),
    "a site without a place": (
        ["negatives", "--negatives", "windows", "--genome", "{folder}/genome.fa", *FILES],
        {"t.tsv": "protein_id\tdna_id\nMAX_x\ta\n", "d.fa": ">a\nACGTACGT\n"},
        r"d\.fa:1: record 'a': its id names no place in the genome: give ids such as chr1:100-201",
    ),
    "shuffles that are there": (
        ["negatives", "--negatives", "shuffle", *FILES],
        {
            "t.tsv": "protein_id\tdna_id\nMAX_x\ta\n",
            "d.fa": ">a\nACGTACGT\n>a_shuffle1\nACGTACGT\n",
        },
        r"d\.fa:3: record 'a_shuffle1' is there already",
    ),
    "sites of one protein": (
        ["negatives", "--negatives", "others", *FILES],
        {"t.tsv": "protein_id\tdna_id\nMAX_x\ta\n", "d.fa": ">a\nACGTACGT\n"},
        r"other proteins' sites need the positives of two proteins or more",
    ),
    "motifs of nobody": (
        ["hocomoco", "--motifs", "h.meme"],
        {
            "h.meme": "MEME version 4\n\nMOTIF ZN281.H13CORE.0.P.B\n"
            "letter-probability matrix: alength= 4 w= 1\n0.25 0.25 0.25 0.25\n"
        },
        r"the only motif has no protein in the FASTA file: .*ZN281_HUMAN",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    case: str, folder: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    arguments, files, message = BAD[case]
    monkeypatch.chdir(tmp_path)
    for name, text in {"p.fa": PROTEIN, **files}.items():
        (tmp_path / name).write_text(text)
    before = sorted(tmp_path.iterdir())
    given = [part.format(folder=folder) for part in arguments]
    result = run("data", *given, "--proteins", "p.fa", "-o", "out")
    assert result.exit_code == 1, result.output
    assert re.fullmatch(rf"Error: .*{message}.*\n", result.stderr), result.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("cut", "arguments"),
    [
        ("p.fa.gz", ["split", "--by", "random", *FILES]),
        ("d.fa.gz", ["split", "--by", "random", *FILES]),
        ("t.tsv.gz", ["negatives", "--negatives", "shuffle", *FILES]),
        ("p.bed.gz", ["peaks", "p.bed", "--genome", "{folder}/genome.fa"]),
        ("h.meme.gz", ["hocomoco", "--motifs", "h.meme"]),
        ("Max_8mers.txt.gz", ["uniprobe", "Max_8mers.txt"]),
    ],
)
def test_a_truncated_gzip_is_named(
    cut: str, arguments: list[str], folder: Path, run: Run, tmp_path: Path
) -> None:
    import gzip
    import random

    draw = random.Random(0)
    kmers = ["".join(draw.choices("ACGT", k=8)) for _ in range(4000)]
    matrix = "letter-probability matrix: alength= 4 w= 1\n0.25 0.25 0.25 0.25\n"
    texts = {
        "p.fa.gz": PROTEIN,
        "d.fa.gz": "".join(f">d{n}\n{kmer}\n" for n, kmer in enumerate(kmers)),
        "t.tsv.gz": "protein_id\tdna_id\tlabel\n"
        + "".join(f"MAX_x\td{n}\t{draw.randint(0, 1)}\n" for n in range(4000)),
        "p.bed.gz": "".join(f"chr1\t{draw.randint(0, 9999)}\t19000\n" for _ in kmers),
        "h.meme.gz": "MEME version 4\n\n" + "".join(f"MOTIF {kmer}\n{matrix}" for kmer in kmers),
        "Max_8mers.txt.gz": "".join(f"{k}\t{k}\t{draw.random() - 0.5:.4f}\n" for k in kmers),
    }
    for name, text in texts.items():
        data = gzip.compress(text.encode(), mtime=0)
        (tmp_path / name).write_bytes(data[: len(data) // 2] if name == cut else data)
    before = sorted(tmp_path.iterdir())
    given = [part.format(folder=folder) for part in arguments]
    given = [str(tmp_path / f"{part}.gz") if f"{part}.gz" in texts else part for part in given]
    result = run("data", *given, "--proteins", tmp_path / "p.fa.gz", "-o", tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith(f"Error: {tmp_path / cut}: the compressed data end too early")
    assert result.stderr.count("\n") == 1 and sorted(tmp_path.iterdir()) == before


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["split", "--by", "dna"],
        ["split", "set", "--by", "family", "--threshold", "0.5"],
        ["split", "set", "--by", "dna", "--test-chrom", "chr1"],
        ["split", "set", "--by", "dna", "--test", "0.5", "--validation", "0.5"],
        ["hocomoco", "--proteins", "p.fa"],
        ["jaspar", "--proteins", "p.fa", "--file", "x", "--download"],
        ["uniprobe", "--proteins", "p.fa"],
        ["negatives", "set"],
        ["negatives", "--negatives", "shuffle"],
        ["negatives", "set", "--pairs", "t.tsv", "--negatives", "shuffle"],
        ["negatives", "set", "--negatives", "windows"],
        ["negatives", "set", "--negatives", "shuffle", "--genome", "g.fa"],
        ["negatives", "set", "--negatives", "others", "--chrom-aliases", "auto"],
        ["negatives", "set", "--negatives", "shuffle", "--ratio", "0"],
    ],
)
def test_usage(arguments: list[str], run: Run) -> None:
    result = run("data", *arguments, "-o", "out")
    assert result.exit_code == 2, result.output


def test_windows_at_ends_and_aliases(folder: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(PROTEIN)
    (tmp_path / "p.bed").write_text("1\t0\t20\n1\t5000\t5200\n2\t19990\t20000\n")
    common = ["--proteins", tmp_path / "p.fa", "--genome", folder / "genome.fa"]
    peaks = ["data", "peaks", tmp_path / "p.bed", *common, "--chrom-aliases", "auto"]
    result = run(*peaks, "-o", tmp_path / "a")
    assert result.exit_code == 0 and "dropped_at_ends 2" in result.stdout, result.output
    assert "p.bed:1, p.bed:3" in result.stdout
    result = run(*peaks, "-o", tmp_path / "b", "--at-ends", "clip", "--negatives", "none")
    assert result.exit_code == 0 and "clipped 2" in result.stdout, result.output
    assert "chr1:0-61\t" in (tmp_path / "b" / "pairs.tsv").read_text()
    # An index beside the genome is all that is left in its folder.
    assert {path.suffix for path in folder.iterdir()} == {".fa", ".bed", ".fai"}
