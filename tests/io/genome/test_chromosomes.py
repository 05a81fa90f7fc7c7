"""Chromosomes that two files name differently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import match_chromosomes, read_aliases

Write = Callable[[str, str], Path]


def test_names_of_chromosomes(write: Write) -> None:
    genome = {"chr1": 10, "chrM": 10}
    where = {"path": "x.bed", "genome_path": "g.fa"}
    named = r"x\.bed:7: chromosome '1' is not in g\.fa, whose names are chr1, chrM: pass .* auto,"
    with pytest.raises(InputError, match=named):
        match_chromosomes([("chr1", 6), ("1", 7), ("1", 8)], genome, None, **where)
    # What does not help, or was given, is not advised.
    without: list[dict[str, str] | None] = [None, {}]
    for none in without:
        with pytest.raises(InputError, match="chrM: where they differ by name alone, pass"):
            match_chromosomes([("chr9", 7)], genome, none, **where)
    with pytest.raises(InputError, match="whose names are c0, c1, c2, c3, c4 and 3 more: "):
        match_chromosomes([("1", 7)], {f"c{n}": 9 for n in range(8)}, None, **where)
    assert match_chromosomes([("1", 1), ("MT", 2), ("chr1", 3)], genome, {}, **where) == {
        "1": "chr1",
        "MT": "chrM",
        "chr1": "chr1",
    }
    aliases = read_aliases(write("a.tsv", "# comment\nNC_000001.11\tchr1\t1\n"))
    assert match_chromosomes([("NC_000001.11", 1), ("1", 2)], genome, aliases, **where) == {
        "NC_000001.11": "chr1",
        "1": "chr1",
    }
    with pytest.raises(InputError, match=r"a\.tsv:1: only one name"):
        read_aliases(write("a.tsv", "chr1\n"))


# Windows
