"""Gained, lost, moved or kept."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.variant.genomic.effects import effects

HERE, NEAR, AWAY = (10, 20), (14, 24), (40, 50)


@pytest.mark.parametrize(
    ("p_ref", "p_alt", "ref", "alt", "effect"),
    [
        (0.5, 1e-4, HERE, HERE, "gained"),
        (1e-4, 0.5, HERE, HERE, "lost"),
        (1e-4, 1e-5, HERE, HERE, "kept"),
        (1e-4, 1e-5, HERE, NEAR, "kept"),
        (1e-4, 1e-5, HERE, AWAY, "moved"),
        (1e-4, 1e-5, HERE, (16, 26), "moved"),
        (1e-4, 1e-5, HERE, (20, 20), "moved"),
        (0.5, 0.6, HERE, AWAY, None),
        (np.nan, np.nan, HERE, AWAY, None),
        (0.01, 0.5, HERE, HERE, "lost"),
    ],
)
def test_effect(
    p_ref: float, p_alt: float, ref: tuple[int, int], alt: tuple[int, int], effect: str | None
) -> None:
    p = np.array([p_ref]), np.array([p_alt])
    sites = (np.array(site)[:, None] for site in (ref, alt))
    assert effects(*p, *sites).tolist() == [effect]
