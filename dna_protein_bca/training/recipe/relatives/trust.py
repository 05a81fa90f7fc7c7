"""How much relatives count beside decoded motifs, chosen on proteins that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import ProteinReading
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.features import collate
from dna_protein_bca.proteins.relatives import MeasuredProteins, Relative

from .. import specificity_metrics as metrics

STRIDE = 32
"""Every so many 8-mers stand for all."""


@dataclass(frozen=True)
class Trust:
    """How relatives count.

    Attributes:
        relatives: how many of the nearest are read.
        sharpness: a relative's weight is exp(sharpness x identity).
        trust: how much decoded motifs count beside those of relatives: intercept and slope (by the
            identity of the nearest) of a logit, without and with zinc fingers.
    """

    relatives: int = 60
    sharpness: float = 12.0
    trust: tuple[tuple[float, float], tuple[float, float]] = ((0.0, -5.0), (13.0, -22.0))


@dataclass(frozen=True)
class TrustConfig:
    """What is tried, one after the other, each with the best of the others.

    Attributes:
        start: what the search begins with.
        relatives, sharpness, intercept, array_intercept: candidates; an intercept is the logit at
            an identity of 0.6, about that of the validation proteins.
        rounds: how often all are tried.
        weights: a bundled name or a folder whose choice is taken; empty to choose on the validation
            proteins, which must then be unknown to the members.
    """

    start: Trust = Trust()
    relatives: tuple[int, ...] = (20, 60)
    sharpness: tuple[float, ...] = (8.0, 12.0, 16.0, 20.0)
    intercept: tuple[float, ...] = (-3.0, -2.0, -1.0, 0.0, 1.0)
    array_intercept: tuple[float, ...] = (-1.0, 0.0, 1.0, 2.0, 4.0)
    rounds: int = 2
    weights: str = ""


MIDDLE = 0.6
"""The identity at which the intercepts of `TrustConfig` are meant."""


class TrustSearch:
    """Validation proteins, read once, and how well their 8-mers are told under one choice.

    Args:
        model: its members are finished.
        records: the proteins.
        truth: float [p, 32896], scores of all canonical 8-mers under the measured motifs.
        measured: the relatives that may be read.
        most: relatives of a protein that are looked up.
    """

    def __init__(
        self,
        model: BindingModel,
        records: Sequence[SequenceRecord],
        truth: np.ndarray,
        measured: MeasuredProteins,
        most: int,
    ) -> None:
        self.model = model.eval()
        self.relative_motifs = model.relative_motifs(measured)
        self.ids = DNATokenizer().encode(canonical_kmers(8)[::STRIDE]).ids[None]
        self.mask = torch.ones_like(self.ids, dtype=torch.bool)
        self.known: list[tuple[ProteinReading, list[Relative], np.ndarray]] = []
        domains = find_domains([(record.id, record.sequence) for record in records])
        for record, found, scores in zip(records, domains, truth, strict=True):
            batch = collate([model.features(record, found)])
            with torch.inference_mode():
                reading = model.read(batch)
            nearest = self.relative_motifs.nearest(found, record.sequence, most)
            self.known.append((reading, nearest, scores[::STRIDE]))

    @torch.inference_mode()
    def measure(self, choice: Trust) -> dict[str, float]:
        """Means over proteins of the metrics of a sample of all 8-mers, by the match alone."""
        set_trust(self.model, choice)
        rows = []
        for reading, nearest, truth in self.known:
            batch = self.relative_motifs.collate([nearest[: choice.relatives]])
            state = self.model.assemble(reading, batch, background=False)
            score = self.model(self.ids, self.mask, state, joint=False).score[0].numpy()
            bound = max(1, round(metrics.POSITIVES / STRIDE))
            rows.append(metrics.against_motif(score, truth, bound))
        return metrics.mean_metrics(rows)

    def best(self, config: TrustConfig, report: Callable[[str], None] = print) -> Trust:
        """The best choice, by the sum of AUROC, average precision and Spearman."""
        known: dict[Trust, float] = {}

        def value(choice: Trust) -> float:
            if choice not in known:
                measured = self.measure(choice)
                known[choice] = sum(measured.values())
                shown = " ".join(f"{name} {number:.4f}" for name, number in measured.items())
                report(f"{choice} {shown}")
            return known[choice]

        best = config.start
        for _ in range(config.rounds):
            for field in ("relatives", "sharpness", "intercept", "array_intercept"):
                tried = [_changed(best, field, candidate) for candidate in getattr(config, field)]
                # The first of equals, so that nothing changes without a reason.
                best = max([best, *tried], key=value)
        return best


def trust_of(model: BindingModel) -> Trust:
    """The choice that a model was made with."""
    (a, b), (c, d) = model.trust.tolist()
    return Trust(model.config.matching.relatives, model.sharpness.item(), ((a, b), (c, d)))


@torch.no_grad()
def set_trust(model: BindingModel, choice: Trust) -> None:
    """Write a choice into a model, but for the number of relatives, which its config has."""
    model.trust.copy_(torch.tensor(choice.trust))
    model.sharpness.fill_(choice.sharpness)


def _changed(choice: Trust, field: str, value: float) -> Trust:
    if field == "relatives":
        return replace(choice, relatives=int(value))
    if field == "sharpness":
        return replace(choice, sharpness=value)
    row = 0 if field == "intercept" else 1
    trust = list(choice.trust)
    slope = trust[row][1]
    trust[row] = (value - slope * MIDDLE, slope)
    return replace(choice, trust=(trust[0], trust[1]))
