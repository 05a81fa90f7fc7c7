"""Embeddings of proteins and of pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.embed import embed_pairs, embed_proteins
from dna_protein_bca.io.tables.embeddings import write_embeddings

COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="module")
def predictor() -> BindingPredictor:
    return BindingPredictor.from_pretrained("heldout", "cpu", threads=1)


@pytest.fixture(scope="module")
def proteins(data_dir: Path) -> dict[str, str]:
    from dna_protein_bca.io.fasta import read_fasta

    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    chosen = {one.id: one.sequence for one in records if one.id in ("MAX", "SP1")}
    return {**chosen, "none": "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQ"}


@pytest.fixture(scope="module")
def dna() -> dict[str, str]:
    rng = np.random.default_rng(0)
    random = "".join(rng.choice(list("ACGT"), 301))
    site = random[:250] + "ACCACGTGGT" + random[260:]
    return {"site": site, "back": site.translate(COMPLEMENT)[::-1], "n": "N" * 20, "r": random}


def test_a_protein_has_one_vector_whatever_it_stands_beside(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    found = embed_proteins(predictor, proteins)
    assert found.ids == {"protein_id": list(proteins)} and found.missing == 1
    assert found.vectors.dtype == np.float32 and np.isnan(found.vectors[2]).all()
    alone = embed_proteins(predictor, {"SP1": proteins["SP1"]})
    np.testing.assert_allclose(alone.vectors[0], found.vectors[1], atol=1e-4)
    assert np.abs(found.vectors[0] - found.vectors[1]).max() > 0.1


def test_pairs_read_both_strands_alike_and_tell_dna_apart(
    predictor: BindingPredictor, proteins: dict[str, str], dna: dict[str, str]
) -> None:
    found = embed_pairs(predictor, proteins, dna)
    assert found.ids["dna_id"][:3] == ["site"] * 3
    assert found.ids["protein_id"] == list(proteins) * 4
    by_dna = found.vectors.reshape(4, 3, -1)
    np.testing.assert_allclose(by_dna[0, :2], by_dna[1, :2], atol=1e-3)
    assert np.isnan(by_dna[2]).all() and np.isnan(by_dna[:, 2]).all() and found.missing == 6
    assert np.abs(by_dna[0, 0] - by_dna[3, 0]).max() > 0.05


def test_weights_of_the_first_form_of_the_joint_transformer(
    tiny_weights: Path, proteins: dict[str, str], dna: dict[str, str]
) -> None:
    small = BindingPredictor.from_pretrained(tiny_weights, "cpu", threads=1)
    assert small.model.config.joint.form == "latents"
    # Of two lengths, so that one is padded.
    found = embed_pairs(small, {"MAX": proteins["MAX"]}, {"r": dna["r"][:90], "s": dna["r"][:40]})
    alone = embed_pairs(small, {"MAX": proteins["MAX"]}, {"s": dna["r"][:40]})
    assert found.vectors.shape == (2, 32)
    np.testing.assert_allclose(found.vectors[1], alone.vectors[0], atol=1e-4)


def test_named_pairs_are_those_of_the_matrix(
    predictor: BindingPredictor, proteins: dict[str, str], dna: dict[str, str]
) -> None:
    every = embed_pairs(predictor, proteins, dna)
    rows = [("SP1", "r"), ("MAX", "site"), ("none", "r")]
    found = embed_pairs(
        predictor, proteins, dna, pd.DataFrame(rows, columns=["protein_id", "dna_id"])
    )
    assert list(zip(*found.ids.values(), strict=True)) == rows
    place = {ids: row for row, ids in enumerate(zip(*every.ids.values(), strict=True))}
    expected = every.vectors[[place[ids] for ids in rows]]
    np.testing.assert_allclose(found.vectors, expected, atol=1e-3)


def test_long_dna_has_the_vector_of_its_best_tile(
    predictor: BindingPredictor, proteins: dict[str, str], dna: dict[str, str]
) -> None:
    one = {"MAX": proteins["MAX"]}
    whole = embed_pairs(predictor, one, {"site": dna["site"]}).vectors
    part = embed_pairs(predictor, one, {"site": dna["site"][191:]}).vectors
    # The site decides, wherever a tile begins.
    assert np.corrcoef(whole[0], part[0])[0, 1] > 0.9


def test_vectors_are_those_of_their_own_batch_with_several_threads(
    tiny_weights: Path, proteins: dict[str, str]
) -> None:
    rng = np.random.default_rng(1)
    dna = {str(n): "".join(rng.choice(list("ACGT"), 20 + n % 3)) for n in range(40)}
    before = torch.get_num_threads()
    try:
        found = [
            embed_pairs(
                BindingPredictor.from_pretrained(tiny_weights, "cpu", threads=n, batch_size=4),
                {"MAX": proteins["MAX"], "SP1": proteins["SP1"]},
                dna,
            ).vectors
            for n in (1, 3)
        ]
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)


@pytest.mark.parametrize("ending", [".npz", ".parquet"])
def test_files(ending: str, tmp_path: Path) -> None:
    vectors = np.array([[1, 2], [np.nan, np.nan]], np.float32)
    path = tmp_path / f"e{ending}"
    write_embeddings(path, {"protein_id": ["a", "b"]}, vectors)
    if ending == ".npz":
        with np.load(path) as file:
            assert file["protein_id"].tolist() == ["a", "b"]
            np.testing.assert_array_equal(file["embedding"], vectors)
        return
    table = pd.read_parquet(path)
    assert table["protein_id"].tolist() == ["a", "b"]
    assert table["embedding"][0].tolist() == [1, 2] and table["embedding"][1] is None
