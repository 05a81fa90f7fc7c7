"""What the examples share: options, a training loop, and a picture of the attention."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

try:
    from matplotlib.figure import Figure
except ModuleNotFoundError:
    sys.exit(
        "Error: the examples draw with matplotlib, which is not installed: "
        "pip install 'dna-protein-bca[examples]', or '.[examples]' in a clone"
    )


def options(about: str | None, steps: int) -> argparse.Namespace:
    """Command line of an example: where to draw, and how long to train."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--output", default="attention.png", help="picture of the attention maps")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    return given


def train(model: nn.Module, loss_of_new_batch: Callable[[], Tensor], steps: int) -> None:
    """AdamW with one warm and falling cycle of the learning rate."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        loss = loss_of_new_batch()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()


def draw(
    path: str,
    over_context: Tensor,
    over_x: Tensor,
    names: tuple[str, str],
    ticks: tuple[Sequence[str] | None, Sequence[str] | None] = (None, None),
) -> None:
    """Both attentions of one example, [heads, n, m], as their mean over heads, side by side."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axes = figure.subplots(1, 2)
    titles = (f"{names[0]} reads {names[1]}", f"{names[1]} reads {names[0]}")
    for axis, attention, title in zip(axes, (over_context, over_x), titles, strict=True):
        image = axis.imshow(attention.detach().mean(0), aspect="auto", cmap="magma")
        axis.set(title=title, ylabel=names[0], xlabel=names[1])
        if ticks[0] is not None:
            axis.set_yticks(range(len(ticks[0])), ticks[0])
        if ticks[1] is not None:
            axis.set_xticks(range(len(ticks[1])), ticks[1])
        figure.colorbar(image, ax=axis)
    figure.savefig(path, dpi=120)
