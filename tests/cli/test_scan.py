"""`scan` as it is used: a genome in, sites out."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.resources import CACHE_VARIABLE
from dna_protein_bca.scan import COLUMNS

P = "3e-2"


@pytest.fixture(scope="module")
def genome(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Contigs of real DNA: of odd and even length, longer and shorter than a window."""
    bases = "".join(
        record.sequence for record in read_fasta(data_dir / "retraining" / "dna.fa.gz", "dna")
    )
    contigs = {
        "chr2": bases[:4001],
        "chr10": bases[4001:6001].lower(),
        "short": bases[6001:6121],
        "iupac": bases[6121:7000].replace("A", "R", 9) + "N" * 900,
        "n": "N" * 80,
    }
    lines = []
    for name, text in contigs.items():
        lines += [f">{name} x", *(text[at : at + 60] for at in range(0, len(text), 60))]
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def two_proteins(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proteins") / "two.fa"
    records = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    path.write_text("".join(f">{name}\n{records[name]}\n" for name in ("MAX", "LHX2")))
    return path


@pytest.fixture
def inputs(two_proteins: Path, tiny_weights: Path, genome: Path) -> list[object]:
    return [
        *("--proteins", two_proteins),
        *("--genome", genome),
        *("--model", tiny_weights),
        *("--device", "cpu"),
        *("--max-p", P),
    ]


@pytest.fixture(scope="module")
def expected(two_proteins: Path, tiny_weights: Path, genome: Path) -> pd.DataFrame:
    """What a script gets."""
    predictor = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    found = pd.concat(predictor.scan(two_proteins, genome, max_p=float(P)))
    return found.reset_index(drop=True)


def read_bed(text: str, *more: str) -> pd.DataFrame:
    """BED by its names, its comments left out."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return pd.read_csv(StringIO("".join(lines)), sep="\t", names=[*COLUMNS, *more])


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert len(found) == len(expected) > 20
    for column in ("chrom", "start", "end", "protein_id", "strand"):
        assert found[column].tolist() == expected[column].tolist()
    np.testing.assert_allclose(found["score"], expected["score"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["p_value"], expected["p_value"], rtol=1e-4)
    np.testing.assert_allclose(found["bed_score"], expected["bed_score"], atol=1)


def test_bed_on_stdout_in_the_order_of_the_genome(
    run: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    done = run("scan", *inputs)
    assert done.exit_code == 0, done.output
    head = [line for line in done.stdout.splitlines() if line.startswith("#")]
    assert "# background: uniform" in head and "# max-p: 0.03" in head
    assert head[-1] == "# " + " ".join(COLUMNS)
    found = read_bed(done.stdout)
    same(found, expected)
    assert list(dict.fromkeys(found["chrom"])) == ["chr2", "chr10", "short", "iupac"]
    keys = [
        (["chr2", "chr10", "short", "iupac"].index(c), start, ["MAX", "LHX2"].index(p), strand)
        for c, start, p, strand in zip(
            found["chrom"], found["start"], found["protein_id"], found["strand"], strict=True
        )
    ]
    assert keys == sorted(keys)
    assert (found["p_value"] <= float(P)).all() and (found["start"] < found["end"]).all()
    wanted = (-100 * np.log10(found["p_value"])).clip(upper=1000).round()
    assert (found["bed_score"] - wanted).abs().max() <= 1
    assert not found.duplicated(["chrom", "start", "end", "protein_id"]).any()


def test_the_best_site_is_that_of_predict(
    run: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    arguments = [*inputs[:2], "--dna", *inputs[3:8]]
    table = pd.read_csv(StringIO(run("predict", *arguments).stdout), sep="\t")
    table = table[table["dna_id"].isin(expected["chrom"])]
    assert len(table) == 8
    for row in table.itertuples():
        mine = expected[(expected.chrom == row.dna_id) & (expected.protein_id == row.protein_id)]
        if mine.empty:
            continue
        best = mine.loc[mine.score >= mine.score.max() - 1e-4, ["start", "end", "strand"]]
        assert (row.start, row.end, row.strand) in set(best.itertuples(index=False, name=None))


def test_formats(
    run: Callable, inputs: list[object], expected: pd.DataFrame, tmp_path: Path
) -> None:
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        "bed": lambda path: read_bed(path.read_text()),
        "bed.gz": lambda path: read_bed(gzip.decompress(path.read_bytes()).decode()),
        "tsv": lambda path: pd.read_csv(path, sep="\t"),
        "csv": pd.read_csv,
        "parquet": pd.read_parquet,
        "jsonl": lambda path: pd.DataFrame(json.loads(line) for line in path.open()),
    }
    for ending, reader in readers.items():
        path = tmp_path / f"hits.{ending}"
        assert run("scan", *inputs, "-o", path).exit_code == 0
        found = reader(path)
        assert list(found.columns) == list(COLUMNS)
        same(found, expected)
    noted = pq.read_schema(tmp_path / "hits.parquet").metadata
    assert noted[b"background"] == b"uniform" and noted[b"max-p"] == b"0.03"


@pytest.mark.parametrize("form", ["gzip", "bzip2", "one line", "windows", "stdin"])
def test_any_form_of_the_genome(
    form: str,
    run: Callable,
    inputs: list[object],
    expected: pd.DataFrame,
    genome: Path,
    tmp_path: Path,
) -> None:
    plain = genome.read_bytes()
    path = inputs[3] = tmp_path / "other.fa"
    given = None
    if form == "gzip":
        path.write_bytes(gzip.compress(plain, mtime=0))
    elif form == "bzip2":
        path.write_bytes(bz2.compress(plain))
    elif form == "windows":
        path.write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    elif form == "stdin":
        inputs[3], given = "-", plain
    else:
        records = read_fasta(genome, "dna")
        path.write_text("".join(f">{one.id}\n{one.sequence}\n" for one in records))
    done = run("scan", *inputs, input=given)
    assert done.exit_code == 0, done.output
    same(read_bed(done.stdout), expected)


def test_regions_report_what_lies_within_them_once(
    run: Callable, inputs: list[object], expected: pd.DataFrame, tmp_path: Path
) -> None:
    bed = tmp_path / "r.bed"
    bed.write_text("10\t0\t700\n2\t1000\t2500\n2\t2000\t3000\n2\t1000\t2500\n")
    done = run("scan", *inputs, "--bed", bed, "--chrom-aliases", "auto")
    assert done.exit_code == 0, done.output
    inside = ((expected.chrom == "chr2") & (expected.start >= 1000) & (expected.end <= 3000)) | (
        (expected.chrom == "chr10") & (expected.end <= 700)
    )
    same(read_bed(done.stdout), expected[inside])


def test_around_the_summits_of_peaks(
    run: Callable, inputs: list[object], expected: pd.DataFrame, tmp_path: Path
) -> None:
    peaks = tmp_path / "p.narrowPeak"
    peaks.write_text("chr2\t100\t2900\tx\t0\t.\t1\t1\t1\t1900\n")
    done = run("scan", *inputs, "--bed", peaks, "--around", 900)
    inside = (expected.chrom == "chr2") & (expected.start >= 1100) & (expected.end <= 2901)
    same(read_bed(done.stdout), expected[inside])


def test_no_overlaps_leaves_the_best(
    run: Callable, inputs: list[object], expected: pd.DataFrame
) -> None:
    found = read_bed(run("scan", *inputs, "--no-overlaps").stdout)
    assert 0 < len(found) < len(expected)
    for (chrom, protein), mine in found.groupby(["chrom", "protein_id"]):
        assert (mine["start"].to_numpy()[1:] >= mine["end"].to_numpy()[:-1]).all()
        theirs = expected[(expected.chrom == chrom) & (expected.protein_id == protein)]
        assert mine["score"].max() == pytest.approx(theirs["score"].max(), abs=1e-4)


def test_q_values(run: Callable, inputs: list[object], expected: pd.DataFrame) -> None:
    found = read_bed(run("scan", *inputs, "--q").stdout, "q_value")
    same(found, expected)
    # All contigs but the one of N, and what lies deep in the run of N.
    tests = 4001 + 2000 + 120 + 879
    for _, mine in found.groupby("protein_id"):
        ordered = mine.sort_values("p_value")
        assert (np.diff(ordered["q_value"]) >= -1e-9).all()
        last = ordered.iloc[-1]
        assert last["q_value"] >= min(1, last["p_value"] * tests / len(ordered)) / 1.4
        assert (mine["q_value"] >= mine["p_value"]).all() and (mine["q_value"] <= 1).all()


def test_tracks(
    run: Callable, inputs: list[object], expected: pd.DataFrame, tmp_path: Path
) -> None:
    import pybigtools

    out = tmp_path / "t"
    out.mkdir()
    assert run("scan", *inputs, "-o", out / "x.bed", "--track", out / "x.bw").exit_code == 0
    assert sorted(one.name for one in out.iterdir()) == ["x.LHX2.bw", "x.MAX.bw", "x.bed"]
    track = pybigtools.open(str(out / "x.MAX.bw"))
    values = track.values("chr2", 0, 4001, fillna=None)
    assert not np.isnan(values).any()
    mine = expected[(expected.chrom == "chr2") & (expected.protein_id == "MAX")]
    assert values.max() == pytest.approx(-np.log10(mine["p_value"].min()), abs=1e-3)
    # Where two positions have one site, there are more positions than sites.
    assert (values >= -np.log10(float(P)) - 1e-3).sum() >= len(mine)


def test_fast_scores_are_marked_and_need_no_cache(
    run: Callable, inputs: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    alone, kept = tmp_path / "alone.parquet", tmp_path / "kept.parquet"
    assert run("scan", *inputs, "--fast", "--no-cache", "-o", alone).exit_code == 0
    assert not cache.exists()
    assert run("scan", *inputs, "--fast", "-o", kept).exit_code == 0
    assert len(list((cache / "kmer-tables").iterdir())) == 2
    assert kept.read_bytes() == alone.read_bytes()
    about = pq.read_metadata(kept)
    assert about.num_rows > 20
    assert about.metadata[b"scores"].startswith(b"fast: of the motifs alone")


def test_what_has_no_sites_is_named(
    shell: Callable,
    inputs: list[object],
    expected: pd.DataFrame,
    data_dir: Path,
    tmp_path: Path,
) -> None:
    known = Path(str(inputs[1])).read_text()
    inputs[1] = tmp_path / "p.fa"
    inputs[1].write_text(known + (data_dir / "non_binders.fa").read_text())
    done = shell("scan", *inputs)
    same(read_bed(done.stdout.decode()), expected)
    assert done.stderr.decode().splitlines() == [
        "Warning: 10 proteins have no known DNA-binding domain, and no sites: ubiquitin, insulin, "
        "lysozyme and 7 more",
        "Warning: 1 contig is all N or shorter than 5 bp, and has no sites: n",
    ]
    assert shell("scan", *inputs, "-q").stderr == b""


def test_nothing_found_is_a_file_without_rows(
    run: Callable, inputs: list[object], tmp_path: Path
) -> None:
    inputs[-1] = "1e-300"
    for ending in ("bed", "tsv", "parquet"):
        assert run("scan", *inputs, "-o", tmp_path / f"x.{ending}").exit_code == 0
    assert all(line.startswith("#") for line in (tmp_path / "x.bed").read_text().splitlines())
    assert pd.read_csv(tmp_path / "x.tsv", sep="\t").columns.tolist() == list(COLUMNS)
    assert len(pd.read_parquet(tmp_path / "x.parquet")) == 0


def test_from_python(inputs: list[object], expected: pd.DataFrame, genome: Path) -> None:
    predictor = BindingPredictor.from_pretrained(str(inputs[5]), "cpu")
    contigs = {record.id: record.sequence for record in read_fasta(genome, "dna")}
    seen: list[int] = []
    proteins = predictor.encode(str(inputs[1]))
    found = pd.concat(predictor.scan(proteins, contigs, max_p=float(P), progress=seen.append))
    same(found, expected)
    assert sum(seen) == sum(map(len, contigs.values()))
    some = pd.concat(predictor.scan(proteins, contigs, [("chr2", 10, 900)], max_p=float(P)))
    assert set(some["chrom"]) == {"chr2"} and some["end"].max() <= 900
    with pytest.raises(InputError, match="around is for regions"):
        next(predictor.scan(proteins, contigs, around=50))


def test_a_fragment_is_named(
    inputs: list[object], data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a domain can score well; the measured proteins tell that it is one."""
    predictor = BindingPredictor.from_pretrained(str(inputs[5]), "cpu")
    predictor.measured = MeasuredProteins.read(locate() / RELATIVES)
    records = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    proteins = {"whole": records["MAX"], "cut": records["TP53"][:200]}
    assert len([*predictor.scan(proteins, {"a": "ACGTTGCAAG" * 10})]) == 1
    assert [line for line in caplog.messages if "fragment" in line] == [
        "1 protein may be a fragment, with less than 0.8 of the domain that measured proteins "
        "have: cut (P53, 0.52; typical 0.97)"
    ]
