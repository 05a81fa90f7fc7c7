"""What is said beside the numbers."""

from __future__ import annotations

import pytest

from dna_protein_bca.reports.parts.limits import ALWAYS, Doubts, limits, meaning_of_identity


def test_without_doubts_only_what_always_holds_is_said() -> None:
    assert limits(Doubts()) == list(ALWAYS)


@pytest.mark.parametrize(
    ("field", "one", "many"),
    [
        ("no_domain", "1 protein has no known", "7 proteins have no known"),
        ("read_whole", "1 protein without a known", "7 proteins without a known"),
        ("fragments", "1 protein may be a fragment of", "7 proteins may be fragments of"),
        ("low_trust", "1 protein have low trust", "7 proteins have low trust"),
        ("unscored_dna", "1 DNA record is", "7 DNA records are"),
    ],
)
def test_each_doubt_counts_and_names_the_records(field: str, one: str, many: str) -> None:
    note, *rest = limits(Doubts(**{field: ["P0"]}))
    assert one in note and "P0" in note and rest == list(ALWAYS)
    note, *_ = limits(Doubts(**{field: [f"P{n}" for n in range(7)]}))
    assert many in note and "P4 and 2 more" in note and "P5" not in note


def test_the_number_of_tests_says_what_chance_gives() -> None:
    note, *_ = limits(Doubts(tests=20_000))
    assert "20,000 p-values" in note and "about 20 of them" in note
    assert limits(Doubts(tests=10)) == list(ALWAYS)


def test_what_an_identity_means() -> None:
    texts = [meaning_of_identity(value) for value in (1.0, 0.8, 0.5, 0.2, float("nan"), None)]
    assert len(set(texts)) == 5 and texts[-1] == texts[-2]
