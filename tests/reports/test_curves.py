"""Charts of an evaluation."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from dna_protein_bca.reports.curves import Curve, Curves, curve_charts

POINTS = np.array([0.0, 0.5, 1.0])


def test_there_is_a_chart_for_each_kind_of_curve() -> None:
    assert curve_charts(Curves()) == []
    model, other = Curve("model", POINTS, POINTS**2), Curve("nn", POINTS, POINTS)
    roc, precision, calibration, affinity = map(
        ElementTree.fromstring,
        curve_charts(Curves([model, other], [model, other], [model], [model])),
    )
    # The line of guessing is dashed, and has no name.
    assert len(roc.findall("polyline")) == 3 and len(precision.findall("polyline")) == 2
    assert [text.text for text in roc.findall("text[@class='legend']")] == ["model", "nn"]
    assert len(calibration.findall("circle")) == 3
    assert len(affinity.findall("circle")) == 3 and not affinity.findall("polyline")
