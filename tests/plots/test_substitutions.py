"""Heat maps of substitutions are drawn from arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.plots.substitutions import (
    MOST_COLUMNS,
    ORDER,
    Stretch,
    draw_substitutions,
    save_figure,
)

pytest.importorskip("matplotlib")


def stretch(length: int) -> Stretch:
    rng = np.random.default_rng(0)
    letters = "".join(rng.choice(list(ORDER), length))
    contacts = np.zeros(length, bool)
    contacts[3] = True
    values = {name: rng.random((len(ORDER), length)) for name in ("loss", "change")}
    return Stretch("Homeodomain", letters, 101, [*range(2, length + 2)], contacts, values)


def test_every_value_is_drawn_and_contacts_are_marked() -> None:
    one = stretch(12)
    figure = draw_substitutions("X", [one])
    loss, change, *_ = figure.axes
    np.testing.assert_array_equal(loss.images[0].get_array(), one.values["loss"])
    np.testing.assert_array_equal(change.images[0].get_array(), one.values["change"])
    labels = [label.get_text() for label in loss.get_xticklabels()]
    assert labels[3] == f"{one.residues[3]}\n\u25b2\n5"
    assert [label.get_color() for label in loss.get_xticklabels()].count("red") == 1
    assert labels[9] == f"{one.residues[9]}\n110"


def test_long_domains_take_several_panels() -> None:
    figure = draw_substitutions("X", [stretch(2 * MOST_COLUMNS + 1)])
    widths = [axes.images[0].get_array().shape[1] for axes in figure.axes if axes.get_title("left")]
    assert widths == [MOST_COLUMNS, MOST_COLUMNS, MOST_COLUMNS, MOST_COLUMNS, 1, 1]


@pytest.mark.parametrize("name", ["a.svg", "a.png"])
def test_the_same_figure_gives_the_same_file(tmp_path: Path, name: str) -> None:
    contents = []
    for folder in ("one", "two"):
        path = tmp_path / folder / name
        path.parent.mkdir()
        save_figure(draw_substitutions("X", [stretch(5)]), path)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
