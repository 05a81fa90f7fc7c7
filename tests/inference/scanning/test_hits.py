"""Hits in order, each site once, thinned, and their q-values."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from dna_protein_bca.inference.scanning.hits import Arranger, Hits, q_values, thin

sites = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 80), st.integers(1, 9), st.booleans()),
    max_size=40,
)


def hits(rows: list[tuple[int, int, int, bool]], seed: int = 0) -> Hits:
    """Hits of proteins at starts, with widths and strands, and scores that all differ."""
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    score = np.random.default_rng(seed).permutation(len(rows)).astype(np.float32)
    return Hits(
        columns[0],
        columns[1],
        columns[1] + columns[2],
        columns[3].astype(bool),
        score,
        np.exp(-score.astype(float)),
    )


def rows(found: Hits) -> list[tuple]:
    return list(zip(*(column.tolist() for column in found), strict=True))


def arranged(found: Hits, overlaps: bool, step: int) -> list[tuple]:
    """As if `found` came in stretches of `step` bp."""
    arranger = Arranger(overlaps)
    out: list[tuple] = []
    for begin in range(0, 200, step):
        inside = (found.start >= begin) & (found.start < begin + step)
        out += rows(arranger.add(found.take(inside), begin + step))
    return out


def chosen_one_by_one(every: list[tuple]) -> set[tuple]:
    """The best hit, then the best that does not overlap it, and so on."""
    kept: list[tuple] = []
    for one in sorted(every, key=lambda hit: -hit[4]):
        same = [other for other in kept if other[0] == one[0]]
        if all(one[2] <= other[1] or one[1] >= other[2] for other in same):
            kept.append(one)
    return set(kept)


@settings(deadline=None)
@given(sites, st.sampled_from([3, 17, 200]))
def test_every_site_comes_once_and_in_order(
    sites: list[tuple[int, int, int, bool]], step: int
) -> None:
    found = hits(sites)
    best: dict[tuple, tuple] = {}
    for one in sorted(rows(found), key=lambda hit: hit[4]):
        best[one[:3]] = one
    order = sorted(best.values(), key=lambda hit: (hit[1], hit[0], hit[3], hit[2]))
    assert arranged(found, True, step) == order


@settings(deadline=None)
@given(sites, st.sampled_from([3, 17, 200]))
def test_of_overlapping_sites_the_best_are_left(
    sites: list[tuple[int, int, int, bool]], step: int
) -> None:
    found = hits(sites)
    out = arranged(found, False, step)
    assert set(out) == chosen_one_by_one(rows(found))
    assert out == sorted(out, key=lambda hit: (hit[1], hit[0], hit[3], hit[2]))


def test_equal_sites_prefer_plus_and_overlapping_equals_the_leftmost() -> None:
    found = hits([(0, 5, 4, True), (0, 5, 4, False), (0, 30, 4, False), (0, 32, 4, False)])
    found = found._replace(score=np.ones(4, np.float32))
    assert [hit[:4] for hit in arranged(found, False, 200)] == [
        (0, 5, 9, False),
        (0, 30, 34, False),
    ]


def test_sites_that_touch_do_not_overlap() -> None:
    assert len(thin(hits([(0, 0, 4, False), (0, 4, 4, False), (0, 8, 1, True)])).p) == 3


def test_no_hits() -> None:
    for overlaps in (True, False):
        assert len(Arranger(overlaps).add(Hits.none(), 10).p) == 0


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(0, 99))
def test_q_values_are_those_of_benjamini_and_hochberg(count: int, seed: int) -> None:
    p = np.random.default_rng(seed).beta(0.3, 1, count).round(3).clip(1e-3)
    every = false_discovery_control(p)
    np.testing.assert_allclose(q_values(p, p, count), every)
    # Those of the lowest p-values alone are never too low, and right if no higher one matters.
    low = p[p <= 0.2]
    assert (q_values(low, low, count) >= every[p <= 0.2] - 1e-12).all()
    sure = q_values(low, low, count) <= 0.2
    np.testing.assert_allclose(q_values(low, low, count)[sure], every[p <= 0.2][sure])
