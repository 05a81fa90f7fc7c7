"""Proteins as the encoder reads them: what is kept, in which order, and how it is padded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dna_protein_bca.io.tokenizers import ProteinTokenizer
from dna_protein_bca.proteins.domains import Domain, family_ids
from dna_protein_bca.proteins.features import (
    FLANK,
    MAX_ORDINAL,
    ProteinInput,
    collate,
    protein_input,
)

LETTERS = "ACDEFGHIKLMNPQRSTVWY"


def _domain(family: str, start: int, end: int) -> Domain:
    return Domain(family, start, end, 1e-9, 50.0, np.arange(end - start, dtype=np.int16))


def _sequence(length: int) -> str:
    return "".join(np.random.default_rng(0).choice(list(LETTERS), length))


def _text(item: ProteinInput) -> str:
    return ProteinTokenizer().decode(torch.from_numpy(item.residues)[None])[0]


def test_residues_in_and_around_the_domains() -> None:
    sequence = _sequence(300)
    domains = [_domain("Homeodomain", 100, 157), _domain("GATA", 5, 40)]
    item = protein_input("x", sequence, domains)
    assert _text(item) == sequence[: 40 + FLANK] + sequence[100 - FLANK : 157 + FLANK]
    inside = item.family >= 0
    assert inside.sum() == 35 + 57
    assert item.family[5] == family_ids()["GATA"]
    assert item.position[inside].tolist() == [*range(35), *range(57)]
    assert (item.position[~inside] == -1).all()
    # Counted from the protein's end.
    assert item.ordinal[5] == 2 and item.ordinal[-FLANK - 1] == 1
    assert (item.ordinal[~inside] == 0).all()
    assert item.dbd == "Homeodomain:101-157;GATA:6-40"
    assert item.fingers.shape == (0, 2)


def test_flanks_that_meet_are_kept_once() -> None:
    sequence = _sequence(100)
    item = protein_input("x", sequence, [_domain("GATA", 20, 40), _domain("GATA", 45, 60)])
    assert _text(item) == sequence[8:72]


def test_fingers_lie_where_their_residues_do() -> None:
    sequence = _sequence(200)
    fingers = [_domain("zf-C2H2", first, first + 23) for first in (150, 50, 78)]
    item = protein_input("x", sequence, fingers, flank=3)
    assert [_text(item)[first:last] for first, last in item.fingers] == [
        sequence[first : first + 23] for first in (50, 78, 150)
    ]


def test_long_arrays_share_the_last_ordinal() -> None:
    count = MAX_ORDINAL + 3
    domains = [_domain("GATA", 10 * i, 10 * i + 5) for i in range(count)]
    item = protein_input("x", _sequence(10 * count), domains, flank=0)
    assert item.ordinal[-1] == 1
    assert item.ordinal.max() == MAX_ORDINAL
    assert (item.ordinal == MAX_ORDINAL).sum() == 4 * 5


@pytest.mark.parametrize("whole", [False, True])
def test_protein_without_a_domain(whole: bool) -> None:
    item = protein_input("x", "MKV" * 5, [], whole=whole)
    assert _text(item) == ("MKV" * 5 if whole else "")
    assert item.dbd == "none"


def test_whole_protein_with_domains() -> None:
    sequence = _sequence(120)
    item = protein_input("x", sequence, [_domain("GATA", 50, 80)], whole=True)
    assert _text(item) == sequence
    assert (item.family[50:80] >= 0).all() and (item.family[:50] == -1).all()


def test_padding_is_marked() -> None:
    domains = [_domain("zf-C2H2", 10, 33), _domain("zf-C2H2", 40, 63)]
    items = [
        protein_input("two fingers", _sequence(80), domains),
        protein_input("none", _sequence(80), []),
        protein_input("one", _sequence(40), [_domain("GATA", 10, 30)]),
    ]
    batch = collate(items)
    assert batch.mask.sum(1).tolist() == [len(item.residues) for item in items]
    assert torch.equal(batch.mask, batch.mask.sort(dim=1, descending=True).values)
    for name in ("residues", "family", "position", "ordinal"):
        values = getattr(batch, name)
        assert values.dtype == torch.int64 and values.shape == batch.mask.shape
        for row, item in enumerate(items):
            assert values[row][batch.mask[row]].tolist() == getattr(item, name).tolist()
    assert batch.finger_mask.tolist() == [[True, True], [False, False], [False, False]]
    assert batch.fingers[0].tolist() == items[0].fingers.tolist()


def test_a_batch_of_nothing_is_one_token_wide() -> None:
    batch = collate([protein_input("none", "MKV", [])])
    assert batch.mask.tolist() == [[False]]
    assert batch.fingers.shape == (1, 0, 2)
