"""The binding model: encoders -> joint transformer -> a score for the pair and every position."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.proteins.domains import Domain, families
from dna_protein_bca.proteins.features import ProteinBatch, ProteinInput
from dna_protein_bca.proteins.relatives import MeasuredProteins

from .config import BindingConfig
from .invariants import Invariants
from .joint import make_joint
from .matching import MASKED, MotifSet, concatenate, heaviest, match, orient
from .member import Member, most_attended
from .relative_motifs import RelativeBatch, RelativeMotifs, relative_motifs
from .scales import random_match, standardise
from .states import PairScores, ProteinReading, ProteinState


class BindingModel(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="dna-protein-bca",
    tags=["biology", "dna", "protein", "transcription-factor"],
):
    """Scores protein-DNA pairs from sequence; see `BindingConfig`.

    `encode` runs once a protein; `forward` scores DNA against what it returned. Members are trained
    first (`first_member_state` is what they learn through), then the joint stage on top of them.
    """

    def __init__(self, config: BindingConfig | Mapping[str, Any]) -> None:
        super().__init__()
        # The hub's mixin hands over what it read from config.json.
        c = config if isinstance(config, BindingConfig) else BindingConfig.from_dict(config)
        self.config = c
        self.members = nn.ModuleList(Member(c) for _ in range(c.members))
        self.to_bias = nn.Linear(c.protein.dim, 1)
        nn.init.zeros_(self.to_bias.weight)
        nn.init.zeros_(self.to_bias.bias)
        # How much decoded motifs count beside the relatives', by the nearest identity, without and
        # with an array of zinc fingers: intercept and slope of a logit.
        self.trust = nn.Parameter(torch.tensor([[8.0, -20.0], [11.0, -20.0]]))
        self.sharpness = nn.Parameter(torch.tensor(12.0))
        # Log weights of all profiles' match states in the identity that counts relatives.
        self.contacts: Tensor
        self.register_buffer("contacts", torch.zeros(sum(c.profile_lengths)))
        self.invariants = Invariants(c.profile_lengths)
        self.joint = make_joint(c)

    def member(self, number: int = 0) -> Member:
        """One of the members."""
        member = self.members[number]
        assert isinstance(member, Member)
        return member

    def features(
        self, record: SequenceRecord, domains: Sequence[Domain], *, whole: bool = False
    ) -> ProteinInput:
        """What the model reads of a protein; see `ProteinEncoder.features`."""
        return self.member().encoder.features(record, domains, whole=whole)

    def encode(self, batch: ProteinBatch, relatives: RelativeBatch | None = None) -> ProteinState:
        """Read proteins, once for all their DNA.

        Where gradients are enabled, all motifs count, whatever `MatchingConfig.kept` says.

        Args:
            batch: `p` proteins, from `features.collate`.
            relatives: motifs of the measured proteins most like each; None for none.
        """
        return self.assemble(self.read(batch), relatives)

    def read(self, batch: ProteinBatch) -> ProteinReading:
        """What all members make of `p` proteins, with scores that compare across proteins."""
        c, count = self.config.matching, self.residue_count
        members = [
            member(batch, attention=count > 0 and number == 0)
            for number, member in enumerate(self.members)
        ]
        motifs = [each.motifs for each in members]
        if c.standardise:
            motifs = [standardise(each, c.inverse_temperature) for each in motifs]
        share = -math.log(len(motifs))
        return ProteinReading(
            concatenate([each._replace(weight=each.weight + share) for each in motifs]),
            torch.cat([each.latents for each in members], dim=1),
            most_attended(members[0], batch.mask, count),
            batch.finger_mask.any(1),
            self.invariants(batch),
        )

    @property
    def residue_count(self) -> int:
        """Residues of a protein that meet DNA as themselves."""
        return self.config.joint.residues if self.config.joint.form == "sites" else 0

    def assemble(
        self,
        reading: ProteinReading,
        relatives: RelativeBatch | None = None,
        *,
        background: bool = True,
    ) -> ProteinState:
        """Add the relatives' motifs and make what the joint stage needs.

        Args:
            background: False leaves the background of the motifs in the scores, which then do not
                compare across proteins.
        """
        c = self.config.matching
        share = 1.0 if torch.is_grad_enabled() else c.kept
        every = orient(self.weigh(reading, relatives))
        motifs = heaviest(every, share, c.inverse_temperature)
        bias = self.to_bias(reading.latents.mean(1)).squeeze(-1).float()
        # In the units of the motifs' scores, of which one is a standard deviation.
        bias = bias - c.scale * c.inverse_temperature * reading.lost
        gate = self.config.joint.gate
        thresholds = torch.full_like(bias[:, None], MASKED)
        if c.background_windows and (background or gate < 1):
            random = random_match(motifs, c, gate)
            thresholds = random.thresholds
            bias = bias - random.score if background else bias
        latents = self.joint.protein_tokens(reading)
        decoded, loss = reading.motifs.weight.shape[1], torch.zeros_like(bias)
        return ProteinState(motifs, every, decoded, latents, bias, loss, thresholds)

    def weigh(self, reading: ProteinReading, relatives: RelativeBatch | None) -> MotifSet:
        """The decoded motifs and the relatives' as one mixture."""
        decoded = reading.motifs
        if relatives is None or not relatives.mask.shape[1]:
            return decoded
        logit = self.decoded_logit(reading.array, relatives)
        others = relative_motifs(relatives, self.sharpness)
        return concatenate(
            [
                decoded._replace(weight=decoded.weight + F.logsigmoid(logit)),
                others._replace(weight=others.weight + F.logsigmoid(-logit)),
            ]
        )

    def decoded_logit(self, array: Tensor, relatives: RelativeBatch) -> Tensor:
        """How much decoded motifs count beside the relatives': logits, float [p, 1].

        Args:
            array: bool [p], whether the protein has C2H2 zinc fingers.
        """
        nearest = relatives.identity.masked_fill(~relatives.mask, 0).amax(1, keepdim=True)
        trust = self.trust[array.long()]
        logit = trust[:, :1] + trust[:, 1:] * nearest
        # Without a relative the decoded motifs are all there is.
        return logit.masked_fill(~relatives.mask.any(1, keepdim=True), -MASKED)

    def relative_motifs(self, measured: MeasuredProteins) -> RelativeMotifs:
        """Measured proteins as this model reads them."""
        width = self.config.protein.width
        inverse_temperature = self.config.matching.inverse_temperature
        weights = self.contact_weights()
        if weights is None:
            return RelativeMotifs(measured, width, inverse_temperature)
        penalty = self.config.matching.contact_penalty
        return RelativeMotifs(measured, width, inverse_temperature, weights, penalty)

    def contact_weights(self) -> dict[str, np.ndarray] | None:
        """Family -> weights of its match states, float64; None where none were learned."""
        if not self.contacts.any():
            return None
        parts = self.contacts.exp().cpu().double().split(list(self.config.profile_lengths))
        return {name: part.numpy() for name, part in zip(families(), parts, strict=True)}

    def first_member_state(self, batch: ProteinBatch) -> ProteinState:
        """The first member's motifs with the scores it gives them itself, not standardised."""
        member = self.member()(batch, attention=self.residue_count > 0)
        residues = most_attended(member, batch.mask, self.residue_count)
        array, lost = batch.finger_mask.any(1), self.invariants(batch)
        return self.assemble(ProteinReading(member.motifs, member.latents, residues, array, lost))

    def forward(
        self,
        dna: Tensor,
        mask: Tensor,
        protein: ProteinState,
        *,
        joint: bool = True,
    ) -> PairScores:
        """Score DNA against proteins.

        Args:
            dna: uint8 [g, s, n], ids of `DNATokenizer`, or float [g, s, n, 4], base probabilities.
                `g` is 1 where every protein meets the same DNA, or `p` where each has its own.
            mask: bool [g, s, n]; a row of padding alone scores `MASKED`.
            protein: state of `p` proteins.
            joint: False stops at the motifs' match (for training and ablation).
        """
        fit = self.match(dna, mask, protein)
        position = self.config.matching.scale * fit
        if joint:
            added = self.joint(dna, mask, fit, protein.latents, protein.thresholds)
            position = position + added.to(fit)
        position = position + (protein.bias - protein.loss)[:, None, None, None]
        position = position.masked_fill(~mask[..., None], MASKED)
        return PairScores(position.flatten(2).logsumexp(-1), position, fit)

    def match(self, dna: Tensor, mask: Tensor, protein: ProteinState) -> Tensor:
        """How well all motifs of a protein together fit each position: float [p, s, n, 2].

        Args:
            dna, mask, protein: as of `forward`.
        """
        c = self.config.matching
        # Sums of log-odds keep their digits whatever the precision of the layers.
        with torch.autocast(dna.device.type, enabled=False):
            bases = self.joint.dna.bases(dna, mask)
            return match(bases, mask, protein.motifs, c.pooling_radius, c.inverse_temperature)
