"""Layers that several parts of the model use."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STEP = 1 << 14
"""Numbers in a multiple of which a CPU computes GELU."""


def self_attention(dim: int, heads: int, depth: int) -> nn.TransformerEncoder:
    """Pre-norm self-attention layers, torch's own, with a feed-forward of twice the width."""
    # By a name that torch does not know: by its own one it takes another path where no gradients
    # are, whose softmax of masked attention is slower on a CPU than all else of the layer.
    layer = nn.TransformerEncoderLayer(
        dim, heads, 2 * dim, dropout=0.0, activation=gelu, batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)


def gelu(x: Tensor) -> Tensor:
    """GELU, in time and memory that stay the same for ever new shapes.

    On a CPU, oneDNN compiles a kernel for each new shape, in about a millisecond, and keeps the
    last 1,024: a scan of 50 Mbp came to hold 250 MB more than one of 5 Mbp. Here there is one for
    each multiple of `STEP` numbers, of which a batch has few hundreds at most.
    """
    if torch.is_grad_enabled() or x.device.type != "cpu":
        return F.gelu(x)
    count = x.numel()
    return F.gelu(F.pad(x.flatten(), (0, -count % STEP)))[:count].view(x.shape)


class GELU(nn.Module):
    """`gelu` as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        return gelu(x)
