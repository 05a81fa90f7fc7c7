"""`variant.dna` by tables: the rows of exact scores, with other numbers."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor, variant
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.variant.genomic import stream

DNA = "".join(random.Random(5).choices("ACGT", k=600))
GENOME = {"chr1": DNA, "gap": DNA[:300] + "N" * 40 + DNA[300:], "short": "ACGTACGTACGTACG"}

VARIANTS = [
    *(f"chr1:{pos}:{DNA[pos - 1]}:{'T' if DNA[pos - 1] != 'T' else 'G'}" for pos in (301, 3, 599)),
    f"chr1:200:{DNA[199:204]}:{DNA[199]}",
    f"chr1:250:{DNA[249]}:{DNA[249]}TTTTT",
    f"chr1:400:{DNA[399:402]}:{DNA[399:402][::-1].translate(str.maketrans('ACGT', 'TGCA'))}",
    f"gap:301:N:{DNA[0]}",
    f"gap:290:{DNA[289]}:{'A' if DNA[289] != 'A' else 'C'}",
    "chr1:10:A:<DEL>",
    "chr9:10:A:T",
]


@pytest.fixture(scope="module")
def proteins(data_dir: Path) -> dict[str, str]:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    found = {record.id: record.sequence for record in records if record.id in ("MAX", "CTCF")}
    return {**found, "none": "MAGSTAGSTEEGGSTAKPLA" * 4}


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def fast(predictor: BindingPredictor, proteins: dict[str, str]) -> pd.DataFrame:
    return variant.dna(predictor, proteins, VARIANTS, GENOME, fast=True).table


def test_rows_are_those_of_exact_scores(
    fast: pd.DataFrame, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    exact = variant.dna(predictor, proteins, VARIANTS, GENOME, change_p=False).table
    columns = ["chrom", "pos", "ref", "alt", "variant_id", "protein_id", "status"]
    pd.testing.assert_frame_equal(fast[columns], exact[columns])
    assert list(fast.columns) == list(exact.columns)
    assert (fast.dtypes == exact.dtypes).all()
    for name in ("score_ref", "score_alt", "p_value_ref", "p_value_alt", "strand_ref", "end_alt"):
        assert (fast[name].isna() == exact[name].isna()).all(), name
    scored = fast["score_ref"].notna()
    assert 0 < scored.sum() < len(fast)
    assert fast.loc[scored, "delta_p"].between(0, 1, inclusive="right").all()
    delta = fast["score_alt"] - fast["score_ref"]
    np.testing.assert_allclose(fast["delta_score"], delta, atol=1e-5)


def test_sites_lie_in_the_window(fast: pd.DataFrame) -> None:
    scored = fast[fast["score_ref"].notna()]
    assert (scored["start_ref"] < scored["end_ref"]).all()
    assert (scored["start_ref"] >= scored["pos"] - 66).all()
    assert (scored["end_ref"] <= scored["pos"] + 66).all()


def test_batches_change_no_row(
    fast: pd.DataFrame,
    predictor: BindingPredictor,
    proteins: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "PAIRS", 6)
    again = variant.dna(predictor, proteins, VARIANTS, GENOME, fast=True).table
    # What an empty cell holds hangs on what stands beside it.
    filled = [table.astype(object).where(table.notna(), None) for table in (again, fast)]
    pd.testing.assert_frame_equal(*filled)


def test_dna_shorter_than_a_table_reads_is_too_short(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    found = variant.dna(
        predictor, {"MAX": proteins["MAX"]}, ["short:5:ACGTACGTACG:A"], GENOME, fast=True
    )
    assert found.counts == {"too_short": 1}


def test_one_set_of_weights(predictor: BindingPredictor, proteins: dict[str, str]) -> None:
    several = EnsemblePredictor([predictor, predictor])
    with pytest.raises(InputError, match="one set of weights"):
        variant.dna(several, proteins, VARIANTS, GENOME, fast=True)
