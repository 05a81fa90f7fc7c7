"""The page as a visitor sees it, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

EVIL = "<img/src=x/onerror=alert(1)>"
DNA = "ACGTTGCA" * 6 + "CACGTGAC" + "TTAGGCAC" * 6


def fill_in(page: Any, address: str, max_protein: str) -> None:
    page.goto(address)
    page.fill("textarea[name=proteins]", f">{EVIL}\n{max_protein}")
    page.fill("textarea[name=dna]", f">d\n{DNA}")
    page.fill("input[name=max_p]", "0.01")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Best sites", timeout=60_000)


@pytest.mark.parametrize("width", [360, 1200])
def test_type_click_read_and_download(
    address: str, max_protein: str, tab: Callable[..., Any], tmp_path: Path, width: int
) -> None:
    shown = tab(width)
    page = shown.page
    fill_in(page, address, max_protein)
    assert page.locator(".card h3").inner_text().startswith(f"{EVIL} on d")
    drawn = page.locator(".card svg").first.locator("text.base").all_text_contents()
    with page.expect_download() as waiting:
        page.click("text=predictions.tsv")
    waiting.value.save_as(tmp_path / "p.tsv")
    (row,) = pd.read_csv(tmp_path / "p.tsv", sep="\t").to_dict("records")
    site = DNA[row["start"] : row["end"]]
    assert row["protein_id"] == EVIL and site in "".join(drawn)
    pairs = page.locator("h2:has-text('Pairs') ~ .wide table").first
    assert pairs.locator("td b").inner_text() == site
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.complaints == []
    assert all(request.startswith(f"{address}/") for request in shown.requests)


def draw_map(page: Any) -> None:
    page.select_option("select[name=dna]", label="d")
    page.click("text=Draw a map of mutations")
    page.wait_for_selector("h2:has-text('Substitutions')", timeout=60_000)


@pytest.mark.usefixtures("few_substitutions")
@pytest.mark.parametrize("width", [360, 1200])
def test_a_map_of_mutations_is_looked_at_and_downloaded(
    address: str, max_protein: str, tab: Callable[..., Any], tmp_path: Path, width: int
) -> None:
    shown = tab(width)
    page = shown.page
    fill_in(page, address, max_protein)
    draw_map(page)
    with page.expect_download() as waiting:
        page.click("text=mutations.tsv")
    waiting.value.save_as(tmp_path / "m.tsv")
    table = pd.read_csv(tmp_path / "m.tsv", sep="\t").set_index("mutation")
    map_of_loss = page.locator(".wide > svg").first
    titles = [text.split() for text in map_of_loss.locator("rect title").all_text_contents()]
    cells = {title[0]: float(title[1]) for title in titles if len(title) == 2}
    assert cells == pytest.approx(table["loss"].to_dict(), abs=0.006)
    contacts = {int(name[1:-1]) for name in table.index[table["contact"] == "yes"]}
    assert map_of_loss.locator("path").count() == len(contacts) > 0
    # On a phone the picture scrolls in its own box, and can be read there to its end.
    box = map_of_loss.locator("..")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth") == (width < 600)
    box.evaluate("box => { box.scrollLeft = box.scrollWidth }")
    last = map_of_loss.locator("text.base").last.bounding_box()
    assert last["x"] + last["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.complaints == []
    assert all(request.startswith(f"{address}/") for request in shown.requests)


@pytest.mark.usefixtures("few_substitutions")
def test_the_page_works_without_scripts(address: str, max_protein: str, browser: Any) -> None:
    page = browser.new_page(java_script_enabled=False)
    fill_in(page, address, max_protein)
    assert page.locator(".card svg").count() == 2
    assert page.locator("table.sortable th button").count() == 0
    draw_map(page)
    assert page.locator(".wide > svg").count() == 3
    page.close()


def test_a_file_is_sent_in_place_of_a_text(
    address: str, max_protein: str, tab: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "p.fa").write_text(f">sent\n{max_protein}\n")
    page = tab().page
    page.goto(address)
    page.set_input_files("input[name=proteins_file]", tmp_path / "p.fa")
    page.fill("textarea[name=dna]", DNA)
    page.click("button[type=submit]")
    page.wait_for_selector("text=Best sites", timeout=60_000)
    assert page.locator(".card h3").inner_text().startswith("sent on dna")


def test_an_error_keeps_what_was_typed(address: str, tab: Callable[..., Any]) -> None:
    page = tab().page
    page.goto(address)
    page.fill("textarea[name=proteins]", ">p\nM!")
    page.fill("textarea[name=dna]", "ACGTACGT")
    page.click("button[type=submit]")
    assert "pasted proteins:2:" in page.locator(".error").inner_text()
    assert page.input_value("textarea[name=dna]") == "ACGTACGT"
