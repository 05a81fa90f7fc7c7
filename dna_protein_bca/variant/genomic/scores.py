"""Scores and best sites of DNA no longer than a window: by the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np

from dna_protein_bca.ensemble import AnyPredictor, sets_of_weights
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.inference.changes import change_curves
from dna_protein_bca.inference.dna_records import SHORTEST, DNARecords
from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.reducers import RecordScores, record_scores
from dna_protein_bca.inference.results import Rating
from dna_protein_bca.predictor import BindingPredictor

from .alleles import Window


class Scoring(Protocol):
    """How the alleles of variants are scored.

    Attributes:
        rating: gives the p-values of the scores.
        shortest: bp of the shortest DNA that is scored.
    """

    rating: Rating
    shortest: int

    def changes(self) -> list[Curve | None]:
        """How often random changes move each protein's score as far: see `change_curves`."""

    def pairs(self, windows: Sequence[Window]) -> tuple[RecordScores, RecordScores]:
        """Scores and best sites of both alleles of `q` windows: answers [p, q] each."""


Member: TypeAlias = "tuple[BindingPredictor, EncodedProteins]"
"""One set of weights, and the proteins as it encodes them."""


class ExactScoring:
    """Scores windows with the model, as `predict` does; see `Scoring`.

    Args:
        encoded: the proteins, as `predictor` encoded them.
        dna: what p-values compare with.
        cache: keep what is simulated in the user's cache folder, and look there first.
    """

    shortest = SHORTEST

    def __init__(
        self,
        predictor: AnyPredictor,
        encoded: EncodedProteins | EncodedByAll,
        dna: BackgroundDNA,
        cache: bool = True,
    ) -> None:
        self._members, self._dna, self._cache = members_of(predictor, encoded), dna, cache
        self.rating = Rating(predictor, encoded, dna, cache=cache)

    def changes(self) -> list[Curve | None]:
        """See `change_curves`."""
        scorers = [member.scorer for member, _ in self._members]
        encoded = [proteins for _, proteins in self._members]
        progress = any(member.progress for member, _ in self._members)
        return change_curves(scorers, encoded, self._dna, cache=self._cache, progress=progress)

    def pairs(self, windows: Sequence[Window]) -> tuple[RecordScores, RecordScores]:
        """See `Scoring`."""
        texts = [window.ref for window in windows] + [window.alt for window in windows]
        scores = score_windows(self._members, texts)
        ref, alt = (
            RecordScores(*(values[:, part] for values in scores))
            for part in (slice(0, len(windows)), slice(len(windows), None))
        )
        return ref, alt


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
