"""Sites drawn from motifs, and DNA that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def draw_site(motif: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bases, 0 to 3, int64 [width], drawn from base probabilities [width, 4] on either strand."""
    site = (motif.cumsum(1) < rng.random((len(motif), 1))).sum(1).clip(max=3)
    return 3 - site[::-1] if rng.random() < 0.5 else site


def plant_sites(
    windows: np.ndarray, motifs: Iterable[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Draw a site of each motif and write it into a window, in place, at a random position.

    Args:
        windows: bases, integer [windows, bp]; a site goes into each of the first ones.
        motifs: base probabilities [width, 4], at most as many as there are windows, none wider
            than a window. A motif is read when the previous one is planted, so that an iterator may
            draw from `rng`, too.

    Returns:
        int64 [motifs, 2], start and end of each site.
    """
    spans = []
    for window, motif in zip(windows, motifs, strict=False):
        site = draw_site(motif, rng)
        start = int(rng.integers(0, len(window) - len(site) + 1))
        window[start : start + len(site)] = site
        spans.append((start, start + len(site)))
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def random_windows_with_sites(
    motifs: Sequence[np.ndarray], length: int, rng: np.random.Generator
) -> np.ndarray:
    """Random DNA with one site of each motif: uint8 [motifs, length]; see `plant_sites`."""
    windows = rng.integers(0, 4, (len(motifs), length)).astype(np.uint8)
    plant_sites(windows, motifs, rng)
    return windows
