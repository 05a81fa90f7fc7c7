"""What the model keeps of proteins, and what it says of pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .matching import MASKED, MotifSet


class MemberReading(NamedTuple):
    """What one member makes of `p` proteins of `m` residues.

    Attributes:
        motifs: decoded ones.
        latents: float [p, latents, dim].
        residues: float [p, m, dim], their states beside the motifs.
        attention: float [p, m], how much the motifs' columns attend to each residue; zeros where
            it was not asked for.
        latent_attention: float [p, latents, m], the same of each latent; sums to 1 along `m`.
    """

    motifs: MotifSet
    latents: Tensor
    residues: Tensor
    attention: Tensor
    latent_attention: Tensor


class ProteinReading(NamedTuple):
    """What the members make of `p` proteins by themselves.

    Attributes:
        motifs: their decoded motifs, standardised.
        latents: float [p, members x latents, dim].
        residues: float [p, residues, dim], of the first member, those that its motifs attend to
            most; zeros where there are not as many.
        array: bool [p], whether the protein has C2H2 zinc fingers.
        lost: float [p], nats, see `Invariants`.
    """

    motifs: MotifSet
    latents: Tensor
    residues: Tensor
    array: Tensor
    lost: Tensor

    @classmethod
    def stack(cls, readings: Sequence[ProteinReading]) -> ProteinReading:
        """Readings of one protein each as one batch."""
        motifs, *rest = zip(*readings, strict=True)
        return cls(stack_motifs(motifs), *(torch.cat(parts) for parts in rest))


@dataclass(frozen=True)
class ProteinState:
    """What the model keeps of `p` proteins; their DNA meets nothing else of them.

    Attributes:
        motifs: those that count; see `MatchingConfig.kept`.
        every: all of them: those decoded from the protein itself, then relatives', in their order.
        decoded: how many of all were decoded.
        latents: float [p, l, joint dim], the tokens that stand for the protein in the joint stage.
        bias: float [p], added to every score of the protein: what its latents say, less what it
            has lost (`Invariants`), less the background of its motifs (`random_match`).
        loss: float [p], nats taken from every score of the protein: what it has lost by
            substitutions (`proteins.substitutions`); 0 unless a predictor knows of any.
        thresholds: float [p, n], the match from which on a place of a DNA of 1, 2, ... `n` bp meets
            the protein in the joint stage: what a share (`JointConfig.gate`) of random DNA of this
            length reaches. The last, of 101 bp, is that of all longer DNA as well, of which a
            larger share reaches it.
    """

    motifs: MotifSet
    every: MotifSet
    decoded: int
    latents: Tensor
    bias: Tensor
    loss: Tensor
    thresholds: Tensor

    def __len__(self) -> int:
        return len(self.bias)

    def __getitem__(self, rows: Any) -> ProteinState:
        """The state of some of the proteins, whose dimension `rows` must keep."""
        return self.map(lambda tensor: tensor[rows])

    def open(self) -> ProteinState:
        """The same state, with the gate open for all DNA."""
        return replace(self, thresholds=torch.full_like(self.thresholds, MASKED))

    def map(self, change: Callable[[Tensor], Tensor]) -> ProteinState:
        """The same state with every tensor changed."""
        return ProteinState(
            MotifSet(*(change(tensor) for tensor in self.motifs)),
            MotifSet(*(change(tensor) for tensor in self.every)),
            self.decoded,
            change(self.latents),
            change(self.bias),
            change(self.loss),
            change(self.thresholds),
        )


class JointAttention(NamedTuple):
    """What the places of `b` DNAs and the `l` tokens of a protein read of each other.

    Attributes:
        at: int64 [b, k], where the places are in a row of (base, strand).
        share: float [b, k], 0 to 1, how far each counts.
        over_protein: float [layers, b, heads, k, l], what each place reads of the protein; sums to
            1 along `l`.
        over_dna: float [layers, b, heads, k, l], what each token of the protein reads of the
            places; sums to 1 along `k`.
    """

    at: Tensor
    share: Tensor
    over_protein: Tensor
    over_dna: Tensor


class PairScores(NamedTuple):
    """Scores of `p` proteins on `s` DNAs each.

    Attributes:
        score: float [p, s], the logit that the protein binds somewhere in the DNA.
        position: float [p, s, n, 2], the logit of a site whose middle base is this one, on `+`
            and on `-`; `MASKED` at padding.
        match: float [p, s, n, 2], the part of it that the motifs alone give.
    """

    score: Tensor
    position: Tensor
    match: Tensor


def stack_motifs(sets: Sequence[MotifSet]) -> MotifSet:
    """Sets of one protein each as one batch, those with fewer motifs padded."""
    count = max(motifs.weight.shape[1] for motifs in sets)

    def padded(name: str, fill: float) -> Tensor:
        tensors = [getattr(motifs, name)[0] for motifs in sets]
        out = tensors[0].new_full((len(sets), count, *tensors[0].shape[1:]), fill)
        for row, tensor in enumerate(tensors):
            out[row, : len(tensor)] = tensor
        return out

    fills = {"weight": MASKED, "gain": 1.0}
    return MotifSet(*(padded(name, fills.get(name, 0.0)) for name in MotifSet._fields))
