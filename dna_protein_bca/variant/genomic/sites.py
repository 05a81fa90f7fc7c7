"""Best sites of windows, in the coordinates of the genome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dna_protein_bca.inference.reducers import RecordScores

from .alleles import Window


def genomic_sites(
    windows: Sequence[Window], proteins: int, ref: RecordScores, alt: RecordScores
) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the best sites of both alleles: int64 [2, q x p] each.

    Bases of an alternative allele beyond the length of the reference allele have no coordinate of
    their own, and are given that of the reference allele's end: a site inside an insertion is
    empty.

    Args:
        windows: of `q` alleles.
        ref, alt: answers [q x p], by the coordinates of the windows.
    """
    layout = np.array([(w.start, w.left, *w.change) for w in windows], np.int64).reshape(-1, 4)
    start, left, was, becomes = np.repeat(layout, proteins, axis=0).T

    def genomic(offset: np.ndarray, begins: bool) -> np.ndarray:
        inside = offset - left
        # Of a deletion, a site that begins where it was begins behind it, and one that ends there
        # ends before it.
        behind = (inside >= becomes) & ((inside >= 0) if begins else (inside > 0))
        within = np.minimum(0, was - inside.clip(min=0))
        shift: np.ndarray = np.where(behind, was - becomes, within)
        return start + offset + shift

    sites_alt = np.stack((genomic(alt.start, True), genomic(alt.end, False)))
    return np.stack((ref.start, ref.end)) + start, sites_alt
