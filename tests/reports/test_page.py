"""The shell of a page."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from dna_protein_bca.reports.page import definitions, html_table, page, write_page


def test_a_page_is_whole_and_needs_nothing_beside_it(tmp_path: Path) -> None:
    parts = [definitions({"pairs": "<b>3</b>"}), html_table(["a", "b<c"], [["1", "2"]])]
    text = page("Run & rest", parts)
    root = ElementTree.fromstring(text.partition("\n")[2].replace('<meta charset="utf-8">', ""))
    assert root.findtext("body/h1") == root.findtext("head/title") == "Run & rest"
    assert root.findtext("body/dl/dd/b") == "3"
    assert [cell.text for cell in root.iter("th")] == ["a", "b<c"]
    assert "http" not in text and "src=" not in text
    write_page(tmp_path / "report.html", "Run & rest", parts)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == text
    assert len(list(tmp_path.iterdir())) == 1
