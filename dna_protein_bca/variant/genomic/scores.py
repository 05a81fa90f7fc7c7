"""Scores and best sites of DNA no longer than a window: by the model itself.

A faster way to the same answers, such as a table of k-mers, takes the place of `score_windows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from dna_protein_bca.ensemble import AnyPredictor, sets_of_weights
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.reducers import RecordScores, record_scores
from dna_protein_bca.predictor import BindingPredictor

Member: TypeAlias = "tuple[BindingPredictor, EncodedProteins]"
"""One set of weights, and the proteins as it encodes them."""


def members_of(predictor: AnyPredictor, encoded: EncodedProteins | EncodedByAll) -> list[Member]:
    """Every set of weights of a predictor with the proteins as it encoded them: one or more."""
    by_all = encoded if isinstance(encoded, EncodedByAll) else (encoded,)
    return list(zip(sets_of_weights(predictor), by_all, strict=True))


def score_windows(members: Sequence[Member], windows: Sequence[str]) -> RecordScores:
    """What `predict` gives of every protein on every window.

    Args:
        windows: `n` sequences in upper case, which may repeat: each is scored once.

    Returns:
        Answers [p, n]. Of several sets of weights the score is the mean, and the site that of the
        score which is nearest to it.
    """
    place = {text: row for row, text in enumerate(dict.fromkeys(windows))}
    records = DNARecords.from_sequences([*place])
    answers = []
    for predictor, encoded in members:
        meetings = predictor.scorer.positions(records, encoded.blocks)
        answers.append(record_scores(meetings, len(encoded), len(place)))
    rows = np.array([place[text] for text in windows], np.int64)
    return RecordScores(*(values[:, rows] for values in _mean(answers)))


def _mean(answers: Sequence[RecordScores]) -> RecordScores:
    if len(answers) == 1:
        return answers[0]
    score, *sites = (np.stack(values) for values in zip(*answers, strict=True))
    mean = score.mean(0)
    nearest = np.abs(score - mean).argmin(0)[None]
    start, end, strand = (np.take_along_axis(values, nearest, 0)[0] for values in sites)
    return RecordScores(mean, start, end, strand)
