"""Identity of DNA-binding domains, on arrays small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.identity import (
    DomainTable,
    MatchStates,
    Over,
    identity,
    match_states,
    parse_states,
)


def protein(**families: list[str]) -> MatchStates:
    return {family: parse_states(states) for family, states in families.items()}


def by_definition(
    a: MatchStates,
    b: MatchStates,
    weights: dict[str, np.ndarray] | None = None,
    over: Over = "shorter",
) -> float:
    """The definition, one residue at a time."""
    best = 0.0
    chosen = min if over == "shorter" else max
    for family in a.keys() & b.keys():
        weight = (weights or {}).get(family, np.ones(a[family].shape[1]))
        pairs = {
            (i, j): sum(w * (p == q != ord("-")) for p, q, w in zip(x, y, weight, strict=True))
            / chosen(sum(weight[x != ord("-")]), sum(weight[y != ord("-")]))
            for i, x in enumerate(a[family])
            for j, y in enumerate(b[family])
        }
        n, m = len(a[family]), len(b[family])
        for offset in range(-n, m + 1):
            total = sum(value for (i, j), value in pairs.items() if j - i == offset)
            best = max(best, total / max(n, m))
    return best


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (protein(A=["ACDE"]), protein(A=["ACDE"]), 1.0),
        (protein(A=["ACDE"]), protein(A=["ACDF"]), 0.75),
        (protein(A=["ACDE"]), protein(B=["ACDE"]), 0.0),
        (protein(A=["AC--"]), protein(A=["ACDE"]), 1.0),
        (protein(A=["A--E"]), protein(A=["-CDE"]), 0.5),
        (protein(A=["ACDE"]), protein(A=["FGHI", "ACDE"]), 0.5),
        (protein(A=["ACDE", "FGHI"]), protein(A=["KLMN", "ACDE", "FGHI"]), 2 / 3),
        (protein(A=["ACDE", "FGHI"]), protein(A=["FGHI", "ACDE"]), 0.5),
        (protein(A=["ACDE"], B=["KL"]), protein(A=["FGHI"], B=["KM"]), 0.5),
        (protein(), protein(A=["ACDE"]), 0.0),
    ],
)
def test_small_cases(a: MatchStates, b: MatchStates, expected: float) -> None:
    assert identity(a, b) == pytest.approx(expected, abs=1e-6)
    assert identity(b, a) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (protein(A=["ACDE"]), protein(A=["ACDF"]), 0.75),
        (protein(A=["AC--"]), protein(A=["ACDE"]), 0.5),
        (protein(A=["A--E"]), protein(A=["-CDE"]), 1 / 3),
        (protein(A=["AC--", "FGHI"]), protein(A=["ACDE", "FGHI"]), 0.75),
        (protein(A=["ACDE", "FGHI"]), protein(A=["KLMN", "ACDE", "F---"]), 1.25 / 3),
        (protein(A=["AC--"], B=["KL"]), protein(A=["ACDE"], B=["KM"]), 0.5),
    ],
)
def test_what_a_fragment_lacks_counts_over_the_longer(
    a: MatchStates, b: MatchStates, expected: float
) -> None:
    assert identity(a, b, "longer") == pytest.approx(expected, abs=1e-6)
    assert identity(b, a, "longer") == pytest.approx(expected, abs=1e-6)
    assert identity(a, b) >= identity(a, b, "longer")


# The last letter is always a residue: a domain has at least one.
domain = st.text("AC-", min_size=4, max_size=4).map(lambda states: states + "A")
arrays = st.dictionaries(st.sampled_from("XY"), st.lists(domain, min_size=1, max_size=4))


@given(arrays, st.lists(arrays, min_size=1, max_size=5))
def test_a_table_agrees_with_the_definition(
    query: dict[str, list[str]], others: list[dict[str, list[str]]]
) -> None:
    proteins = [protein(**other) for other in others]
    found = DomainTable(proteins).identities(protein(**query))
    expected = [by_definition(protein(**query), other) for other in proteins]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@given(
    arrays,
    st.lists(arrays, min_size=1, max_size=5),
    st.lists(st.floats(0.1, 10), min_size=5, max_size=5),
    st.sampled_from(["shorter", "longer"]),
)
def test_weighted_match_states(
    query: dict[str, list[str]], others: list[dict[str, list[str]]], weight: list[float], over: Over
) -> None:
    weights = {"X": np.array(weight)}
    proteins = [protein(**other) for other in others]
    found = DomainTable(proteins, weights).identities(protein(**query), over)
    expected = [by_definition(protein(**query), other, weights, over) for other in proteins]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_heavy_match_state_decides() -> None:
    others = [protein(A=["ACDF"]), protein(A=["KLME"])]
    plain, weighted = (
        DomainTable(others, weights).identities(protein(A=["ACDE"])).tolist()
        for weights in (None, {"A": np.array([1.0, 1.0, 1.0, 9.0])})
    )
    assert plain == [0.75, 0.25]
    assert weighted == [0.25, 0.75]


def test_match_states_are_grouped_in_the_order_of_the_protein() -> None:
    first = Domain("zf-C2H2", 0, 3, 1.0, 0.0, np.array([0, 1, 22], dtype=np.int16))
    last = Domain("zf-C2H2", 3, 6, 1e-9, 0.0, np.array([0, -1, 2], dtype=np.int16))
    (states,) = match_states("ACDEFG", [last, first]).values()
    text = [row.tobytes().decode() for row in states]
    assert text == ["AC" + "-" * 20 + "D", "E-G" + "-" * 20]


def test_insertions_do_not_count(data_dir: Path) -> None:
    """As the documentation says: in a helix, between two positions of the profile."""
    factors = read_fasta(data_dir / "example_proteins.fa", "protein")
    sequence = next(record.sequence for record in factors if record.id == "MAX")
    inserted = f"{sequence[:37]}GGGGG{sequence[37:]}"
    before, after = (
        match_states(protein, find_domains([("MAX", protein)])[0])
        for protein in (sequence, inserted)
    )
    assert identity(before, after, "longer") == identity(before, after, "shorter") == 1
