"""Training proteins with real bound DNA that are left out, with all that are like them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.proteins.relatives import MeasuredProteins

NEAR = 0.7
"""Identity of DNA-binding domains from which on two proteins are on the same side of a fold, which
is the rule of the data set's own splits."""


class Fold(NamedTuple):
    """What is left out of a training.

    Attributes:
        judged: ids of proteins with real bound DNA, to be judged on.
        without: ids of all proteins that are `NEAR` one of these, and these themselves.
    """

    judged: frozenset[str]
    without: frozenset[str]


def parse_fold(text: str) -> tuple[int, int]:
    """`1/3` as (1, 3): the first of three.

    Raises:
        ValueError: no such fold.
    """
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal()):
        raise ValueError(f"data.fold reads NUMBER/COUNT, such as 1/3, not {text!r}")
    if not 1 <= int(number) <= int(count) or int(count) < 2:
        raise ValueError(f"data.fold {text!r}: there are no such folds")
    return int(number), int(count)


def make_folds(
    measured: MeasuredProteins, assays: Sequence[Collection[str]], count: int
) -> list[Fold]:
    """Folds of the proteins of some assays: those that are `NEAR` each other are in one.

    Clusters (single linkage) are dealt out, from that with the largest share of all assays on, each
    to the fold that has the smallest so far. The same input gives the same folds.

    Args:
        measured: all proteins of the training.
        assays: ids of the proteins of each; those without a known domain do not count.
        count: folds, two or more.
    """
    names = sorted({name for assay in assays for name in assay if name in measured.rows})
    rows = [measured.rows[name] for name in names]
    near = np.stack([measured.identities(measured.proteins[row].domains) >= NEAR for row in rows])
    sizes = [max(1, len(set(names) & set(assay))) for assay in assays]
    shares = {
        name: sum((name in assay) / size for assay, size in zip(assays, sizes, strict=True))
        for name in names
    }
    judged: list[set[str]] = [set() for _ in range(count)]
    filled = np.zeros(count)
    weighed = [
        (sum(shares[name] for name in each), each) for each in _clusters(names, near[:, rows])
    ]
    for share, cluster in sorted(weighed, key=lambda pair: (-pair[0], pair[1])):
        fold = int(filled.argmin())
        judged[fold].update(cluster)
        filled[fold] += share
    every = np.array([protein.protein_id for protein in measured.proteins])
    without = (near[[names.index(name) for name in sorted(part)]].any(0) for part in judged)
    return [
        Fold(frozenset(part), frozenset(every[left_out]) | part)
        for part, left_out in zip(judged, without, strict=True)
    ]


def _clusters(names: Sequence[str], near: np.ndarray) -> list[list[str]]:
    """Groups of names that are linked.

    Args:
        near: bool [names, names].
    """
    from scipy.sparse.csgraph import connected_components

    _, number = connected_components(near | near.T, directed=False)
    groups: dict[int, list[str]] = {}
    for name, group in zip(names, number.tolist(), strict=True):
        groups.setdefault(group, []).append(name)
    return list(groups.values())
