"""The measured proteins that come with weights."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.folder_names import COLLECTION
from dna_protein_bca.proteins.collection import (
    asked_species,
    collect,
    read_collection,
    species_counts,
    write_collection,
)

ROWS = [
    ("P1", "MAX", "Homo_sapiens", "MK", "JASPAR 2026 / UniProt"),
    ("P2", "MAX", "Homo_sapiens", "MKLV", "JASPAR 2026 / UniProt"),
    ("P3", "MAX", "Homo_sapiens", "MKLW", ""),
    ("P4", "MAX", "Mus_musculus", "M", ""),
    ("P5", "SP 1", "Homo sapiens", "MSP", "CIS-BP"),
    ("P6", "", "Mus_musculus", "MX", "CIS-BP"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_collection(tmp_path / COLLECTION, collect(ROWS))
    return tmp_path


def test_one_a_species_and_name_the_longest_then_the_first() -> None:
    ids = [(each.id, each.species) for each in collect(ROWS)]
    assert ("MAX|P2", "Homo_sapiens") in ids and ("MAX|P4", "Mus_musculus") in ids
    assert ("SP_1|P5", "Homo_sapiens") in ids and ("P6|P6", "Mus_musculus") in ids
    assert len(ids) == 4


def test_species_are_read_back_in_any_case(folder: Path) -> None:
    human = read_collection(folder, "homo sapiens")
    assert read_collection(folder, "human") == human
    assert {each.id: each.sequence for each in human} == {"MAX|P2": "MKLV", "SP_1|P5": "MSP"}
    assert len(read_collection(folder)) == 4
    assert species_counts(folder) == {"Homo_sapiens": 2, "Mus_musculus": 2}


def test_it_is_a_fasta_file_like_others(folder: Path) -> None:
    records = {each.id: each.sequence for each in read_fasta(folder / COLLECTION, "protein")}
    assert records == {each.id: each.sequence for each in read_collection(folder)}


def test_the_same_proteins_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / f"again-{COLLECTION}"
    write_collection(again, collect(ROWS[:1] + ROWS[:0:-1][:3] + ROWS[1:3]))
    assert again.read_bytes() == (folder / COLLECTION).read_bytes()


def test_every_sequence_names_its_source(folder: Path) -> None:
    with lzma.open(folder / COLLECTION, "rt") as file:
        titles = [line for line in file if line.startswith(">")]
    assert titles[0] == ">MAX|P2 Homo_sapiens JASPAR 2026 / UniProt\n"


@pytest.mark.parametrize(
    ("species", "says"),
    [
        ("Homo_sapien", r"the nearest are Homo_sapiens \(2 proteins\)\. 'dna-protein-bca models"),
        ("musculus", r"the nearest are Mus_musculus \(2 proteins\)"),
        ("Zzz", r"most proteins are of Homo_sapiens \(2 proteins\), Mus_musculus"),
    ],
)
def test_an_unknown_species_is_told_the_nearest(folder: Path, species: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as raised:
        read_collection(folder, species)
    assert f"--proteins collection:{species}: no measured protein" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_weights_without_a_collection(tmp_path: Path) -> None:
    for folder in (tmp_path, None):
        with pytest.raises(InputError, match="come without a collection"):
            read_collection(folder)


@pytest.mark.parametrize("text", [b"", b"no FASTA\n"])
@pytest.mark.parametrize("species", ["", "Homo_sapiens"])
def test_a_collection_of_nothing(tmp_path: Path, text: bytes, species: str) -> None:
    (tmp_path / COLLECTION).write_bytes(lzma.compress(text))
    says = r"collection\.fa\.xz: holds no protein: install or copy these weights again$"
    with pytest.raises(InputError, match=says):
        read_collection(tmp_path, species)


@pytest.mark.parametrize(
    ("text", "species"),
    [
        ("collection", ""),
        ("collection:Homo_sapiens", "Homo_sapiens"),
        ("collections", None),
        ("./collection", None),
        ("collection.fa", None),
        (Path("collection"), None),
        ({"collection": "M"}, None),
    ],
)
def test_what_asks_for_a_collection(text: object, species: str | None) -> None:
    assert asked_species(text) == species
