"""Which protein a file of measurements belongs to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.datasets.owned_files import OwnedFile, files_by_protein, read_owned_tables
from dna_protein_bca.datasets.protein_names import ProteinNames
from dna_protein_bca.errors import InputError

Write = Callable[[str, str], Path]

TABLE = "8-mer\t8-mer\tE-score\nAAAAAAAA\tTTTTTTTT\t0.1\nAAAAAAAC\tGTTTTTTT\t-0.1\n"


@pytest.fixture
def names() -> ProteinNames:
    headers = {"p1": "p1 GN=MAX", "p2": "p2 GN=GATA1", "p3": "p3 GN=GATA1"}
    return ProteinNames(headers, dict.fromkeys(headers, "MK"))


def test_a_file_is_given_to_its_protein(tmp_path: Path) -> None:
    assert OwnedFile.parse("MAX=a/b.bed") == ("MAX", "a/b.bed")
    assert OwnedFile.parse("b.bed") == (None, "b.bed")
    (tmp_path / "a=b.bed").write_text("")
    assert OwnedFile.parse(str(tmp_path / "a=b.bed")) == (None, str(tmp_path / "a=b.bed"))


def test_tables_by_their_own_names_and_by_those_given(names: ProteinNames, write: Write) -> None:
    paths = [str(write(f"{name}_8mers.txt", TABLE)) for name in ("MAX_12", "x", "GATA1_R1", "zzz")]
    files = [OwnedFile(None, path) for path in paths]
    files[1] = OwnedFile("p2", paths[1])
    found = read_owned_tables(files, names, "p.fa", skip_unknown=True)
    assert found.owner == {paths[0]: "p1", paths[1]: "p2"}
    assert [table.name for table in found.tables] == ["MAX_12", "x"]
    assert found.left_out == ["GATA1_R1 (its name means p2, p3)", "zzz"]
    with pytest.raises(InputError, match=r"GATA1_R1.*: several proteins in p\.fa are named as"):
        read_owned_tables(files, names, "p.fa")
    with pytest.raises(InputError, match=r"p\.fa: no table has a protein"):
        read_owned_tables(files[3:], names, "p.fa", skip_unknown=True)
    with pytest.raises(InputError, match="protein 'TP53' is not in the FASTA file: give its id"):
        read_owned_tables([OwnedFile("TP53", paths[0])], names, "p.fa", skip_unknown=True)


def test_peaks_of_several_proteins_are_given_to_them(names: ProteinNames) -> None:
    files = [OwnedFile("MAX", "a.bed"), OwnedFile("p2", "b.bed"), OwnedFile("MAX", "c.bed")]
    assert files_by_protein(files, names, "p.fa") == {"p1": ["a.bed", "c.bed"], "p2": ["b.bed"]}
    with pytest.raises(InputError, match=r"d\.bed: which of the 3 proteins in p\.fa"):
        files_by_protein([OwnedFile(None, "d.bed")], names, "p.fa")
    alone = ProteinNames({"p1": "p1"}, {"p1": "MK"})
    assert files_by_protein([OwnedFile(None, "d.bed")], alone, "p.fa") == {"p1": ["d.bed"]}
