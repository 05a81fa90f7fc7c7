"""Short DNA by a protein's table: what a window scores, and where its best site lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from dna_protein_bca.inference.background.members import Member
from dna_protein_bca.inference.reducers import TIE, RecordScores
from dna_protein_bca.inference.sites import motif_spans
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.matching import match_middle

from .lookup import COUNT, kmer_numbers, other_strand
from .match import LENGTH, heavy, most_weight
from .table import STEP, KmerTable

PASSING = 5e-4
"""Share of random positions whose table is high enough for a look with the motifs: about one in
sixteen windows of 128 bp has one."""

SAMPLE = 1 << 20
"""Random pairs of k-mers that say how high that is."""

ROWS = 1024
"""Windows at a time, which stay in a core's caches."""

SEED = 23

_DNA = DNATokenizer()


class Windows(NamedTuple):
    """DNA that is looked up by any number of tables.

    Attributes:
        ids: uint8 [n, a, bp], ids of `DNATokenizer`, padding behind windows that are shorter: `n`
            times `a` windows that are compared with each other, base by base.
        numbers: int64 [n, a, bp - LENGTH + 1], of the k-mers that begin at each base; `COUNT` where
            a base is not known.
    """

    ids: np.ndarray
    numbers: np.ndarray

    @classmethod
    def of(cls, ids: np.ndarray) -> Windows:
        """Number the k-mers; windows need not be as long as one."""
        width = ids.shape[-1]
        count = max(0, width - LENGTH + 1)
        flat = ids.ravel()
        numbers = np.full(ids.shape, COUNT, np.int64)
        if count:
            numbers.reshape(-1)[: len(flat) - LENGTH + 1] = kmer_numbers(flat & 3)
        unknown = flat > 3
        if unknown.any():
            before = np.concatenate(([0], np.cumsum(unknown)))
            within = before[LENGTH:] > before[:-LENGTH]
            numbers.reshape(-1)[: len(within)][within] = COUNT
        return cls(ids, numbers[..., :count])


class TableScorer:
    """Scores windows with one undamaged protein.

    The odds of all positions are summed, as in an exact score. Those of a position are what its
    k-mer, or two k-mers, in the table say, and where that is high (`PASSING`), or is so in a
    window that it is compared with, what all motifs say. The joint transformer has no part in it.
    Positions with an unknown base in their k-mers do not count.

    Args:
        member: the model and the protein.
        table: its table.

    Attributes:
        shortest: bp of the shortest windows that are scored.
    """

    def __init__(self, member: Member, table: KmerTable) -> None:
        self._config = member.scorer.model.config.matching
        state = member.block.state
        self._bias = float(state.bias[0])
        self._motifs = heavy(state.motifs, self._config.inverse_temperature)
        reading, turn = table.readings[-1], other_strand()
        fits = [_padded(values * np.float32(STEP)) for values in reading.values]
        turned = [_padded(values[turn] * np.float32(STEP)) for values in reading.values[::-1]]
        limit = _passing(reading.values, turn)
        self._limit = np.float32(np.exp(limit * STEP + self._bias))
        for strand in (fits, turned):
            strand[0] += np.float32(self._bias)
        self._strands = [[np.exp(one[0])] if len(one) == 1 else one for one in (fits, turned)]
        self.shortest = len(fits) * LENGTH
        middle = table.width // 2 - reading.first[0]
        self._middle = (middle, self.shortest - 1 - middle)
        share = most_weight(state.motifs, self._config.inverse_temperature).cpu()
        edges = motif_spans(state.motifs.log_odds[0].cpu())
        first, last = (float((share * edge).sum() / share.sum()) for edge in edges)
        self._span = round(first), round(last)

    def score(self, windows: Windows) -> RecordScores:
        """What the windows score, and their best sites.

        Returns:
            Answers [n, a]; of windows without a known k-mer there is none.
        """
        count, alike, width = windows.ids.shape
        found = RecordScores.missing(count, alike)
        if width >= self.shortest:
            step = max(1, ROWS // alike)
            for first in range(0, count, step):
                part = slice(first, first + step)
                answers = self._part(Windows(*(values[part] for values in windows)))
                for values, new in zip(found, answers, strict=True):
                    values[part] = new
        return found

    def _part(self, windows: Windows) -> RecordScores:
        odds = [_odds(strand, windows.numbers) for strand in self._strands]
        for minus, each in enumerate(odds):
            row, place = np.nonzero((each >= self._limit).any(1))
            if len(row):
                each[row, :, place] = self._look(windows.ids, row, place, minus)
        total = odds[0].sum(-1) + odds[1].sum(-1)
        with np.errstate(divide="ignore"):
            score = np.where(total > 0, np.log(total), np.float32(np.nan))
        best = [each.argmax(-1) for each in odds]
        top = [
            np.take_along_axis(each, at[..., None], -1)[..., 0]
            for each, at in zip(odds, best, strict=True)
        ]
        strand = (top[1] > top[0] * np.float32(1 + TIE)).astype(np.int64)
        middle = np.where(strand, best[1] + self._middle[1], best[0] + self._middle[0])
        first, last = self._span
        length = (windows.ids != _DNA.pad_id).sum(-1)
        start = middle + np.where(strand, 1 - last, first)
        end = middle + np.where(strand, 1 - first, last)
        start = np.minimum(start.clip(min=0), (length - 1).clip(min=0))
        return RecordScores(score, start, np.minimum(end.clip(min=1), length), strand)

    def _look(self, ids: np.ndarray, row: np.ndarray, place: np.ndarray, strand: int) -> np.ndarray:
        """The odds by all motifs of k positions, in all windows of their rows: float32 [k, a]."""
        width = self._motifs.log_odds.shape[2] + 2 * self._config.pooling_radius
        begin = place + self._middle[strand] - width // 2
        at = (begin[:, None] + np.arange(width))[:, None]
        inside = (at >= 0) & (at < ids.shape[2])
        alike = np.arange(ids.shape[1])[:, None]
        read = ids[row[:, None, None], alike, at.clip(0, ids.shape[2] - 1)]
        read = np.where(inside, read, np.uint8(_DNA.pad_id))
        # Most positions read nothing of what differs between the windows.
        differ = (read != read[:, :1]).any(-1)
        differ[:, 0] = True
        odds = np.empty(read.shape[:2], np.float32)
        odds[differ] = self._by_motifs(read[differ], strand)
        return np.where(differ, odds, odds[:, :1])

    @torch.inference_mode()
    def _by_motifs(self, windows: np.ndarray, strand: int) -> np.ndarray:
        """The odds of the middle bases of windows: float32 [k] of uint8 [k, width]."""
        table = _DNA.base_probabilities.to(self._motifs.log_odds)
        bases = table[torch.from_numpy(windows.astype(np.int64)).to(table.device)][None]
        fit = match_middle(
            bases, self._motifs, self._config.pooling_radius, self._config.inverse_temperature
        )
        score = self._config.scale * fit[0, :, strand] + self._bias
        odds: np.ndarray = score.exp().float().cpu().numpy()
        return odds


def _padded(values: np.ndarray) -> np.ndarray:
    """A table with a last entry for what is not known, which counts for nothing."""
    return np.append(values, np.float32(-np.inf))


def _odds(strand: list[np.ndarray], numbers: np.ndarray) -> np.ndarray:
    """The odds of each position on one strand: float32 [n, a, places]."""
    if len(strand) == 1:
        return np.take(strand[0], numbers, mode="clip")
    total = np.take(strand[0], numbers[..., :-LENGTH], mode="clip")
    total += np.take(strand[1], numbers[..., LENGTH:], mode="clip")
    return np.exp(total, out=total)


def _passing(values: tuple[np.ndarray, ...], turn: np.ndarray) -> float:
    """What the table of the better strand reaches at `PASSING` of all random positions."""
    if len(values) == 1:
        better = np.maximum(values[0], values[0][turn])
    else:
        first, second = np.random.default_rng(SEED).integers(0, COUNT, (2, SAMPLE))
        plus = values[0][first] + values[1][second]
        better = np.maximum(plus, values[1][turn[first]] + values[0][turn[second]])
    return float(np.quantile(better, 1 - PASSING))
