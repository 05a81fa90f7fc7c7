"""How well scores of all 8-mers agree with measured ones, protein by protein."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from dna_protein_bca.evaluation.metrics import correlations, ranking
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.proteins.features import ProteinInput, collate

POSITIVES = 130
"""8-mers that count as bound: the best under the measured motifs, ties included (the definition of
the data set)."""


def against_motif(
    score: np.ndarray, measured: np.ndarray, positives: int = POSITIVES
) -> dict[str, float]:
    """AUROC, average precision and Spearman of one protein's 8-mers.

    Args:
        score: float [k], the prediction.
        measured: float [k], the mean score under the protein's measured motifs.
        positives: how many of the best count as bound.
    """
    bound = measured >= np.partition(measured, -positives)[-positives]
    return ranking(bound, score) | {"spearman": correlations(score, measured)["spearman"]}


def against_array(score: np.ndarray, escore: np.ndarray) -> dict[str, float]:
    """The same against a binding microarray: E >= 0.45 is bound, E < 0.3 safely unbound."""
    bound = escore >= 0.45
    clear = bound | (escore < 0.3)
    return ranking(bound, score) | {
        "auroc": ranking(bound[clear], score[clear])["auroc"],
        "spearman": correlations(score, escore)["spearman"],
    }


@torch.inference_mode()
def score_kmers(
    model: BindingModel,
    proteins: Sequence[ProteinInput],
    *,
    joint: bool = True,
    kmers: Sequence[str] | None = None,
    chunk: int = 4096,
) -> np.ndarray:
    """Scores of k-mers for each protein, float32 [p, k]; all canonical 8-mers by default.

    Args:
        joint: False scores by the decoded motifs alone.
        chunk: k-mers scored at a time.
    """
    device = model.trust.device
    encoded = DNATokenizer().encode(kmers or canonical_kmers(8))
    ids, mask = (tensor.to(device) for tensor in encoded)
    rows = []
    for protein in proteins:
        state = model.encode(collate([protein]).to(device))
        parts = zip(ids.split(chunk), mask.split(chunk), strict=True)
        scores = [model(i[None], m[None], state, joint=joint).score[0] for i, m in parts]
        rows.append(torch.cat(scores).float().cpu().numpy())
    return np.stack(rows)


def mean_metrics(rows: Sequence[dict[str, float]], prefix: str = "") -> dict[str, float]:
    """Means over proteins of what `against_motif` or `against_array` gave for each."""
    return {f"{prefix}{name}": float(np.mean([row[name] for row in rows])) for name in rows[0]}
