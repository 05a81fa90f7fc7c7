"""Batches drawn from proteins with measured motifs, and the losses taken on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.datasets.sources.specificity import CORE, HELIX_POSITIONS, Fingers
from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import trim_to_width
from dna_protein_bca.motifs.sampling import random_windows_with_sites
from dna_protein_bca.proteins.domains import families
from dna_protein_bca.proteins.features import ProteinInput, collate
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.config import Losses

from .specificity_metrics import POSITIVES

_PROTEIN = ProteinTokenizer()
_DNA = DNATokenizer()


@dataclass(frozen=True)
class TaskConfig:
    """What a batch holds and how its losses are weighed; saved in the run folder.

    Attributes:
        residues: of all proteins of a step together.
        buckets: the most residues of a protein in each class of lengths; a step's proteins are of
            one class. Longer proteins are cut to the last.
        family_power: families are drawn by their size to this power.
        residue_mask: share of residues hidden.
        profile_mask: share of proteins whose families and profile positions are hidden.
        best, near, far: 8-mers of a protein and step: of the best 130, of the next 1,400, of the
            rest.
        joint: 8-mers of these that go through the joint transformer.
        joint_every: steps of which one trains the joint transformer, on these 8-mers and on
            windows.
        arrays: synthetic zinc-finger arrays of a step.
        windows: proteins with a window that holds a site of theirs; each is scored on all of these
            windows.
        window: length of a window, bp.
        decode: weight of the masked-base prediction of measured motifs.
        rank, correlate, member: weights of the losses on 8-mers: listwise, correlation, membership.
        finger: weight of the loss on single zinc fingers.
        contrast: weight of the loss on windows.
    """

    residues: int = 3600
    buckets: tuple[int, ...] = (90, 130, 320)
    family_power: float = 0.7
    residue_mask: float = 0.08
    profile_mask: float = 0.02
    best: int = 48
    near: int = 64
    far: int = 144
    joint: int = 64
    joint_every: int = 16
    arrays: int = 12
    windows: int = 8
    window: int = 101
    decode: float = 1.0
    rank: float = 1.0
    correlate: float = 1.0
    member: float = 0.6
    finger: float = 0.5
    contrast: float = 0.2


class KmerSample(NamedTuple):
    """8-mers for some proteins: indices, standardised scores, weights, membership; all [p, s]."""

    kmer: Tensor
    target: Tensor
    weight: Tensor
    positive: Tensor


class SpecificityTask:
    """Draws batches by (seed, step) alone and takes the losses of a `BindingModel` on them."""

    def __init__(
        self,
        proteins: Sequence[ProteinInput],
        motifs: Sequence[Sequence[np.ndarray]],
        scores: np.ndarray,
        fingers: Fingers,
        config: TaskConfig,
        seed: int = 0,
    ) -> None:
        """Prepare what batches are drawn from.

        Args:
            proteins: the training proteins.
            motifs: the measured ones of each protein, base probabilities [width, 4].
            scores: float [p, 32896], each protein's mean log-odds score of every canonical 8-mer.
            fingers: measured single fingers.
        """
        self.proteins, self.motifs, self.fingers = proteins, motifs, fingers
        self.config, self.seed = config, seed
        scores = scores.astype(np.float32)
        scores -= scores.mean(1, keepdims=True)
        self.target = (scores / scores.std(1, keepdims=True)).astype(np.float16)
        self.order = np.argsort(-scores, axis=1, kind="stable")[:, :1530].astype(np.uint16)
        self.family = np.array([primary_family(protein) for protein in proteins])
        self.share = family_shares(self.family, config.family_power)
        lengths = np.array([len(protein.residues) for protein in proteins])
        self.bucket = np.searchsorted(config.buckets[:-1], lengths)
        self.kmers = _DNA.encode(canonical_kmers(8)).ids
        self.arrays = [p for p in proteins if len(p.fingers) >= 2 and p.family.size <= 600]

    def losses(self, model: BindingModel, step: int) -> Losses:
        """The weighted terms of the loss at a step."""
        rng = np.random.default_rng((self.seed, step))
        c = self.config
        rows = self.draw_proteins(rng)
        chosen = [self.corrupt(crop(self.proteins[row], c.buckets[-1], rng), rng) for row in rows]
        device = model.trust.device
        state = model.first_member_state(collate(chosen).to(device))
        motif = self.draw_motifs(rows, model.config.protein.width, rng).to(device)
        decode = objective.decoding_loss(state.motifs, motif, model.config.protein.motifs).mean()
        terms = {"decode": c.decode * decode}
        kmers = KmerSample(*(tensor.to(device) for tensor in self.draw_kmers(rows, rng)))
        mask = torch.ones(*kmers.kmer.shape, 8, dtype=torch.bool, device=device)
        ids = self.kmers.to(device)[kmers.kmer]
        terms |= self.ranking(model(ids, mask, state, joint=False).score, kmers, "match")
        if step % c.joint_every == 0:
            some = torch.from_numpy(rng.permutation(kmers.kmer.shape[1])[: c.joint]).to(device)
            part = KmerSample(*(tensor[:, some] for tensor in kmers))
            score = model(ids[:, some], mask[:, some], state).score
            terms |= self.ranking(score, part, "joint")
            terms["contrast"] = c.contrast * self.contrast(model, state, rows, rng)
        if self.arrays:
            terms["finger"] = c.finger * self.finger(model, rng)
        return terms

    def ranking(self, score: Tensor, kmers: KmerSample, name: str) -> Losses:
        """Listwise, correlation and membership losses of one score."""
        c = self.config
        listwise = objective.listwise_loss(score, kmers.target, kmers.weight)
        correlation = objective.correlation_loss(score, kmers.target, kmers.weight)
        member = objective.membership_loss(score, kmers.positive, kmers.weight)
        return {
            f"{name}_rank": c.rank * listwise.mean(),
            f"{name}_correlate": c.correlate * correlation.mean(),
            f"{name}_member": c.member * member.mean(),
        }

    def draw_proteins(self, rng: np.random.Generator) -> np.ndarray:
        """Indices of proteins of one class of lengths; over many steps each has its share."""
        buckets = len(self.config.buckets)
        # A bucket of long proteins is a smaller batch, so it has to come up more often.
        count = [self.config.residues // longest for longest in self.config.buckets]
        chance = np.array([self.share[self.bucket == b].sum() / count[b] for b in range(buckets)])
        bucket = rng.choice(buckets, p=chance / chance.sum())
        share = np.where(self.bucket == bucket, self.share, 0)
        size = min(count[bucket], int(np.count_nonzero(share)))
        return rng.choice(len(share), size, replace=False, p=share / share.sum())

    def draw_kmers(self, rows: np.ndarray, rng: np.random.Generator) -> KmerSample:
        """8-mers of each protein: some of the best, some of the next, some of all others."""
        c = self.config
        total, near_end = self.target.shape[1], self.order.shape[1]
        ranks = np.concatenate(
            [
                rng.permuted(np.tile(np.arange(POSITIVES), (len(rows), 1)), axis=1)[:, : c.best],
                rng.integers(POSITIVES, near_end, (len(rows), c.near)),
            ],
            axis=1,
        )
        index = np.take_along_axis(self.order[rows], ranks, axis=1).astype(np.int64)
        index = np.concatenate([index, rng.integers(0, total, (len(rows), c.far))], axis=1)
        target = np.take_along_axis(self.target[rows], index, axis=1).astype(np.float32)
        floor = np.take_along_axis(self.target[rows], self.order[rows].astype(np.int64), axis=1)
        # An 8-mer drawn among all that is one of the best or the next would count twice.
        counted = target[:, c.best + c.near :] < floor[:, -1:]
        weight = np.concatenate(
            [
                np.full((len(rows), c.best), POSITIVES / c.best),
                np.full((len(rows), c.near), (near_end - POSITIVES) / c.near),
                np.where(counted, (total - near_end) / c.far, 1e-6),
            ],
            axis=1,
        )
        positive = target >= floor[:, POSITIVES - 1 : POSITIVES]
        return KmerSample(
            torch.from_numpy(index),
            torch.from_numpy(target),
            torch.from_numpy(weight).float(),
            torch.from_numpy(positive).float(),
        )

    def draw_motif(self, row: int, width: int, rng: np.random.Generator) -> np.ndarray:
        """One measured motif of a protein, cut to its most informative `width` columns."""
        motifs = self.motifs[row]
        return trim_to_width(motifs[int(rng.integers(len(motifs)))], width)

    def draw_motifs(self, rows: np.ndarray, width: int, rng: np.random.Generator) -> Tensor:
        """One measured motif of each protein, float [p, width, 4], zero rows at the end."""
        padded = np.zeros((len(rows), width, 4), dtype=np.float32)
        for index, row in enumerate(rows):
            motif = self.draw_motif(row, width, rng)
            padded[index, : len(motif)] = motif
        return torch.from_numpy(padded)

    def contrast(
        self, model: BindingModel, state: ProteinState, rows: np.ndarray, rng: np.random.Generator
    ) -> Tensor:
        """Windows with a site of each protein: which protein binds which of them."""
        c = self.config
        ids = self.plant(rows[: c.windows], c.window, model.config.protein.width, rng)
        windows = torch.from_numpy(ids)[None].to(model.trust.device)
        mask = torch.ones_like(windows, dtype=torch.bool)
        score = model(windows, mask, state[: c.windows]).score
        family = self.family[rows[: c.windows]]
        same = torch.from_numpy(family[:, None] == family).to(score.device)
        return objective.contrastive_loss(score, same)

    def plant(
        self, rows: np.ndarray, window: int, width: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Random DNA with one site of each protein, drawn from its motif: uint8 [p, window]."""
        motifs = [self.draw_motif(row, width, rng) for row in rows]
        return random_windows_with_sites(motifs, window, rng)

    def finger(self, model: BindingModel, rng: np.random.Generator) -> Tensor:
        """Measured helices put into real arrays: each finger's bases against those measured."""
        arrays, targets = [], []
        for _ in range(self.config.arrays):
            protein = crop(self.arrays[rng.integers(len(self.arrays))], 130, rng)
            residues, measured = protein.residues.copy(), []
            for start, end in protein.fingers:
                pick = rng.integers(len(self.fingers.helix))
                place(residues, protein.position, (start, end), self.fingers.helix[pick], rng)
                measured.append(self.fingers.bases[pick])
            arrays.append(protein._replace(residues=residues))
            targets.append(np.reshape(measured, (-1, 4, 4)))
        batch = collate(arrays).to(model.trust.device)
        bases = torch.full((*batch.fingers.shape[:2], 4, 4), torch.nan)
        for row, measured_bases in enumerate(targets):
            bases[row, : len(measured_bases)] = torch.from_numpy(measured_bases)
        member = model.member()
        _, logits = member.finger_array.fingers(member.residue_states(batch), batch.fingers)
        return objective.finger_loss(logits, bases.to(logits.device), batch.finger_mask)

    def corrupt(self, protein: ProteinInput, rng: np.random.Generator) -> ProteinInput:
        """Hide some residues, and of a few proteins their families and profile positions."""
        c = self.config
        protein = hide(protein, c.residue_mask, rng)
        if rng.random() < c.profile_mask:
            nowhere = np.full_like(protein.family, -1)
            protein = protein._replace(family=nowhere, position=nowhere)
        return protein


def hide(protein: ProteinInput, share: float, rng: np.random.Generator) -> ProteinInput:
    """A protein with a share of its residues hidden."""
    hidden = rng.random(len(protein.residues)) < share
    return protein._replace(residues=np.where(hidden, _PROTEIN.mask_id, protein.residues))


def place(
    residues: np.ndarray,
    position: np.ndarray,
    span: tuple[int, int],
    helix: str,
    rng: np.random.Generator,
) -> None:
    """Write the residues of a helix over those of a finger, in place.

    Args:
        residues: uint8 [residues], of the protein.
        position: int64 [residues], profile positions.
        span: start and end of the finger in the residues.
        helix: seven letters, `X` where the residue is not known: half of the time it is hidden, and
            else it stays.
    """
    start, end = span
    codes = _PROTEIN.encode([helix]).ids[0].numpy()
    for order, (match, code) in enumerate(zip(HELIX_POSITIONS, codes, strict=True)):
        where = start + np.flatnonzero(position[start:end] == match)
        if order in CORE or helix[order] != "X":
            residues[where] = code
        elif rng.random() < 0.5:
            residues[where] = _PROTEIN.mask_id


def crop(protein: ProteinInput, longest: int, rng: np.random.Generator) -> ProteinInput:
    """A random stretch of at most `longest` residues, and the fingers that lie in it as a whole."""
    excess = len(protein.residues) - longest
    if excess <= 0:
        return protein
    start = int(rng.integers(excess + 1))
    stretch = slice(start, start + longest)
    inside = (protein.fingers[:, 0] >= start) & (protein.fingers[:, 1] <= start + longest)
    return protein._replace(
        residues=protein.residues[stretch],
        family=protein.family[stretch],
        position=protein.position[stretch],
        ordinal=protein.ordinal[stretch],
        fingers=protein.fingers[inside] - start,
        sequence_position=protein.sequence_position[stretch],
        embedding=protein.embedding[stretch],
    )


def family_shares(family: Sequence[str] | np.ndarray, power: float) -> np.ndarray:
    """Chance of each protein where families are drawn by their size to a power: float [p]."""
    _, which, sizes = np.unique(family, return_inverse=True, return_counts=True)
    share: np.ndarray = sizes[which] ** (power - 1)
    return share / share.sum()


def primary_family(protein: ProteinInput) -> str:
    """The family that most of a protein's domain residues belong to; `none` without domains."""
    inside = protein.family[protein.family >= 0]
    return families()[np.bincount(inside).argmax()] if inside.size else "none"
