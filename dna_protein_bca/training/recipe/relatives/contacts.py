"""Which residues of a family decide what its proteins bind: weights for the identity of relatives.

The 8-mers of every protein are predicted from the votes of its relatives, of which those above a
random identity are hidden. What is learned is one weight for every match state of every profile, so
that relatives that are alike where the family touches DNA count for more than those that are alike
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.motifs.pwm import standard_kmer_scores
from dna_protein_bca.motifs.votes import Z_CEILING, votes
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.proteins.features import ARRAY_FAMILY
from dna_protein_bca.proteins.identity import MatchStates
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins
from dna_protein_bca.training import losses as objective

from ..specificity_metrics import POSITIVES
from ..specificity_task import family_shares

_GAP = ord("-")

REPORT_EVERY = 50
"""Steps."""


@dataclass(frozen=True)
class ContactConfig:
    """How the weights are learned; saved in the run folder.

    Attributes:
        steps: of Adam.
        proteins: of a step; families are drawn by their size to the power `family_power`.
        candidates: relatives of a protein that may vote.
        relatives: the nearest of these that vote once those above an identity drawn from `hide` are
            hidden.
        learning_rate: the highest one; it falls over the last two thirds of the steps.
        pull: weight of the squared log weights, which pulls them to 0.
        member: weight of the membership loss.
        sharpness: a relative's weight is exp(sharpness x identity), at first.
        stride: every so many 8-mers stand for all.
    """

    steps: int = 300
    proteins: int = 24
    family_power: float = 0.7
    candidates: int = 300
    relatives: int = 60
    hide: tuple[float, float] = (0.4, 0.8)
    learning_rate: float = 0.03
    pull: float = 0.02
    member: float = 0.5
    sharpness: float = 20.0
    stride: int = 4


class Compared(NamedTuple):
    """A protein and its `k` relatives, match state by match state of one family.

    Attributes:
        family: its name.
        rows: int64 [k], the relatives among the measured proteins.
        identity: float32 [k], plain.
        domains: uint8 [d, match states], the protein's.
        relative_domains: uint8 [k, d, match states], the relatives' domains beside the protein's,
            at the offset of the best plain identity (predictions take that of the best weighted
            one); gaps where there is none.
        share: float32 [k], one over the domains of the longer array; 0 for a relative that has no
            domain of the family, and keeps its plain identity.
    """

    family: str
    rows: np.ndarray
    identity: np.ndarray
    domains: np.ndarray
    relative_domains: np.ndarray
    share: np.ndarray


def learn_contacts(
    measured: MeasuredProteins,
    inverse_temperature: float,
    config: ContactConfig,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> Tensor:
    """Log weights of all profiles' match states: float [sum of their lengths].

    Args:
        measured: the training proteins; those without motifs teach nothing.
        inverse_temperature: of the model that reads the relatives, see `MatchingConfig`.

    Raises:
        ValueError: no protein has a motif.
    """
    c, task = config, _VoteTask(measured, inverse_temperature, config)
    log_weight = {name: torch.zeros(n, requires_grad=True) for name, n in profile_lengths().items()}
    sharpness = torch.tensor(c.sharpness, requires_grad=True)
    optimizer = torch.optim.Adam([*log_weight.values(), sharpness], lr=c.learning_rate)
    decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, 1.5 * (1 - step / c.steps) + 0.02)
    )
    rng = np.random.default_rng(seed)
    losses: list[float] = []
    for step in range(c.steps):
        loss = task.loss(log_weight, sharpness, rng)
        losses.append(loss.item())
        pull = sum(((w**2).mean() for w in log_weight.values()), torch.zeros(()))
        optimizer.zero_grad()
        (loss + c.pull * pull).backward()
        optimizer.step()
        decay.step()
        if (step + 1) % REPORT_EVERY == 0 or step + 1 == c.steps:
            report(f"contacts: step {step + 1}, loss {np.mean(losses[-REPORT_EVERY:]):.3f}")
    return torch.cat([weight.detach() for weight in log_weight.values()])


class _VoteTask:
    """The votes of the training proteins on some 8-mers, and the loss of predicting each other."""

    def __init__(
        self, measured: MeasuredProteins, inverse_temperature: float, config: ContactConfig
    ) -> None:
        self.inverse_temperature, self.config = inverse_temperature, config
        rows = [row for row, protein in enumerate(measured.proteins) if protein.motifs]
        if not rows:
            raise ValueError("no measured protein has a motif to learn from")
        of_protein = [
            _votes(measured.proteins[row], inverse_temperature, config.stride) for row in rows
        ]
        self.votes, self.target = (
            torch.from_numpy(np.stack(part)) for part in zip(*of_protein, strict=True)
        )
        self.vote_of_row = np.full(len(measured), -1)
        self.vote_of_row[rows] = np.arange(len(rows))
        voting = self.vote_of_row >= 0
        self.compared = [compare(measured, row, voting, config.candidates) for row in rows]
        families = [compared.family for compared in self.compared]
        self.chance = family_shares(families, config.family_power)

    def loss(
        self, log_weight: dict[str, Tensor], sharpness: Tensor, rng: np.random.Generator
    ) -> Tensor:
        """Of some proteins, each from its relatives below a random identity."""
        c, predictions, targets = self.config, [], []
        for draw in rng.choice(len(self.compared), c.proteins, p=self.chance):
            protein, limit = self.compared[draw], rng.uniform(*c.hide)
            near = np.flatnonzero(protein.identity <= limit)[: c.relatives]
            if near.size:
                identity = weighted_identity(protein, near, log_weight[protein.family])
                near_votes = self.votes[self.vote_of_row[protein.rows[near]]]
                predictions.append((sharpness * identity).softmax(0) @ near_votes)
                targets.append(self.target[draw])
        if not predictions:
            return sharpness * 0.0
        score = torch.stack(predictions).log() / self.inverse_temperature
        target = torch.stack(targets)
        even = torch.ones_like(score)
        listwise = objective.listwise_loss(score, target, even, Z_CEILING)
        bound = target >= target.topk(POSITIVES // c.stride).values[:, -1:]
        member = objective.membership_loss(score, bound.float(), even)
        return (listwise + c.member * member).mean()


def compare(measured: MeasuredProteins, row: int, voting: np.ndarray, candidates: int) -> Compared:
    """One measured protein beside the relatives that vote, nearest first.

    Args:
        row: of the protein.
        voting: bool [measured], the proteins whose motifs count.
        candidates: the most relatives.
    """
    protein = measured.proteins[row]
    near = measured.nearest_to(protein.domains, None, exclude=[protein.protein_id])
    near = [relative for relative in near if voting[relative.row]][:candidates]
    states = [measured.proteins[relative.row].domains for relative in near]
    family = _main_family(protein.domains, states[:20])
    domains = protein.domains[family]
    aligned = [_align(domains, of_relative.get(family)) for of_relative in states]
    return Compared(
        family,
        np.array([relative.row for relative in near], dtype=np.int64),
        np.array([relative.identity for relative in near], dtype=np.float32),
        domains,
        np.stack([letters for letters, _ in aligned]) if near else domains[None][:0],
        np.array([share for _, share in aligned], dtype=np.float32),
    )


def weighted_identity(protein: Compared, near: np.ndarray, log_weight: Tensor) -> Tensor:
    """Weighted identity of a protein and some of its relatives: float [k].

    Args:
        near: int64 [k], indices into the relatives.
        log_weight: float [match states], of the family.
    """
    weight, domains, others = log_weight.exp(), protein.domains, protein.relative_domains[near]
    equal = torch.from_numpy((others == domains) & (others != _GAP)).float() @ weight
    residues = (torch.from_numpy(letters != _GAP).float() @ weight for letters in (domains, others))
    shorter = torch.minimum(*residues).clamp(min=1e-6)
    share = torch.from_numpy(protein.share[near])
    plain = torch.from_numpy(protein.identity[near])
    return torch.where(share > 0, (equal / shorter).sum(1) * share, plain)


def _votes(
    protein: MeasuredProtein, inverse_temperature: float, stride: int
) -> tuple[np.ndarray, np.ndarray]:
    """How a protein votes on 8-mers, mean 1, and its standardised score: float32 [8-mers] each."""
    z = [standard_kmer_scores(motif)[::stride] for motif in protein.motifs]
    vote = votes(z, inverse_temperature).mean(0)
    score = np.mean(z, axis=0)
    spread = max(float(score.std()), 1e-6)
    return (vote / vote.mean()).astype(np.float32), (score / spread).astype(np.float32)


def _align(domains: np.ndarray, others: np.ndarray | None) -> tuple[np.ndarray, float]:
    """A relative's domains beside the protein's, and one over those of the longer array."""
    aligned = np.full_like(domains, _GAP)
    if others is None:
        return aligned, 0.0
    equal = ((domains[:, None] == others) & (others != _GAP)).sum(-1)
    shorter = np.minimum((domains != _GAP).sum(1)[:, None], (others != _GAP).sum(1))
    identity = equal / np.maximum(shorter, 1)
    offsets = range(1 - len(others), len(domains))
    offset = max(offsets, key=lambda o: np.trace(identity, offset=-o))
    beside = np.arange(len(others)) + offset
    inside = (beside >= 0) & (beside < len(domains))
    aligned[beside[inside]] = others[inside]
    return aligned, 1 / max(len(domains), len(others))


def _main_family(domains: MatchStates, others: Sequence[MatchStates]) -> str:
    """The family in which a protein is compared: the one that most relatives share with it."""
    shared = {name: sum(name in of_relative for of_relative in others) for name in domains}
    return max(shared, key=lambda name: (shared[name], name == ARRAY_FAMILY, len(domains[name])))
