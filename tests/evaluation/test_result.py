"""What an evaluation writes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dna_protein_bca.evaluation.result import without_nan


def test_numbers_without_a_form_in_json_become_null() -> None:
    values = {"a": [np.float64("nan"), 1.5, np.inf], "b": {"c": None, "d": True, "e": "x", "f": 3}}
    plain = without_nan(values)
    assert plain == {"a": [None, 1.5, None], "b": {"c": None, "d": True, "e": "x", "f": 3}}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    with pytest.raises(TypeError, match="ndarray"):
        without_nan({"a": np.zeros(2)})
