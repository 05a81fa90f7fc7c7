"""Layers that several parts share."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

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
