"""Layers that several parts share."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from dna_protein_bca.model.encoders import layers
from dna_protein_bca.model.encoders.layers import STEP, gelu


@pytest.mark.parametrize("shape", [(3,), (2, 5, 7), (STEP,), (STEP + 1,), (0, 4)])
def test_gelu_is_torchs_with_and_without_gradients(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(gelu(x), F.gelu(x))
        # Memory in another order, as that of a transposed tensor.
        torch.testing.assert_close(
            gelu(x.mT if x.ndim > 1 else x), F.gelu(x.mT if x.ndim > 1 else x)
        )
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    gelu(ours).sum().backward()
    F.gelu(theirs).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_shapes_of_like_size_share_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []

    def computed(x: torch.Tensor) -> torch.Tensor:
        shapes.append(x.shape)
        return F.relu(x)

    monkeypatch.setattr(layers.F, "gelu", computed)
    with torch.no_grad():
        for shape in ((62, 20, 128), (61, 20, 128), (5, 7), (STEP,)):
            gelu(torch.ones(shape))
    assert shapes == [(10 * STEP,), (10 * STEP,), (STEP,), (STEP,)]
