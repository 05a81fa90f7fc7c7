"""Charts of an evaluation: ROC, precision and recall, calibration, affinity by score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.plots.charts import Line, chart

UNIT = (0.0, 1.0)

_DIAGONAL = Line("", np.array(UNIT), np.array(UNIT), dashed=True)


class Curve(NamedTuple):
    """A method's points, float [n] each."""

    method: str
    x: np.ndarray
    y: np.ndarray


class Curves(NamedTuple):
    """What the charts of an evaluation show; a chart without curves is left out.

    Attributes:
        roc: false and true positive rate.
        precision_recall: recall and precision.
        calibration: mean probability and share of positives of each bin.
        affinity: score and measured affinity.
    """

    roc: Sequence[Curve] = ()
    precision_recall: Sequence[Curve] = ()
    calibration: Sequence[Curve] = ()
    affinity: Sequence[Curve] = ()


def curve_charts(curves: Curves) -> list[str]:
    """An SVG element for each kind of curve that there is."""
    charts = []
    if curves.roc:
        lines = [*_lines(curves.roc), _DIAGONAL]
        charts.append(_square("ROC, all pairs", "false positive rate", "true positive rate", lines))
    if curves.precision_recall:
        title = "Precision and recall, all pairs"
        charts.append(_square(title, "recall", "precision", _lines(curves.precision_recall)))
    if curves.calibration:
        lines = [*(line._replace(marked=True) for line in _lines(curves.calibration)), _DIAGONAL]
        charts.append(_square("Calibration", "mean probability", "share of positives", lines))
    if curves.affinity:
        points = [
            line._replace(name="", marked=True, drawn=False) for line in _lines(curves.affinity)
        ]
        charts.append(chart("Affinity by score", "score", "measured", points))
    return charts


def _lines(curves: Sequence[Curve]) -> list[Line]:
    return [Line(curve.method, curve.x, curve.y) for curve in curves]


def _square(title: str, x_label: str, y_label: str, lines: Sequence[Line]) -> str:
    return chart(title, x_label, y_label, lines, x_range=UNIT, y_range=UNIT)
