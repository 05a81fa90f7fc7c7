"""Encoded proteins against DNA records: batches of tiles through the model, one answer a pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel, ProteinState

from .sites import site_spans
from .tiling import Tiles, TileScores, pool, reduce_positions, tile_records

SHORTEST = 5
"""Base pairs; on less DNA there is no site to score."""

CPU_POSITIONS = 1 << 14
"""Positions (proteins x tiles x bp) in a batch on a CPU, where more falls out of the caches."""

GPU_POSITIONS = 1 << 20
"""The same on a GPU, where fewer leave it idle."""

DENSE = 8
"""Pairs a protein in a table from which on its DNA goes through the model together."""

_DNA = DNATokenizer()


class DNARecords(NamedTuple):
    """Token ids of `r` records, end to end.

    Attributes:
        ids: uint8 [bases], ids of `DNATokenizer`.
        start, length: int64 [r], where each record lies in `ids`.
        scorable: bool [r], False where a record is all N or shorter than `SHORTEST`.
    """

    ids: np.ndarray
    start: np.ndarray
    length: np.ndarray
    scorable: np.ndarray

    @classmethod
    def from_sequences(cls, sequences: Sequence[str]) -> DNARecords:
        """Tokenize sequences (IUPAC letters, either case, T or U)."""
        length = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        start = np.concatenate(([0], np.cumsum(length)[:-1])) if len(length) else length
        ids = _DNA.encode(["".join(sequences)]).ids[0].numpy()
        known = np.concatenate(([0], np.cumsum(ids != _DNA.symbols.index("N"))))
        scorable = (length >= SHORTEST) & (known[start + length] > known[start])
        return cls(ids, start, length, scorable)

    def take(self, rows: np.ndarray) -> DNARecords:
        """Some of the records, in the order of `rows` (int64); shares the token ids."""
        return DNARecords(self.ids, self.start[rows], self.length[rows], self.scorable[rows])

    def windows(self, start: np.ndarray, width: int, end: np.ndarray | None = None) -> np.ndarray:
        """Token ids uint8 [..., r, width] from `start` (int64 [..., r]) in each record.

        Padding stands where a window leaves its record, or passes `end` (int64 [r]).
        """
        at = start[..., None] + np.arange(width)
        end = self.length if end is None else end
        inside = (at >= 0) & (at < end[:, None])
        flat = self.ids[np.where(inside, at + self.start[:, None], 0)]
        return np.where(inside, flat, np.uint8(_DNA.pad_id))


class RecordScores(NamedTuple):
    """Answers of `p` proteins on `r` records, each [p, r].

    Attributes:
        score: float32, the logit that the protein binds in the record.
        start, end: int64, the best site, half-open.
        strand: int64, 0 for `+`, 1 for `-`.
    """

    score: np.ndarray
    start: np.ndarray
    end: np.ndarray
    strand: np.ndarray


class Scorer:
    """Runs a model over DNA in batches of tiles of similar length.

    Args:
        model: in evaluation mode, on the device where it is to run.
        batch_size: tiles at once, or `auto`: as many as make a batch of a fixed size.
        precision: `float32`, `bfloat16` or `float16`; `auto` is float32.
    """

    def __init__(
        self, model: BindingModel, batch_size: int | str = "auto", precision: str = "auto"
    ) -> None:
        self.model = model
        self.device = next(model.parameters()).device
        self.batch_size = batch_size
        self.dtype = None if precision in ("auto", "float32") else getattr(torch, precision)

    def autocast(self) -> AbstractContextManager:
        """The arithmetic of the chosen precision."""
        if self.dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    @torch.inference_mode()
    def score(self, records: DNARecords, proteins: ProteinState) -> RecordScores:
        """Every protein on every record; all records must be scorable."""
        tiles = tile_records(records.length, self.model.config.tile)
        count = len(proteins)
        out = _empty(count, len(tiles.record))
        for rows in self._batches(tiles, count):
            ids, own, log_weight = self._batch(records, tiles, rows)
            self._run(ids[None], own[None], log_weight[None], proteins, tiles, rows, out)
        return self._finish(records, pool(tiles, out), proteins)

    @torch.inference_mode()
    def score_each(self, records: DNARecords, proteins: ProteinState) -> RecordScores:
        """Protein `i` on record `i` alone: answers [1, r]."""
        tiles = tile_records(records.length, self.model.config.tile)
        out = _empty(1, len(tiles.record))
        for rows in self._batches(tiles, 1):
            ids, own, log_weight = self._batch(records, tiles, rows)
            state = proteins[torch.from_numpy(tiles.record[rows]).to(self.device)]
            own, log_weight = own[:, None], log_weight[:, None]
            self._run(ids[:, None], own, log_weight, state, tiles, rows, out)
        return self._finish(records, pool(tiles, out), proteins, each=True)

    def score_pairs(
        self, records: DNARecords, rows: np.ndarray, proteins: ProteinState, which: np.ndarray
    ) -> RecordScores:
        """Protein `which[i]` on record `rows[i]` (int64 [pairs]): answers [1, pairs]."""
        present, counts = np.unique(which, return_counts=True)
        if len(which) < DENSE * len(present):
            state = proteins[torch.from_numpy(which).to(self.device)]
            return self.score_each(records.take(rows), state)
        out = RecordScores(*(np.empty((1, len(which)), kind) for kind in ("f4", "i8", "i8", "i8")))
        for protein, pairs in zip(
            present, np.split(np.argsort(which, kind="stable"), np.cumsum(counts)[:-1]), strict=True
        ):
            part = self.score(records.take(rows[pairs]), proteins[int(protein) : int(protein) + 1])
            for values, new in zip(out, part, strict=True):
                values[:, pairs] = new
        return out

    def _batches(self, tiles: Tiles, proteins: int) -> Iterator[np.ndarray]:
        """Tiles of similar length, the longest first, so that memory peaks at once."""
        length = tiles.end - tiles.start
        order = np.argsort(-length, kind="stable")
        budget = CPU_POSITIONS if self.device.type == "cpu" else GPU_POSITIONS
        first = 0
        while first < len(order):
            if isinstance(self.batch_size, int):
                size = self.batch_size
            else:
                size = max(1, budget // (proteins * int(length[order[first]])))
            yield order[first : first + size]
            first += size

    def _batch(
        self, records: DNARecords, tiles: Tiles, rows: np.ndarray
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Ids uint8 [s, n], owned positions bool [s, n] and their log weights float [s, n]."""
        start, end = tiles.start[rows], tiles.end[rows]
        width = int((end - start).max())
        ids = records.take(tiles.record[rows]).windows(start, width, end)
        at = start[:, None] + np.arange(width)
        first, last = tiles.own_start[rows][:, None], tiles.own_end[rows][:, None]
        shared = tiles.shared[rows][:, None]
        halved = ((at == first) & (shared & 1 > 0)) | ((at == last - 1) & (shared & 2 > 0))
        weight = np.where(halved, np.float32(np.log(0.5)), np.float32(0))
        own = (at >= first) & (at < last)
        moved = [torch.from_numpy(array).to(self.device) for array in (ids, own, weight)]
        return moved[0], moved[1], moved[2]

    def _run(
        self,
        ids: Tensor,
        own: Tensor,
        log_weight: Tensor,
        proteins: ProteinState,
        tiles: Tiles,
        rows: np.ndarray,
        out: TileScores,
    ) -> None:
        """Score one batch into the columns `rows` of `out`."""
        with self.autocast():
            position = self.model(ids, ids != _DNA.pad_id, proteins).position
        answers = reduce_positions(position.float(), own, log_weight)
        score, best, at, strand = (
            answer.reshape(len(out.score), len(rows)).cpu().numpy() for answer in answers
        )
        out.score[:, rows] = score
        out.best[:, rows] = best
        out.at[:, rows] = at + tiles.start[rows]
        out.strand[:, rows] = strand

    def _finish(
        self, records: DNARecords, scores: TileScores, proteins: ProteinState, each: bool = False
    ) -> RecordScores:
        """Widen the best middle bases [p, r] to sites; `each`: [1, r], of one protein a record."""
        width = self.model.config.width
        windows = records.windows(scores.at - width // 2, width)
        strand = scores.strand
        if each:
            windows, strand = windows.swapaxes(0, 1), strand.T
        spans = site_spans(
            torch.from_numpy(windows).to(self.device),
            torch.from_numpy(strand).to(self.device),
            proteins,
        )
        offsets = spans.cpu().numpy()
        sites = scores.at[..., None] + (offsets.swapaxes(0, 1) if each else offsets)
        # A short record may lie beside the columns that carry information: keep one base of it.
        start = np.minimum(sites[..., 0].clip(min=0), records.length - 1)
        end = np.minimum(sites[..., 1].clip(min=1), records.length)
        return RecordScores(scores.score, start, end, scores.strand)


def _empty(proteins: int, tiles: int) -> TileScores:
    kinds = ("f4", "f4", "i8", "i8")
    return TileScores(*(np.empty((proteins, tiles), kind) for kind in kinds))
