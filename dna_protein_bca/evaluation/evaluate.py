"""Score labelled pairs, and measure how good the scores are beside the baselines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation.baselines.matrices import baseline_matrices
from dna_protein_bca.inference.background import UNIFORM, BackgroundDNA
from dna_protein_bca.inference.results import Rating, Unscored
from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.pairs import TARGETS

from .bootstrap import RESAMPLES, Bootstrap
from .inputs import (
    Model,
    Pairs,
    load_predictor,
    named_records,
    read_labelled_pairs,
    share_of_positives,
)
from .methods import methods_of, score_by_methods
from .ranking import rank_positives
from .result import Evaluation
from .scored import ScoredPairs, add_probabilities
from .summary import metrics_by_protein, summarise
from .training_data import TrainingData, identity_to, read_training_data, trained_on

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.protocol import Predictor

RATED_PROTEINS = 32
"""Proteins whose pairs have probabilities: the background of each takes seconds."""

DEFAULT_THRESHOLD = 0.5
"""Probability from which a pair is called bound, where the weights bring none."""


def evaluate(
    model: Model,
    proteins: Sequences,
    dna: Sequences,
    pairs: Pairs,
    *,
    split: str | None = None,
    threshold: float | None = None,
    prior: float | None = None,
    background: str | Path | BackgroundDNA = UNIFORM,
    rated_proteins: int = RATED_PROTEINS,
    training: TrainingData | None = None,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """Evaluate weights on labelled pairs.

    Args:
        model: a predictor, or weights as `BindingPredictor.from_pretrained` takes them.
        proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs.
        pairs: table with `protein_id`, `dna_id`, and `label` or `affinity` or both.
        split: evaluate only the rows that have this in the column `split`, such as `test`.
        threshold: probability from which a pair is called bound; None for the p-value stored with
            the weights, or 0.5.
        prior: probability of label 1, before the two sequences are known; None for the share of
            the pairs that have it.
        background: of the p-values, see `BindingPredictor.background`.
        rated_proteins: of more proteins so many are drawn, whose pairs have p-values and
            probabilities.
        training: what the weights were trained on; None to read it beside the weights.
        device, threads: where weights run that are given by name.
        seed: of the bootstrap, the shuffling, the folds and what is drawn.
        resamples: of the bootstrap over proteins.

    Raises:
        InputError: an id without a sequence, no pair that can be scored, no pair of the split, a
            broken file.
    """
    table = read_labelled_pairs(pairs, split)
    predictor, folder = load_predictor(model, device, threads)
    records = named_records(proteins, "protein", table)
    sequences = {record.id: record.sequence for record in named_records(dna, "dna", table)}
    encoded = predictor.encode(records)
    predictions = predictor.predict(encoded, sequences, table, background=None)
    prior = share_of_positives(table) if prior is None else prior
    if predictor.calibration is None:
        predictions = predictions.drop(columns="p_value")
    else:
        rating = Rating(predictor, encoded, background, prior)
        predictions = add_probabilities(
            predictions, rating, records, sequences, rated_proteins, seed
        )
    unscored = Unscored(predictor.reads_whole)
    unscored.add(predictions)
    scored = ScoredPairs(predictor, records, sequences, _with_targets(predictions, table, unscored))
    if training is None:
        training = read_training_data(folder, predictor.measured)
    if threshold is None:
        threshold = _stored_threshold(predictor, prior)
    evaluation = evaluate_scored(scored, training, float(threshold), Bootstrap(seed, resamples))
    values = evaluation.metrics
    named = {record.id: record.sequence for record in records}
    known = trained_on(training, table, named, sequences)
    values["counts"] |= {"pairs": len(table), "trained_on": known}
    values["left_out"] = unscored.reasons()
    values["prior"] = prior
    values["splits"] = {} if "split" not in table else dict(Counter(table["split"]))
    return evaluation


def _stored_threshold(predictor: Predictor, prior: float) -> float:
    """The threshold of the weights as a probability."""
    calibration = predictor.calibration
    return DEFAULT_THRESHOLD if calibration is None else calibration.threshold_at(prior)


def _with_targets(
    predictions: pd.DataFrame, table: pd.DataFrame, unscored: Unscored
) -> pd.DataFrame:
    """The predictions that have a score, with the labels and affinities of the table."""
    targets = {name: table[name].to_numpy() for name in TARGETS if name in table}
    predictions = predictions.assign(**targets)
    scored = predictions[predictions["score"].notna()].reset_index(drop=True)
    if not len(scored):
        why = "; ".join(unscored.reasons()) or "the table has no rows"
        raise InputError(f"no pair can be scored: {why}")
    return scored


def evaluate_scored(
    scored: ScoredPairs, training: TrainingData, threshold: float, bootstrap: Bootstrap
) -> Evaluation:
    """Evaluate pairs that have a score; see `evaluate`."""
    import pandas as pd

    baselines = baseline_matrices(scored, training, bootstrap.seed)
    predictions = score_by_methods(scored, baselines, bootstrap.seed)
    methods = methods_of(predictions)
    ranks = rank_positives(scored, baselines.scores, methods, bootstrap.seed)
    identity = _identities(scored, training)
    tables = {
        method: metrics_by_protein(method, predictions, ranks, threshold).assign(
            identity=lambda table: identity.reindex(table.index)
        )
        for method in methods
    }
    values = summarise(tables, predictions, ranks, threshold, bootstrap)
    values["notes"] = {**baselines.notes, "identity": training.source}
    proteins = pd.concat([table.assign(method=name) for name, table in tables.items()])
    return Evaluation(values, proteins.reset_index(), predictions, ranks)


def _identities(scored: ScoredPairs, training: TrainingData) -> pd.Series:
    """Protein -> identity to the nearest training protein or relative; NaN for none."""
    import pandas as pd

    listed = identity_to(training, scored.proteins, scored.threads)
    nearest = scored.pairs.groupby("protein_id", sort=False)["nearest_identity"].first()
    return pd.Series(np.fmax(listed, nearest.reindex(scored.ids).to_numpy(float)), scored.ids)
