"""Everything that a user may set about a training, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

FROM_PYTHON = "given from Python"
"""How a run's record names an input that is no file."""

Metric = Literal[
    "score", "loss", "auroc", "average_precision", "spearman", "pearson", "motif_spearman"
]
"""Metrics of the validation by which the best weights can be chosen."""

LEARNING_RATE, LEARNING_RATE_FROM_WEIGHTS = 3e-3, 2e-3
EPOCHS, EPOCHS_FROM_WEIGHTS = 40, 12
"""Highest learning rates, and passes over the pairs, from scratch and from given weights, where
nothing else is asked for; `benchmarks/retraining_defaults.py` compares them with others."""

OWN_FACTOR = 10.0
"""Factor of the learning rate for motifs that proteins learn of their own, and for what is added to
all scores: single numbers, not layers, that have a long way to go in few steps."""

LAST = "step"
"""What is monitored where no validation can choose: the last weights are the best ones."""

ENCODER_RATE = 0.1
"""`encoder_rate` where given weights learn as a whole, and nothing else is asked for."""


@dataclass(frozen=True)
class TrainSettings:
    """What a training does, as the options of `train` name it; saved in its `config.json`.

    Attributes:
        epochs: passes over the training pairs. (For motifs alone an epoch is as many steps as show
            each protein once.) None for `EPOCHS`, or with given weights `EPOCHS_FROM_WEIGHTS`.
        steps: optimizer steps in all; takes the place of `epochs`.
        batch_size: pairs of a step.
        rate: the highest learning rate; None for `LEARNING_RATE`, or with given weights
            `LEARNING_RATE_FROM_WEIGHTS`.
        encoder_rate: factor of the learning rate for the encoders of given weights. None leaves
            all of the given weights as they are: the training proteins learn motifs of their own,
            which travel with the weights as those of relatives do.
        freeze: leave the protein encoders and the DNA encoder of given weights as they are, and let
            the rest learn.
        warmup: steps in which the learning rate rises.
        patience: validations without a better one after which training stops.
        monitor: the metric of the validation by which the best weights are chosen: `score` is the
            mean of those that rank (average precision of labels, Spearman's correlations of
            affinities and motifs), and of `loss` the lowest is the best. Between equal values the
            loss decides.
        accumulate: parts that a batch is computed in, to save memory.
        precision: `no`, `bf16` or `fp16`.
        save_every: steps between checkpoints.
        seed: of the split, the batches and the initial weights.
        balance: positives and negatives weigh the same.
        label, rank: weights of the losses of labels: cross-entropy and order.
        affinity, affinity_rank: of affinities: correlation and order.
        decode, kmer: of motifs: masked-base prediction, and order of 8-mers under them.
        motif_proteins: proteins of a step whose motifs are learned.
        match_share: share of the steps in which a model from scratch learns motifs alone, before
            its joint transformer learns what they leave: it could learn small sets by heart.
            Patience counts from then on.
        dna_mask: share of the bases hidden at a step, against learning by heart, too.
        hide: share of proteins some of whose relatives are hidden from the model at a step, so
            that it learns to do without them.
        split: how the validation is held out where neither a table nor a column `split` names it:
            `protein`, `pair`, or `auto` (proteins where there are ten or more).
        protein_region: `domains` or `full`, of a model from scratch.
        architecture: fields of `BindingConfig` for a model from scratch.
    """

    epochs: int | None = None
    steps: int | None = None
    batch_size: int = 64
    rate: float | None = None
    encoder_rate: float | None = None
    freeze: bool = False
    warmup: int = 50
    patience: int = 8
    monitor: Metric = "score"
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
