"""Predicted motifs as logos, and where they lie on a site."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import column_information, scan_motif

SLACK = 4
"""Bases by which the motif's middle may lie beside the site's."""


def letter_heights(motif: np.ndarray) -> np.ndarray:
    """Base probabilities [width, 4] -> heights of the letters of a logo in bits, [width, 4]."""
    heights: np.ndarray = motif * column_information(motif)[:, None].clip(0)
    return heights


def place_motif(
    motif: np.ndarray, bases: str, first: int, site: tuple[int, int, str]
) -> tuple[np.ndarray, int]:
    """Where a motif fits best on a site's strand, near the site.

    Args:
        motif: base probabilities [width, 4]; bases: of the `+` strand, from coordinate `first` on;
            site: start, end and strand.

    Returns:
        The motif as it lies on the `+` strand, and the coordinate of its first position.
    """
    start, end, strand = site
    minus = strand == "-"
    scores, offsets = scan_motif(motif, DNATokenizer().encode([bases]).ids[0].numpy())
    middle = offsets + first + len(motif) / 2
    near = np.abs(middle - (start + end) / 2) <= SLACK
    if not near.any():
        near[:] = True
    scored = np.where(near, scores[:, int(minus)], -np.inf)
    turned = motif[::-1, ::-1] if minus else motif
    return turned, int(offsets[int(scored.argmax())]) + first
