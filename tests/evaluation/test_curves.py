"""Which methods have curves, and of what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dna_protein_bca.evaluation.curves import curves_of


def test_curves_are_of_the_pairs_that_a_method_scored() -> None:
    table = pd.DataFrame(
        {
            "label": [1, 0, 1, 0, np.nan],
            "score": [4.0, 3, 2, 1, 9],
            "probability": [0.9, 0.8, 0.3, 0.1, 0.9],
            "nn": [2.0, 1, np.nan, np.nan, 9],
            "relatives20": [1.0, np.nan, 1, np.nan, 9],
            "shuffled": [1.0, 2, 3, 4, 5],
        }
    )
    curves = curves_of(table)
    # Controls have no curve, and neither has a method that scored one class alone.
    assert [curve.method for curve in curves.roc] == ["model", "nn"]
    assert [curve.method for curve in curves.precision_recall] == ["model", "nn"]
    assert curves.roc[1].y.tolist()[-1] == 1 and len(curves.calibration[0].x) == 4
    assert not curves.affinity


def test_affinities_stand_beside_their_scores() -> None:
    table = pd.DataFrame({"affinity": [1.0, np.nan, 3.0], "score": [0.5, 0.1, 0.2]})
    curves = curves_of(table)
    (points,) = curves.affinity
    assert points.x.tolist() == [0.2, 0.5] and points.y.tolist() == [3.0, 1.0]
    assert not curves.roc and not curves.calibration


def test_scores_without_probabilities_have_no_calibration() -> None:
    table = pd.DataFrame({"label": [1, 0], "score": [1.0, 0.0], "probability": np.nan})
    curves = curves_of(table)
    assert curves.roc and not curves.calibration
