"""C2H2 zinc fingers, one by one -> motifs of runs of fingers."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F


class FingerArrayDecoder(nn.Module):
    """C2H2 fingers, one by one -> motifs of runs of consecutive fingers.

    A finger reads a triplet and touches the base 3' of it; an array lies on the DNA in reverse, so
    that the C-terminal finger takes the 5' triplet (Persikov et al. 2015). Which fingers of an
    array touch DNA is not known: there is one motif around each finger, and its neighbours count
    in it by a learned gate.
    """

    REACH = 3
    """Fingers on either side of the middle one: seven triplets are 21 columns."""

    HEADS = 4

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.look = nn.Linear(dim, self.HEADS)
        self.mix = nn.Sequential(nn.Linear(self.HEADS * dim, dim), nn.GELU(), nn.LayerNorm(dim))
        self.to_bases = nn.Linear(dim, 16)
        self.to_gate = nn.Linear(dim, 1)
        self.to_reach = nn.Linear(dim, 2 * self.REACH + 1)
        steps = range(-self.REACH, self.REACH + 1)
        with torch.no_grad():
            self.to_reach.bias.copy_(torch.tensor([2.0 if abs(at) <= 1 else -2.0 for at in steps]))

    def fingers(self, residues: Tensor, spans: Tensor) -> tuple[Tensor, Tensor]:
        """Each finger's state [b, f, dim] and base logits [b, f, 4, 4] (5' to 3', last: the next).

        Args:
            residues: float [b, m, dim].
            spans: int64 [b, f, 2], half-open.
        """
        longest = int((spans[..., 1] - spans[..., 0]).max())
        steps = torch.arange(longest, device=spans.device)
        index = spans[..., :1] + steps
        inside = index < spans[..., 1:]
        rows = torch.arange(len(spans), device=spans.device)[:, None, None]
        tokens = residues[rows, index.clamp(max=residues.shape[1] - 1)]
        weight = self.look(tokens).masked_fill(~inside[..., None], -1e4).softmax(2)
        state = self.mix(torch.einsum("bfrh,bfrd->bfhd", weight, tokens).flatten(2))
        return state, rearrange(self.to_bases(state), "b f (c a) -> b f c a", a=4)

    def forward(self, residues: Tensor, spans: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Motif logits [b, f, width, 4] of the run around each finger, and states [b, f, dim]."""
        state, bases = self.fingers(residues, spans)
        bases = bases - bases.mean(-1, keepdim=True)
        reach = self.REACH
        gate = F.pad(
            self.to_gate(state).squeeze(-1).masked_fill(~mask, -1e4), (reach, reach), value=-1e4
        )
        gates = gate.unfold(1, 2 * reach + 1, 1) + self.to_reach(state)
        neighbours = F.pad(bases, (0, 0, 0, 0, reach, reach)).unfold(1, 2 * reach + 1, 1)
        weighted = neighbours * gates.sigmoid()[:, :, None, None]
        # One base of margin at the 3' end takes the last finger's fourth base, then goes.
        motif = weighted.new_zeros(*state.shape[:2], self.width + 4, 4)
        middle = self.width // 2 - 1
        for offset in range(2 * reach + 1):
            first = middle - 3 * (offset - reach)
            if 0 <= first < self.width:
                motif[:, :, first : first + 4] += weighted[..., offset]
        return motif[:, :, : self.width], state
