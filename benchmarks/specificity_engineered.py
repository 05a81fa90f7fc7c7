"""Homeodomains engineered at their contacts: does the prediction change with these residues?

For weights trained without these proteins (`training.recipe heldout --set data.without=Chu2012_`).
Their domains are nearly the same, so that their deviations from each other are judged: the
standardised scores of 8-mers of each protein, minus their mean over the proteins, predicted against
measured.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.evaluation.bootstrap import interval
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores

PREFIX = "Chu2012_"
STRIDE = 8
"""Every so many 8-mers stand for all."""


def report(predictor: BindingPredictor, data: Path) -> dict[str, object]:
    """Print and return how well deviations from the mean over the engineered proteins agree."""
    table = specificity.read_proteins(data, ("train",))
    table = table[table.index.str.startswith(PREFIX)]
    motifs = specificity.read_motifs(data, table.index)
    table = table[[bool(motifs[name]) for name in table.index]]
    words = canonical_kmers(8)[::STRIDE]
    scores = predictor.score_matrix(table.sequence.to_dict(), dict(zip(words, words, strict=True)))
    measured = [mean_kmer_scores(motifs[name]) for name in table.index]
    scored = np.isfinite(scores).all(1)
    predicted = _deviations(scores[scored])
    truth = _deviations(np.stack(measured)[scored, ::STRIDE])
    agreement = np.array([np.corrcoef(*pair)[0, 1] for pair in zip(predicted, truth, strict=True)])
    low, high = interval(agreement, seed=0)
    print(f"\nDeviations of {len(agreement)} engineered homeodomains from their mean")
    print(
        f"  correlation, predicted and measured  {agreement.mean():+.3f} ({low:+.3f}..{high:+.3f})"
    )
    print(f"  above zero: {np.mean(agreement > 0):.0%}")
    return {
        "proteins": len(agreement),
        "correlation": {"mean": float(agreement.mean()), "interval": (low, high)},
        "above zero": float(np.mean(agreement > 0)),
    }


def _deviations(scores: np.ndarray) -> np.ndarray:
    """Rows standardised, less their mean: float [proteins, 8-mers]."""
    rows = scores - scores.mean(1, keepdims=True)
    rows /= rows.std(1, keepdims=True)
    deviations: np.ndarray = rows - rows.mean(0)
    return deviations
