"""The page on mutations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from dna_protein_bca.reports.mutants import MutantReport
from dna_protein_bca.reports.mutants.report import MOST_ROWS, heat_maps

ORDER = "ARND"
EVIL = "<script>alert(1)</script>"


class Stretch(NamedTuple):
    name: str
    residues: str
    first: int
    contacts: np.ndarray
    values: dict[str, np.ndarray]


def domain(length: int = 3) -> Stretch:
    values = np.arange(4.0 * length).reshape(4, length)
    values[3, 0] = np.nan
    residues = ("RAD" * length)[:length]
    return Stretch("HLH 9-11", residues, 9, np.arange(length) == 1, {"loss": values})


def test_a_cell_is_as_dark_as_its_value() -> None:
    (found,) = heat_maps({EVIL: [domain()]}, ORDER)
    root = ElementTree.fromstring(found.pictures[0])
    cells = {}
    for rect in root.iter("rect"):
        title = rect.findtext("title")
        if title:
            cells[title.split()[0]] = rect.attrib["fill"]
    # Of four rows and three residues, the residue itself is no substitution.
    assert len(cells) == 4 * 3 - 3 and "R9R" not in cells and "R9N" in cells
    assert cells["R9D"] == "#e6e9ed"
    red = {name: int(fill[3:5], 16) for name, fill in cells.items() if name != "R9D"}
    assert red["D11N"] < red["D11R"] < red["D11A"]
    (triangle,) = root.iter("path")
    letters = {t.text: t.attrib["fill"] for t in root.iter("text") if "fill" in t.attrib}
    assert triangle.attrib["fill"] == letters["A"] != letters["R"]
    assert [t.text for t in root.iter("text")].count("10") == 1


def test_below_zero_is_blue_and_above_red() -> None:
    values = np.array([[-2.0, np.nan], [0.0, 1.0], [2.0, 0.5], [-1.0, -3.0]])
    signed = Stretch("HLH", "RR", 1, np.zeros(2, bool), {"fall": values})
    root = ElementTree.fromstring(heat_maps({"p": [signed]}, ORDER)[0].pictures[0])
    fills = {
        title.split()[1]: [int(rect.attrib["fill"][at : at + 2], 16) for at in (1, 3, 5)]
        for rect in root.iter("rect")
        if (title := rect.findtext("title")) and " " in title
    }
    warmth = {float(value): red - blue for value, (red, _, blue) in fills.items()}
    assert [warmth[value] for value in sorted(warmth)] == sorted(warmth.values())
    assert warmth[-3.0] < 0 < warmth[2.0]
    key = [text.text for text in root.iter("text")][-2:]
    assert key == ["-3", "3"]


def test_many_proteins_are_not_all_drawn() -> None:
    stretches = {f"p{n}": [domain(500)] for n in range(9)}
    assert [found.protein for found in heat_maps(stretches, ORDER)] == ["p0", "p1", "p2"]
    assert len(heat_maps({"long": [domain(5000)]}, ORDER)) == 1


def test_the_page_has_the_largest_losses(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    loss = rng.permutation(1500) / 10
    table = pd.DataFrame(
        {
            "protein_id": EVIL,
            "mutation": [f"R{n}W" for n in range(1500)],
            "contact": rng.random(1500) < 0.5,
            "loss": loss,
            "specificity_change": 0.5,
            "seen_in": None,
        }
    )
    table.loc[7, "loss"] = np.nan
    report = MutantReport(["the loss is <weak>"], {"proteins": EVIL})
    for first in range(0, 1500, 400):
        report.add(table.iloc[first : first + 400])
    report.write(tmp_path / "r", {EVIL: [domain()]}, ORDER)
    page = (tmp_path / "r" / "report.html").read_text()
    assert f"{MOST_ROWS:,} of 1,500 mutations are shown" in page and "&lt;weak&gt;" in page
    assert EVIL not in page and len(page) < 2_000_000
    body = page[page.index("<h2>Mutations") :]
    shown = re.findall(r"<td>(R\d+W)</td>", body)
    best = table.sort_values("loss", ascending=False)["mutation"].head(MOST_ROWS)
    assert shown == best.tolist() and body.count("<td>yes</td>") > 300
