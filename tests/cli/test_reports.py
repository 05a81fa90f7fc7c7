"""`--report` of predict and scan: one page, looked at in a browser."""

from __future__ import annotations

import random
from collections.abc import Callable
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.reports.predictions.best import MOST_ROWS

EVIL = "<script>alert(1)</script>"
RECORDS = 1020

WEIGHT = 2_000_000
"""Bytes of a page, at most."""


@pytest.fixture(scope="module")
def proteins(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A protein whose name would be a script, and one without a domain."""
    path = tmp_path_factory.mktemp("proteins") / "p.fa"
    records = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    path.write_text(f">{EVIL} x\n{records['MAX']}\n>plain\n{'GSAEWKLM' * 9}\n")
    return path


@pytest.fixture(scope="module")
def dna(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = random.Random(0)
    path = tmp_path_factory.mktemp("dna") / "d.fa"
    texts = (f">{n}<b>\n{''.join(rng.choices('ACGT', k=60))}\n" for n in range(RECORDS))
    path.write_text("".join(texts) + ">unknown\nNNNNNNNN\n")
    return path


@pytest.fixture
def predicted(
    proteins: Path, dna: Path, tiny_weights: Path, run: Callable[..., Any], tmp_path: Path
) -> Path:
    """The page on more rows than it shows."""
    given = ("--proteins", proteins, "--dna", dna, "--model", tiny_weights, "--device", "cpu")
    done = run("predict", *given, "--no-p-values", "--report", tmp_path / "report", "-q")
    assert done.exit_code == 0 and not done.output, done.output
    assert [path.name for path in (tmp_path / "report").iterdir()] == ["report.html"]
    return tmp_path / "report" / "report.html"


def test_the_page_says_how_much_it_shows(predicted: Path) -> None:
    page = predicted.read_text(encoding="utf-8")
    assert len(page.encode()) < WEIGHT
    # Rows without a score are no rows of the page, but of the table.
    assert f"{MOST_ROWS:,} of {2 * (RECORDS + 1):,} rows of the table are shown" in page
    assert escape(EVIL) in page and EVIL not in page
    assert "1 protein has no known DNA-binding domain and no score: plain" in page
    assert "1 DNA record is all N or shorter than 5 bp" in page


def test_the_page_in_a_browser(predicted: Path, tab: Callable[..., Any]) -> None:
    shown = tab(1200)
    page = shown.page
    page.goto(predicted.as_uri())
    pairs = page.locator("table.sortable").last
    rows = pairs.locator("tbody tr:not([hidden])")
    assert rows.count() == MOST_ROWS
    assert rows.first.locator("td").first.inner_text() == EVIL
    score = [head.inner_text().split()[0] for head in pairs.locator("th").all()].index("score")

    def scores() -> list[float]:
        cells = pairs.locator(f"tbody tr:not([hidden]) td:nth-child({score + 1})")
        return [float(text) for text in cells.all_inner_texts()]

    button = pairs.locator("th button").nth(score)
    button.click()
    assert scores() == sorted(scores())
    button.click()
    assert scores() == sorted(scores(), reverse=True)
    tools = page.locator(".tools").last
    name = rows.nth(7).locator("td").nth(1).inner_text()
    tools.locator("input").fill(name)
    found = pairs.locator("tbody tr:not([hidden]) td:nth-child(2)").all_inner_texts()
    assert name in found and all(name in text for text in found) and len(found) < 50
    assert tools.inner_text().startswith(f"{len(found)} of {MOST_ROWS}")
    # Ids are texts, and nothing of them runs; nothing is fetched but the page.
    assert shown.complaints == [] and shown.requests == [predicted.as_uri()]


def test_the_page_fits_a_phone(predicted: Path, tab: Callable[..., Any]) -> None:
    page = tab(360).page
    page.goto(predicted.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_rows_that_are_asked_for_are_those_of_the_page(
    proteins: Path, dna: Path, tiny_weights: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    given = ("--proteins", proteins, "--dna", dna, "--model", tiny_weights, "--device", "cpu")
    chosen = ("--no-p-values", "--top", 5, "-o", "-", "--report", tmp_path / "r", "-q")
    done = run("predict", *given, *chosen)
    table = pd.read_csv(StringIO(done.output), sep="\t")
    page = (tmp_path / "r" / "report.html").read_text()
    assert len(table) == 5 and "All 5 rows of the table" in page
    for name in table["dna_id"]:
        assert f'<td class="word">{escape(name)}</td>' in page
    assert page.count('<section class="card">') == 5


def test_a_scan_has_its_page(
    proteins: Path, tiny_weights: Path, run: Callable[..., Any], tmp_path: Path, tab: Any
) -> None:
    rng = random.Random(1)
    genome = tmp_path / "g.fa"
    bases = ["".join(rng.choices("ACGT", k=n)) for n in (3_000, 200)]
    genome.write_text(f">chr{EVIL}\n{bases[0]}\n>chr2\n{bases[1]}\n")
    given = ("--proteins", proteins, "--genome", genome, "--model", tiny_weights, "--max-p", 0.05)
    out = ("-o", tmp_path / "hits.tsv", "--report", tmp_path / "report")
    done = run("scan", *given, "--device", "cpu", *out)
    assert done.exit_code == 0, done.output
    hits = pd.read_csv(tmp_path / "hits.tsv", sep="\t")
    path = tmp_path / "report" / "report.html"
    page = path.read_text(encoding="utf-8")
    assert EVIL not in page and f"All {len(hits):,} sites" in page
    shown = tab()
    shown.page.goto(path.as_uri())
    rows = shown.page.locator("table.sortable").last.locator("tbody tr")
    assert rows.count() == len(hits) > 0
    best = hits.sort_values(["p_value", "score"], ascending=[True, False]).iloc[0]
    cells = rows.first.locator("td").all_inner_texts()
    assert cells[:3] == [best["chrom"], str(best["start"]), str(best["end"])]
    contig = bases[0] if best["chrom"] != "chr2" else bases[1]
    site = rows.first.locator("td b").inner_text()
    assert site == contig[best["start"] : best["end"]]
    assert shown.complaints == [] and shown.requests == [path.as_uri()]


def test_variants_have_their_page(
    proteins: Path, tiny_weights: Path, run: Callable[..., Any], tmp_path: Path, tab: Any
) -> None:
    rng = random.Random(2)
    bases = "".join(rng.choices("ACGT", k=900))
    (tmp_path / "g.fa").write_text(f">c{EVIL}\n{bases}\n")
    changes = {"A": "C", "C": "G", "G": "T", "T": "A"}
    rows = [(f"c{EVIL}", at + 1, bases[at], changes[bases[at]]) for at in range(300, 600, 7)]
    rows += [(f"c{EVIL}", 201, bases[200], bases[200] + "TT"), ("other", 5, "A", "C")]
    table = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    (tmp_path / "v.tsv").write_text("chrom\tpos\tref\talt\n" + table)
    given = ("--proteins", proteins, "--genome", tmp_path / "g.fa", "--vcf", tmp_path / "v.tsv")
    out = ("-o", tmp_path / "out.tsv", "--report", tmp_path / "report")
    how = ("--model", tiny_weights, "--device", "cpu", "--site-p", 0.9, "--no-change-p")
    done = run("variant", "dna", *given, *out, *how)
    assert done.exit_code == 0, done.output
    found = pd.read_csv(tmp_path / "out.tsv", sep="\t")
    scored = found[found["score_ref"].notna()]
    path = tmp_path / "report" / "report.html"
    page = path.read_text(encoding="utf-8")
    assert EVIL not in page and f"All {len(scored)} rows with a score" in page
    assert f"The table has {len(found)} rows" in page
    assert "<td>chrom_not_found</td><td>1</td>" in page
    shown = tab()
    shown.page.goto(path.as_uri())
    lines = shown.page.locator("table.sortable").last.locator("tbody tr")
    assert lines.count() == len(scored) > 40
    largest = scored.loc[scored["delta_score"].abs().idxmax()]
    first = lines.first.locator("td").first.inner_text()
    assert first == f"{largest['chrom']}:{largest['pos']} {largest['ref']}>{largest['alt']}"
    card = shown.page.locator(".card:has(svg)").first
    title = card.locator("h3").inner_text()
    ref, alt = (
        "".join(one.locator("text.base").all_text_contents()) for one in card.locator("svg").all()
    )
    assert ref in bases and ref != alt and title.endswith(f">{changes[title[-3]]}")
    assert shown.complaints == [] and shown.requests == [path.as_uri()]


def test_variants_are_drawn_under_other_names_of_their_chromosomes(
    proteins: Path, tiny_weights: Path, run: Callable[..., Any], tmp_path: Path, tab: Any
) -> None:
    bases = "".join(random.Random(3).choices("ACGT", k=400))
    (tmp_path / "g.fa").write_text(f">7\n{bases}\n")
    new = "ACGT"["CGTA".index(bases[199])]
    given = ("--proteins", proteins, "--genome", tmp_path / "g.fa", f"chr7:200:{bases[199]}:{new}")
    out = ("--chrom-aliases", "auto", "--report", tmp_path / "report")
    how = ("--model", tiny_weights, "--device", "cpu", "--site-p", 1.0, "--no-change-p")
    done = run("variant", "dna", *given, *out, *how)
    assert done.exit_code == 0, done.output
    shown = tab()
    shown.page.goto((tmp_path / "report" / "report.html").as_uri())
    card = shown.page.locator(".card").first
    ref, alt = (
        "".join(one.locator("text.base").all_text_contents()) for one in card.locator("svg").all()
    )
    assert ref in bases and ref != alt and "chr7:200" in card.locator("h3").inner_text()


def test_pages_on_changes_say_what_is_known_of_the_proteins(
    proteins: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    bases = "".join(random.Random(4).choices("ACGT", k=300))
    (tmp_path / "g.fa").write_text(f">7\n{bases}\n")
    new = "ACGT"["CGTA".index(bases[99])]
    of_dna = ("dna", "--genome", tmp_path / "g.fa", f"7:100:{bases[99]}:{new}", "--no-change-p")
    of_protein = ("protein", "--mutation", f"{EVIL}:R36W", "--mutation", "plain:S2A")
    for number, arguments in enumerate((of_dna, of_protein)):
        folder = tmp_path / str(number)
        how = ("--proteins", proteins, "--device", "cpu", "--report", folder)
        done = run("variant", *arguments, *how)
        assert done.exit_code == 0, done.output
        page = (folder / "report.html").read_text(encoding="utf-8")
        notes = page[page.index("What these numbers cannot say") :]
        assert "1 protein has no known DNA-binding domain and no score: plain" in notes
        assert "the same DNA-binding domain was measured" in notes
        assert "no measured protein is similar" in notes


def test_mutations_have_their_page(
    proteins: Path, run: Callable[..., Any], tmp_path: Path, tab: Any
) -> None:
    # Mutations are judged by measured proteins, which come with the bundled weights.
    given = ("--proteins", proteins, "--device", "cpu")
    out = ("-o", tmp_path / "out.tsv", "--report", tmp_path / "report")
    mutations = ("--mutation", f"{EVIL}:R36W", "--mutation", f"{EVIL}:E32K")
    done = run("variant", "protein", *given, *mutations, *out)
    assert done.exit_code == 0, done.output
    found = pd.read_csv(tmp_path / "out.tsv", sep="\t")
    path = tmp_path / "report" / "report.html"
    page = path.read_text(encoding="utf-8")
    assert EVIL not in page and "All 2 mutations" in page
    shown = tab()
    shown.page.goto(path.as_uri())
    proteins_of, mutations_of = shown.page.locator("table.sortable").all()
    cells = mutations_of.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert set(cells) == set(found["mutation"])
    assert proteins_of.locator("tbody tr .tag").all_inner_texts() == ["high"]
    names = shown.page.locator("svg rect title").all_text_contents()
    assert {name.split()[0] for name in names if len(name.split()) > 1} == {"R36W", "E32K"}
    assert shown.complaints == [] and shown.requests == [path.as_uri()]


@pytest.mark.parametrize("command", ["predict", "scan"])
def test_a_folder_that_cannot_be_is_refused_before_anything(
    command: str,
    proteins: Path,
    dna: Path,
    tiny_weights: Path,
    run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("mine")
    given = ("--proteins", proteins, "--dna" if command == "predict" else "--genome", dna)
    for folder, words in (("file", "is a file"), ("a/b", "the folder above it is not there")):
        done = run(command, *given, "--model", tiny_weights, "--report", tmp_path / folder)
        assert done.exit_code == 1 and words in done.output and done.output.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"
