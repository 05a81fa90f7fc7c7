"""Losses on batches of labelled pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.errors import listed
from dna_protein_bca.evaluation.metrics import constant
from dna_protein_bca.inference.tiling import owned_positions, tile_records
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.matching import MASKED
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.training.engine.batching import Batcher
from dna_protein_bca.training.engine.trainer import Losses, Part

from . import pair_losses
from .data import TrainingData
from .proteins import TrainingProteins
from .settings import TrainSettings

WHOLE = Part(0, 1)

SHOWN = 64
"""Pairs of a batch that a message names."""

HEAVIEST = 20.0
"""The most that a pair of the rarer class may weigh."""

_DNA = DNATokenizer()


class RunBatch(NamedTuple):
    """DNA of `r` runs of up to `k` pairs, each pair of up to `t` tiles of `n` bp.

    Attributes:
        ids: uint8 [r, k * t, n]; mask: bool, the same shape.
        own: bool [r, k, t, n], positions that count; log_weight: float, the same shape.
    """

    ids: Tensor
    mask: Tensor
    own: Tensor
    log_weight: Tensor


class PairTask:
    """Cross-entropy and order of labels, correlation and order of affinities.

    Batches depend on (seed, step) alone. All proteins of a batch are encoded by every part of it,
    so that what is drawn at random in them is alike; the DNA is divided.

    Attributes:
        match_steps: steps in which motifs alone learn.
        seed_steps: steps in which no pair counts yet, so that motifs found beforehand are learned:
            a motif that fits nothing is best ignored, and would be for good.
    """

    def __init__(
        self,
        model: BindingModel,
        data: TrainingData,
        proteins: TrainingProteins,
        settings: TrainSettings,
    ) -> None:
        self.match_steps = self.seed_steps = 0
        self.data, self.proteins, self.settings = data, proteins, settings
        train = data.train
        self.protein = train["protein"].to_numpy(np.int64)
        self.dna = train["dna"].to_numpy(np.int64)
        self.tile = model.config.tile
        lengths = data.records.length[self.dna]
        tiles = np.bincount(tile_records(lengths, self.tile).record, minlength=len(lengths))
        dealt = train["label"].fillna(-1).to_numpy() if "label" in train else None
        self.batcher = Batcher(self.protein, tiles, dealt, settings.batch_size, settings.seed)
        weight = train["weight"].to_numpy() if "weight" in train else np.ones(len(train))
        self.target: dict[str, np.ndarray] = {}
        self.weight: dict[str, np.ndarray] = {}
        for name in data.targets:
            # A pair without this target weighs nothing in its losses.
            values, known = train[name].to_numpy(np.float64), train[name].notna().to_numpy()
            target, share = np.zeros(len(train), np.float32), np.where(known, weight, 0.0)
            if name == "label":
                target[known] = values[known]
                share[known] *= class_weights(values[known], settings.balance)
            else:
                target[known] = standardised(values[known], self.protein[known])
            self.target[name], self.weight[name] = target, share.astype(np.float32)

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The weighted terms of the loss of a part of a step's batch."""
        if step < self.seed_steps:
            return {name: model.sharpness.new_zeros(()) for name in self.terms()}
        runs = self.batcher.batch(step)
        batch_proteins = np.array([self.protein[run[0]] for run in runs])
        unique, place = np.unique(batch_proteins, return_inverse=True)
        state = self.proteins.encode(model, unique, step)
        own = range(part.index, len(runs), part.count)
        if not own:
            return {name: state.bias.sum() * 0.0 for name in self.terms()}
        device = state.bias.device
        chosen = [runs[number] for number in own]
        rows = torch.from_numpy(place[list(own)]).to(device)
        batch = self.hide(self.collate(chosen, device), own, step)
        score = score_runs(model, batch, state[rows], joint=step >= self.match_steps)
        found: Losses = {}
        for name in self.target:
            target = self._padded(self.target[name], chosen, device)
            weight = self._padded(self.weight[name], chosen, device)
            found |= self._of(name, score, target, weight, runs)
        return found

    def hide(self, batch: RunBatch, numbers: Sequence[int], step: int) -> RunBatch:
        """Hide some bases; which ones depends on (seed, step) and the run's number alone."""
        share = self.settings.dna_mask
        if not share:
            return batch
        shape = batch.ids.shape[1:]
        draws = [
            np.random.default_rng((self.settings.seed, step, number)).random(shape)
            for number in numbers
        ]
        hidden = torch.from_numpy(np.stack(draws) < share).to(batch.ids.device) & batch.mask
        return batch._replace(ids=batch.ids.masked_fill(hidden, _DNA.mask_id))

    def terms(self) -> list[str]:
        """Names of the losses, the same at every step."""
        return [term for name in self.target for term in (name, f"{name}_rank")]

    def _of(
        self, name: str, score: Tensor, target: Tensor, weight: Tensor, runs: list[np.ndarray]
    ) -> Losses:
        """The two losses of one target, divided by what the whole batch holds of them."""
        s = self.settings
        # Padded pairs score MASKED; at a weight of 0 they only have to stay finite.
        score = score.masked_fill(weight == 0, 0.0)
        if name == "label":
            total = sum(float(self.weight[name][run].sum()) for run in runs)
            mixed = sum(
                len(np.unique(self.target[name][run][self.weight[name][run] > 0])) > 1
                for run in runs
            )
            loss = pair_losses.label_loss(score, target, weight).sum() / max(total, 1e-6)
            order = pair_losses.label_rank_loss(score, target, weight).sum() / max(mixed, 1)
            return {"label": s.label * loss, "label_rank": s.rank * order}
        known = [int((self.weight[name][run] > 0).sum()) for run in runs]
        enough = sum(count >= pair_losses.FEWEST for count in known)
        loss = pair_losses.affinity_loss(score, target, weight).sum() / max(enough, 1)
        order = pair_losses.affinity_rank_loss(score, target, weight).sum()
        order = order / max(sum(count > 1 for count in known), 1)
        return {"affinity": s.affinity * loss, "affinity_rank": s.affinity_rank * order}

    def _padded(self, values: np.ndarray, runs: list[np.ndarray], device: torch.device) -> Tensor:
        out = np.zeros((len(runs), max(map(len, runs))), dtype=np.float32)
        for row, run in enumerate(runs):
            out[row, : len(run)] = values[run]
        return torch.from_numpy(out).to(device)

    def collate(self, runs: list[np.ndarray], device: torch.device) -> RunBatch:
        """Tiles of the DNA of some runs, as `predict` would cut them."""
        dna = np.concatenate([self.dna[run] for run in runs])
        records = self.data.records.take(dna)
        tiles = tile_records(records.length, self.tile)
        run_of = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
        place = np.concatenate([np.arange(len(run)) for run in runs])
        order = np.arange(len(tiles.record)) - np.searchsorted(tiles.record, tiles.record)
        width = int((tiles.end - tiles.start).max())
        shape = (len(runs), int(place.max()) + 1, int(order.max()) + 1, width)
        ids = np.full(shape, _DNA.pad_id, dtype=np.uint8)
        own, weight = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.float32)
        at = run_of[tiles.record], place[tiles.record], order
        ids[at] = records.take(tiles.record).windows(tiles.start, width, tiles.end)
        own[at], weight[at] = owned_positions(tiles, width)
        flat = ids.reshape(shape[0], -1, width)
        mask = flat != _DNA.pad_id
        # A row of padding alone would have no token to attend to.
        mask[..., 0] = True
        moved = [torch.from_numpy(x).to(device) for x in (flat, mask, own, weight)]
        return RunBatch(*moved)

    def describe(self, step: int) -> str:
        """The pairs of a step's batch, for a message."""
        rows = np.concatenate(self.batcher.batch(step))
        some = self.data.train.iloc[rows]
        pairs = zip(some["protein_id"], some["dna_id"], strict=True)
        return listed([f"{protein} {dna}" for protein, dna in pairs], SHOWN)

    def samples(self, step: int) -> int:
        """Pairs of a step's batch."""
        return sum(map(len, self.batcher.batch(step)))


def score_runs(
    model: BindingModel, batch: RunBatch, state: ProteinState, *, joint: bool = True
) -> Tensor:
    """Scores of pairs, float [r, k], as `predict` gives them; `MASKED` at padding."""
    position = model(batch.ids, batch.mask, state, joint=joint).position
    r, k, t, n = batch.own.shape
    counted = position.view(r, k, t, n, 2).masked_fill(~batch.own[..., None], MASKED)
    pooled: Tensor = (counted + batch.log_weight[..., None]).flatten(2).logsumexp(-1)
    return pooled.clamp(min=MASKED)


def class_weights(label: np.ndarray, balance: bool) -> np.ndarray:
    """Float32 weight of each pair that lets both classes count the same."""
    if not balance:
        return np.ones(len(label), dtype=np.float32)
    share = np.bincount(label.astype(np.int64), minlength=2) / len(label)
    return np.minimum(0.5 / share, HEAVIEST).astype(np.float32)[label.astype(np.int64)]


def standardised(affinity: np.ndarray, protein: np.ndarray) -> np.ndarray:
    """Float32 affinities with mean 0 and deviation 1 within each protein; a constant becomes 0."""
    out = np.zeros(len(affinity), dtype=np.float32)
    for one in np.unique(protein):
        values = affinity[protein == one].astype(np.float64)
        if not constant(values):
            # Of 1 at most, so that no square overflows.
            values = values / np.abs(values).max()
            out[protein == one] = (values - values.mean()) / values.std()
    return out
