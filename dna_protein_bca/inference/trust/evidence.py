"""What a protein's motifs, its relatives' and its own, have in common.

Where the relatives of a protein agree on the 8-mers that they prefer, a further relative, which is
what the protein is, is likely to agree with them as well. That can be seen without any measurement
of the protein itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.batches import in_order
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.model.matching import MotifSet, each_protein, fit_motifs
from dna_protein_bca.model.relative_motifs import sample_bases
from dna_protein_bca.motifs.votes import FLAT, Z_CEILING

BOUND_SHARE = 130 / 32_896
"""Share of all 8-mers that count as bound, as in the data set of binding specificities."""

SAME = 0.9999
"""Correlation from which two motifs count as one: databases copy motifs from each other."""

LIGHT = 0.005
"""Share of the votes below which a relative's motif is not retrieved."""


class Evidence(NamedTuple):
    """What speaks for the predictions of one protein; all between -1 and 1, higher is better.

    Attributes:
        agreement: mean correlation over 8-mers of two relatives' motifs, drawn by their votes.
        retrieval: mean average precision with which the votes of the other motifs find the 8-mers
            that one relative's motif ranks highest.
        members: the same as `agreement` for the motifs that the members of the ensemble decoded.
    """

    agreement: float
    retrieval: float
    members: float


def evidence(
    encoded: EncodedProteins, inverse_temperature: float
) -> Iterator[tuple[int, Evidence]]:
    """Rows of the proteins that have relatives with motifs, and what speaks for each.

    Args:
        inverse_temperature: of the model's votes, see `MatchingConfig`.
    """
    proteins = (
        (row, one, block.state.decoded)
        for block in encoded.blocks
        for row, one in zip(block.rows.tolist(), _on_cpu(block.state.every), strict=True)
    )

    def of(protein: tuple[int, MotifSet, int]) -> tuple[int, Evidence | None]:
        row, motifs, decoded = protein
        return row, _of_one(motifs, decoded, inverse_temperature)

    for row, found in in_order(of, proteins):
        if found is not None:
            yield row, found


def _on_cpu(motifs: MotifSet) -> Iterator[MotifSet]:
    return each_protein(MotifSet(*(tensor.cpu() for tensor in motifs)))


@torch.inference_mode()
def _of_one(motifs: MotifSet, decoded_count: int, inverse_temperature: float) -> Evidence | None:
    present = motifs.present[0]
    decoded = (torch.arange(len(present)) < decoded_count)[present]
    motifs = MotifSet(*(tensor[:, present] for tensor in motifs))
    weight = motifs.weight[0].double().exp()
    if not weight[~decoded].any():
        return None
    z = _standardised_fits(motifs)
    deviation = (z - z.mean(0)) / z.std(0, correction=0).clamp(min=FLAT)
    alike = deviation.T @ deviation / len(z)
    return Evidence(
        _agreement(alike, weight * ~decoded),
        _retrieval(z, alike, weight * ~decoded, inverse_temperature),
        _agreement(alike, weight * decoded),
    )


def _standardised_fits(motifs: MotifSet) -> Tensor:
    """How well each of `k` motifs fits 8-mers, in standard deviations: float64 [8-mers, k]."""
    bases = sample_bases()[None]
    best = fit_motifs(bases, motifs)[0].amax((1, 2))
    z = best * motifs.gain[0] + motifs.shift[0]
    return z.clamp(max=Z_CEILING).double()


def _agreement(alike: Tensor, weight: Tensor) -> float:
    """Mean of correlations [k, k] between motifs drawn by their weights [k]; 0 without any."""
    total = weight.sum()
    share = weight / total if total else weight
    return float(share @ alike @ share)


def _retrieval(z: Tensor, alike: Tensor, weight: Tensor, inverse_temperature: float) -> float:
    """See `Evidence.retrieval`; 0 where no two relatives have different motifs."""
    share = weight / weight.sum()
    bound = max(1, round(BOUND_SHARE * len(z)))
    drawn = torch.nonzero(share > LIGHT).flatten()
    # A row for each motif that is drawn: what the others vote for, as `motifs.votes.votes` does.
    others = share * (alike[drawn] <= SAME)
    voted = others @ (inverse_temperature * z).exp().T
    lowest = z[:, drawn].topk(bound, dim=0).values[-1]
    precision, counted = 0.0, 0.0
    for row, motif in enumerate(drawn.tolist()):
        if others[row].any():
            best = z[:, motif] >= lowest[row]
            found = average_precision(best.numpy(), voted[row].numpy())
            precision += float(share[motif]) * found
            counted += float(share[motif])
    return precision / counted if counted else 0.0


def average_precision(positive: np.ndarray, score: np.ndarray) -> float:
    """The same as scikit-learn's, whose checks take ten times as long as the rest of the evidence.

    Args:
        positive: bool [n], one or more.
        score: float [n].
    """
    found, every = np.sort(score[positive]), np.sort(score)
    # Of the positive ones, and of all, how many are at least as high as each positive one.
    precision = (len(found) - np.searchsorted(found, found)) / (
        len(every) - np.searchsorted(every, found)
    )
    return float(precision.mean())
