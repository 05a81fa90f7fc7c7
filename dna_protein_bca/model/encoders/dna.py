"""Bases -> a state for every base and strand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dna_protein_bca.io.tokenizers import DNATokenizer

_DNA = DNATokenizer()


class DNAEncoder(nn.Module):
    """Bases -> a state for every base and strand, from the bases around it; once a DNA."""

    def __init__(self, dim: int, stem: int) -> None:
        super().__init__()
        self.base = nn.Parameter(torch.randn(4, dim) * 0.5)
        self.unknown = nn.Parameter(torch.randn(dim) * 0.5)
        self.around = nn.Conv1d(dim, dim, stem, padding=stem // 2)
        self.out = nn.Sequential(nn.GELU(), nn.Linear(dim, dim))
        self.probabilities: Tensor
        self.register_buffer("probabilities", _DNA.base_probabilities.float(), persistent=False)

    def bases(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Base probabilities float [..., n, 4], zero at padding and at mask tokens."""
        return self.probabilities[ids.long()] * mask[..., None]

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """States of both strands, float [s, n, 2, dim], at forward coordinates.

        Args:
            ids: uint8 [s, n], ids of `DNATokenizer`; mask: bool [s, n].
        """
        bases = self.bases(ids, mask)
        unknown = (ids == _DNA.mask_id) & mask
        strands = torch.cat((bases, bases.flip(-1)))
        x = strands @ self.base + (unknown.repeat(2, 1)[..., None] * self.unknown)
        forward, backward = x.chunk(2)
        x = torch.cat((forward, backward.flip(1))).transpose(1, 2)
        forward, backward = self.out((x + self.around(x)).transpose(1, 2)).chunk(2)
        return torch.stack((forward, backward.flip(1)), dim=2)
