"""One member of the ensemble that reads proteins: an encoder and what decodes its states."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.model.decoders.finger_array import FingerArrayDecoder
from dna_protein_bca.model.decoders.motif_decoder import MotifDecoder
from dna_protein_bca.proteins.features import ProteinBatch

from .config import BindingConfig
from .encoders import make_encoder
from .matching import LOG_BACKGROUND, MASKED, MotifSet
from .states import MemberReading


class Member(nn.Module):
    """One trained member of the ensemble that reads proteins.

    A model holds one or several; each is trained without the others.

    Attributes:
        encoder: residues -> residue states.
        decoder: residue states -> motifs and latents.
        finger_array: states of C2H2 zinc fingers -> one motif a finger.
    """

    def __init__(self, config: BindingConfig) -> None:
        super().__init__()
        c = config.protein
        self.encoder = make_encoder(config)
        width = self.encoder.output_dim
        self.project = nn.Identity() if width == c.dim else nn.Linear(width, c.dim)
        self.decoder = MotifDecoder(
            c.dim,
            c.heads,
            c.decoder_depth,
            motifs=c.motifs,
            width=c.width,
            latents=c.latents,
        )
        self.finger_array = FingerArrayDecoder(c.dim, c.width)
        # Weight, gain and shift of a motif, decoded or of a run of fingers.
        self.decoded_scale = nn.Linear(c.dim, 3)
        self.array_scale = nn.Linear(c.dim, 3)
        # Read from no state, so that a site is at first the sum of its columns and little else.
        self.missing = nn.Parameter(torch.tensor(0.5))
        self.ceiling = nn.Parameter(torch.tensor(8.0))
        for layer in (self.decoded_scale, self.array_scale):
            nn.init.zeros_(layer.weight)
            with torch.no_grad():
                layer.bias.copy_(torch.tensor([0.0, 0.5, -2.0]))

    def residue_states(self, batch: ProteinBatch) -> Tensor:
        """Float [p, residues, dim]; zeros where `batch.mask` is False."""
        states: Tensor = self.project(self.encoder(batch)) * batch.mask[..., None]
        return states

    def forward(self, batch: ProteinBatch, *, attention: bool = False) -> MemberReading:
        """Read `p` proteins.

        Args:
            attention: tell how much motifs and latents attend to each residue.
        """
        residues = self.residue_states(batch)
        decoded = self.decoder(residues, batch.mask, attention=attention)
        logits, scale = decoded.logits, self.decoded_scale(decoded.motifs)
        if batch.finger_mask.shape[1]:
            runs, run_states = self.finger_array(residues, batch.fingers, batch.finger_mask)
            logits = torch.cat((logits, runs), dim=1)
            scale = torch.cat((scale, self.array_scale(run_states)), dim=1)
        weight, gain, shift = scale.float().unbind(-1)
        always = batch.finger_mask.new_ones(len(logits), self.decoder.motifs)
        present = torch.cat((always, batch.finger_mask), dim=1)
        weight = weight.masked_fill(~present, MASKED).log_softmax(-1).clamp(min=MASKED)
        motifs = MotifSet(
            log_odds=logits.float().log_softmax(-1) - LOG_BACKGROUND,
            weight=weight,
            gain=F.softplus(gain),
            shift=shift,
            ceiling=self.ceiling.expand_as(weight),
            missing=self.missing.expand_as(weight),
        )
        columns = decoded.attention.shape[1] - decoded.latents.shape[1]
        by_columns, by_latents = decoded.attention.tensor_split((columns,), dim=1)
        return MemberReading(
            motifs, decoded.latents, decoded.residues, by_columns.mean(1), by_latents
        )


def most_attended(member: MemberReading, mask: Tensor, count: int) -> Tensor:
    """States of the residues that a member's motifs attend to most: float [p, count, dim].

    They stand in the order of the sequence, zeros at the end where a protein has not as many.

    Args:
        mask: bool [p, m].
    """
    index = attended_residues(member, mask, count)
    states = F.pad(member.residues * mask[..., None], (0, 0, 0, 1))
    chosen = states.gather(1, index[..., None].expand(-1, -1, states.shape[-1]))
    return F.pad(chosen, (0, 0, 0, count - chosen.shape[1]))


def attended_residues(member: MemberReading, mask: Tensor, count: int) -> Tensor:
    """Which residues `most_attended` takes, `m` where there are not as many: int64 [p, count].

    Args:
        mask: bool [p, m].
    """
    length = mask.shape[1]
    index = member.attention.masked_fill(~mask, -1).topk(min(count, length), dim=1).indices
    return index.masked_fill(~mask.gather(1, index), length).sort(dim=1).values
