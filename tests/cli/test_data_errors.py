"""What the commands of `data` refuse, each in one line and without writing anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

Run = Callable[..., click.testing.Result]

REPOSITORY = Path(__file__).resolve().parents[2]


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
    case: str, genome_folder: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    arguments, files, message = BAD[case]
    monkeypatch.chdir(tmp_path)
    for name, text in {"p.fa": PROTEIN, **files}.items():
        (tmp_path / name).write_text(text)
    before = sorted(tmp_path.iterdir())
    given = [part.format(folder=genome_folder) for part in arguments]
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
    cut: str, arguments: list[str], genome_folder: Path, run: Run, tmp_path: Path
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
    given = [part.format(folder=genome_folder) for part in arguments]
    given = [str(tmp_path / f"{part}.gz") if f"{part}.gz" in texts else part for part in given]
    result = run("data", *given, "--proteins", tmp_path / "p.fa.gz", "-o", tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith(f"Error: {tmp_path / cut}: the compressed data end too early")
    assert result.stderr.count("\n") == 1 and sorted(tmp_path.iterdir()) == before


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
