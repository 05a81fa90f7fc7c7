"""The shell of a page, and what its templates do with a text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from dna_protein_bca.reports.page import Cell, PageTable, render, write_page

VALUES = {
    "title": "Run <1> & rest",
    "number": 2,
    "together": "both",
    "how": "<script>alert(1)</script>",
    "results": PageTable(["a", "b<c"], [["<i>1</i>", Cell("2", "1 to 3 <x>")]]),
    "metrics_file": "m",
    "predictions_file": "p",
}


class Seen(HTMLParser):
    """The elements of a page, and the texts that a reader sees in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found.append((self._open[-1], data))

    def texts(self, tag: str) -> list[str]:
        return [text for name, text in self.found if name == tag]


def test_every_text_is_escaped() -> None:
    page = render("trainings.html", **VALUES)
    seen = Seen(page)
    assert seen.texts("h1") == seen.texts("title") == ["Run <1> & rest"]
    assert seen.texts("th") == ["a", "b<c"]
    assert seen.texts("td")[:2] == ["<i>1</i>", "2"] and seen.texts("small") == ["1 to 3 <x>"]
    assert page.count("<script>") == 1 and "alert" not in "".join(seen.texts("script"))


def test_a_page_needs_nothing_beside_it_and_says_so(tmp_path: Path) -> None:
    write_page(tmp_path / "report.html", "trainings.html", **VALUES)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page == render("trainings.html", **VALUES)
    assert len(list(tmp_path.iterdir())) == 1
    assert not re.search(r"https?://|\ssrc=|<link|@import|url\(", page)
    # Only the page's own script and style run: a browser compares them with these checksums.
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', page)
    assert "default-src &#39;none&#39;" in policy
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy.replace("&#43;", "+")


def test_a_value_that_is_not_given_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        write_page(tmp_path / "report.html", "trainings.html", title="x")
    assert not list(tmp_path.iterdir())
