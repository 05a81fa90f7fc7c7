"""What the examples share: options, a baseline, a training loop, saving, and a picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer

try:
    from matplotlib.figure import Figure
except ModuleNotFoundError:
    sys.exit(
        "Error: the examples draw with matplotlib, which is not installed: "
        "pip install 'dna-protein-bca[examples]', or '.[examples]' in a clone"
    )

from dna_protein_bca.plots.attention import draw_attention

DATA = Path(__file__).resolve().parent / "data"
KINDS = ("bidirectional", "one-directional")
ROTARY_BASE = 100.0
"""The longest wavelength of rotary positions is 2 pi times this, in tokens."""


def options(about: str | None, steps: int) -> argparse.Namespace:
    """Command line of an example: where to draw and to save, and how long to train."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--output", default="attention.png", help="picture of what was found")
    parser.add_argument("--weights", default="weights.pt", help="where the weights are saved")
    parser.add_argument("--steps", type=int, default=steps, help="of training, of either model")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


class OneDirectional(nn.Module):
    """The baseline: the first side reads the second, which reads nothing.

    Layers of cross-attention with feed-forwards on both sides, as the bidirectional transformer
    has them, and as large: the feed-forwards are wider by what half of the projections spare.
    """

    def __init__(self, *, dim: int, context_dim: int, depth: int, heads: int, dim_head: int):
        super().__init__()
        inner = heads * dim_head
        spared = (dim + context_dim) * inner
        factor = 4 + spared / (2 * (dim**2 + context_dim**2))
        bidirectional = BidirectionalCrossAttentionTransformer(
            dim=dim, context_dim=context_dim, depth=depth, ff_expansion_factor=factor
        )
        for layer in bidirectional.layers:
            layer[0] = CrossAttention(dim, context_dim, heads, dim_head)
        self.layers = bidirectional.layers

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        positions: Tensor | None = None,
        context_positions: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        for attend, refine, context_refine in self.layers:
            x = x + attend(x, context, context_mask, positions, context_positions)
            x, context = x + refine(x), context + context_refine(context)
        return x, context


class CrossAttention(nn.Module):
    """What x reads from context."""

    def __init__(self, dim: int, context_dim: int, heads: int, dim_head: int) -> None:
        super().__init__()
        inner = heads * dim_head
        self.heads = heads
        self.norm, self.context_norm = nn.RMSNorm(dim), nn.RMSNorm(context_dim)
        self.to_q = nn.Linear(dim, inner, bias=False)
        self.to_k = nn.Linear(context_dim, inner, bias=False)
        self.to_v = nn.Linear(context_dim, inner, bias=False)
        self.to_out = nn.Linear(inner, dim)

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        context_mask: Tensor | None,
        positions: Tensor | None,
        context_positions: Tensor | None,
    ) -> Tensor:
        x, context = self.norm(x), self.context_norm(context)
        q, k, v = (
            side.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for side in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        if positions is not None and context_positions is not None:
            q, k = turned(q, positions), turned(k, context_positions)
        keep = None if context_mask is None else context_mask[:, None, None]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=keep)
        return self.to_out(out.transpose(1, 2).flatten(2))


def turned(side: Tensor, positions: Tensor) -> Tensor:
    """[b, h, n, d], turned by positions [n] or [b, n] as `rotary=True` does it."""
    steps = torch.arange(0, side.shape[-1], 2) / side.shape[-1]
    angles = positions[..., None].float() * ROTARY_BASE**-steps
    angles = angles if angles.ndim == 2 else angles[:, None]
    first, second = side.chunk(2, -1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)


def joint(kind: str, rotary: bool = False, **sizes: int) -> nn.Module:
    """A transformer over both sides, of either kind, with the same number of parameters.

    With `rotary` both sides' tokens know how far apart they are, by positions given to the call.
    """
    if kind == "one-directional":
        return OneDirectional(**sizes)
    return BidirectionalCrossAttentionTransformer(
        **sizes, rotary=rotary, context_rotary=rotary, rotary_base=ROTARY_BASE
    )


def train(
    model: nn.Module, loss_of_new_batch: Callable[[], Tensor], steps: int, rate: float = 2e-3
) -> None:
    """AdamW with one warm and falling cycle of the learning rate."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(steps):
        loss = loss_of_new_batch()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()


def compare(
    make: Callable[[str], nn.Module],
    loss: Callable[[nn.Module], Tensor],
    judge: Callable[[nn.Module], dict[str, float]],
    given: argparse.Namespace,
    simple: tuple[str, dict[str, float]],
) -> nn.Module:
    """Train both kinds on the same batches, print what they reach, and save the bidirectional.

    Args:
        make: a model of a kind.
        loss: of a model on a new batch of the training data.
        judge: a name and a number for each question, on held-out data.
        given: the command line.
        simple: what answers without any model are called, and what they reach in each question.

    Returns:
        The bidirectional model, as it is read back from the file.
    """
    found, models = {}, {}
    for kind in KINDS:
        torch.manual_seed(given.seed)
        models[kind] = make(kind)
        train(models[kind], lambda model=models[kind]: loss(model), given.steps)
        torch.manual_seed(given.seed)
        found[kind] = judge(models[kind])
    sizes = [sum(p.numel() for p in models[kind].parameters()) for kind in KINDS]
    print(f"parameters: {sizes[0]:,} bidirectional, {sizes[1]:,} one-directional")
    for question, value in found["bidirectional"].items():
        other = found["one-directional"][question]
        print(
            f"{question}: {value:.3f} bidirectional, {other:.3f} one-directional, "
            f"{simple[1][question]:.3f} {simple[0]}"
        )
    fresh = reload(models["bidirectional"], make("bidirectional"), given.weights)
    torch.manual_seed(given.seed)
    if judge(fresh) != found["bidirectional"]:
        raise RuntimeError(f"{given.weights} does not give back what was saved")
    print(f"saved to {given.weights} and read back: the same answers")
    return fresh


def reload(model: nn.Module, fresh: nn.Module, path: str) -> nn.Module:
    """Save the weights, and read them into a model that has never been trained."""
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(torch.load(path, weights_only=True))
    return fresh.eval()


def draw(path: str, over_context: Tensor, over_x: Tensor, **how: Any) -> None:
    """Both attentions of one example, [heads, n, m], as `draw_attention` draws them."""
    maps = (side.detach().numpy() for side in (over_context, over_x))
    draw_attention(*maps, **how).savefig(path, dpi=120)


def curves(
    path: str, lines: Sequence[tuple[str, Sequence[tuple[str, Tensor, dict[str, Any]]]]]
) -> None:
    """Several named curves in each of some panels, one above the other."""
    figure = Figure(figsize=(10, 2.6 * len(lines)), layout="constrained")
    panels = figure.subplots(len(lines), 1, squeeze=False)[:, 0]
    for axes, (title, drawn) in zip(panels, lines, strict=True):
        for name, values, style in drawn:
            axes.plot(values.detach().numpy(), label=name, **style)
        axes.set_title(title)
        axes.legend(fontsize=7)
    figure.savefig(path, dpi=120)
