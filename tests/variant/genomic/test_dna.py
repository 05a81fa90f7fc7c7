"""`variant.dna` from Python."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor, variant
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.variant.genomic import COLUMNS, DNAVariantStream, stream

DNA = "".join(random.Random(5).choices("ACGT", k=600))
GENOME = {"chr1": DNA, "chr2": DNA[::-1]}


def changed(pos: int, chrom: str = "chr1") -> str:
    ref = GENOME[chrom][pos - 1]
    return f"{chrom}:{pos}:{ref}:{'T' if ref != 'T' else 'G'}"


VARIANTS = [
    changed(301),
    changed(20, "chr2"),
    f"chr1:200:{DNA[199:204]}:{DNA[199]}",
    "chr1:10:A:<DEL>",
    changed(599),
    f"chr1:250:{DNA[249]}:{DNA[249]}TTTTT",
]


@pytest.fixture(scope="module")
def proteins(data_dir: Path) -> dict[str, str]:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    found = {record.id: record.sequence for record in records if record.id in ("MAX", "LHX2")}
    return {**found, "none": "MAGSTAGSTEEGGSTAKPLA" * 4}


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def found(predictor: BindingPredictor, proteins: dict[str, str]) -> variant.DNAVariants:
    return variant.dna(predictor, proteins, VARIANTS, GENOME, change_p=False)


def test_a_row_an_allele_and_protein(found: variant.DNAVariants) -> None:
    table = found.table
    assert tuple(table.columns) == COLUMNS
    assert table["protein_id"].tolist() == ["MAX", "LHX2", "none"] * len(VARIANTS)
    assert table["pos"].tolist()[::3] == [int(text.split(":")[1]) for text in VARIANTS]
    assert found.counts == {"ok": 5, "symbolic": 1}
    status = table["status"].to_numpy().reshape(-1, 3)
    assert (status[:, 2] == np.where(status[:, 0] == "ok", "no_domain", "symbolic")).all()
    known = table["status"] == "ok"
    assert known.sum() == 10
    numbers = ["score_ref", "delta_score", "p_value_alt", "start_ref", "end_alt", "strand_alt"]
    assert table.loc[known, numbers].notna().all(axis=None)
    assert table.loc[~known, numbers].isna().all(axis=None)


def test_scores_and_sites_are_those_of_predict(
    found: variant.DNAVariants, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    start = 300 - 63
    alt = VARIANTS[0][-1]
    texts = {
        "ref": DNA[start : start + 128],
        "alt": DNA[start:300] + alt + DNA[301 : start + 128],
    }
    expected = predictor.predict(proteins, texts)
    rows = found.table[found.table["pos"] == 301]
    for name in texts:
        mine = expected[expected["dna_id"] == name]
        for column, theirs in (("score", mine["score"]), ("p_value", mine["p_value"])):
            np.testing.assert_allclose(rows[f"{column}_{name}"], theirs, rtol=1e-4, atol=2e-5)
        for column in ("start", "end"):
            got = rows[f"{column}_{name}"].dropna().tolist()
            assert got == (mine[column].dropna() + start).tolist()
        assert rows[f"strand_{name}"].dropna().tolist() == mine["strand"].dropna().tolist()
    np.testing.assert_allclose(rows["delta_score"], rows["score_alt"] - rows["score_ref"])


def test_batches_change_nothing(
    predictor: BindingPredictor,
    proteins: dict[str, str],
    found: variant.DNAVariants,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "PAIRS", 6)
    batches = list(DNAVariantStream(predictor, proteins, VARIANTS, GENOME, change_p=False))
    assert [len(batch.variants) for batch in batches] == [2, 2, 2]
    assert [row for batch in batches for row in batch.rows] == [3] * 6
    table = pd.concat([batch.table for batch in batches], ignore_index=True)
    pd.testing.assert_frame_equal(table, found.table, rtol=1e-4, atol=2e-5)


def test_the_other_allele_gives_the_opposite(
    predictor: BindingPredictor, proteins: dict[str, str], found: variant.DNAVariants
) -> None:
    _, pos, ref, alt = VARIANTS[0].split(":")
    genome = {"chr1": DNA[:300] + alt + DNA[301:]}
    back = variant.dna(
        predictor, proteins, [f"chr1:{pos}:{alt}:{ref}"], genome, change_p=False
    ).table
    rows = found.table[found.table["pos"] == 301]
    np.testing.assert_allclose(back["delta_score"], -rows["delta_score"], atol=1e-4)
    opposite = {"gained": "lost", "lost": "gained"}
    assert back["effect"].tolist() == [opposite.get(name, name) for name in rows["effect"]]


def test_p_values_of_changes(
    predictor: BindingPredictor, proteins: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dna_protein_bca.inference.changes import simulate

    monkeypatch.setattr(simulate, "WINDOWS", 100)
    table = variant.dna(predictor, {"MAX": proteins["MAX"]}, VARIANTS, GENOME).table
    known = table["status"] == "ok"
    assert table["delta_p"].notna().tolist() == known.tolist()
    order = table[known].sort_values("delta_score", key=abs)
    assert order["delta_p"].is_monotonic_decreasing and order["delta_p"].between(0, 1).all()


def test_an_ensemble_has_the_mean(
    predictor: BindingPredictor, proteins: dict[str, str], found: variant.DNAVariants
) -> None:
    twice = EnsemblePredictor([predictor, predictor])
    table = variant.dna(twice, proteins, VARIANTS, GENOME, change_p=False).table
    pd.testing.assert_frame_equal(table, found.table, rtol=1e-4, atol=2e-5)


def test_no_variants_give_an_empty_table(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    found = variant.dna(predictor, proteins, [], GENOME, change_p=False)
    assert tuple(found.table.columns) == COLUMNS and len(found.table) == 0 and not found.counts
    with pytest.raises(ValueError, match="nothing to draw"):
        found.plot()


def test_no_protein_with_a_domain_is_an_error(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    with pytest.raises(InputError, match="no protein has a known DNA-binding domain"):
        variant.dna(predictor, {"none": proteins["none"]}, VARIANTS, GENOME)


def test_hints_at_another_assembly_and_at_names(
    predictor: BindingPredictor, proteins: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    other = ["ACGT"[(("ACGT".index(DNA[n - 1])) + 1) % 4] for n in (9, 10, 11)]
    wrong = [f"chr1:{n}:{base}:{DNA[n - 1]}" for n, base in zip((9, 10, 11), other, strict=True)]
    with caplog.at_level(logging.WARNING):
        found = variant.dna(predictor, proteins, [*wrong, "1:5:A:G"], GENOME, change_p=False)
    assert found.counts == {"ref_mismatch": 3, "chrom_not_found": 1}
    text = caplog.text
    assert "3 reference alleles of 3 that the genome has other bases for (the first: chr1:9" in text
    assert "another assembly" in text and "--chrom-aliases auto" in text
    assert "1 protein has no known DNA-binding domain, and no scores: none" in text


def test_a_picture_with_a_panel_a_protein(found: variant.DNAVariants) -> None:
    figure = found.plot()
    axes = [each for each in figure.axes if each.get_title(loc="left")]
    assert [each.get_title(loc="left") for each in axes] == ["MAX", "LHX2"]
    names = [text.get_text() for text in axes[0].get_yticklabels()]
    mine = found.table[found.table["protein_id"] == "MAX"].dropna(subset="delta_score")
    assert len(names) == len(mine) == 5
    largest = mine.loc[mine["delta_score"].abs().idxmax()]
    assert names[0] == f"{largest.chrom}:{largest.pos} {largest.ref}>{largest.alt}"
    after = np.concatenate([part.get_offsets() for part in axes[0].collections[-1:]])
    assert sorted(after[:, 0]) == pytest.approx(sorted(mine["score_alt"]))
    fewer = found.plot(most=2)
    assert len(fewer.axes[0].get_yticklabels()) == 2


def test_a_window_without_a_base_has_its_own_status(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    found = variant.dna(predictor, proteins, ["n:300:N:NA"], {"n": "N" * 600}, change_p=False)
    assert found.table["status"].tolist() == ["contains_N"] * 3
    assert found.counts == {"contains_N": 1}


def test_a_missing_allele_of_a_data_frame_is_missing(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    frame = pd.DataFrame({"chrom": ["chr1"], "pos": [301], "ref": [DNA[300]], "alt": [None]})
    found = variant.dna(predictor, proteins, frame, GENOME, change_p=False)
    assert set(found.table["status"]) == {"missing"}
