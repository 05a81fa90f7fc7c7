"""What the commands of `data` say of names that fit nothing, or several records."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.io.meme import Motif, read_meme, write_meme

REPOSITORY = Path(__file__).resolve().parents[2]

TWICE = """\
>sp|P61244|MAX_HUMAN Protein max OS=Homo sapiens OX=9606 GN=MAX PE=1 SV=1
MSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASR
>tr|A0A024R5Y0|A0A024R5Y0_HUMAN Protein max OS=Homo sapiens OX=9606 GN=MAX PE=2 SV=1
MSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASR
>sp|P15976|GATA1_HUMAN Erythroid TF OS=Homo sapiens OX=9606 GN=GATA1 PE=1 SV=2
MEFPGLGSLGTSEPLPQFVDPALVSSTPESGVFFPSGPEGLDAAASSTAPSTATAAAAAL
"""
BOTH = "sp|P61244|MAX_HUMAN, tr|A0A024R5Y0|A0A024R5Y0_HUMAN"

ROWS = "A [ 1 20 ]\nC [ 20 1 ]\nG [ 1 1 ]\nT [ 1 1 ]\n"


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    path = tmp_path / "p.fa"
    path.write_text(TWICE)
    return path


def test_a_gene_of_two_records(run, twice: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "x.jaspar", tmp_path / "set"
    file.write_text(f">MA0058.3 MAX\n{ROWS}")
    given = ("data", "jaspar", "--proteins", twice, "--file", file, "-o", out)
    done = run(*given)
    assert done.exit_code == 1 and not out.exists()
    assert f"MAX: {BOTH}" in done.stderr and len(done.stderr.splitlines()) == 1
    file.write_text(f">MA0058.3 MAX\n{ROWS}>MA0035.4 GATA1(var.2)\n{ROWS}>MA0035.5 GATA1\n{ROWS}")
    done = run(*given)
    assert done.exit_code == 0, done.stderr
    assert "left_out: ambiguous 1" in done.stdout and f"MAX: {BOTH}" in done.stdout
    assert [one.name for one in read_meme(out / "motifs.meme")] == [
        "MA0035.4@sp|P15976|GATA1_HUMAN",
        "MA0035.5@sp|P15976|GATA1_HUMAN",
    ]
    assert json.loads((out / "datasheet.json").read_text())["counts"]["left_out"]["ambiguous"] == 1


def test_an_array_whose_name_two_records_have(run, twice: Path, tmp_path: Path) -> None:
    (tmp_path / "MAX_1_8mers.txt").write_text("AAAAAAAA\tTTTTTTTT\t0.1\nAAAAAAAC\tGTTTTTTT\t-0.1\n")
    given = ("data", "uniprobe", tmp_path / "MAX_1_8mers.txt", "--proteins", twice, "-o", "x")
    done = run(*given)
    assert done.exit_code == 1
    assert f"several proteins in {twice} are named as this table is" in done.stderr
    assert BOTH in done.stderr


@pytest.mark.parametrize("verbose", [True, False])
def test_a_split_says_which_motifs_have_no_protein(shell, tmp_path: Path, verbose: bool) -> None:
    flat = np.full((6, 4), 0.25)
    names = ["MAX", "1@GATA1", "2@GATA1", "SP1", "LHX2", "A", "B", "C", "D"]
    write_meme(tmp_path / "m.meme", [Motif(name, flat) for name in names])
    given = ["--proteins", REPOSITORY / "data" / "example_proteins.fa", "--motifs", "m.meme"]
    more = ["--validation", 0.4, "--test", 0.3, *(["-v"] if verbose else [])]
    done = shell("data", "split", *given, "--by", "protein", "-o", "set", *more)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert "m.meme: 4 of 9 motifs have no protein of their name" in said
    assert ("A, B, C, D" if verbose else "A, B, C and 1 more") in said
    kept = [one.name for path in (tmp_path / "set").glob("*.meme") for one in read_meme(path)]
    assert sorted(kept) == sorted(names[:5])


def test_a_split_of_motifs_without_any_protein(run, tmp_path: Path) -> None:
    write_meme(tmp_path / "m.meme", [Motif("MAX_HUMAN", np.full((6, 4), 0.25))])
    given = ["--proteins", REPOSITORY / "data" / "example_proteins.fa"]
    given += ["--motifs", tmp_path / "m.meme"]
    done = run("data", "split", *given, "--by", "protein", "-o", tmp_path / "set")
    assert done.exit_code == 1 and not (tmp_path / "set").exists()
    assert "'MAX_HUMAN' may be of 'MAX'" in done.stderr


def test_a_genome_is_read_by_its_own_index(run, tmp_path: Path) -> None:
    """The index that the first run left belongs to another genome in the second."""
    (tmp_path / "x.bed").write_text("chr1\t1000\t1200\n")
    path, protein = tmp_path / "g.fa", REPOSITORY / "data" / "example_proteins.fa"
    for number, (before, bases) in enumerate((("", "ACGTTGCAAC"), (">chr0\nACGT\n", "GGATCCTTAA"))):
        bases *= 300
        lines = [bases[at : at + 60] for at in range(0, len(bases), 60)]
        path.write_text(f"{before}>chr1\n" + "\n".join(lines) + "\n")
        os.utime(path, (0, 0))
        out = tmp_path / f"set{number}"
        given = [f"MAX={tmp_path / 'x.bed'}", "--proteins", protein, "--genome", path, "-o", out]
        done = run("data", "peaks", *given, "--negatives", "none")
        assert done.exit_code == 0, done.stderr
        with gzip.open(out / "dna.fa.gz", "rt") as file:
            assert file.read() == f">chr1:1050-1151\n{bases[1050:1151]}\n"
