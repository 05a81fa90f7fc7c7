"""Fast scores of variants: by tables of k-mers, with p-values of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.ensemble import AnyPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import Background, BackgroundDNA
from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.inference.background.find import undamaged_member
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.kmer_tables import (
    KmerTable,
    TableScorer,
    Windows,
    kmer_tables,
    table_changes,
    table_key,
    window_background,
)
from dna_protein_bca.inference.reducers import RecordScores
from dna_protein_bca.inference.results import Rating
from dna_protein_bca.predictor import BindingPredictor

from .alleles import Window


class _Known(NamedTuple):
    """What is known of a protein with a table."""

    scorer: TableScorer
    table: KmerTable
    key: str | None


class FastScoring:
    """Scores windows by the tables of proteins: see `TableScorer`, and `Scoring`.

    Args:
        predictor: of one set of weights.
        encoded: the proteins, one or more of which have a known domain; each takes some 20 MB.
        dna: what p-values compare with.
        cache: keep tables and what is simulated in the user's cache folder, and look there first.

    Raises:
        InputError: the predictor is an ensemble; see also `BackgroundDNA.draw`.
    """

    calibration = None

    def __init__(
        self,
        predictor: AnyPredictor,
        encoded: EncodedProteins | EncodedByAll,
        dna: BackgroundDNA,
        cache: bool = True,
    ) -> None:
        if not isinstance(predictor, BindingPredictor) or isinstance(encoded, EncodedByAll):
            raise InputError(
                "--fast scores with one set of weights, and these are several: give one --model"
            )
        self._encoded, self._dna = encoded, dna
        self._tile = predictor.model.config.tile
        self._known: dict[str, _Known] = {}
        tables = kmer_tables(
            predictor.scorer, encoded, dna, cache=cache, progress=predictor.progress
        )
        for row, (name, table) in enumerate(zip(encoded.ids, tables, strict=True)):
            member = undamaged_member(predictor.scorer, encoded, row)
            if table is not None and member is not None:
                key = table_key(encoded, row, dna) if cache else None
                self._known[name] = _Known(TableScorer(member, table), table, key)
        self._loss = np.zeros(len(encoded), np.float32)
        for block in encoded.blocks:
            self._loss[block.rows] = block.state.loss.cpu().numpy()
        self.shortest = max(known.scorer.shortest for known in self._known.values())
        self.rating = Rating(self, encoded, dna, cache=cache)

    def background(
        self, proteins: EncodedProteins, dna: object, *, cache: bool = True
    ) -> list[Background | None]:
        """How background DNA scores with some of the proteins; see `Rater`."""
        return [
            known and window_background(known.scorer, known.table, self._dna, self._tile, known.key)
            for known in map(self._known.get, proteins.ids)
        ]

    def changes(self) -> list[Curve | None]:
        """How far random changes move the score of each protein."""
        return [
            known and table_changes(known.scorer, self._dna, self._tile, known.key)
            for known in map(self._known.get, self._encoded.ids)
        ]

    def pairs(self, windows: Sequence[Window]) -> tuple[RecordScores, RecordScores]:
        """Scores and best sites of both alleles of `q` windows: answers [p, q] each."""
        shape = (len(self._encoded), len(windows))
        found = RecordScores.missing(*shape), RecordScores.missing(*shape)
        alike = np.array([len(window.ref) == len(window.alt) for window in windows], bool)
        for together in (True, False):
            rows = np.flatnonzero(alike == together)
            if not len(rows):
                continue
            ref, alt = (
                _token_ids([pick(windows[row]) for row in rows.tolist()])
                for pick in (lambda window: window.ref, lambda window: window.alt)
            )
            if together:
                both = Windows.of(np.stack((ref, alt), axis=1))
                self._fill(found, rows, both)
            else:
                for one, ids in zip(found, (ref, alt), strict=True):
                    self._fill((one,), rows, Windows.of(ids[:, None]))
        return found

    def _fill(self, found: Sequence[RecordScores], rows: np.ndarray, windows: Windows) -> None:
        """Put the answers for windows [q, a] into the `rows` of `a` tables for all windows."""
        for number, known in enumerate(map(self._known.get, self._encoded.ids)):
            if known is None:
                continue
            answers = known.scorer.score(windows)
            for place, table in enumerate(found):
                for values, new in zip(table, answers, strict=True):
                    values[number, rows] = new[:, place]
                table.score[number, rows] -= self._loss[number]


def _token_ids(texts: Sequence[str]) -> np.ndarray:
    """Token ids, padded to the longest text: uint8 [n, bp]."""
    records = DNARecords.from_sequences(texts)
    return records.windows(np.zeros(len(texts), np.int64), int(records.length.max()))
