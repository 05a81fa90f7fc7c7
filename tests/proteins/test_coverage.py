"""How much of a domain a protein has."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.proteins.coverage import (
    best_family,
    coverage,
    family_coverage,
    fragment_warning,
    is_fragment,
    typical_coverage,
)
from dna_protein_bca.proteins.domains import Domain, find_domains, profile_lengths
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins


def domain(family: str, evalue: float, states: int) -> Domain:
    """A domain with the first match states of a profile, and an insertion after them."""
    positions = np.append(np.arange(states), -1).astype(np.int16)
    return Domain(family, 0, states + 1, evalue, 50.0, positions)


@pytest.fixture(scope="module")
def p53(data_dir: Path) -> str:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return next(record.sequence for record in records if record.id == "TP53")


@pytest.fixture(scope="module")
def typical() -> dict[str, float]:
    return typical_coverage(MeasuredProteins.read(locate() / "relatives.parquet"))


def test_the_best_domain_of_the_best_family_counts() -> None:
    length = profile_lengths()["Homeodomain"]
    domains = [
        domain("Homeodomain", 1e-9, 20),
        domain("Homeodomain", 1e-5, 30),
        domain("Pou", 1e-4, 70),
    ]
    assert best_family(domains) == "Homeodomain"
    assert coverage(domains) == 30 / length
    assert family_coverage(domains, "Pou") == 70 / profile_lengths()["Pou"]
    assert family_coverage(domains, "Ets") == 0


def test_a_protein_without_a_domain_has_none(typical: dict[str, float]) -> None:
    assert best_family([]) is None and math.isnan(coverage([]))
    assert not is_fragment(coverage([]), typical["P53"])


def test_a_truncated_protein_is_told_from_the_whole(p53: str, typical: dict[str, float]) -> None:
    whole, cut = find_domains([("whole", p53), ("cut", p53[:200])])
    assert coverage(cut) < 0.6 < 0.9 < coverage(whole)
    assert is_fragment(coverage(cut), typical["P53"])
    assert not is_fragment(coverage(whole), typical["P53"])


def test_a_family_that_rarely_fills_its_profile_is_judged_by_its_own_median() -> None:
    def protein(name: str, states: int) -> MeasuredProtein:
        letters = match_states("A" * 200, [domain("TCP", 1e-9, states)])
        return MeasuredProtein(name, "", "", letters, (), ())

    length = profile_lengths()["TCP"]
    measured = MeasuredProteins(protein(str(states), states) for states in (50, 60, 61))
    typical = typical_coverage(measured)
    assert typical == {"TCP": pytest.approx(60 / length)}
    assert typical_coverage(measured) is typical  # others may have another median
    assert typical_coverage(MeasuredProteins([protein("40", 40)])) != typical
    shares = np.array([coverage([domain("TCP", 1e-9, states)]) for states in (49, 47)])
    assert is_fragment(shares, np.array(typical["TCP"])).tolist() == [False, True]


def test_fragments_are_named_in_a_warning() -> None:
    warning = fragment_warning(["cut (P53, 0.52; typical 0.97)"])
    assert warning is not None and "1 protein may be a fragment" in warning
    assert "cut (P53, 0.52; typical 0.97)" in warning
    assert fragment_warning([]) is None
