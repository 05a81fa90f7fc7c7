"""Bases -> a state for every base and strand."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.io.tokenizers import DNATokenizer

from .layers import GELU, gelu

_DNA = DNATokenizer()


class BaseReader(nn.Module):
    """Reads DNA as base probabilities, of ids or as they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.probabilities: Tensor
        self.register_buffer("probabilities", _DNA.base_probabilities.float(), persistent=False)

    def bases(self, dna: Tensor, mask: Tensor) -> Tensor:
        """Base probabilities float [..., n, 4], zero at padding and at mask tokens.

        Args:
            dna: uint8 [..., n], ids of `DNATokenizer`; or float [..., n, 4], base probabilities, so
                that a score has a derivative by them.
            mask: bool [..., n].
        """
        given = dna if dna.is_floating_point() else self.probabilities[dna.long()]
        return given * mask[..., None]

    def masked(self, dna: Tensor, mask: Tensor) -> Tensor:
        """Which bases are mask tokens: bool [..., n]; none where base probabilities are given."""
        if dna.is_floating_point():
            return torch.zeros_like(mask)
        return (dna == _DNA.mask_id) & mask


class DNAEncoder(BaseReader):
    """Bases -> a state for every base and strand, from the bases around it; once a DNA."""

    def __init__(self, dim: int, stem: int) -> None:
        super().__init__()
        self.base = nn.Parameter(nn.init.normal_(torch.empty(4, dim), std=0.5))
        self.unknown = nn.Parameter(nn.init.normal_(torch.empty(dim), std=0.5))
        self.around = nn.Conv1d(dim, dim, stem, padding=stem // 2)
        self.out = nn.Sequential(GELU(), nn.Linear(dim, dim))

    def forward(self, dna: Tensor, mask: Tensor) -> Tensor:
        """States of both strands, float [s, n, 2, dim], at forward coordinates.

        Args:
            dna, mask: as of `bases`, [s, n].
        """
        bases = self.bases(dna, mask)
        unknown = self.masked(dna, mask)
        strands = torch.cat((bases, bases.flip(-1)))
        x = strands @ self.base + (unknown.repeat(2, 1)[..., None] * self.unknown)
        forward, backward = x.chunk(2)
        x = torch.cat((forward, backward.flip(1))).transpose(1, 2)
        forward, backward = self.out((x + self.around(x)).transpose(1, 2)).chunk(2)
        return torch.stack((forward, backward.flip(1)), dim=2)


class WideConvolution(nn.Module):
    """A residual convolution along one strand, through few channels, so that it may be wide."""

    CHANNELS = 16

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, self.CHANNELS))
        self.convolution = nn.Conv1d(self.CHANNELS, dim, width, padding=width // 2)

    def forward(self, x: Tensor, mask: Tensor, row: Tensor, column: Tensor) -> Tensor:
        """New states of some bases alone: float [..., dim].

        Args:
            x: float [b, n, dim]; mask: bool [b, n].
            row, column: int64 [...], of `x`.
        """
        weight = self.convolution.weight
        width = weight.shape[2]
        narrow = F.pad(self._narrow(x, mask), (0, 0, width // 2, width // 2))
        steps = torch.arange(width, device=column.device)
        windows = narrow[row[..., None], column[..., None] + steps].flatten(-2)
        filters = weight.transpose(1, 2).flatten(1)
        return x[row, column] + gelu(F.linear(windows, filters, self.convolution.bias))

    def _narrow(self, x: Tensor, mask: Tensor) -> Tensor:
        # Padding is to say no more than what lies outside of the tensor, which is zero.
        narrow: Tensor = self.narrow(x) * mask[..., None]
        return narrow


class WideDNAEncoder(BaseReader):
    """Bases -> states of some places, each a base on one strand, from far around.

    Args:
        dim: width of the states.
        stem: bases that the first layer reads, odd.
        width: bases that each of the next layers reads, odd.
        depth: how many there are of these.
    """

    def __init__(self, dim: int, stem: int, width: int, depth: int) -> None:
        super().__init__()
        # The four bases, and one channel for mask tokens; outside of the DNA all are zero.
        self.around = nn.Conv1d(5, dim, stem, padding=stem // 2)
        self.out = nn.Sequential(GELU(), nn.Linear(dim, dim))
        self.width = width
        self.wide = nn.ModuleList(WideConvolution(dim, width) for _ in range(depth))

    def forward(self, dna: Tensor, mask: Tensor, rows: Tensor, places: Tensor) -> Tensor:
        """States of some places, each a base on one strand: float [b, k, dim].

        Few places of a DNA are asked for, and no layer is computed where none of them reads it.

        Args:
            dna, mask: as of `bases`, [s, n].
            rows: int64 [b], which DNA each row of places lies on.
            places: int64 [b, k], in a row of (base, strand), at forward coordinates.
        """
        bases = self.bases(dna, mask)
        unknown = self.masked(dna, mask)[..., None].to(bases)
        forward = torch.cat((bases, unknown), -1)
        backward = torch.cat((bases.flip(1, -1), unknown.flip(1)), -1)
        there = torch.cat((mask, mask.flip(1)))
        x = torch.cat((forward, backward)).transpose(1, 2)
        x = self.out(self.around(x).transpose(1, 2))
        count, length = mask.shape
        base, strand = places // 2, places % 2
        row = rows[:, None] + count * strand
        column = torch.where(strand == 0, base, length - 1 - base)
        for number, convolution in enumerate(self.wide[:-1], 1):
            # A layer is computed where the next ones read.
            reach = (len(self.wide) - number) * (self.width // 2)
            near = _around(row, column, there, reach).nonzero(as_tuple=True)
            x = x.index_put(near, convolution(x, there, *near))
        return self.wide[-1](x, there, row, column) if self.wide else x[row, column]


def _around(row: Tensor, column: Tensor, mask: Tensor, reach: int) -> Tensor:
    """Bases of a mask, bool [b, n], that are at most so far from any of some places."""
    near = torch.zeros(mask.shape, device=mask.device)
    near[row, column] = 1
    return (F.max_pool1d(near, 2 * reach + 1, 1, reach) > 0) & mask
