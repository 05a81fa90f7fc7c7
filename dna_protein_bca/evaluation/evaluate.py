"""Score labelled pairs, and measure how good the scores are beside the baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dna_protein_bca.errors import InputError, counted
from dna_protein_bca.evaluation.baselines.matrices import baseline_matrices
from dna_protein_bca.inference.results import Unscored, gather
from dna_protein_bca.inference.results.columns import AFFINITY
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
from .metrics import PREDICTED_AFFINITY
from .ranking import rank_positives
from .result import Evaluation
from .scored import Odds, ScoredPairs
from .summary import metrics_by_protein, summarise
from .training_data import TrainingData, identity_to, read_training_data_of_all, trained_on

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.protocol import Predictor

Progress: TypeAlias = Callable[[str, float], None]
"""Takes what is done next, and which share of the evaluation is done, 0 to 1."""

SCORED, BESIDE, SHUFFLED, RANKED = 0.3, 0.6, 0.75, 0.95
"""Shares of the time that scores of the pairs, of the baselines, of shuffled proteins and of ranks
have taken when they are there, roughly; the rest are intervals."""


def evaluate(
    model: Model,
    proteins: Sequences,
    dna: Sequences,
    pairs: Pairs,
    *,
    split: str | None = None,
    columns: Mapping[str, str] | None = None,
    threshold: float | None = None,
    odds: Odds = Odds(),  # noqa: B008
    training: TrainingData | None = None,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress = lambda *_: None,
) -> Evaluation:
    """Evaluate weights on labelled pairs.

    Args:
        model: a predictor, weights as `BindingPredictor.from_pretrained` takes them, or the folder
            of several trainings.
        proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs.
        pairs: table with `protein_id`, `dna_id`, and `label` or `affinity` or both.
        split: evaluate only the rows that have this in the column `split`, such as `test`.
        columns: names that the table has for its columns; see `read_pairs`.
        threshold: probability from which a pair is called bound; None for the p-value stored with
            the weights, or 0.5.
        odds: what probabilities start from, and how many proteins have them.
        training: what the weights were trained on; None to read it beside the weights.
        device, threads: where weights run that are given by name.
        seed: of the bootstrap, the shuffling, the folds and what is drawn.
        resamples: of the bootstrap over proteins.
        progress: told what is done next, and the share that is done.

    Raises:
        InputError: an id without a sequence, no pair that can be scored, no pair of the split, a
            broken file.
    """
    table = read_labelled_pairs(pairs, split, columns)
    predictor, folders = load_predictor(model, device, threads)
    records = named_records(proteins, "protein", table)
    sequences = {record.id: record.sequence for record in named_records(dna, "dna", table)}
    odds = odds.with_prior(share_of_positives(table))
    counts = f"{counted(len(table), 'pair')} of {counted(len(records), 'protein')}"
    progress(f"Evaluating {counts}", 0.0)
    encoded = predictor.encode(records)
    predictions = _score(predictor, encoded, sequences, table, progress)
    predictions = odds.rate(predictions, predictor, encoded, sequences, seed)
    unscored = Unscored(predictor.reads_whole)
    unscored.add(predictions)
    scored = ScoredPairs(predictor, records, sequences, _with_targets(predictions, table, unscored))
    training = training or read_training_data_of_all(folders, predictor.measured)
    threshold = odds.threshold(predictor) if threshold is None else float(threshold)
    bootstrap = Bootstrap(seed, resamples)
    evaluation = evaluate_scored(scored, training, threshold, bootstrap, progress)
    values, named = evaluation.metrics, {record.id: record.sequence for record in records}
    known = trained_on(training, table, named, sequences)
    values["counts"] |= {"pairs": len(table), "trained_on": known}
    values["left_out"], values["prior"] = unscored.reasons(), odds.prior
    values["splits"] = {} if "split" not in table else dict(Counter(table["split"]))
    return evaluation


def _score(
    predictor: Predictor,
    encoded: Any,
    sequences: Mapping[str, str],
    table: pd.DataFrame,
    progress: Progress,
) -> pd.DataFrame:
    """Scores of the pairs, without p-values, with word of how many there are."""
    done, chunks = 0, []
    for chunk in predictor.predict_stream(encoded, sequences, table, background=None):
        chunks.append(chunk)
        done += len(chunk)
        progress(f"{done:,} of {len(table):,} pairs scored", SCORED * done / len(table))
    return gather(chunks, predictor.columns)


def _with_targets(
    predictions: pd.DataFrame, table: pd.DataFrame, unscored: Unscored
) -> pd.DataFrame:
    """The predictions that have a score, with the labels and affinities of the table."""
    # What was measured has the name of its column.
    predictions = predictions.rename(columns={AFFINITY: PREDICTED_AFFINITY})
    targets = {name: table[name].to_numpy() for name in TARGETS if name in table}
    predictions = predictions.assign(**targets)
    scored = predictions[predictions["score"].notna()].reset_index(drop=True)
    if not len(scored):
        why = "; ".join(unscored.reasons()) or "the table has no rows"
        raise InputError(f"no pair can be scored: {why}")
    return scored


def evaluate_scored(
    scored: ScoredPairs,
    training: TrainingData,
    threshold: float,
    bootstrap: Bootstrap,
    progress: Progress = lambda *_: None,
) -> Evaluation:
    """Evaluate pairs that have a score; see `evaluate`."""
    import pandas as pd

    progress("scoring the baselines", SCORED)
    baselines = baseline_matrices(scored, training, bootstrap.seed)
    progress("scoring shuffled proteins", BESIDE)
    predictions = score_by_methods(scored, baselines, bootstrap.seed)
    methods = methods_of(predictions)
    progress("ranking the proteins of each DNA", SHUFFLED)
    ranks = rank_positives(scored, baselines.scores, methods, bootstrap.seed)
    identity = _identities(scored, training)
    tables = {
        method: metrics_by_protein(method, predictions, ranks, threshold).assign(
            identity=lambda table: identity.reindex(table.index)
        )
        for method in methods
    }
    progress("resampling the proteins for intervals", RANKED)
    values = summarise(tables, predictions, ranks, threshold, bootstrap)
    values["notes"] = {**baselines.notes, "identity": training.source}
    proteins = pd.concat([table.assign(method=name) for name, table in tables.items()])
    progress("done", 1.0)
    return Evaluation(values, proteins.reset_index(), predictions, ranks)


def _identities(scored: ScoredPairs, training: TrainingData) -> pd.Series:
    """Protein -> identity to the nearest training protein or relative; NaN for none."""
    import pandas as pd

    listed = identity_to(training, scored.proteins, scored.threads)
    nearest = scored.pairs.groupby("protein_id", sort=False)["nearest_identity"].first()
    return pd.Series(np.fmax(listed, nearest.reindex(scored.ids).to_numpy(float)), scored.ids)
