"""Weights can be made without a source whose licence is in the way."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.encoders import make_encoder
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.training.recipe.sources import ALL, Sources, choose_sources
from dna_protein_bca.training.recipe.stages import StageOptions, main, read_measured, read_relatives

PROTEINS = {
    "MAX": ("JASPAR 2026 / UniProt", ("JASPAR 2026", "HOCOMOCO v13")),
    "LHX2": ("CIS-BP 2.0", ("CIS-BP 2.0",)),
    "SP1": ("JASPAR 2026 / UniProt", ("CIS-BP 2.0 (domain only)", "JASPAR 2026")),
    "GATA1": ("UniProt; measured: reads", ("HOCOMOCO v13",)),
    "RUNX1": ("JASPAR 2026 / UniProt", ("JASPAR 2026",)),
}
SPLIT = {"RUNX1": "validation"}

NO_DOMAIN = "MKWVTFISLLFLFSSAYSRGVFRRDAHKSEVAHRFKDLGEENFKALVLIAFAQYLQQCPFEDHVKLVNEVTEFAKTCVAD"


@pytest.fixture(scope="module")
def data(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set, of the same files and columns as the real one."""
    folder = tmp_path_factory.mktemp("specificity")
    sequence = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    proteins = [
        (name, "Homo_sapiens", source, SPLIT.get(name, "train"), sequence[name])
        for name, (source, _) in PROTEINS.items()
    ]
    proteins.append(("ALBU", "Homo_sapiens", "JASPAR 2026", "train", NO_DOMAIN))
    columns = ["protein_id", "species", "source", "split", "sequence"]
    pd.DataFrame(proteins, columns=columns).to_csv(
        folder / "proteins.tsv.gz", sep="\t", index=False
    )
    rng = np.random.default_rng(0)
    names = [
        (f"m{number}@{name}", name, source)
        for name, (_, sources) in PROTEINS.items()
        for number, source in enumerate(sources)
    ]
    names.append(("m0@ALBU", "ALBU", "JASPAR 2026"))
    pd.DataFrame(names, columns=["motif_id", "protein_id", "source"]).to_csv(
        folder / "motifs.tsv.gz", sep="\t", index=False
    )
    matrices = rng.dirichlet([0.3] * 4, size=(len(names), 8)).astype(np.float32)
    motifs = [Motif(row[0], matrix) for row, matrix in zip(names, matrices, strict=True)]
    write_meme(folder / "motifs.meme.gz", motifs)
    bases = [f"{base}{column}" for column in range(1, 5) for base in "ACGT"]
    with gzip.open(folder / "zinc_finger_helices.tsv.gz", "wt") as table:
        table.write("\t".join(["core", "helix", "source", *bases]) + "\n")
        table.write("\t".join(["REER", "RSDELTR", "B1H library", *["0.25"] * 16]) + "\n")
    return folder


def motif_counts(data: Path, run: Path, text: str) -> dict[str, int]:
    features = make_encoder(BindingConfig(tuple(profile_lengths().values()))).features
    sources = choose_sources(data, text)
    inputs, motifs, scores = read_measured(data, ("train",), run, features, sources)
    assert scores.shape == (len(inputs), 32_896)
    return {protein.id: len(ones) for protein, ones in zip(inputs, motifs, strict=True)}


def relatives(data: Path, text: str) -> dict[str, tuple[str, ...]]:
    sources = choose_sources(data, text)
    found = read_relatives(StageOptions(data, data, "heldout", "", sources, 0, 1, ()))
    return {one.protein_id: one.motif_sources for one in found.proteins}


def test_all_sources_count_unless_some_are_named(data: Path, tmp_path: Path) -> None:
    assert choose_sources(data, "") == ALL
    assert motif_counts(data, tmp_path, "") == {"MAX": 2, "LHX2": 1, "SP1": 2, "GATA1": 1}


@pytest.mark.parametrize(
    ("text", "motifs"),
    [
        ("-HOCOMOCO", {"MAX": 1, "LHX2": 1, "SP1": 2}),
        ("-cis-bp", {"MAX": 2, "SP1": 1, "GATA1": 1}),
        ("-HOCOMOCO,-CIS-BP", {"MAX": 1, "SP1": 1}),
        ("-UniProt", {"LHX2": 1}),
        ("JASPAR", {"MAX": 1, "SP1": 1}),
        ("jaspar, CIS-BP", {"MAX": 1, "LHX2": 1, "SP1": 2}),
    ],
)
def test_sequences_and_motifs_of_other_sources_are_left_out(
    data: Path, tmp_path: Path, text: str, motifs: dict[str, int]
) -> None:
    assert motif_counts(data, tmp_path, text) == motifs
    assert set(motifs) <= set(relatives(data, text))


def test_relatives_are_of_the_chosen_sources(data: Path) -> None:
    """What a source hides while it counts, another's motifs, is there when it is left out."""
    assert relatives(data, "")["MAX"] == ("JASPAR 2026",)
    without = relatives(data, "-JASPAR")
    assert "MAX" not in without and without["GATA1"] == ("HOCOMOCO v13",)
    assert relatives(data, "UniProt,HOCOMOCO")["MAX"] == ("HOCOMOCO v13",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("-HOCOMOKO", "no source begins with 'hocomoko'; there are"), ("JASPAR,-CIS-BP", "both")],
)
def test_a_wrong_choice_is_refused_before_anything_is_made(
    data: Path, tmp_path: Path, text: str, reason: str
) -> None:
    command = ["reader", "--data", str(data), "--run", str(tmp_path / "run"), "--sources", text]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and reason in done.output
    assert not (tmp_path / "run").exists()


def test_sources_that_leave_nothing_are_refused(data: Path, tmp_path: Path) -> None:
    command = ["reader", "--data", str(data), "--run", str(tmp_path), "--sources", "B1H"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1 and "--sources" in done.output and "no protein" in done.output


def reader(data: Path, run: Path, *arguments: str) -> Result:
    """The command `reader`, with one step of a small model."""
    small = ["dim=16", "residues=360", "best=8", "near=8", "far=8", "task.joint=8", "arrays=1"]
    command = ["reader", "--data", str(data), "--run", str(run), "--steps", "1"]
    for setting in small:
        command += ["--set", setting]
    return CliRunner().invoke(main, [*command, *arguments])


def test_a_reader_is_trained_on_the_chosen_sources(data: Path, tmp_path: Path) -> None:
    done = reader(data, tmp_path, "--sources", "JASPAR")
    assert done.exit_code == 0, done.output
    assert load_model(tmp_path / "best").config.protein.dim == 16
    noted = json.loads((tmp_path / "recipe.json").read_text())["sources"]
    assert noted == {"only": ["jaspar"], "without": []}
    other = reader(data, tmp_path, "--sources=-CIS-BP")
    assert other.exit_code == 1 and "other settings" in other.output


def test_names_are_beginnings_of_parts() -> None:
    assert Sources.parse("-cis-bp").keep("HOCOMOCO v13")
    assert not Sources.parse("-cis").keep("CIS-BP 2.0 (domain only); Pfam domains")
    assert not Sources.parse("2.0").keep("CIS-BP 2.0")


def test_an_unknown_setting_is_refused_before_anything_is_made(data: Path, tmp_path: Path) -> None:
    done = reader(data, tmp_path / "run", "--set", "profil_mask=1")
    assert done.exit_code == 2 and "give one such as task.profile_mask" in done.output
    assert not (tmp_path / "run").exists()
    even = reader(data, tmp_path / "run", "--set", "model.width=20")
    assert even.exit_code == 2 and "width must be odd, got 20" in even.output
    assert not (tmp_path / "run").exists()


def test_proteins_are_read_as_the_model_reads_them(data: Path, tmp_path: Path) -> None:
    """A model that reads whole sequences, or other flanks, is trained on those."""
    lengths = tuple(profile_lengths().values())
    residues = {}
    for name, change in (
        ("domains", {}),
        ("bare", {"flank": 0}),
        ("full", {"protein_region": "full"}),
    ):
        (tmp_path / name).mkdir()
        features = make_encoder(BindingConfig(lengths).replace(**change)).features
        inputs, *_ = read_measured(data, ("train",), tmp_path / name, features)
        residues[name] = {protein.id: len(protein.residues) for protein in inputs}
    assert all(residues["bare"][id] < residues["domains"][id] for id in residues["domains"])
    table = pd.read_csv(data / "proteins.tsv.gz", sep="\t", index_col="protein_id")
    whole = table["sequence"].str.len()
    assert all(residues["full"][id] == whole[id] for id in residues["full"])
    assert "ALBU" in residues["full"] and "ALBU" not in residues["domains"]


@pytest.mark.parametrize("region", ["domains", "full"])
def test_both_stages_leave_weights_that_predict(data: Path, tmp_path: Path, region: str) -> None:
    first = reader(data, tmp_path / "reader", "--set", f"protein_region={region}")
    assert first.exit_code == 0, first.output
    best = tmp_path / "reader" / "best"
    command = ["join", "--data", str(data), "--run", str(tmp_path / "join"), "--steps", "2"]
    command += ["--reader", str(best), "--reader", str(best)]
    small = ["contacts.steps=2", "contacts.proteins=2", "join.proteins=3", "join.windows=2"]
    for setting in (*small, "task.best=8", "near=8", "far=8", "joint_dim=16", "join.window=40"):
        command += ["--set", setting]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    noted = json.loads((tmp_path / "join" / "recipe.json").read_text())
    assert noted["join"]["window"] == 40 and noted["task"]["window"] == 101
    predictor = BindingPredictor.from_pretrained(tmp_path / "join" / "best", "cpu")
    assert predictor.model.config.protein.protein_region == region
    assert predictor.model.config.members == 2
    table = predictor.predict({"RUNX1": "M" + NO_DOMAIN}, {"d": "ACGTTGTGGTTA"})
    assert table["score"].notna().all() == (region == "full")
