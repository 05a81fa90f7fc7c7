"""Pictures of attention maps say what is in the arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from dna_protein_bca.plots.attention import draw_attention


def maps(*shape: int) -> tuple[np.ndarray, np.ndarray]:
    values = np.random.default_rng(0).random((2, *shape))
    return values[0], values[1]


def test_both_directions_are_drawn_with_names_and_labels(tmp_path: Path) -> None:
    over_context, over_x = maps(3, 4, 5)
    figure = draw_attention(
        over_context, over_x, names=("DNA", "protein"), labels=(list("ACGT"), list("MKLRS"))
    )
    left, right = figure.axes[:2]
    for axes, expected in ((left, over_context), (right, over_x)):
        np.testing.assert_allclose(axes.images[0].get_array(), expected.mean(0))
        assert axes.get_ylabel() == "DNA" and axes.get_xlabel() == "protein"
        assert [tick.get_text() for tick in axes.get_yticklabels()] == list("ACGT")
        assert [tick.get_text() for tick in axes.get_xticklabels()] == list("MKLRS")
    assert left.get_title() == "read from protein by DNA"
    assert right.get_title() == "read from DNA by protein"
    figure.savefig(tmp_path / "maps.png", dpi=100)
    assert image.imread(tmp_path / "maps.png").shape[0] == 450


def test_spans_are_framed_on_their_side() -> None:
    figure = draw_attention(*maps(6, 8), marked=([(1, 3)], [(4, 8)]))
    lines = [segment for lines in figure.axes[0].collections for segment in lines.get_segments()]
    assert sorted(line[0][1] for line in lines if line[0][1] == line[1][1]) == [0.5, 2.5]
    assert sorted(line[0][0] for line in lines if line[0][0] == line[1][0]) == [3.5, 7.5]


def test_a_track_stands_below_with_the_spans_shaded() -> None:
    values = np.arange(6.0)
    figure = draw_attention(*maps(6, 8), marked=([(1, 3)], []), track=("score", values))
    axes = next(axes for axes in figure.axes if axes.get_title() == "score")
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), values)
    (shaded,) = axes.patches
    assert (shaded.get_x(), shaded.get_width()) == (0.5, 2.0)
    with pytest.raises(ValueError, match="x has 6 tokens but the track has"):
        draw_attention(*maps(6, 8), track=("score", np.arange(8.0)))


def test_too_many_labels_to_read_are_left_out() -> None:
    figure = draw_attention(*maps(100, 5), labels=(["x"] * 100, None))
    assert len(figure.axes[0].get_yticks()) < 100


@pytest.mark.parametrize(
    ("first", "second", "labels", "message"),
    [
        ((4, 5), (5, 4), (None, None), "one shape"),
        ((4,), (4,), (None, None), r"\[n, m\] or \[heads, n, m\], got \(4,\)"),
        ((4, 5), (4, 5), (["a"], None), "x has 4 tokens but 1 labels"),
    ],
)
def test_wrong_arrays_are_refused(first: tuple, second: tuple, labels: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_attention(np.ones(first), np.ones(second), labels=labels)
