"""Forms that are read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dna_protein_bca.errors import InputError

if TYPE_CHECKING:
    from dna_protein_bca.web.query import Collection

DNA = "ACGTACGTCACGTGACGT"


def query(collection: Collection, limits: dict[str, int] | None = None, **form: str):  # type: ignore[no-untyped-def]
    from dna_protein_bca.web.limits import Limits
    from dna_protein_bca.web.query import read_query

    return read_query({"dna": DNA, **form}, collection, Limits(**(limits or {})))


def test_texts_files_and_names_are_read_together(collection: Collection, max_protein: str) -> None:
    found = query(
        collection,
        proteins=max_protein,
        proteins_file=f"\ufeff>mine x\r\n{max_protein}\r\n",
        names="max",
        species="Homo_sapiens",
        dna=">a b\nacgtn\n",
        dna_file=f">c\n{DNA}\n",
    )
    assert [record.id for record in found.proteins] == ["protein", "mine", "MAX|P61244"]
    assert [(record.id, record.sequence) for record in found.dna] == [("a", "acgtn"), ("c", DNA)]
    assert found.max_p == 0.001


def test_all_measured_proteins_of_a_species(collection: Collection) -> None:
    found = query(collection, {"proteins": 0, "work": 2 * len(DNA)}, whole="human")
    assert found.species == "human" and not found.proteins
    with pytest.raises(InputError, match="36 proteins x bp"):
        query(collection, {"work": 2 * len(DNA) - 1}, whole="human")
    with pytest.raises(InputError, match="choose one of the two"):
        query(collection, whole="human", proteins=">p\nMSDW")
    with pytest.raises(InputError, match="'mouse' is no species"):
        query(collection, whole="mouse")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "no protein: paste one"),
        ({"proteins": ">p\nMSDND", "dna": " "}, "no DNA"),
        ({"proteins": ">p\nMSD\n>q\nM1D"}, "pasted proteins:4: "),
        ({"proteins": "MSD\nM1D"}, "pasted proteins:2: "),
        ({"proteins": ">p\nMSDW", "dna": ">d\nACGT\nAC!T"}, "pasted DNA:3: "),
        ({"proteins": ">p\nMSDW", "proteins_file": ">p\nMSDW"}, "p: an id in the text and in"),
        ({"names": "MAXX", "species": "Homo_sapiens"}, "did you mean MAX?"),
        ({"names": "MAX", "species": "/etc"}, "no measured protein is of the species '/etc'"),
        ({"proteins": ">p\n" + "MSDW" * 2000}, "at most 5,000"),
        ({"proteins": ">p\nMSDW", "max_p": "x"}, "is no p-value"),
        ({"proteins": ">p\nMSDW", "max_p": "nan"}, "is no p-value"),
        ({"proteins": ">p\nMSDW", "max_p": "1"}, "is no p-value"),
    ],
)
def test_what_is_wrong_is_told(collection: Collection, form: dict[str, str], told: str) -> None:
    with pytest.raises(InputError) as caught:
        query(collection, **form)
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_changes_of_the_only_record_need_no_name(collection: Collection) -> None:
    form = {"proteins": ">p\nMSDW", "dna": f">a:b\n{DNA}", "changes": "2:C:T, a:b:3:G:GA"}
    assert query(collection, **form).changes == ["a:b:2:C:T", "a:b:3:G:GA"]
    form["dna"] += f"\n>c\n{DNA}"
    with pytest.raises(InputError, match="'2:C:T' is no change of the DNA"):
        query(collection, **form)


@pytest.mark.parametrize("path", ["/etc/passwd", "collection:Homo_sapiens", "-", "uniprot:P61244"])
@pytest.mark.parametrize("field", ["proteins", "dna", "proteins_file"])
def test_nothing_that_is_typed_is_taken_for_a_path(
    collection: Collection, field: str, path: str
) -> None:
    with pytest.raises(InputError) as caught:
        query(collection, **{"proteins": ">p\nMSDW", field: path})
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"changes": 0}, "1 changes, and at most 0"),
        ({"proteins": 1}, "2 proteins, and at most 1"),
        ({"records": 1}, "2 DNA records, and at most 1"),
        ({"bases": 10}, "36 bp of DNA, and at most 10"),
        ({"work": 50}, "72 proteins x bp, and at most 50"),
    ],
)
def test_limits(collection: Collection, limits: dict[str, int], told: str) -> None:
    form = {"proteins": ">p\nMSDW\n>q\nMSDW", "dna": f">a\n{DNA}\n>b\n{DNA}"}
    form["changes"] = "a:1:A:C"
    assert len(query(collection, **form).dna) == 2
    with pytest.raises(InputError, match=told):
        query(collection, limits, **form)
