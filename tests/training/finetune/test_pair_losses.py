"""Losses of labelled pairs against their definitions."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from dna_protein_bca.training.finetune import pair_losses


def test_label_loss_is_weighted_cross_entropy() -> None:
    score, label = torch.tensor([[2.0, -1.0, 9.0]]), torch.tensor([[1.0, 0.0, 0.0]])
    weight = torch.tensor([[1.0, 3.0, 0.0]])
    expected = F.softplus(torch.tensor(-2.0)) + 3 * F.softplus(torch.tensor(-1.0))
    assert pair_losses.label_loss(score, label, weight).item() == pytest.approx(expected.item())


def test_label_rank_loss_compares_positives_with_negatives() -> None:
    score, label = torch.tensor([[2.0, 1.0, 0.0, 50.0]]), torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    weight = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    expected = (F.softplus(torch.tensor(-2.0)) + F.softplus(torch.tensor(-1.0))) / 2
    found = pair_losses.label_rank_loss(score, label, weight)
    assert found.item() == pytest.approx(expected.item())
    assert pair_losses.label_rank_loss(score, torch.ones(1, 4), weight).item() == 0


def test_affinity_losses_prefer_the_right_order() -> None:
    affinity = torch.tensor([[-1.0, 0.0, 1.0, 0.0]])
    weight = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    right, wrong = torch.tensor([[0.0, 1.0, 2.0, 7.0]]), torch.tensor([[2.0, 1.0, 0.0, -7.0]])
    assert pair_losses.affinity_loss(right, affinity, weight).item() == pytest.approx(0, abs=1e-5)
    assert pair_losses.affinity_loss(wrong, affinity, weight).item() == pytest.approx(2, abs=1e-5)
    order = pair_losses.affinity_rank_loss
    assert order(right, affinity, weight) < order(0 * right, affinity, weight)
    assert order(0 * right, affinity, weight) < order(wrong, affinity, weight)


def test_a_run_too_short_to_correlate_has_no_loss_and_a_finite_gradient() -> None:
    score = torch.zeros(2, 3, requires_grad=True)
    weight = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    loss = pair_losses.affinity_loss(score, torch.randn(2, 3), weight).sum()
    loss = loss + pair_losses.affinity_rank_loss(score, torch.randn(2, 3), weight).sum()
    loss.backward()
    assert pair_losses.affinity_loss(score, torch.randn(2, 3), weight).sum().item() == 0
    assert bool(torch.isfinite(score.grad).all())
