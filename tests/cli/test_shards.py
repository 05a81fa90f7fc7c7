"""Runs in parts: shards, joined, are what one run writes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import predictor
from dna_protein_bca.inference.scanning import stretches
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.shards import ShardFile, ShardWriter
from dna_protein_bca.variant.genomic import stream

COUNT = 3


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a few kbp have several units, as long ones do."""
    monkeypatch.setattr(predictor, "CHUNK_PAIRS", 21)
    monkeypatch.setattr(stretches, "MOST", 700)


@pytest.fixture(scope="module")
def folder(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two proteins that are known and one that is not; DNA of several lengths, some without an
    answer; a genome of contigs of several lengths."""
    folder = tmp_path_factory.mktemp("inputs")
    known = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    proteins = {name: known[name] for name in ("MAX", "LHX2")} | {"none": "MKAAGGSTLLAAKK"}
    rng = random.Random(3)
    dna = {f"d{n}": "".join(rng.choices("ACGT", k=20 + 7 * n)) for n in range(40)}
    dna |= {"n": "N" * 30, "short": "ACG"}
    contigs = {
        "odd": "".join(rng.choices("ACGT", k=3001)),
        "even": "".join(rng.choices("ACGT", k=1200)) + "N" * 500,
        "n": "N" * 80,
        "end": "".join(rng.choices("ACGT", k=400)),
    }
    for name, records in (("p", proteins), ("d", dna), ("g", contigs)):
        text = "".join(f">{id}\n{sequence}\n" for id, sequence in records.items())
        (folder / f"{name}.fa").write_text(text)
    pairs = [f"{protein}\t{name}\n" for name in dna for protein in ("LHX2", "MAX")]
    rng.shuffle(pairs)
    (folder / "pairs.tsv").write_text("protein_id\tdna_id\n" + "".join(pairs))
    (folder / "r.bed").write_text("odd\t100\t2500\neven\t0\t900\n")
    return folder


@pytest.fixture
def predict(folder: Path, tiny_weights: Path) -> list[object]:
    dna = ("--dna", folder / "d.fa", "--device", "cpu")
    return ["predict", "--proteins", folder / "p.fa", *dna, "--model", tiny_weights]


@pytest.fixture
def scan(folder: Path, tiny_weights: Path) -> list[object]:
    genome = ("--genome", folder / "g.fa", "--device", "cpu", "--max-p", "3e-2")
    return ["scan", "--proteins", folder / "p.fa", *genome, "--model", tiny_weights]


def in_parts(run: Callable, command: list[object], out: Path, count: int = COUNT) -> None:
    """Compute all shards, the last one first."""
    for number in range(count, 0, -1):
        done = run(*command, "-o", out, "--shard", f"{number}/{count}")
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("options", [(), ("--top", "4"), ("--max-p", "0.2"), ("--pairs",)])
def test_predictions_are_those_of_one_run(
    run: Callable,
    predict: list[object],
    folder: Path,
    tmp_path: Path,
    ending: str,
    options: tuple[str, ...],
) -> None:
    if options == ("--pairs",):
        options = ("--pairs", str(folder / "pairs.tsv"))
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"
    assert run(*predict, *options, "-o", whole).exit_code == 0
    in_parts(run, [*predict, *options], out)
    assert len({path.stat().st_size for path in (tmp_path / out).parent.glob("*.shards/*")}) > 1
    done = run("merge", f"{out}.shards", "-o", out)
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == whole.read_bytes()


@pytest.fixture
def variants(folder: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Changes of several kinds, in more batches than shards, the first without any score."""
    monkeypatch.setattr(stream, "PAIRS", 12)
    genome = {r.id: r.sequence for r in read_fasta(folder / "g.fa", "dna")}
    rows = [("nowhere", n, "A", "T") for n in range(1, 6)]
    for at in range(100, 1100, 40):
        ref = genome["odd"][at]
        alts = (*("ACGT".replace(ref, "")), f"{ref}TTA")
        rows.append(("odd", at + 1, ref, ",".join(alts[at // 40 % 4 :])))
    rows += [("even", 1190, genome["even"][1189:1195], genome["even"][1189]), ("n", 5, "N", "A")]
    text = "".join(f"{c}\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.\n" for c, pos, ref, alt in rows)
    head = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (folder / "v.vcf").write_text(head + text)
    files = ("--genome", folder / "g.fa", "--vcf", folder / "v.vcf")
    weights = ("--model", tiny_weights, "--device", "cpu", "--no-change-p")
    return ["variant", "dna", "--proteins", folder / "p.fa", *files, *weights]


@pytest.mark.parametrize("options", [("tsv",), ("tsv", "--fast"), ("parquet",), ("jsonl",)])
def test_variants_are_those_of_one_run(
    run: Callable, variants: list[object], tmp_path: Path, options: tuple[str, ...]
) -> None:
    ending, *more = options
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"
    assert run(*variants, *more, "-o", whole).exit_code == 0
    in_parts(run, [*variants, *more], out)
    done = run("merge", f"{out}.shards", "-o", out)
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == whole.read_bytes()


def test_shards_of_variants_are_of_one_run(
    run: Callable, variants: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "out.tsv"
    assert run(*variants, "-o", out, "--shard", "1/2").exit_code == 0
    other = run(*variants, "--site-p", "0.2", "-o", out, "--shard", "2/2")
    assert other.exit_code == 1
    assert "--site-p was 0.01 and is 0.2" in other.output
    missing = run("merge", f"{out}.shards", "-o", out)
    assert missing.exit_code == 1
    assert "--shard 2/2" in missing.output
    assert run(*variants, "-o", tmp_path / "out.vcf", "--shard", "1/2").exit_code == 2


@pytest.mark.parametrize("top_by", ["dna", "protein"])
def test_merge_takes_the_best(
    run: Callable, predict: list[object], tmp_path: Path, top_by: str
) -> None:
    whole, out = tmp_path / "whole.tsv", tmp_path / "out.tsv"
    options = ("--top", "1", "--top-by", top_by)
    assert run(*predict, *options, "-o", whole).exit_code == 0
    in_parts(run, predict, out)
    assert run("merge", f"{out}.shards", *options, "-o", out).exit_code == 0
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("options", [(), ("--q",), ("--no-overlaps",), ("--q", "--no-overlaps")])
@pytest.mark.parametrize("regions", [False, True])
@pytest.mark.parametrize("given", ["shard", "merge"])
def test_sites_are_those_of_one_run(
    run: Callable,
    scan: list[object],
    folder: Path,
    tmp_path: Path,
    options: tuple[str, ...],
    regions: bool,
    given: str,
) -> None:
    scan += ["--bed", folder / "r.bed"] if regions else []
    whole, out = tmp_path / "whole.bed", tmp_path / "out.bed"
    assert run(*scan, *options, "-o", whole).exit_code == 0
    early, late = (options, ()) if given == "shard" else ((), options)
    in_parts(run, [*scan, *early], out)
    done = run("merge", f"{out}.shards", *late, "-o", out)
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == whole.read_bytes()
    assert len(out.read_text().splitlines()) > 20


def test_tracks_are_joined(run: Callable, scan: list[object], tmp_path: Path) -> None:
    import pybigtools

    whole, out = tmp_path / "whole", tmp_path / "out"
    assert run(*scan, "-o", f"{whole}.bed", "--track", f"{whole}.bw").exit_code == 0
    # More shards than stretches: some have no value.
    in_parts(run, [*scan, "--track", f"{out}.bw"], Path(f"{out}.bed"), 13)
    done = run("merge", f"{out}.bed.shards", "-o", f"{out}.bed")
    assert done.exit_code == 0, done.output
    assert Path(f"{out}.bed").read_bytes() == Path(f"{whole}.bed").read_bytes()
    for name in ("MAX", "LHX2"):
        ours, theirs = (pybigtools.open(f"{path}.{name}.bw") for path in (out, whole))
        for contig, length in theirs.chroms().items():
            values = [track.values(contig, 0, length, fillna=None) for track in (ours, theirs)]
            np.testing.assert_array_equal(*values)
    assert not Path(f"{out}.none.bw").exists()


def test_what_has_no_sites_is_named_once_for_the_whole(
    run: Callable, scan: list[object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out.bed"
    in_parts(run, scan, out)
    assert "contig" not in caplog.text
    caplog.clear()
    assert run("merge", f"{out}.shards", "-o", out).exit_code == 0
    assert caplog.messages == ["1 contig is all N or shorter than 5 bp, and has no sites: n"]


def test_only_what_is_missing_is_computed(
    run: Callable, scan: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "out.bed"
    track = ("--track", tmp_path / "t.bw")
    in_parts(run, [*scan, *track], out)
    files = sorted(Path(f"{out}.shards").iterdir())
    before = {path: path.stat().st_mtime_ns for path in files}
    (Path(f"{out}.shards") / "2-of-3.MAX.bw").unlink()
    said = [
        run(*scan, *track, "-o", out, "--shard", f"{number}/{COUNT}").stderr.splitlines()[-1]
        for number in range(1, COUNT + 1)
    ]
    assert [line.split()[2:4] for line in said] == [
        ["was", "complete"],
        ["written", "to"],
        ["was", "complete"],
    ]
    new = {path for path in files if path.stat().st_mtime_ns != before[path]}
    assert {path.name for path in new} == {"2-of-3.parquet", "2-of-3.MAX.bw", "2-of-3.LHX2.bw"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("--max-p", "1e-2"), "--max-p was 0.03 and is 0.01"),
        (("--background", "0.3,0.2,0.2,0.3"), "--background was uniform and is 0.3,0.2,0.2,0.3"),
        (("--no-relatives",), "--relatives was True and is False"),
        (("--proteins", "other.fa"), "--proteins was sha256:"),
    ],
)
def test_shards_of_another_run_are_refused(
    run: Callable,
    scan: list[object],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, ...],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.fa").write_text((folder / "p.fa").read_text() + ">more\nMKLA\n")
    assert run(*scan, "-o", "out.bed", "--shard", "1/2").exit_code == 0
    kept = (tmp_path / "out.bed.shards" / "1-of-2.parquet").read_bytes()
    for shard in ("1/2", "2/2"):
        done = run(*scan, *change, "-o", "out.bed", "--shard", shard)
        assert done.exit_code == 1
        assert named in done.stderr
        assert done.stderr.startswith("Error: out.bed.shards/1-of-2.parquet: ")
    assert [path.name for path in (tmp_path / "out.bed.shards").iterdir()] == ["1-of-2.parquet"]
    assert (tmp_path / "out.bed.shards" / "1-of-2.parquet").read_bytes() == kept


def test_shards_from_before_an_option_came_are_those_of_a_run_without_it(
    run: Callable, predict: list[object], folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.tsv"
    predict += ["--pairs", folder / "pairs.tsv"]
    in_parts(run, predict, out, count=2)
    older = Path(f"{out}.shards") / "1-of-2.parquet"
    forget(older, "--columns")
    done = run(*predict, "-o", out, "--shard", "1/2")
    assert done.exit_code == 0 and "was complete" in done.stderr, done.output
    assert run("merge", f"{out}.shards", "-o", out).exit_code == 0
    renamed = tmp_path / "renamed.tsv"
    renamed.write_text((folder / "pairs.tsv").read_text().replace("dna_id", "probe", 1))
    done = run(*predict[:-1], renamed, "--columns", "dna=probe", "-o", out, "--shard", "1/2")
    assert done.exit_code == 1
    assert "--columns was not recorded and is [('dna_id', 'probe')]" in done.stderr
    # Without it nobody knows whether p-values were asked for.
    forget(older, "--p-values")
    done = run(*predict, "-o", out, "--shard", "1/2")
    assert done.exit_code == 1
    assert "whose --p-values was not recorded and is True: " in done.stderr


def forget(shard: Path, option: str) -> None:
    """Take an option out of what a shard says of its run."""
    made = ShardFile(shard)
    tables = list(made.tables())
    known = {name: value for name, value in made.identity.items() if name != option}
    with ShardWriter(shard, known, made.finish) as writer:
        writer.notes = made.notes
        for unit, table in zip(made.units, tables, strict=True):
            writer.write(table, unit)


def test_what_cannot_be_joined(
    run: Callable, scan: list[object], predict: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "out.bed"
    assert run(*scan, "-o", out, "--shard", "1/3").exit_code == 0
    merge = ("merge", f"{out}.shards", "-o", out)
    done = run(*merge)
    assert done.exit_code == 1 and not out.exists()
    assert "run the command with --shard 2/3, 3/3" in done.stderr
    done = run(*scan, "-o", out, "--shard", "1/2")
    assert done.exit_code == 1 and "holds shards of 3, and these are of 2" in done.stderr
    for number in (2, 3):
        assert run(*scan, "--q", "-o", out, "--shard", f"{number}/3").exit_code == 0
    done = run(*merge)
    assert done.exit_code == 1
    assert "was asked for another q than 1-of-3.parquet" in done.stderr
    done = run(*merge, "--no-q", "--top", "3")
    assert done.exit_code == 1 and "results of scan, which takes no top" in done.stderr
    done = run(*merge, "--no-q", "--track", tmp_path / "x.bw")
    assert done.exit_code == 1 and "run them with --track as well" in done.stderr
    assert run(*merge, "--no-q").exit_code == 0
    damaged = Path(f"{out}.shards") / "2-of-3.parquet"
    damaged.write_bytes(damaged.read_bytes()[:200])
    done = run(*merge, "--no-q")
    assert done.exit_code == 1 and f"{damaged}: damaged" in done.stderr
    assert run("merge", tmp_path, "-o", out).exit_code == 1


def test_a_shard_that_fails_leaves_no_file(
    run: Callable, predict: list[object], tmp_path: Path
) -> None:
    dna = predict[4] = tmp_path / "d.fa"
    dna.write_text(">a\nACGTACGTAC\n>b\nAC!T\n")
    out = tmp_path / "out.tsv"
    done = run(*predict, "-o", out, "--shard", "1/1")
    assert done.exit_code == 1 and f"{dna}:4" in done.stderr
    assert list(Path(f"{out}.shards").iterdir()) == []


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
def test_shards_that_are_none(run: Callable, scan: list[object], shard: str) -> None:
    done = run(*scan, "-o", "x.bed", f"--shard={shard}")
    assert done.exit_code == 2 and "is not I/N" in done.stderr


def test_shards_need_files(run: Callable, predict: list[object], tmp_path: Path) -> None:
    assert "give a file with -o" in run(*predict, "--shard", "1/2").stderr
    predict[4] = "-"
    done = run(*predict, "--shard", "1/2", "-o", tmp_path / "x.tsv", input=">a\nACGTACGT\n")
    assert done.exit_code == 2 and "give files, not stdin" in done.stderr


def test_fast_sites_are_those_of_one_run(run: Callable, scan: list[object], tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.bed", tmp_path / "out.bed"
    scan += ["--fast", "--no-overlaps"]
    assert run(*scan, "-o", whole).exit_code == 0
    in_parts(run, scan, out)
    assert run("merge", f"{out}.shards", "-o", out).exit_code == 0
    assert out.read_bytes() == whole.read_bytes()
    assert "# scores: fast: of the motifs alone" in out.read_text()
    assert len(out.read_text().splitlines()) > 20
    done = run(*scan, "--track", tmp_path / "t.bw", "-o", out)
    assert done.exit_code == 2 and "leave out one" in done.stderr
