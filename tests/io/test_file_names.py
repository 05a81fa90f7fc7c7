"""File names that are made of ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.io.file_names import file_names


def test_what_is_safe_stays_and_the_rest_does_not() -> None:
    assert file_names(["MAX", "2@MAX", "sp|P61244|MAX"]) == ["MAX", "2@MAX", "sp_P61244_MAX"]
    assert file_names(["../../etc/passwd", "..", "a/b"]) == ["_.._etc_passwd", "_", "a_b"]


def test_no_two_are_equal() -> None:
    assert file_names(["a/b", "a|b", "A_B", "a_b_2"]) == ["a_b", "a_b_2", "A_B_3", "a_b_2_2"]


@given(st.lists(st.text(min_size=1), max_size=8))
def test_any_ids_have_names_of_their_own(ids: list[str]) -> None:
    names = file_names(ids)
    assert len({name.lower() for name in names}) == len(ids)
    assert not any("/" in name or "\0" in name or name.startswith(".") for name in names)
