"""Layers that several parts of the model use."""

from __future__ import annotations

from torch import nn


def self_attention(dim: int, heads: int, depth: int) -> nn.TransformerEncoder:
    """Pre-norm self-attention layers, torch's own, with a feed-forward of twice the width."""
    layer = nn.TransformerEncoderLayer(
        dim, heads, 2 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
