"""Muon in float32 against torch's own, and its update against the singular vectors."""

from __future__ import annotations

import torch

from dna_protein_bca.training.engine.muon import Muon, orthogonal

SHAPES = ((64, 32), (32, 64), (40, 40), (40, 40))


def test_orthogonal_keeps_the_singular_vectors() -> None:
    matrices = torch.randn(3, 48, 32, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    found = left.mT @ orthogonal(matrices) @ right.mT
    diagonal = found.diagonal(dim1=1, dim2=2)
    assert (found - torch.diag_embed(diagonal)).abs().max() < 1e-4
    assert diagonal.min() > 0.6 and diagonal.max() < 1.3


def test_agrees_with_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
    torchs = [torch.nn.Parameter(matrix.detach().clone()) for matrix in ours]
    optimizers = [
        Muon(ours, lr=0.02, weight_decay=0.1),
        torch.optim.Muon(torchs, lr=0.02, weight_decay=0.1),
    ]
    before = [matrix.detach().clone() for matrix in ours]
    for _ in range(10):
        for one, other in zip(ours, torchs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for start, one, other in zip(before, ours, torchs, strict=True):
        # torch iterates in bfloat16, of eight bits.
        assert (one - other).norm() < 0.01 * (one - start).norm()


def test_a_matrix_without_gradient_stays() -> None:
    moved, left = (torch.nn.Parameter(torch.ones(32, 32)) for _ in range(2))
    moved.grad = torch.eye(32)
    Muon([moved, left]).step()
    assert not torch.equal(moved, torch.ones(32, 32))
    assert torch.equal(left, torch.ones(32, 32))
