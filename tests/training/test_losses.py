"""Losses on motifs must fall where the prediction gets better; those of pairs are as defined."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.model.matching import LOG_BACKGROUND, MotifSet
from dna_protein_bca.training import losses as objective

WIDTH = 11


def site(letters: str, start: int = 2, sure: float = 0.91) -> Tensor:
    """Base probabilities [WIDTH, 4] of letters from a column on; uniform elsewhere."""
    motif = torch.full((WIDTH, 4), 0.25)
    for column, letter in enumerate(letters, start):
        motif[column] = (1 - sure) / 3
        motif[column, "ACGT".index(letter)] = sure
    return motif


def decoded(*motifs: Tensor) -> MotifSet:
    stacked = torch.stack(motifs)[None]
    zeros = torch.zeros(1, len(motifs))
    return MotifSet(stacked.log() - LOG_BACKGROUND, zeros, zeros + 1, zeros, zeros + 8, zeros)


def measured(letters: str) -> Tensor:
    """One measured motif, zero rows at the end as padding."""
    out = torch.zeros(1, WIDTH, 4)
    out[0, : len(letters)] = site(letters)[2 : 2 + len(letters)]
    return out


def loss(found: MotifSet, motif: Tensor, count: int = 1) -> float:
    return float(objective.decoding_loss(found, motif, count, uniform=0.0))


def test_decoding_prefers_the_right_bases() -> None:
    right, wrong = decoded(site("TGACGT")), decoded(site("CCCCCC"))
    flat = decoded(torch.full((WIDTH, 4), 0.25))
    motif = measured("TGACGT")
    assert loss(right, motif) < loss(flat, motif) < loss(wrong, motif)


def test_decoding_is_the_same_on_either_strand() -> None:
    found = decoded(site("GATTAC", 3))
    forward, backward = measured("GATTAC"), measured("GTAATC")
    assert loss(found, forward) == pytest.approx(loss(found, backward), abs=0.05)


def test_decoding_takes_the_best_of_several_motifs() -> None:
    motif = measured("TGACGT")
    alone = loss(decoded(site("CCCCCC")), motif)
    both = loss(decoded(site("CCCCCC"), site("TGACGT")), motif, count=2)
    assert both < alone - 0.5


def test_fingers_that_were_not_measured_do_not_count() -> None:
    logits = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    bases = logits.softmax(-1)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    full = objective.finger_loss(logits, bases, mask)
    changed = logits.clone()
    changed[1, 1:] += torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(1))
    assert torch.equal(objective.finger_loss(changed, bases, mask), full)
    bases[0, 0, 3] = torch.nan
    assert torch.isfinite(objective.finger_loss(logits, bases, mask))


def ranking(seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    target = torch.from_numpy(rng.normal(size=(3, 50))).float()
    return target, torch.ones(3, 50)


@pytest.mark.parametrize("name", ["listwise_loss", "correlation_loss"])
def test_the_truth_itself_ranks_best(name: str) -> None:
    target, weight = ranking()
    measure = getattr(objective, name)
    best = measure(target, target, weight)
    noisy = measure(target + torch.randn(3, 50), target, weight)
    turned = measure(-target, target, weight)
    assert (best < noisy).all() and (noisy < turned).all()


def test_correlation_knows_no_scale() -> None:
    target, weight = ranking()
    found = objective.correlation_loss(3 * target - 7, target, weight)
    torch.testing.assert_close(found, torch.zeros(3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["listwise_loss", "correlation_loss"])
def test_a_weight_of_two_is_the_same_as_twice(name: str) -> None:
    target, weight = ranking()
    weight[:, :10] = 2
    scores = torch.randn(2, 3, 50, generator=torch.Generator().manual_seed(2))
    measure = getattr(objective, name)

    def twice(x: Tensor) -> Tensor:
        return torch.cat([x, x[:, :10]], dim=1)

    one, other = (measure(score, target, weight) for score in scores)
    ones = torch.ones(3, 60)
    # The entropy of the truth aside, which no score changes.
    double, double_other = (measure(twice(score), twice(target), ones) for score in scores)
    torch.testing.assert_close(one - other, double - double_other)


def test_membership_forgets_the_level() -> None:
    target, weight = ranking()
    positive = (target > 1).float()
    one = objective.membership_loss(target, positive, weight)
    torch.testing.assert_close(objective.membership_loss(target + 5, positive, weight), one)
    assert (objective.membership_loss(-target, positive, weight) > one).all()


def test_relatives_are_no_contrast() -> None:
    score = torch.tensor([[2.0, 9.0, 0.0], [9.0, 2.0, 0.0], [0.0, 0.0, 2.0]])
    same = torch.eye(3, dtype=torch.bool)
    strict = objective.contrastive_loss(score, same)
    same[0, 1] = same[1, 0] = True
    assert objective.contrastive_loss(score, same) < 0.5 < strict


def test_label_loss_is_weighted_cross_entropy() -> None:
    score, label = torch.tensor([[2.0, -1.0, 9.0]]), torch.tensor([[1.0, 0.0, 0.0]])
    weight = torch.tensor([[1.0, 3.0, 0.0]])
    expected = F.softplus(torch.tensor(-2.0)) + 3 * F.softplus(torch.tensor(-1.0))
    assert objective.label_loss(score, label, weight).item() == pytest.approx(expected.item())


def test_label_rank_loss_compares_positives_with_negatives() -> None:
    score, label = torch.tensor([[2.0, 1.0, 0.0, 50.0]]), torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    weight = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    expected = (F.softplus(torch.tensor(-2.0)) + F.softplus(torch.tensor(-1.0))) / 2
    found = objective.label_rank_loss(score, label, weight)
    assert found.item() == pytest.approx(expected.item())
    assert objective.label_rank_loss(score, torch.ones(1, 4), weight).item() == 0


def test_affinity_losses_prefer_the_right_order() -> None:
    affinity = torch.tensor([[-1.0, 0.0, 1.0, 0.0]])
    weight = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    right, wrong = torch.tensor([[0.0, 1.0, 2.0, 7.0]]), torch.tensor([[2.0, 1.0, 0.0, -7.0]])
    assert objective.affinity_loss(right, affinity, weight).item() == pytest.approx(0, abs=1e-5)
    assert objective.affinity_loss(wrong, affinity, weight).item() == pytest.approx(2, abs=1e-5)
    order = objective.affinity_rank_loss
    assert order(right, affinity, weight) < order(0 * right, affinity, weight)
    assert order(0 * right, affinity, weight) < order(wrong, affinity, weight)


def test_a_run_too_short_to_correlate_has_no_loss_and_a_finite_gradient() -> None:
    score = torch.zeros(2, 3, requires_grad=True)
    weight = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    loss = objective.affinity_loss(score, torch.randn(2, 3), weight).sum()
    loss = loss + objective.affinity_rank_loss(score, torch.randn(2, 3), weight).sum()
    loss.backward()
    assert objective.affinity_loss(score, torch.randn(2, 3), weight).sum().item() == 0
    assert bool(torch.isfinite(score.grad).all())
