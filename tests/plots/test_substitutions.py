"""Heat maps of substitutions are drawn from arrays."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg

from dna_protein_bca.plots.saving import save_figure
from dna_protein_bca.plots.substitutions import (
    MOST_COLUMNS,
    ORDER,
    Stretch,
    draw_substitutions,
)


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


def test_nearly_nothing_is_not_drawn_as_much() -> None:
    little = stretch(9)._replace(values={"change": np.full((len(ORDER), 9), 2e-6)})
    (image,) = draw_substitutions("X", [little]).axes[0].images
    assert image.norm(2e-6) < 1e-3


def test_names_of_the_shortest_stretches_do_not_meet() -> None:
    figure = draw_substitutions("X", [stretch(4).part(n, n + 1) for n in range(4)])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 4
    assert all(one.x1 < two.x0 for one, two in pairwise(boxes))


@pytest.mark.parametrize(
    "title", ["sp|P61244|MAX_HUMAN on chr1:1000-1128 " * 3, "x" * 200, "a$b_{c$"]
)
def test_long_titles_stay_inside(title: str) -> None:
    figure = draw_substitutions(title, [stretch(8)])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (drawn,) = (text for text in figure.texts)
    box = drawn.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
    assert drawn.get_text().replace("\n", "").replace(" ", "") == title.replace(" ", "")


def test_short_domains_share_a_panel_and_zero_is_white() -> None:
    few = [stretch(23), stretch(23), stretch(23)]
    few[0].values["loss"][2, 3] = -1.5
    few[1].values["loss"][4, 5] = np.nan
    figure = draw_substitutions("X", few, diverging=True)
    panels = [axes for axes in figure.axes if axes.get_title("left") == "loss"]
    assert [len(axes.images) for axes in panels] == [2, 1]
    assert [text.get_text() for text in panels[0].texts] == ["Homeodomain"] * 2
    first, second = panels[0].images
    assert first.get_extent()[:2] == [-0.5, 22.5] and second.get_extent()[:2] == [23.5, 46.5]
    assert first.get_clim() == (-1.5, 1.5)
    assert first.cmap(0.5)[:3] == pytest.approx((1, 1, 1), abs=0.05)
    assert second.cmap(np.nan)[:3] == pytest.approx((0.85,) * 3)


@pytest.mark.parametrize("name", ["a.svg", "a.pdf", "a.png"])
def test_the_same_figure_gives_the_same_file(tmp_path: Path, name: str) -> None:
    contents = []
    for folder in ("one", "two"):
        path = tmp_path / folder / name
        path.parent.mkdir()
        save_figure(draw_substitutions("X", [stretch(5)]), [path])
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
