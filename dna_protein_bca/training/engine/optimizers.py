"""Which optimizer moves which parameter."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from .muon import Muon

ParameterGroups = list[dict[str, Any]]

HIDDEN = 32
"""Matrices with fewer rows or columns are read-outs, and no hidden layer's."""


def make_optimizers(
    model: nn.Module,
    groups: ParameterGroups | None,
    rate: float,
    muon: float,
    decay: float,
) -> list[Optimizer]:
    """AdamW, and before it Muon for hidden layers' matrices where `muon` is not 0.

    Muon (Jordan et al. 2024) makes a matrix's update orthogonal: all its
    directions learn at one pace. On measured motifs it takes a fraction of AdamW's steps.

    Args:
        groups: parameters with a `scale` each, a factor of the learning rate, for AdamW alone;
            None for all of the model's at 1.
        rate, muon: learning rates of AdamW and of Muon.
        decay: weight decay.
    """
    everything = groups or [{"params": list(model.parameters())}]
    if not muon:
        return [torch.optim.AdamW(everything, lr=rate, weight_decay=decay)]
    matrices = hidden_matrices(model)
    chosen = {id(matrix) for matrix in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    hidden = [{"params": matrices, "scale": muon / rate}]
    return [
        Muon(hidden, lr=muon, weight_decay=decay),
        torch.optim.AdamW(others, lr=rate, weight_decay=decay),
    ]


def hidden_matrices(model: nn.Module) -> list[nn.Parameter]:
    """Weights of linear layers and of torch's attention, without embeddings and read-outs."""
    found = []
    for module in model.modules():
        for name in ("weight", "in_proj_weight"):
            linear = isinstance(module, nn.Linear | nn.MultiheadAttention)
            matrix = getattr(module, name, None) if linear else None
            if isinstance(matrix, nn.Parameter) and min(matrix.shape) >= HIDDEN:
                found.append(matrix)
    return found
