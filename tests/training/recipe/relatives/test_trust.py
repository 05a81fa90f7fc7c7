"""How much relatives count is chosen by what tells the 8-mers of unknown proteins best."""

from __future__ import annotations

import pytest
import torch

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.training.recipe.relatives.trust import (
    MIDDLE,
    Trust,
    TrustConfig,
    TrustSearch,
    set_trust,
    trust_of,
)


class Known(TrustSearch):
    """A search whose best choice is known."""

    def __init__(self, wanted: Trust) -> None:
        self.wanted, self.tried = wanted, set[Trust]()

    def measure(self, choice: Trust) -> dict[str, float]:
        self.tried.add(choice)
        far = abs(choice.relatives - self.wanted.relatives) / 40
        far += abs(choice.sharpness - self.wanted.sharpness) / 4
        for one, other in zip(choice.trust, self.wanted.trust, strict=True):
            far += abs(one[0] + MIDDLE * one[1] - other[0] - MIDDLE * other[1])
        return {"auroc": -far, "spearman": 0.0}


def test_the_search_finds_the_best_of_the_candidates() -> None:
    config = TrustConfig()
    wanted = Trust(20, 16.0, ((-1.0 + 5 * MIDDLE, -5.0), (2.0 + 22 * MIDDLE, -22.0)))
    search = Known(wanted)
    assert search.best(config, report=lambda _: None) == wanted
    assert len(search.tried) < 40


def test_a_choice_without_an_equal_stays() -> None:
    start = TrustConfig().start
    assert Known(start).best(TrustConfig(), report=lambda _: None) == start


def test_a_choice_is_written_into_a_model(tiny: dict) -> None:
    model = BindingModel(BindingConfig.from_dict({"profile_lengths": (5,), **tiny}))
    set_trust(model, Trust(20, 9.0, ((1.0, -2.0), (3.0, -4.0))))
    assert model.sharpness.item() == pytest.approx(9.0)
    assert trust_of(model) == Trust(
        model.config.matching.relatives, 9.0, ((1.0, -2.0), (3.0, -4.0))
    )
    torch.testing.assert_close(model.trust.data, torch.tensor([[1.0, -2.0], [3.0, -4.0]]))
