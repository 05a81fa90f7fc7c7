"""Which residues of a family tell what its proteins bind: weights for the identity of relatives.

Every protein's 8-mers are predicted from its relatives' votes, those above a random identity
hidden. What is learned is one weight for every match state of every profile, so that relatives
alike where the family touches DNA count for more than those alike elsewhere.
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

from .specificity_metrics import POSITIVES
from .specificity_task import family_shares

_GAP = ord("-")

REPORT_EVERY = 50
"""Steps."""


@dataclass(frozen=True)
class ContactConfig:
    """How the weights are learned; saved in the run folder.

    Attributes:
        steps, proteins: steps, and proteins of a step, drawn by family size to `family_power`.
        candidates: relatives remembered of a protein; relatives: the nearest of these that vote
            once those above an identity drawn from `hide` are hidden.
        rate: of Adam; pull: of the log weights to 0; member: weight of the membership loss.
        sharpness: a relative's weight is exp(sharpness x identity), at first.
        stride: every so many 8-mers stand for all.
    """

    steps: int = 300
    proteins: int = 24
    family_power: float = 0.7
    candidates: int = 300
    relatives: int = 60
    hide: tuple[float, float] = (0.4, 0.8)
    rate: float = 0.03
    pull: float = 0.02
    member: float = 0.5
    sharpness: float = 20.0
    stride: int = 4


class Compared(NamedTuple):
    """A protein and its `k` relatives, match state by match state of one family.

    Attributes:
        family: its name.
        rows: int64 [k], the relatives; identity: float32 [k], plain.
        own: uint8 [d, match states], the protein's domains.
        others: uint8 [k, d, match states], the relatives' domains laid beside them at the offset
            of the best plain identity (in use it is that of the best weighted one), gaps where
            there is none.
        share: float32 [k], one over the domains of the longer array; 0 for a relative that has no
            domain of the family, and keeps its plain identity.
    """

    family: str
    rows: np.ndarray
    identity: np.ndarray
    own: np.ndarray
    others: np.ndarray
    share: np.ndarray


def learn_contacts(
    measured: MeasuredProteins,
    temper: float,
    config: ContactConfig,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> Tensor:
    """Log weights of all profiles' match states: float [sum of their lengths].

    Args:
        measured: the training proteins; those without motifs teach nothing.
        temper: of the model that reads the relatives, see `BindingConfig`.

    Raises:
        ValueError: no protein has a motif.
    """
    c, task = config, _VoteTask(measured, temper, config)
    log_weight = {name: torch.zeros(n, requires_grad=True) for name, n in profile_lengths().items()}
    sharpness = torch.tensor(c.sharpness, requires_grad=True)
    optimizer = torch.optim.Adam([*log_weight.values(), sharpness], lr=c.rate)
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
    """What the training proteins say of some 8-mers, and the loss of saying it for each other."""

    def __init__(self, measured: MeasuredProteins, temper: float, config: ContactConfig) -> None:
        self.temper, self.config = temper, config
        rows = [row for row, protein in enumerate(measured.proteins) if protein.motifs]
        if not rows:
            raise ValueError("no measured protein has a motif to learn from")
        said = [_votes(measured.proteins[row], temper, config.stride) for row in rows]
        self.votes, self.target = (
            torch.from_numpy(np.stack(part)) for part in zip(*said, strict=True)
        )
        self.place = np.full(len(measured), -1)
        self.place[rows] = np.arange(len(rows))
        voting = self.place >= 0
        self.known = [compare(measured, row, voting, config.candidates) for row in rows]
        self.chance = family_shares([one.family for one in self.known], config.family_power)

    def loss(
        self, log_weight: dict[str, Tensor], sharpness: Tensor, rng: np.random.Generator
    ) -> Tensor:
        """Of some proteins, each from its relatives below a random identity."""
        c, found, aims = self.config, [], []
        for draw in rng.choice(len(self.known), c.proteins, p=self.chance):
            one, limit = self.known[draw], rng.uniform(*c.hide)
            near = np.flatnonzero(one.identity <= limit)[: c.relatives]
            if near.size:
                weight = sharpness * weighted_identity(one, near, log_weight[one.family])
                found.append(weight.softmax(0) @ self.votes[self.place[one.rows[near]]])
                aims.append(self.target[draw])
        if not found:
            return sharpness * 0.0
        score, target = torch.stack(found).log() / self.temper, torch.stack(aims)
        even = torch.ones_like(score)
        listwise = objective.listwise_loss(score, target, even, Z_CEILING)
        bound = target >= target.topk(POSITIVES // c.stride).values[:, -1:]
        member = objective.membership_loss(score, bound.float(), even)
        return (listwise + c.member * member).mean()


def compare(measured: MeasuredProteins, row: int, voting: np.ndarray, candidates: int) -> Compared:
    """One measured protein beside the relatives that vote, nearest first.

    Args:
        row: the protein; voting: bool [measured], whose motifs count.
    """
    protein = measured.proteins[row]
    near = measured.nearest_to(protein.domains, None, exclude=[protein.protein_id])
    near = [one for one in near if voting[one.row]][:candidates]
    states = [measured.proteins[one.row].domains for one in near]
    family = _main_family(protein.domains, states[:20])
    own = protein.domains[family]
    beside = [_beside(own, other.get(family)) for other in states]
    return Compared(
        family,
        np.array([one.row for one in near], dtype=np.int64),
        np.array([one.identity for one in near], dtype=np.float32),
        own,
        np.stack([letters for letters, _ in beside]) if near else own[None][:0],
        np.array([share for _, share in beside], dtype=np.float32),
    )


def weighted_identity(one: Compared, near: np.ndarray, log_weight: Tensor) -> Tensor:
    """Identity of a protein and some of its relatives (int64 [k]), weighted: float [k]."""
    weight, others = log_weight.exp(), one.others[near]
    equal = torch.from_numpy((others == one.own) & (others != _GAP)).float() @ weight
    residues = (torch.from_numpy(letters != _GAP).float() @ weight for letters in (one.own, others))
    shorter = torch.minimum(*residues).clamp(min=1e-6)
    share = torch.from_numpy(one.share[near])
    plain = torch.from_numpy(one.identity[near])
    return torch.where(share > 0, (equal / shorter).sum(1) * share, plain)


def _votes(protein: MeasuredProtein, temper: float, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """How a protein votes on 8-mers, mean 1, and its standardised score: float32 [8-mers] each."""
    z = [standard_kmer_scores(motif)[::stride] for motif in protein.motifs]
    vote = votes(z, temper).mean(0)
    score = np.mean(z, axis=0)
    spread = max(float(score.std()), 1e-6)
    return (vote / vote.mean()).astype(np.float32), (score / spread).astype(np.float32)


def _beside(own: np.ndarray, other: np.ndarray | None) -> tuple[np.ndarray, float]:
    """A relative's domains beside the protein's, and one over those of the longer array."""
    out = np.full_like(own, _GAP)
    if other is None:
        return out, 0.0
    equal = ((own[:, None] == other) & (other != _GAP)).sum(-1)
    shorter = np.minimum((own != _GAP).sum(1)[:, None], (other != _GAP).sum(1))
    alike = equal / np.maximum(shorter, 1)
    offset = max(range(1 - len(other), len(own)), key=lambda o: np.trace(alike, offset=-o))
    at = np.arange(len(other)) + offset
    inside = (at >= 0) & (at < len(own))
    out[at[inside]] = other[inside]
    return out, 1 / max(len(own), len(other))


def _main_family(own: MatchStates, others: Sequence[MatchStates]) -> str:
    """The family in which a protein is compared: the one that most relatives share with it."""
    shared = {name: sum(name in other for other in others) for name in own}
    return max(shared, key=lambda name: (shared[name], name == ARRAY_FAMILY, len(own[name])))
