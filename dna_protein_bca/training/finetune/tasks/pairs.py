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
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.config import WHOLE, Losses, Part
from dna_protein_bca.training.finetune.data import TrainingData
from dna_protein_bca.training.finetune.settings import TrainSettings

from .batching import Batcher
from .proteins import TrainingProteins

SHOWN = 64
"""Pairs of a batch that a message names."""

HEAVIEST = 20.0
"""The most that a pair of the rarer class may weigh."""

_DNA = DNATokenizer()


class GroupBatch(NamedTuple):
    """DNA of `g` groups of up to `k` pairs of one protein, each of up to `t` tiles of `n` bp.

    Attributes:
        ids: uint8 [g, k * t, n], tokens.
        mask: bool [g, k * t, n].
        owned: bool [g, k, t, n], the positions that count for their tile.
        log_weight: float32 [g, k, t, n], logarithm of what a position counts.
    """

    ids: Tensor
    mask: Tensor
    owned: Tensor
    log_weight: Tensor


class PairTask:
    """Cross-entropy and order of labels, correlation and order of affinities.

    Batches depend on (seed, step) alone. All proteins of a batch are encoded by every part of it,
    so that what is drawn at random in them is alike; the DNA is divided.

    Attributes:
        match_steps: steps in which motifs alone learn.
        initial_motif_steps: steps in which no pair counts yet, so that motifs discovered beforehand
            are learned: a motif that fits nothing is best ignored, and would be for good.
    """

    def __init__(
        self,
        model: BindingModel,
        data: TrainingData,
        proteins: TrainingProteins,
        settings: TrainSettings,
    ) -> None:
        self.match_steps = self.initial_motif_steps = 0
        self.data, self.proteins, self.settings = data, proteins, settings
        train = data.train
        self.protein = train["protein"].to_numpy(np.int64)
        self.dna = train["dna"].to_numpy(np.int64)
        self.tile = model.config.tile
        lengths = data.records.length[self.dna]
        tiles = np.bincount(tile_records(lengths, self.tile).record, minlength=len(lengths))
        label = train["label"].fillna(-1).to_numpy() if "label" in train else None
        self.batcher = Batcher(self.protein, tiles, label, settings.batch_size, settings.seed)
        self.target: dict[str, np.ndarray] = {}
        self.weight: dict[str, np.ndarray] = {}
        for name in data.targets:
            self.target[name], self.weight[name] = self._target(name)

    def _target(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """What every pair teaches of a target, and its weight in the losses: float32 [pairs] each.

        A pair without this target weighs nothing.
        """
        train = self.data.train
        values, present = train[name].to_numpy(np.float64), train[name].notna().to_numpy()
        weight = train["weight"].to_numpy() if "weight" in train else np.ones(len(train))
        target, share = np.zeros(len(train), np.float32), np.where(present, weight, 0.0)
        if name == "label":
            target[present] = values[present]
            share[present] *= class_weights(values[present], self.settings.balance)
        else:
            target[present] = standardised(values[present], self.protein[present])
        return target, share.astype(np.float32)

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The weighted terms of the loss of a part of a step's batch."""
        if step < self.initial_motif_steps:
            return {name: model.sharpness.new_zeros(()) for name in self.terms()}
        groups = self.batcher.batch(step)
        group_proteins = np.array([self.protein[group[0]] for group in groups])
        proteins, row_of_group = np.unique(group_proteins, return_inverse=True)
        state = self.proteins.encode(model, proteins, step)
        numbers = range(part.index, len(groups), part.count)
        if not numbers:
            return {name: state.bias.sum() * 0.0 for name in self.terms()}
        device = state.bias.device
        part_groups = [groups[number] for number in numbers]
        rows = torch.from_numpy(row_of_group[list(numbers)]).to(device)
        batch = self.hide(self.collate(part_groups, device), numbers, step)
        score = score_groups(model, batch, state[rows], joint=step >= self.match_steps)
        terms: Losses = {}
        for name in self.target:
            target = _padded(self.target[name], part_groups, device)
            weight = _padded(self.weight[name], part_groups, device)
            terms |= self._target_losses(name, score, target, weight, groups)
        return terms

    def hide(self, batch: GroupBatch, numbers: Sequence[int], step: int) -> GroupBatch:
        """Hide some bases; which ones depends on (seed, step) and the group's number alone."""
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

    def _target_losses(
        self, name: str, score: Tensor, target: Tensor, weight: Tensor, groups: list[np.ndarray]
    ) -> Losses:
        """The two losses of one target, divided by what the whole batch holds of them."""
        s = self.settings
        # Padded pairs score MASKED; at a weight of 0 they only have to stay finite.
        score = score.masked_fill(weight == 0, 0.0)
        if name == "label":
            total = sum(float(self.weight[name][group].sum()) for group in groups)
            mixed = sum(
                len(np.unique(self.target[name][group][self.weight[name][group] > 0])) > 1
                for group in groups
            )
            loss = objective.label_loss(score, target, weight).sum() / max(total, 1e-6)
            order = objective.label_rank_loss(score, target, weight).sum() / max(mixed, 1)
            return {"label": s.label * loss, "label_rank": s.rank * order}
        counts = [int((self.weight[name][group] > 0).sum()) for group in groups]
        enough = sum(count >= objective.FEWEST_AFFINITIES for count in counts)
        loss = objective.affinity_loss(score, target, weight).sum() / max(enough, 1)
        order = objective.affinity_rank_loss(score, target, weight).sum()
        order = order / max(sum(count > 1 for count in counts), 1)
        return {"affinity": s.affinity * loss, "affinity_rank": s.affinity_rank * order}

    def collate(self, groups: list[np.ndarray], device: torch.device) -> GroupBatch:
        """Tiles of the DNA of some groups, as `predict` would cut them."""
        dna = np.concatenate([self.dna[group] for group in groups])
        records = self.data.records.take(dna)
        tiles = tile_records(records.length, self.tile)
        group_of_pair = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        place_in_group = np.concatenate([np.arange(len(group)) for group in groups])
        place_in_pair = np.arange(len(tiles.record)) - np.searchsorted(tiles.record, tiles.record)
        width = int((tiles.end - tiles.start).max())
        pairs, most_tiles = int(place_in_group.max()) + 1, int(place_in_pair.max()) + 1
        shape = (len(groups), pairs, most_tiles, width)
        ids = np.full(shape, _DNA.pad_id, dtype=np.uint8)
        owned, log_weight = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.float32)
        at = group_of_pair[tiles.record], place_in_group[tiles.record], place_in_pair
        ids[at] = records.take(tiles.record).windows(tiles.start, width, tiles.end)
        owned[at], log_weight[at] = owned_positions(tiles, width)
        flat = ids.reshape(shape[0], -1, width)
        mask = flat != _DNA.pad_id
        # A row of padding alone would have no token to attend to.
        mask[..., 0] = True
        tensors = (torch.from_numpy(array).to(device) for array in (flat, mask, owned, log_weight))
        return GroupBatch(*tensors)

    def describe(self, step: int) -> str:
        """The pairs of a step's batch, for a message."""
        pairs = self.data.train.iloc[np.concatenate(self.batcher.batch(step))]
        ids = zip(pairs["protein_id"], pairs["dna_id"], strict=True)
        return listed([f"{protein} {dna}" for protein, dna in ids], SHOWN)

    def samples(self, step: int) -> int:
        """Pairs of a step's batch."""
        return sum(map(len, self.batcher.batch(step)))


def score_groups(
    model: BindingModel, batch: GroupBatch, state: ProteinState, *, joint: bool = True
) -> Tensor:
    """Scores of pairs, float [g, k], as `predict` gives them; `MASKED` at padding.

    Args:
        state: of the protein of each group.
        joint: False for scores by the decoded motifs alone.
    """
    position = model(batch.ids, batch.mask, state, joint=joint).position
    g, k, t, n = batch.owned.shape
    owned = position.view(g, k, t, n, 2).masked_fill(~batch.owned[..., None], MASKED)
    pooled: Tensor = (owned + batch.log_weight[..., None]).flatten(2).logsumexp(-1)
    return pooled.clamp(min=MASKED)


def _padded(values: np.ndarray, groups: list[np.ndarray], device: torch.device) -> Tensor:
    """Values of the pairs of some groups, zeros at the end: float32 [g, k]."""
    padded = np.zeros((len(groups), max(map(len, groups))), dtype=np.float32)
    for row, group in enumerate(groups):
        padded[row, : len(group)] = values[group]
    return torch.from_numpy(padded).to(device)


def class_weights(label: np.ndarray, balance: bool) -> np.ndarray:
    """Float32 weight of each pair that lets both classes count the same."""
    if not balance:
        return np.ones(len(label), dtype=np.float32)
    share = np.bincount(label.astype(np.int64), minlength=2) / len(label)
    return np.minimum(0.5 / share, HEAVIEST).astype(np.float32)[label.astype(np.int64)]


def standardised(affinity: np.ndarray, protein: np.ndarray) -> np.ndarray:
    """Float32 affinities with mean 0 and deviation 1 within each protein; a constant becomes 0."""
    scaled = np.zeros(len(affinity), dtype=np.float32)
    for row in np.unique(protein):
        values = affinity[protein == row].astype(np.float64)
        if not constant(values):
            # Of 1 at most, so that no square overflows.
            values = values / np.abs(values).max()
            scaled[protein == row] = (values - values.mean()) / values.std()
    return scaled
