"""What residues and bases read of each other in the joint transformer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.member import attended_residues
from dna_protein_bca.proteins.features import ProteinInput, collate

from .site import BestPosition
from .subject import Subject


class Attention(NamedTuple):
    """Attention between `k` places of the DNA and the `m` residues that the encoder reads.

    The joint transformer knows a protein by latents and, in some weights, by residues as well. What
    a residue has is its own attention, if it is such a token, plus that of each latent times the
    latent's attention to the residue in the last layer of its decoder: it is composed over latents.

    Attributes:
        base: int64 [k], 0-based positions in the DNA, of places in the order of base and strand.
        strand: int64 [k], 0 for `+`, 1 for `-`.
        counts: float32 [k], 0 to 1, how far the place counts.
        residue: int64 [m], 0-based positions in the protein.
        token: bool [m], whether the residue meets the DNA as itself, and not over latents alone.
        dna_reads: float32 [layers, heads, k, m], what each place reads of the protein; sums to 1
            along `m`, or less where a protein has fewer residues than the model has tokens.
        protein_reads: float32 [layers, heads, k, m], how much of a place the tokens read that stand
            for a residue.
    """

    base: np.ndarray
    strand: np.ndarray
    counts: np.ndarray
    residue: np.ndarray
    token: np.ndarray
    dna_reads: np.ndarray
    protein_reads: np.ndarray


@torch.inference_mode()
def joint_attention(model: BindingModel, subject: Subject, best: BestPosition) -> Attention:
    """The attention between a protein and the tile of a DNA that has its best position."""
    record, domains, state = subject.record, subject.domains, subject.state
    read = model.features(record, domains, whole=not domains)
    dna, mask = best.ids[None, None], torch.ones_like(best.ids, dtype=torch.bool)[None, None]
    fit = model.match(dna, mask, state)
    found = model.joint.attention(dna, mask, fit, state.latents, state.open().thresholds)
    stands_for, token = token_residues(model, read)
    order = found.at[0].argsort()
    at = found.at[0, order].cpu().numpy()
    over_protein, over_dna = (
        (weights[:, 0][:, :, order] @ stands_for).float().cpu().numpy()
        for weights in (found.over_protein, found.over_dna)
    )
    return Attention(
        best.start + at // 2,
        at % 2,
        found.share[0, order].float().cpu().numpy(),
        read.sequence_position.astype(np.int64),
        token.cpu().numpy(),
        over_protein,
        over_dna,
    )


def token_residues(model: BindingModel, read: ProteinInput) -> tuple[Tensor, Tensor]:
    """Which residues the tokens of one protein stand for.

    Returns:
        float [l, m], of each token, 1 in all; and bool [m], the residues that are tokens.
    """
    batch = collate([read]).to(next(model.parameters()).device)
    members = [member(batch, attention=True) for member in model.members]
    length = len(read.residues)
    token = torch.zeros(length, dtype=torch.bool, device=batch.mask.device)
    if model.config.joint.form != "sites":
        return torch.cat([each.latent_attention[0] for each in members]), token
    count = model.residue_count
    index = attended_residues(members[0], batch.mask, count)[0]
    # A protein with fewer residues than tokens leaves some that stand for none.
    alone = F.one_hot(index, length + 1)[:, :length].to(members[0].latent_attention)
    alone = F.pad(alone, (0, 0, 0, count - len(alone)))
    token[index[index < length]] = True
    latents = members[0].latent_attention[0, : model.config.protein.latents]
    return torch.cat((latents, alone)), token
