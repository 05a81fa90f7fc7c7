"""`variant dna` as it is used: a VCF and a genome in, what the variants do out."""

from __future__ import annotations

import gzip
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from dna_protein_bca.resources import CACHE_VARIABLE
from dna_protein_bca.variant.genomic import COLUMNS

CHROM = "gi|1|ref|NC_1.1|"
DNA = "N" * 40 + "".join(random.Random(9).choices("ACGT", k=960))
SECOND = "".join(random.Random(10).choices("ACGT", k=500))


def other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def row(pos: int, alt: str = "", ref: str = "", chrom: str = CHROM, info: str = ".") -> str:
    dna = DNA if chrom == CHROM else SECOND
    ref = ref or dna[pos - 1]
    return "\t".join((chrom, str(pos), f"v{pos}", ref, alt or other(ref), ".", "PASS", info))


ROWS = [
    row(500),
    row(300, ref=DNA[299:303], alt=f"{DNA[299]},{DNA[299]}TT{DNA[300:303]}", info="AC=1,2"),
    row(60, chrom="chr2"),
    row(40, ref="N" + DNA[40:42], alt="N"),
    row(700, alt="*"),
    row(701, alt="."),
    row(702, alt="<DEL>", info="END=720"),
    row(703, alt=f"{DNA[702]}[chr2:5["),
    row(704, ref=other(DNA[703]), alt=DNA[703]),
    row(1000, ref=f"{DNA[999]}ACG", alt=DNA[999]),
    row(450, ref=DNA[449:460], alt=DNA[449:460][::-1].translate(str.maketrans("ACGT", "TGCA"))),
]
STATUS = [
    *("ok", "ok", "ok", "ok", "contains_N", "overlapping_deletion", "missing"),
    *("symbolic", "symbolic", "ref_mismatch", "out_of_bounds", "ok"),
]
HEAD = [
    "##fileformat=VCFv4.2",
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="count">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="end">',
    f"##contig=<ID={CHROM}>",
    "##contig=<ID=chr2>",
    '##ALT=<ID=DEL,Description="deletion">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Path:
    folder = tmp_path_factory.mktemp("variants")
    text = (data_dir / "example_proteins.fa").read_text()
    chosen = [part for part in text.split(">") if part.startswith(("MAX", "LHX2"))]
    (folder / "p.fa").write_text("".join(f">{part}" for part in chosen))
    (folder / "g.fa").write_text(f">{CHROM} x\n{DNA}\n>chr2\n{SECOND}\n")
    (folder / "v.vcf").write_text("\n".join([*HEAD, *ROWS]) + "\n")
    return folder


@pytest.fixture
def variants(run: Callable, files: Path, tiny_weights: Path) -> Callable:
    """Run the command on the files, without what takes long."""

    def call(*arguments: object, genome: str = "g.fa", input: str | None = None) -> object:
        given = ("--proteins", files / "p.fa", "--genome", files / genome)
        model = ("--model", tiny_weights, "--device", "cpu", "--no-change-p")
        return run("variant", "dna", *given, *model, *arguments, input=input)

    return call


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), sep="\t")


@pytest.fixture
def expected(variants: Callable, files: Path) -> pd.DataFrame:
    done = variants("--vcf", files / "v.vcf")
    assert done.exit_code == 0, done.output
    return table(done.stdout)


@pytest.mark.parametrize("scoring", [(), ("--fast",)])
def test_nothing_need_be_kept(
    variants: Callable,
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scoring: tuple[str, ...],
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    protein = tmp_path / "one.fa"
    protein.write_text(">" + (files / "p.fa").read_text().split(">")[1])
    one = (f"{CHROM}:500:{DNA[499]}:{other(DNA[499])}", "--proteins", protein, "--change-p")
    one += scoring
    alone = variants(*one, "--no-cache")
    assert alone.exit_code == 0, alone.output
    assert not cache.exists()
    kept = variants(*one)
    assert any(cache.iterdir())
    assert kept.stdout == alone.stdout
    assert table(kept.stdout)["delta_p"].between(0, 1, inclusive="right").all()


def test_unsorted_variants_of_all_kinds(variants: Callable, files: Path) -> None:
    done = variants("--vcf", files / "v.vcf")
    found = table(done.stdout)
    assert tuple(found.columns) == COLUMNS
    assert found["status"].tolist()[::2] == STATUS
    assert found["protein_id"].tolist() == ["MAX", "LHX2"] * len(STATUS)
    assert found["chrom"].tolist()[:6] == [CHROM] * 6 and found["variant_id"][0] == "v500"
    scored = found["score_ref"].notna()
    assert scored.tolist() == found["status"].isin(["ok", "contains_N"]).tolist()
    last = done.stderr.splitlines()[-1]
    assert last.startswith("12 alleles: 5 ok, 1 contains_N, 1 ref_mismatch, 1 out_of_bounds,")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "tsv.gz"])
def test_formats(
    variants: Callable, files: Path, expected: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    done = variants("--vcf", files / "v.vcf", "-o", out)
    assert done.exit_code == 0, done.output
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "tsv.gz": pd.read_table}
    found = read[ending](out) if ending in read else pd.read_json(out, lines=True)
    assert tuple(found.columns) == COLUMNS and len(found) == len(expected)
    assert found["status"].tolist() == expected["status"].tolist()
    assert found["delta_score"].to_numpy() == pytest.approx(
        expected["delta_score"].to_numpy(), rel=1e-4, abs=1e-4, nan_ok=True
    )
    if ending == "parquet":
        noted = pq.read_schema(out).metadata
        assert noted[b"background"] == b"uniform" and noted[b"site-p"] == b"0.01"


def test_a_table_texts_and_standard_input_give_the_same(
    variants: Callable, files: Path, expected: pd.DataFrame, tmp_path: Path
) -> None:
    lines = [text.split("\t") for text in (ROWS[0], ROWS[2])]
    rows = "".join(f"{c},{p},{r},{a}\n" for c, p, _, r, a, *_ in lines)
    (tmp_path / "v.csv").write_text("chrom,pos,ref,alt\n" + rows)
    texts = [f"{c}:{p}:{r}:{a}" for c, p, _, r, a, *_ in lines]
    wanted = expected[expected["pos"].isin([500, 60])].drop(columns="variant_id")
    for arguments in (
        ("--vcf", tmp_path / "v.csv"),
        ("--variant", texts[0], "--variant", texts[1]),
        texts,
    ):
        found = table(variants(*arguments).stdout).drop(columns="variant_id")
        wanted = wanted.reset_index(drop=True).astype(found.dtypes)
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-3, atol=1e-4)
    piped = variants("--vcf", "-", input=(files / "v.vcf").read_text())
    pd.testing.assert_frame_equal(table(piped.stdout), expected, rtol=1e-3, atol=1e-4)


def test_names_with_and_without_chr(variants: Callable, caplog: pytest.LogCaptureFixture) -> None:
    short = f"2:60:{SECOND[59]}:{other(SECOND[59])}"
    done = variants(short)
    assert table(done.stdout)["status"].tolist() == ["chrom_not_found"] * 2
    assert "--chrom-aliases auto" in caplog.text and "1 chrom_not_found" in done.stderr
    done = variants(short, "--chrom-aliases", "auto")
    assert table(done.stdout)["status"].tolist() == ["ok"] * 2
    assert table(done.stdout)["chrom"].tolist() == [2] * 2


def test_another_assembly_is_hinted_at(
    variants: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [f"chr2:{n}:{other(SECOND[n - 1])}:{SECOND[n - 1]}" for n in range(50, 60)]
    done = variants(*texts)
    assert done.exit_code == 0 and "another assembly" in caplog.text
    assert table(done.stdout)["status"].unique().tolist() == ["ref_mismatch"]


def test_vcf_keeps_its_lines_and_adds_fields(
    variants: Callable, files: Path, expected: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "out.vcf"
    assert variants("--vcf", files / "v.vcf", "-o", out).exit_code == 0
    lines = out.read_text().splitlines()
    assert [line for line in lines if line in HEAD] == HEAD
    records = [line.split("\t") for line in lines if not line.startswith("#")]
    assert [record[:7] for record in records] == [text.split("\t")[:7] for text in ROWS]
    fields = [dict(part.partition("=")[::2] for part in record[7].split(";")) for record in records]
    assert fields[1]["AC"] == "1,2" and fields[1]["DPB_STATUS"] == "ok,ok"
    entries = [entry.split("|") for each in fields for entry in each["DPB"].split(",")]
    assert [entry[2] for entry in entries] == expected["status"].tolist()
    assert [float(entry[5] or "nan") for entry in entries] == pytest.approx(
        expected["delta_score"].tolist(), rel=1e-3, abs=1e-4, nan_ok=True
    )
    # Its own output, read again, has each field once.
    again = tmp_path / "again.vcf"
    assert variants("--vcf", out, "-o", again).exit_code == 0
    assert len(again.read_text()) == pytest.approx(len(out.read_text()), abs=200)
    assert again.read_text().count("##INFO=<ID=DPB,") == 1


TOOLS = pytest.mark.skipif(
    not all(map(shutil.which, ("bcftools", "bgzip", "tabix"))),
    reason="bcftools, bgzip or tabix is not installed",
)


def tool(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "[W::" not in done.stderr and "[E::" not in done.stderr, done.stderr
    return done.stdout


@TOOLS
def test_files_of_bcftools_in_and_out(
    variants: Callable, files: Path, tmp_path: Path, expected: pd.DataFrame
) -> None:
    packed = tmp_path / "sorted.vcf.gz"
    tool("bcftools", "sort", "-Oz", "-o", packed, files / "v.vcf")
    tool("tabix", "--csi", "-p", "vcf", packed)
    assert (tmp_path / "sorted.vcf.gz.csi").is_file()
    out = tmp_path / "out.vcf.gz"
    assert variants("--vcf", packed, "-o", out).exit_code == 0
    assert len(tool("bcftools", "view", "-H", out).splitlines()) == len(ROWS)
    tool("tabix", "-C", "-p", "vcf", out)
    # A record is found by its place, and by what was predicted of it.
    assert len(tool("bcftools", "view", "-H", out, "chr2:60-60").splitlines()) == 1
    kept = tool("bcftools", "query", "-i", 'DPB_STATUS="ok"', "-f", "%POS\\n", out).split()
    assert sorted(map(int, kept)) == [60, 300, 450, 500]
    split = tool("bcftools", "norm", "-m-", out)
    assert "DPB_STATUS=ok;" in split
    found = table(variants("--vcf", packed).stdout)
    columns = ["pos", "alt", "protein_id"]
    one, two = (
        each.sort_values(columns).reset_index(drop=True)[[*columns, "status", "score_alt"]]
        for each in (found, expected)
    )
    pd.testing.assert_frame_equal(one, two, rtol=1e-3, atol=1e-4)
    genome = tmp_path / "g.fa.gz"
    genome.write_bytes(subprocess.run(["bgzip", "-c", files / "g.fa"], capture_output=True).stdout)
    again = table(variants("--vcf", packed, genome=str(genome)).stdout)
    pd.testing.assert_frame_equal(again, found, rtol=1e-3, atol=1e-4)


@TOOLS
def test_a_vcf_of_a_table_is_one_that_bcftools_reads(variants: Callable, tmp_path: Path) -> None:
    out = tmp_path / "out.vcf"
    text = f"chr2:60:{SECOND[59]}:{other(SECOND[59])}"
    assert variants(text, "-o", out).exit_code == 0
    assert tool("bcftools", "query", "-f", "%CHROM %POS %DPB_STATUS", out) == "chr2 60 ok"


def test_no_records_and_samples(variants: Callable, files: Path, tmp_path: Path) -> None:
    (tmp_path / "none.vcf").write_text("\n".join(HEAD) + "\n")
    done = variants("--vcf", tmp_path / "none.vcf")
    assert done.exit_code == 0 and done.stdout.strip().split("\t") == list(COLUMNS)
    assert done.stderr.splitlines()[-1] == "0 alleles"
    head = [*HEAD[:-1], HEAD[-1] + "\tFORMAT\tS1"]
    (tmp_path / "one.vcf").write_text("\n".join([*head, ROWS[0] + "\tGT\t0/1"]) + "\n")
    out = tmp_path / "out.vcf"
    assert variants("--vcf", tmp_path / "one.vcf", "-o", out).exit_code == 0
    assert out.read_text().splitlines()[-1].endswith("\tGT\t0/1")


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("--vcf", "bad.vcf"), 1, "bad.vcf:9: position 'x'"),
        (("--vcf", "p.fa"), 1, "p.fa:1: this is neither a VCF file"),
        (("--vcf", "cut.vcf.gz"), 1, "the file is truncated"),
        (("--vcf", "absent.vcf"), 1, "no such file"),
        (("--vcf", "v.vcf", "-o", "out.xlsx"), 1, ".xlsx"),
        (("--vcf", "v.vcf", "-o", "out.bcf"), 1, "VCF is written as .vcf"),
        (("--vcf", "v.vcf", "-o", "absent/out.vcf"), 1, "no folder"),
        (("--vcf", "v.vcf", "-o", "v.vcf"), 1, "give another name"),
        (("chr2:5:A",), 1, "chr1:12345:A:G"),
        ((), 2, "give either --vcf, or variants"),
        (("--vcf", "v.vcf", "chr2:5:A:G"), 2, "give either --vcf, or variants"),
    ],
)
def test_what_is_wrong_is_one_line(
    variants: Callable,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    what: str,
) -> None:
    monkeypatch.chdir(files)
    Path("bad.vcf").write_text("\n".join([*HEAD, ROWS[0], "chr2\tx\t.\tA\tG\t.\t.\t."]) + "\n")
    whole = gzip.compress(Path("v.vcf").read_bytes(), mtime=0)
    Path("cut.vcf.gz").write_bytes(whole[: len(whole) // 2])
    before = {path.name for path in files.iterdir()} | {"g.fa.fai"}
    done = variants(*arguments)
    assert done.exit_code == code and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and what in done.stderr, done.stderr
    assert done.stderr.startswith("Error: ")
    assert {path.name for path in files.iterdir()} | {"g.fa.fai"} == before


def test_an_interrupt_leaves_no_file(files: Path, tiny_weights: Path, tmp_path: Path) -> None:
    lines = [row(n) for n in range(60, 900)] * 40
    (tmp_path / "many.vcf").write_text("\n".join([*HEAD, *lines]) + "\n")
    command = [sys.executable, "-m", "dna_protein_bca", "variant", "dna", "--device", "cpu"]
    command += ["--proteins", files / "p.fa", "--genome", files / "g.fa", "--no-change-p"]
    command += ["--vcf", tmp_path / "many.vcf", "-o", tmp_path / "out.vcf.gz"]
    process = subprocess.Popen(
        [str(part) for part in [*command, "--model", tiny_weights]], stderr=subprocess.PIPE
    )
    end = time.monotonic() + 120
    while len(list(tmp_path.iterdir())) == 1 and time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    assert process.returncode not in (0, None)
    assert [path.name for path in tmp_path.iterdir()] == ["many.vcf"]
