"""Many motifs at once against one at a time."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.evaluation.baselines.motif_scan import best_odds
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import score_motif


def random_dna(rng: np.random.Generator, length: int, letters: str = "ACGT") -> str:
    return "".join(rng.choice(list(letters), length))


def random_motif(rng: np.random.Generator, width: int) -> np.ndarray:
    return rng.dirichlet(np.full(4, 0.3), width).astype(np.float32)


def test_many_motifs_at_once_equal_one_at_a_time() -> None:
    rng = np.random.default_rng(0)
    motifs = [random_motif(rng, width) for width in (3, 8, 8, 21, 12)]
    dna = [random_dna(rng, n, "ACGTNRY") for n in (4, 5, 9, 40, 101, 23, 101)]
    scores = best_odds(motifs, dna)
    ids = [DNATokenizer().encode([sequence]).ids[0].numpy() for sequence in dna]
    expected = [[score_motif(motif, sequence) for sequence in ids] for motif in motifs]
    np.testing.assert_allclose(scores, np.array(expected), rtol=1e-4, atol=1e-4)
