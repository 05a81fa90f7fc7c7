"""How much one substitution changes: every mutant of the homeodomain of CDX1 (P47902).

Residues are numbered by their canonical position in homeodomains; the profile covers positions 2
to 58. The change of a mutant is one minus the correlation of its scores of 8-mers with the wild
type's.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.motifs.kmers import canonical_kmers

PROTEIN = "P47902"
CONTACTS = (2, 3, 5, 47, 50, 51, 54, 55)
"""Positions whose side chains touch bases (or their backbone) in homeodomains."""

SHIFT = 153
"""Residue number minus canonical position: Q50 and N51 are residues 203 and 204."""

POSITIONS = range(2, 59)
STRIDE = 40
"""Every so many 8-mers stand for all."""

TAATCC = ("GTTAATCCGG", "CTTAATCCCC", "AATAATCCAA", "GCTAATCCTT")
TAATTA = ("GTTAATTAGG", "CTTAATTACC", "AATAATTAAA", "GCTAATTATT")


def report(predictor: BindingPredictor, data: Path) -> dict[str, float]:
    """Print and return how much each kind of substitution changes."""
    wild = str(specificity.read_proteins(data, ("validation",)).loc[PROTEIN, "sequence"])
    assert wild[SHIFT + 49 : SHIFT + 51] == "QN"
    mutants = {"wild": wild}
    for position in POSITIONS:
        at = position + SHIFT - 1
        for letter in AMINO_ACIDS.replace(wild[at], ""):
            mutants[f"{position}{letter}"] = wild[:at] + letter + wild[at + 1 :]
    words = canonical_kmers(8)[::STRIDE]
    dna = {word: word for word in (*words, *TAATCC, *TAATTA)}
    scores = dict(zip(mutants, predictor.score_matrix(mutants, dna), strict=True))
    sample = slice(0, len(words))
    change = {
        name: 1 - float(np.corrcoef(score[sample], scores["wild"][sample])[0, 1])
        for name, score in scores.items()
        if name != "wild"
    }
    at_contact = [v for k, v in change.items() if int(k[:-1]) in CONTACTS]
    elsewhere = [v for k, v in change.items() if int(k[:-1]) not in CONTACTS]
    preference = {name: _preference(scores[name], len(words)) for name in ("wild", "50K")}
    best = np.argsort(-scores["wild"][sample])[: max(1, 130 // STRIDE)]
    lost = [float((scores["wild"] - scores[k])[best].mean()) for k in change if k[:-1] == "51"]
    others = [float((scores["wild"] - scores[k])[best].mean()) for k in change if k[:-1] != "51"]
    changes = {
        "median change at contacts": float(np.median(at_contact)),
        "95th percentile elsewhere": float(np.percentile(elsewhere, 95)),
        "TAATCC over TAATTA, wild type": preference["wild"],
        "TAATCC over TAATTA, Q50K": preference["50K"],
        "score lost on the best 8-mers, N51 mutants": float(np.median(lost)),
        "score lost on the best 8-mers, all others": float(np.median(others)),
    }
    print(f"\nSubstitutions in the homeodomain of CDX1, {len(change)} mutants")
    for name, value in changes.items():
        print(f"  {name:46}{value:+.4f}")
    return changes


def _preference(score: np.ndarray, first: int) -> float:
    """Mean score of TAATCC minus that of TAATTA in the same flanks."""
    middle = first + len(TAATCC)
    return float(score[first:middle].mean() - score[middle:].mean())
