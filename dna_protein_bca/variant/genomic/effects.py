"""What a change does to a site: gained, lost, moved or kept."""

from __future__ import annotations

import numpy as np

SITE_P = 0.01
"""The highest p-value at which 128 bp count as having a site: about that of a position with the
p-value 1e-4, from which on `scan` reports sites."""

SHARED = 0.5
"""Share of the shorter of two sites that both have in common at least, to be the same site."""

EFFECTS = np.array([None, "gained", "lost", "moved", "kept"], object)


def effects(
    p_ref: np.ndarray, p_alt: np.ndarray, ref: np.ndarray, alt: np.ndarray, site_p: float = SITE_P
) -> np.ndarray:
    """The effect of each change, one of `EFFECTS`; None where neither allele has a site.

    Args:
        p_ref, p_alt: float64 [q], p-values of the alleles; NaN is no site.
        ref, alt: int64 [2, q], start and end of their best sites in one coordinate.
        site_p: the highest p-value of a site.

    Returns:
        object [q].
    """
    before, after = p_ref <= site_p, p_alt <= site_p
    common = np.minimum(ref[1], alt[1]) - np.maximum(ref[0], alt[0])
    shorter = np.minimum(ref[1] - ref[0], alt[1] - alt[0])
    kept = 3 + ((common >= SHARED * shorter) & (common > 0)).astype(np.int64)
    which = np.select([before & after, after, before], [kept, 1, 2], 0)
    chosen: np.ndarray = EFFECTS[which]
    return chosen
