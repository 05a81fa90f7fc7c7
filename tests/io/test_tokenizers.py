"""Tokens: text survives the round trip, padding is marked, and the other strand is right."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from Bio.Seq import reverse_complement
from Bio.SeqUtils import IUPACData
from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer

DNA = DNATokenizer()
PROTEIN = ProteinTokenizer()

dna_texts = st.text(alphabet=DNA.symbols, max_size=60)
protein_texts = st.text(alphabet=PROTEIN.symbols, max_size=60)
any_case = st.text(alphabet=DNA.symbols + "U" + DNA.symbols.lower() + "u", max_size=60)


def test_ids_are_fixed() -> None:
    # Weights depend on them.
    assert DNA.encode(["ACGTRYSWKMBDHVN"]).ids.tolist() == [list(range(15))]
    assert (DNA.mask_id, DNA.pad_id, DNA.vocab_size) == (15, 16, 17)
    assert PROTEIN.encode(["ACDEFGHIKLMNPQRSTVWYXBZJUO"]).ids.tolist() == [list(range(26))]
    assert (PROTEIN.mask_id, PROTEIN.pad_id, PROTEIN.vocab_size) == (26, 27, 28)


@given(st.lists(dna_texts, max_size=6))
def test_dna_round_trip(texts: list[str]) -> None:
    ids, mask = DNA.encode(texts)
    assert DNA.decode(ids) == texts
    assert DNA.decode(ids, mask) == texts


@given(st.lists(protein_texts, max_size=6))
def test_protein_round_trip(texts: list[str]) -> None:
    ids, mask = PROTEIN.encode(texts)
    assert PROTEIN.decode(ids) == texts
    assert PROTEIN.decode(ids, mask) == texts


@given(st.lists(any_case, max_size=6))
def test_case_u_and_bytes(texts: list[str]) -> None:
    ids = DNA.encode(texts).ids
    assert DNA.decode(ids) == [text.upper().replace("U", "T") for text in texts]
    assert torch.equal(DNA.encode([text.encode() for text in texts]).ids, ids)


@given(st.lists(dna_texts, max_size=6), st.integers(0, 10))
def test_masks(texts: list[str], more: int) -> None:
    longest = max(map(len, texts), default=0)
    for length in (None, longest + more):
        ids, mask = DNA.encode(texts, length)
        assert ids.dtype == torch.uint8 and mask.dtype == torch.bool
        assert ids.shape == mask.shape == (len(texts), longest if length is None else length)
        assert mask.sum(1).tolist() == [len(text) for text in texts]
        assert torch.equal(mask, mask.sort(dim=1, descending=True).values)
        assert torch.equal(ids == DNA.pad_id, ~mask)


@given(st.lists(dna_texts, min_size=1, max_size=6))
def test_reverse_complement_is_that_of_the_text(texts: list[str]) -> None:
    ids, mask = DNA.encode(texts)
    expected = DNA.encode([reverse_complement(text) for text in texts]).ids
    other = DNA.reverse_complement(ids, mask)
    assert other.dtype == ids.dtype
    assert torch.equal(other, expected)
    assert torch.equal(DNA.reverse_complement(other, mask), ids)


@given(st.lists(st.lists(st.integers(0, DNA.vocab_size - 1), min_size=5, max_size=5), max_size=4))
def test_reverse_complement_twice_is_the_same(rows: list[list[int]]) -> None:
    ids = torch.tensor(rows, dtype=torch.uint8).reshape(-1, 5)
    once = DNA.reverse_complement(ids)
    assert torch.equal(DNA.reverse_complement(once), ids)
    for special in (DNA.mask_id, DNA.pad_id):
        assert torch.equal(once == special, (ids == special).flip(-1))


def test_reverse_complement_of_any_shape(device: str) -> None:
    ids, mask = (tensor.to(device) for tensor in DNA.encode(["AACG", "TTN"]))
    ids, mask = ids.long().expand(3, 2, 4), mask.expand(3, 2, 4)
    other = DNA.reverse_complement(ids, mask)
    assert other.device == ids.device
    assert other.shape == ids.shape
    assert DNA.decode(other[2]) == ["CGTT", "NAA"]


@given(dna_texts)
def test_ambiguous_bases_are_means(text: str) -> None:
    values = np.array([[3.0, -1.0], [0.5, 2.0], [7.0, 0.0], [-4.0, 1.0]])
    meaning = IUPACData.ambiguous_dna_values
    expected = [np.mean([values["ACGT".index(b)] for b in meaning[code]], 0) for code in text]
    table = DNA.base_probabilities.double() @ torch.from_numpy(values)
    found = table[DNA.encode([text]).ids[0].int()]
    np.testing.assert_allclose(found, np.array(expected).reshape(-1, 2), atol=1e-6)


def test_base_probabilities_of_what_is_no_base() -> None:
    table = DNA.base_probabilities
    assert table.dtype == torch.float32 and table.shape == (17, 4)
    assert torch.equal(table[:4], torch.eye(4))
    assert not table[[DNA.mask_id, DNA.pad_id]].any()
    torch.testing.assert_close(table[:15].sum(1), torch.ones(15))


def test_base_probabilities_of_the_other_strand() -> None:
    ids = torch.arange(15, dtype=torch.uint8)
    other = DNA.reverse_complement(ids).flip(-1)
    torch.testing.assert_close(
        DNA.base_probabilities[other.int()], DNA.base_probabilities[:15].flip(-1)
    )


@pytest.mark.parametrize(
    ("text", "letter", "position"),
    [("ACG-T", "-", 4), ("1ACGT", "1", 1), ("ACGTE", "E", 5), ("AC GT", " ", 3), ("ACé", "é", 3)],
)
def test_letter_that_is_none(text: str, letter: str, position: int) -> None:
    with pytest.raises(InputError, match=f"{letter!r} at position {position} "):
        DNA.encode([text])
    with pytest.raises(InputError, match=f"sequence 3: {letter!r} at position {position} "):
        DNA.encode(["ACGT", "", text])


@given(st.lists(dna_texts, max_size=4), st.text(min_size=1), st.lists(dna_texts, max_size=4))
def test_nothing_else_is_read(before: list[str], text: str, after: list[str]) -> None:
    accepted = DNA.symbols + DNA.symbols.lower() + "Uu"
    wrong = [at for at, letter in enumerate(text) if letter not in accepted]
    if wrong:
        with pytest.raises(InputError) as caught:
            DNA.encode([*before, text, *after])
        assert f"at position {wrong[0] + 1} " in str(caught.value)
    else:
        assert DNA.encode([*before, text, *after]).mask.sum() > 0


def test_stops() -> None:
    ids, mask = PROTEIN.encode(["mkv*", "MKVL"])
    assert PROTEIN.decode(ids, mask) == ["MKV", "MKVL"]
    with pytest.raises(InputError, match=r"'\*' at position 2 "):
        PROTEIN.encode(["M*KV"])


def test_masked_tokens_have_a_letter_that_no_file_can_hold() -> None:
    ids = DNA.encode(["ACGT"]).ids
    ids[0, 1] = DNA.mask_id
    assert DNA.decode(ids) == ["A?GT"]
    with pytest.raises(InputError, match=r"'\?'"):
        DNA.encode(["A?GT"])


def test_width_that_is_too_small() -> None:
    with pytest.raises(InputError, match="sequence 2 has 5 letters, more than 4"):
        DNA.encode(["ACGT", "ACGTA"], 4)


def test_one_sequence_in_place_of_a_list() -> None:
    with pytest.raises(TypeError, match="list"):
        DNA.encode("ACGT")
