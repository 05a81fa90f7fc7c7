"""Random DNA with exactly the dinucleotides of another sequence.

Written for this project, since no light and maintained package does it (November 2026): `ushuffle`,
last released in 2020, does not compile on Python 3.11; `dinuc-shuf` is a beta of January 2025
without a release since; `seqpro` and `tangermeme` need numba and a dozen other packages, and the
latter keeps the last edge out of each letter, so that some arrangements never occur.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def shuffle_dinucleotides(sequence: str, rng: np.random.Generator) -> str:
    """A random sequence with the same dinucleotide counts, first and last letter.

    Every such sequence is equally likely: a sequence is an Eulerian path through the graph of its
    dinucleotides; the last edges out of each letter form a tree to the last letter, which is drawn
    by Wilson's algorithm, and the other edges are put in random order (Altschul and Erickson 1985,
    Mol. Biol. Evol. 2:526; Kandel et al. 1996, Discrete Appl. Math. 71:171).
    """
    if len(sequence) < 4:
        return sequence
    out: dict[str, list[str]] = {}
    for letter, following in pairwise(sequence):
        out.setdefault(letter, []).append(following)
    last = _tree(out, sequence[-1], rng)
    edges: dict[str, list[str]] = {}
    for letter, nexts in out.items():
        rest = list(nexts)
        if letter in last:
            rest.remove(last[letter])
        mixed = [rest[index] for index in rng.permutation(len(rest))]
        # Reversed, since the walk takes edges from the end.
        edges[letter] = [*([last[letter]] if letter in last else []), *reversed(mixed)]
    walk = [sequence[0]]
    while edges.get(walk[-1]):
        walk.append(edges[walk[-1]].pop())
    return "".join(walk)


def _tree(out: dict[str, list[str]], root: str, rng: np.random.Generator) -> dict[str, str]:
    """A random spanning tree towards `root`: letter -> where its last edge leads."""
    last: dict[str, str] = {}
    done = {root}
    for letter in out:
        at = letter
        while at not in done:
            last[at] = out[at][int(rng.integers(len(out[at])))]
            at = last[at]
        # Without its loops, the walk is a branch of the tree.
        at = letter
        while at not in done:
            done.add(at)
            at = last[at]
    last.pop(root, None)
    return last
