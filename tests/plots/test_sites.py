"""Pictures of scores along a sequence say what is in the arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.plots.sites import BELOW, COLOURS, Panel, draw_sites


def panel(title: str, seed: int, length: int = 60) -> Panel:
    score = np.random.default_rng(seed).normal(-5, 2, length)
    score[30] = 4.0
    return Panel(title, score, [(26, 35, "+", "1e-05"), (40, 44, "-", "")], 1.0)


def test_a_panel_for_each_protein(tmp_path: Path) -> None:
    figure = draw_sites([panel("MAX", 0), panel("TP53", 1)], "promoter", start=100)
    first, second = figure.axes
    for axes, seed, title in ((first, 0, "MAX"), (second, 1, "TP53")):
        line, threshold = axes.lines
        np.testing.assert_array_equal(line.get_xdata(), np.arange(100, 160))
        np.testing.assert_allclose(line.get_ydata(), panel(title, seed).score.clip(1 - BELOW))
        assert set(threshold.get_ydata()) == {1.0}
        assert axes.get_title(loc="left") == title
        spans = [(patch.get_x(), patch.get_width()) for patch in axes.patches]
        assert spans == [(25.5, 9.0), (39.5, 4.0)]
        assert [text.get_text().strip() for text in axes.texts] == ["+ 1e-05", "-"]
        assert [text.get_color() for text in axes.texts] == [COLOURS["+"], COLOURS["-"]]
    assert second.get_xlabel() == "position in promoter (bp)"
    figure.savefig(tmp_path / "x.svg")


def test_a_threshold_above_all_scores_is_shown() -> None:
    (axes,) = draw_sites([panel("MAX", 0)._replace(threshold=20.0, sites=[])], "x").axes
    low, high = axes.get_ylim()
    assert low < 20 < high


def test_panels_must_have_the_same_positions() -> None:
    for panels in ([], [panel("MAX", 0), panel("TP53", 1, 61)]):
        with pytest.raises(ValueError, match="as many positions each"):
            draw_sites(panels, "x")
