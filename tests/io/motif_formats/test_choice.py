"""Which format a motif file has."""

from __future__ import annotations

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.motif_formats.choice import motif_format


@pytest.mark.parametrize(
    ("name", "given", "form"),
    [
        ("-", None, "meme"),
        ("-", "jaspar", "jaspar"),
        ("a.meme", None, "meme"),
        ("a.MEME.gz", None, "meme"),
        ("a.jaspar", None, "jaspar"),
        ("a.pfm.xz", None, "jaspar"),
        ("a.tsv", None, "tsv"),
        ("a.parquet", None, "tsv"),
        ("a.txt", "meme", "meme"),
        ("noending", "jaspar", "jaspar"),
        ("a.meme", "meme", "meme"),
    ],
)
def test_by_ending_or_as_asked_for(name: str, given: str | None, form: str) -> None:
    assert motif_format(name, given) == form


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("a.txt", None, "a.txt: the ending .txt is not one of a motif file: use .meme"),
        ("motifs", None, "motifs: the ending of this name is not one of"),
        ("a.tsv", "meme", "a.tsv: the ending .tsv is not that of the format meme"),
    ],
)
def test_what_cannot_be_written(name: str, given: str | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        motif_format(name, given)
