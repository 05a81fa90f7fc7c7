"""What `time_series.py` and `video_audio.py` share: gaps in two series that run side by side."""

from __future__ import annotations

from typing import NamedTuple

import torch
from shared import joint
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 48


class Side(NamedTuple):
    """Windows of one series.

    Attributes:
        values: float [b, n, channels]; hidden: bool [b, n], True in the gap.
    """

    values: Tensor
    hidden: Tensor


def windows(series: Tensor, starts: Tensor, length: int, gap: int) -> Side:
    """Windows of a series [t, channels], each with one gap at a random place, not at its ends."""
    values = series[starts[:, None] + torch.arange(length)]
    first = torch.randint(gap // 2, length - gap - gap // 2 + 1, (len(starts), 1))
    places = torch.arange(length)
    return Side(values, (places >= first) & (places < first + gap))


def straight(side: Side) -> Tensor:
    """The gaps filled by straight lines: what can be said without the other side."""
    filled = side.values.clone()
    for row, hidden in enumerate(side.hidden):
        first, last = (int(hidden.nonzero()[place]) for place in (0, -1))
        weight = torch.linspace(0, 1, last - first + 3)[1:-1, None]
        before, after = side.values[row, first - 1], side.values[row, last + 1]
        filled[row, hidden] = before + (after - before) * weight
    return filled


def error(filled: Tensor, side: Side, scale: float = 1.0) -> float:
    """Root mean square over the gaps, times a scale."""
    return float((filled - side.values)[side.hidden].square().mean().sqrt() * scale)


class FillGaps(nn.Module):
    """Each side sees its own near past and future; the joint transformer shows it the other.

    Args:
        kind: of the joint transformer.
        channels: of each side.
        rates: tokens a unit of time, of each side: the attention knows how far apart two tokens
            are in that unit.
    """

    def __init__(
        self, kind: str, channels: tuple[int, int], rates: tuple[float, float] = (1.0, 1.0)
    ) -> None:
        super().__init__()
        self.rates = rates
        self.look = nn.ModuleList(nn.Conv1d(c + 1, WIDTH, 9, padding=4) for c in channels)
        self.joint = joint(
            kind, True, dim=WIDTH, context_dim=WIDTH, depth=2, heads=4, dim_head=WIDTH // 4
        )
        self.smooth = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 9, padding=4) for _ in channels)
        self.answer = nn.ModuleList(nn.Linear(WIDTH, c) for c in channels)

    def forward(self, *sides: Side, return_attn: bool = False) -> tuple:
        """What stands in both series, [b, n, channels] and [b, m, channels]; with `return_attn`
        the attentions of every layer, too.
        """
        tokens = []
        for which, side in enumerate(sides):
            hidden = side.hidden[..., None]
            shown = torch.cat((side.values.masked_fill(hidden, 0), hidden.float()), -1)
            seen = F.gelu(self.look[which](shown.mT)).mT
            tokens.append(seen)
        when = [
            torch.arange(seen.shape[1]) / rate
            for seen, rate in zip(tokens, self.rates, strict=True)
        ]
        call = {"return_attn": True} if return_attn else {}
        x, context, *attention = self.joint(
            *tokens, positions=when[0], context_positions=when[1], **call
        )
        found = []
        for which, out in enumerate((x, context)):
            out = out + F.gelu(self.smooth[which](out.mT)).mT
            # A gap is filled relative to a straight line, so that there is less to learn.
            found.append(straight(sides[which]) + self.answer[which](out))
        return *found, *attention


def loss(model: FillGaps, sides: tuple[Side, Side]) -> Tensor:
    """Squared error within the gaps of both sides."""
    filled = model(*sides)
    return sum(
        (out - side.values)[side.hidden].square().mean()
        for out, side in zip(filled, sides, strict=True)
    )
