"""What stands on either side of the joint transformer: encoders of residues and of bases.

The protein side ends in *sites*: a few motifs (filters of base log-odds) that its columns' mask
tokens were decoded to, and a few latents. Both are computed once a protein.
"""

from __future__ import annotations

import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer
from dna_protein_bca.proteins.features import (
    MAX_ORDINAL,
    ProteinBatch,
    profile_rows,
    profile_starts,
)

from .matching import LOG_BACKGROUND, MASKED, MotifSet

_DNA = DNATokenizer()
_PROTEIN = ProteinTokenizer()


def self_attention(dim: int, heads: int, depth: int) -> nn.TransformerEncoder:
    """Pre-norm self-attention layers, torch's own, with a feed-forward of twice the width."""
    layer = nn.TransformerEncoderLayer(
        dim, heads, 2 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)


class ProteinEncoder(nn.Module):
    """Residues with their family and profile position -> residue states.

    A residue is the sum of its embedding, its family's, its profile position's (low rank, one row
    for every match state of every profile), and the product of residue and position: "arginine at
    position 4 of a homeodomain" is one direction, whichever protein it stands in.
    """

    def __init__(
        self, dim: int, heads: int, depth: int, dropout: float, profile_lengths: tuple[int, ...]
    ) -> None:
        super().__init__()
        rank = dim // 2
        self.residue = nn.Embedding(_PROTEIN.vocab_size, dim)
        self.family = nn.Embedding(len(profile_lengths) + 1, dim)
        self.ordinal = nn.Embedding(MAX_ORDINAL + 1, dim)
        self.position = nn.Embedding(sum(profile_lengths) + 1, rank)
        self.residue_in_profile = nn.Embedding(_PROTEIN.vocab_size, rank)
        self.from_position = nn.Linear(rank, dim, bias=False)
        self.from_product = nn.Linear(rank, dim, bias=False)
        self.neighbours = nn.Conv1d(dim, dim, 7, padding=3, groups=dim)
        self.dropout = nn.Dropout(dropout)
        self.layers = self_attention(dim, heads, depth)
        self.profile_start: Tensor
        self.register_buffer("profile_start", profile_starts(profile_lengths), persistent=False)
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


class SiteDecoder(nn.Module):
    """Mask tokens for the columns of `motifs` sites, and `latents` free ones, meet the residues.

    Tokens and residues update each other (bidirectional cross-attention), the tokens then look at
    one another; column tokens are read out as base logits: masked-base prediction on a DNA of
    which nothing is known yet.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        depth: int,
        *,
        motifs: int,
        width: int,
        latents: int,
    ) -> None:
        super().__init__()
        self.motifs, self.width, self.latents = motifs, width, latents
        self.column = nn.Parameter(torch.randn(width, dim) * 0.3)
        self.mode = nn.Parameter(torch.randn(motifs, dim) * 0.3)
        self.latent = nn.Parameter(torch.randn(latents, dim) * 0.3)
        self.joint = nn.ModuleList(
            BidirectionalCrossAttentionTransformer(
                dim=dim,
                depth=1,
                context_dim=dim,
                heads=heads,
                dim_head=dim // heads,
                ff_expansion_factor=2,
            )
            for _ in range(depth)
        )
        self.own = nn.ModuleList(self_attention(dim, heads, 1) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.to_bases = nn.Linear(dim, 4)

    def forward(self, residues: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read the residues.

        Args:
            residues: float [b, m, dim]; mask: bool [b, m].

        Returns:
            Base logits [b, motifs, width, 4], motif states [b, motifs, dim] and latents
            [b, latents, dim].
        """
        columns = rearrange(self.mode[:, None] + self.column, "k w d -> (k w) d")
        tokens = repeat(torch.cat((columns, self.latent)), "t d -> b t d", b=len(residues))
        for joint, own in zip(self.joint, self.own, strict=True):
            tokens, residues = joint(tokens, residues, context_mask=mask)
            tokens = own(tokens)
        tokens = self.norm(tokens)
        columns, latents = tokens.split((self.motifs * self.width, self.latents), dim=1)
        columns = rearrange(columns, "b (k w) d -> b k w d", k=self.motifs)
        return self.to_bases(columns), columns.mean(2), latents


class ArrayReader(nn.Module):
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
        near = torch.arange(-self.REACH, self.REACH + 1).abs() <= 1
        with torch.no_grad():
            self.to_reach.bias.copy_(torch.where(near, 2.0, -2.0))

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


class ProteinReader(nn.Module):
    """One trained reader of proteins: encoder, site decoder, array reader.

    A model holds one or several, which never saw each other in training (an ensemble).
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        encoder_depth: int,
        decoder_depth: int,
        dropout: float,
        profile_lengths: tuple[int, ...],
        *,
        motifs: int,
        width: int,
        latents: int,
    ) -> None:
        super().__init__()
        self.protein = ProteinEncoder(dim, heads, encoder_depth, dropout, profile_lengths)
        self.decoder = SiteDecoder(
            dim, heads, decoder_depth, motifs=motifs, width=width, latents=latents
        )
        self.array = ArrayReader(dim, width)
        # weight, gain and shift of a motif, decoded or read from an array
        self.of_motif = nn.Linear(dim, 3)
        self.of_run = nn.Linear(dim, 3)
        # Read from no state, so that a site is at first the sum of its columns and little else.
        self.missing = nn.Parameter(torch.tensor(0.5))
        self.ceiling = nn.Parameter(torch.tensor(8.0))
        for layer in (self.of_motif, self.of_run):
            nn.init.zeros_(layer.weight)
            with torch.no_grad():
                layer.bias.copy_(torch.tensor([0.0, 0.5, -2.0]))

    def forward(self, batch: ProteinBatch) -> tuple[MotifSet, Tensor]:
        """Motifs of `p` proteins, and latents [p, latents, dim]."""
        residues = self.protein(batch)
        logits, states, latents = self.decoder(residues, batch.mask)
        numbers = self.of_motif(states)
        if batch.finger_mask.shape[1]:
            runs, run_states = self.array(residues, batch.fingers, batch.finger_mask)
            logits = torch.cat((logits, runs), dim=1)
            numbers = torch.cat((numbers, self.of_run(run_states)), dim=1)
        weight, gain, shift = numbers.float().unbind(-1)
        decoded = batch.finger_mask.new_ones(len(latents), self.decoder.motifs)
        there = torch.cat((decoded, batch.finger_mask), dim=1)
        weight = weight.masked_fill(~there, MASKED).log_softmax(-1).clamp(min=MASKED)
        found = MotifSet(
            motifs=logits.float().log_softmax(-1) - LOG_BACKGROUND,
            weight=weight,
            gain=F.softplus(gain),
            shift=shift,
            ceiling=self.ceiling.expand_as(weight),
            missing=self.missing.expand_as(weight),
        )
        return found, latents


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
