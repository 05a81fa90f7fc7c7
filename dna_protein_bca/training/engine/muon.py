"""Muon: momentum whose update of a matrix is made orthogonal (Jordan et al. 2024)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration, chosen for the steepest slope at zero (Jordan et al. 2024)."""


class Muon(Optimizer):
    """`torch.optim.Muon`'s update, in float32 and for all matrices of one shape at once.

    torch's own iterates in bfloat16, matrix by matrix: on CPUs without bfloat16 units that takes
    many times as long as the rest of a training step (`benchmarks/training.py --part muon`).
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 0.02,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        iterations: int = 5,
    ) -> None:
        """Take the matrices, and how fast they learn.

        Args:
            params: matrices, or groups of them.
            lr: learning rate; for a matrix of more rows than columns times the square root of their
                ratio.
            weight_decay: share of a matrix, times the learning rate, that is taken off each step.
            momentum: of the gradient's moving average (Nesterov's form).
            iterations: Newton-Schulz steps that make an update orthogonal.
        """
        super().__init__(
            params,
            {
                "lr": lr,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "iterations": iterations,
            },
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move every matrix that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            updates: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    update = self._momentum(matrix, matrix.grad, group["momentum"])
                    updates[matrix.shape].append((matrix, update))
            for (rows, columns), pairs in updates.items():
                stacked = torch.stack([update for _, update in pairs])
                step_size = group["lr"] * max(1.0, rows / columns) ** 0.5
                for (matrix, _), update in zip(
                    pairs, orthogonal(stacked, group["iterations"]), strict=True
                ):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-step_size)
        return loss

    def _momentum(self, matrix: Tensor, gradient: Tensor, momentum: float) -> Tensor:
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(matrix)
        average_gradient = state["momentum_buffer"]
        average_gradient.lerp_(gradient, 1 - momentum)
        return gradient.lerp(average_gradient, momentum)


def orthogonal(matrices: Tensor, iterations: int = 5) -> Tensor:
    """Nearly orthogonal matrices with the singular vectors of these, by Newton and Schulz.

    Args:
        matrices: float [k, rows, columns].

    Returns:
        float [k, rows, columns], singular values between about 0.7 and 1.2 after five iterations.
    """
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.mT if tall else x
