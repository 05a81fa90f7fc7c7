"""Which optimizer moves which parameter."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from .muon import Muon

ParameterGroups = list[dict[str, Any]]

HIDDEN = 32
"""Matrices with fewer rows or columns read something out, and are not of hidden layers."""


def make_optimizers(
    model: nn.Module,
    groups: ParameterGroups | None,
    learning_rate: float,
    muon: float,
    weight_decay: float,
) -> list[Optimizer]:
    """AdamW, and before it Muon for hidden layers' matrices where `muon` is not 0.

    Muon (Jordan et al. 2024) makes the update of a matrix orthogonal, so that all of its
    directions learn at one pace. On measured motifs it takes a fraction of AdamW's steps.

    Args:
        groups: parameters with a `scale` each, a factor of the learning rate, for AdamW alone;
            None for all of the model's at 1.
        learning_rate: of AdamW.
        muon: learning rate of Muon.
        weight_decay: of both.
    """
    if not muon:
        everything = groups or [{"params": list(model.parameters())}]
        return [torch.optim.AdamW(everything, lr=learning_rate, weight_decay=weight_decay)]
    matrices = hidden_matrices(model)
    moved_by_muon = {id(matrix) for matrix in matrices}
    others = [p for p in model.parameters() if id(p) not in moved_by_muon]
    hidden = [{"params": matrices, "scale": muon / learning_rate}]
    return [
        Muon(hidden, lr=muon, weight_decay=weight_decay),
        torch.optim.AdamW(others, lr=learning_rate, weight_decay=weight_decay),
    ]


def hidden_matrices(model: nn.Module) -> list[nn.Parameter]:
    """Weights of linear layers and of torch's attention, without embeddings and read-outs."""
    matrices = []
    for module in model.modules():
        for name in ("weight", "in_proj_weight"):
            linear = isinstance(module, nn.Linear | nn.MultiheadAttention)
            matrix = getattr(module, name, None) if linear else None
            if isinstance(matrix, nn.Parameter) and min(matrix.shape) >= HIDDEN:
                matrices.append(matrix)
    return matrices
