"""Layers that several parts of the model use."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


def self_attention(dim: int, heads: int, depth: int) -> nn.TransformerEncoder:
    """Pre-norm self-attention layers, torch's own, with a feed-forward of twice the width."""
    layer = nn.TransformerEncoderLayer(
        dim, heads, 2 * dim, dropout=0.0, activation=_gelu, batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)


def _gelu(x: Tensor) -> Tensor:
    """GELU, by a name that torch does not know.

    By its own one it takes another path where no gradients are, whose softmax of masked attention
    is slower on a CPU than all else of the layer.
    """
    return F.gelu(x)
