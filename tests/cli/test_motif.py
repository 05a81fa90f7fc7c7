"""The command `motif`, run as a user runs it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from Bio import motifs as bio

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import motif_protein
from dna_protein_bca.resources import data_path

PROTEINS = ">MAX_bHLH\nADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQN\n"
UBIQUITIN = ">UBI\nMQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG\n"

RELATIVES = ("--relatives", "--no-relatives")


def test_biopython_reads_what_is_written(run, tmp_path: Path) -> None:
    proteins, out = tmp_path / "p.fa", tmp_path / "out.jaspar"
    proteins.write_text(PROTEINS + UBIQUITIN)
    done = run("motif", "--proteins", proteins, "-o", out)
    assert done.exit_code == 0, done.stderr
    assert "No motif: UBI has no known DNA-binding domain" in done.stderr
    with open(out) as file:
        read = bio.parse(file, "jaspar")
    expected = BindingPredictor.from_pretrained().motif(proteins)["MAX_bHLH"]
    assert read[0].matrix_id == "MAX_bHLH"
    for motif, matrix in zip(read, expected[:3], strict=True):
        found = np.array([motif.pwm[base] for base in "ACGT"]).T
        np.testing.assert_allclose(found, matrix, atol=1e-5)


def example(name: str) -> str:
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    return next(f">{each.id}\n{each.sequence}\n" for each in records if each.id == name)


def motif_names(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines() if line.startswith("MOTIF")]


def test_at_most_three_motifs_or_as_many_as_asked_for(run, tmp_path: Path) -> None:
    proteins = tmp_path / "p.fa"
    # Without relatives, SP1's members decode many motifs.
    proteins.write_text(example("SP1") + example("MAX"))
    found = {
        top: motif_names(run("motif", "--no-relatives", "--proteins", proteins, *top).stdout)
        for top in ((), ("--top", 1), ("--top", "all"))
    }
    names = found["--top", "all"]
    assert found["--top", 1] == ["SP1", "MAX"]
    for id in ("SP1", "MAX"):
        mine = [name for name in names if motif_protein(name) == id]
        assert mine == [id, *(f"{number}@{id}" for number in range(2, len(mine) + 1))]
        assert [name for name in found[()] if motif_protein(name) == id] == mine[:3]


@pytest.mark.parametrize("top", ["0", "some", "1.5"])
def test_a_wrong_number_is_a_usage_error(run, tmp_path: Path, top: str) -> None:
    done = run("motif", "--proteins", tmp_path / "p.fa", "--top", top)
    assert done.exit_code == 2 and f"'{top}' is neither 'all' nor a whole number" in done.stderr


@pytest.mark.parametrize(
    "options", [("-o", "m.txt"), ("-o", "m.meme", "--format", "tsv"), ("-o", "m.zip")]
)
def test_what_cannot_be_written_is_an_error(run, tmp_path: Path, monkeypatch, options) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.fa").write_text(PROTEINS)
    done = run("motif", "--proteins", "p.fa", *options)
    assert done.exit_code == 1 and [*tmp_path.iterdir()] == [tmp_path / "p.fa"]
    assert done.stderr.startswith(f"Error: {options[1]}: the ending")
    assert len(done.stderr.splitlines()) == 1


def test_comparison_with_measured_motifs(run, tmp_path: Path, tiny_weights: Path) -> None:
    proteins, out = tmp_path / "p.fa", tmp_path / "m.tsv"
    proteins.write_text(PROTEINS)
    done = run("motif", "--proteins", proteins, "--compare", "-o", out)
    assert done.exit_code == 0, done.stderr
    assert "MAX_bHLH: most like the measured motif " in done.stderr
    table = pd.read_csv(out, sep="\t")
    assert table.correlation[0] > 0.95 and len(table.nearest_motif[0]) > 0
    assert f"{table.nearest_motif[0]} ({table.nearest_source[0]})" in done.stderr
    alone = run("motif", "--proteins", proteins, "--compare", "--model", tiny_weights)
    assert alone.exit_code == 1 and "no measured motifs come with these weights" in alone.stderr


def test_logos(run, tmp_path: Path) -> None:
    proteins, folder = tmp_path / "p.fa", tmp_path / "logos"
    proteins.write_text(PROTEINS.replace("MAX_bHLH", "sp|P61244|MAX"))
    done = run("motif", "--top", 1, "--proteins", proteins, "--logo", folder)
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        "sp_P61244_MAX.svg",
        "sp_P61244_MAX.png",
    }
    assert "<svg" in (folder / "sp_P61244_MAX.svg").read_text()
    assert (folder / "sp_P61244_MAX.png").read_bytes().startswith(b"\x89PNG")
    done = run("motif", "--proteins", proteins, "--logo", proteins)
    assert done.exit_code == 1 and "is a file: give a folder for the logos" in done.stderr


def test_max_binds_an_e_box(run, tmp_path: Path) -> None:
    proteins = tmp_path / "p.fa"
    proteins.write_text(PROTEINS)
    done = run("motif", "--proteins", proteins)
    assert done.exit_code == 0, done.stderr
    best = BindingPredictor.from_pretrained().motif(proteins)["MAX_bHLH"][0]
    assert "CACGTG" in "".join("ACGT"[column.argmax()] for column in best)
    assert "MOTIF MAX_bHLH" in done.stdout


def test_a_missing_file_is_one_line(run, tmp_path: Path) -> None:
    out = tmp_path / "out.meme"
    done = run("motif", "--proteins", tmp_path / "none.fa", "-o", out)
    assert done.exit_code == 1 and not out.exists()
    assert done.stderr.startswith("Error: ") and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_proteins_without_any_motif_are_an_error(run, tmp_path: Path, count: int) -> None:
    proteins, out = tmp_path / "p.fa", tmp_path / "out.meme"
    proteins.write_text("".join(UBIQUITIN.replace("UBI", f"UBI{n}") for n in range(count)))
    done = run("motif", "--proteins", proteins, "-o", out)
    assert done.exit_code == 1 and not out.exists()
    which = "UBI0 does not have" if count == 1 else "none of the 2 proteins has"
    assert done.stderr.startswith(f"Error: {proteins}: {which} a known DNA-binding domain")
    assert len(done.stderr.splitlines()) == 1


def test_warnings_are_named_as_all_commands_name_them(shell, tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(f"{PROTEINS}>U\n{'X' * 50}\n")
    done = shell("motif", "--threads", 1, "--proteins", "p.fa")
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 0 and "MOTIF MAX_bHLH" in done.stdout.decode()
    assert "Warning: p.fa: 1 protein of X alone, no residue of which is known: 'U'" in lines[0]


def test_a_fragment_is_named(run, tmp_path: Path, data_dir: Path) -> None:
    records = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    proteins = tmp_path / "p.fa"
    proteins.write_text(f">whole\n{records['MAX']}\n>cut\n{records['TP53'][:200]}\n")
    done = run("motif", "--proteins", proteins)
    assert [line.rsplit(": ", 1)[1] for line in done.stderr.splitlines()] == [
        "cut (P53, 0.52; typical 0.97)"
    ]
    assert run("motif", "--proteins", proteins, "-q").stderr == ""


def test_without_relatives_the_model_stands_alone(run, tmp_path: Path) -> None:
    proteins = tmp_path / "p.fa"
    proteins.write_text(PROTEINS)
    both = [run("motif", "--proteins", proteins, option).stdout for option in RELATIVES]
    assert both[0] != both[1] and all("MOTIF MAX_bHLH" in text for text in both)
    alone = BindingPredictor.from_pretrained(relatives=False).motif(proteins)["MAX_bHLH"]
    assert both[1].count("MOTIF") == len(alone)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_is_printed_is_utf_8_and_reads_back(shell, tmp_path: Path, encoding: str) -> None:
    ids = ["MAX\u03b1", "MAX@v1"]
    sequence = PROTEINS.split("\n")[1]
    text = "".join(f">{id}\n{sequence}\n" for id in ids)
    (tmp_path / "p.fa").write_text(text, encoding="utf-8")
    settings = {"env": {**os.environ, "PYTHONIOENCODING": encoding}}
    done = shell("motif", "-q", "--threads", 1, "--proteins", "p.fa", **settings)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    names = [line.split()[1] for line in done.stdout.decode().splitlines() if "MOTIF" in line]
    assert names[0] == ids[0] and [*dict.fromkeys(map(motif_protein, names))] == ids
