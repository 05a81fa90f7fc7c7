"""The encoder of the bundled weights: residues with their place in a Pfam profile."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dna_protein_bca.io.tokenizers import ProteinTokenizer
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.features import (
    MAX_ORDINAL,
    ProteinBatch,
    profile_rows,
    profile_starts,
)

from .base import ProteinEncoder, register
from .layers import self_attention

_PROTEIN = ProteinTokenizer()


@register("profile")
class ResidueEncoder(ProteinEncoder):
    """Residues with their family and profile position -> residue states.

    A residue is the sum of its embedding, its family's, its profile position's (low rank, one row
    for every match state of every profile), and the product of residue and position: "arginine at
    position 4 of a homeodomain" is one direction, whichever protein it stands in.
    """

    def __init__(self, config: BindingConfig) -> None:
        super().__init__(config)
        lengths, dim = config.profile_lengths, config.protein.dim
        self.output_dim = dim
        rank = dim // 2
        self.residue = nn.Embedding(_PROTEIN.vocab_size, dim)
        self.family = nn.Embedding(len(lengths) + 1, dim)
        self.ordinal = nn.Embedding(MAX_ORDINAL + 1, dim)
        self.position = nn.Embedding(sum(lengths) + 1, rank)
        self.residue_in_profile = nn.Embedding(_PROTEIN.vocab_size, rank)
        self.from_position = nn.Linear(rank, dim, bias=False)
        self.from_product = nn.Linear(rank, dim, bias=False)
        self.neighbours = nn.Conv1d(dim, dim, 7, padding=3, groups=dim)
        self.dropout = nn.Dropout(config.protein.dropout)
        self.layers = self_attention(dim, config.protein.heads, config.protein.encoder_depth)
        self.profile_start: Tensor
        self.register_buffer("profile_start", profile_starts(lengths), persistent=False)
        for embedding in (self.residue, self.family, self.ordinal):
            nn.init.normal_(embedding.weight, std=0.3)

    def forward(self, batch: ProteinBatch) -> Tensor:
        """Residue states, float [b, m, dim]; zeros where `batch.mask` is False."""
        row, known = profile_rows(batch, self.profile_start)
        position = self.position(torch.where(known, row + 1, 0))
        x = self.residue(batch.residues) + self.family(batch.family + 1)
        x = x + self.ordinal(batch.ordinal) + self.from_position(position)
        x = x + self.from_product(position * self.residue_in_profile(batch.residues))
        x = self.dropout(x) * batch.mask[..., None]
        x = x + self.neighbours(x.transpose(1, 2)).transpose(1, 2)
        # A row that is all padding would make softmax NaN: let it look at its own padding.
        ignored = ~batch.mask & batch.mask.any(-1, keepdim=True)
        return self.layers(x, src_key_padding_mask=ignored) * batch.mask[..., None]
