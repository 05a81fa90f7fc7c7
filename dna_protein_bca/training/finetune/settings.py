"""Everything that a user may set about a training, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

RATE, RATE_FROM_WEIGHTS = 3e-3, 3e-4
"""Highest learning rates from scratch and from given weights, where none is asked for."""


@dataclass(frozen=True)
class TrainSettings:
    """What a run does; saved in its `config.json`.

    Attributes:
        epochs: passes over the training pairs; steps: optimizer steps in all, which then counts
            instead. (For motifs alone an epoch is as many steps as show each protein once.)
        batch_size: pairs of a step.
        rate: the highest learning rate; None for `RATE`, or `RATE_FROM_WEIGHTS`.
        encoder_rate: factor of the rate for the encoders of given weights.
        freeze: leave the protein readers and the DNA encoder of given weights as they are.
        warmup: steps; patience: epochs without a better validation after which training stops.
        accumulate: parts that a batch is computed in, to save memory.
        precision: `no`, `bf16` or `fp16`.
        save_every: steps between checkpoints.
        seed: of the split, the batches and the initial weights.
        balance: positives and negatives weigh the same.
        label, rank, affinity, affinity_rank, decode, kmer: weights of the losses: cross-entropy
            and order of labels, correlation and order of affinities, masked-base prediction of
            motifs and order of 8-mers under them.
        motif_proteins: proteins of a step whose motifs are learned.
        match_share: share of the steps in which a model from scratch learns motifs alone, before
            its joint transformer learns what they leave: it could know small sets by heart.
            Patience counts from then on.
        dna_mask: share of the bases hidden at a step, against the same.
        hide: share of proteins some of whose relatives are hidden from the model at a step, so
            that it learns to do without.
        split: how the validation is held out where neither a table nor a column `split` says:
            `protein`, `pair`, or `auto` (proteins where there are ten or more).
        protein_region: `domains` or `full`, of a model from scratch.
        architecture: fields of `BindingConfig` for a model from scratch.
    """

    epochs: int = 40
    steps: int | None = None
    batch_size: int = 64
    rate: float | None = None
    encoder_rate: float = 0.1
    freeze: bool = False
    warmup: int = 50
    patience: int = 8
    accumulate: int = 1
    precision: str = "no"
    save_every: int = 100
    seed: int = 0
    balance: bool = True
    label: float = 1.0
    rank: float = 0.5
    affinity: float = 1.0
    affinity_rank: float = 0.5
    decode: float = 1.0
    kmer: float = 0.5
    motif_proteins: int = 8
    match_share: float = 0.3
    dna_mask: float = 0.05
    hide: float = 0.3
    split: Literal["auto", "protein", "pair"] = "auto"
    protein_region: Literal["domains", "full"] = "domains"
    architecture: dict[str, Any] = field(default_factory=dict)
