"""The census of DNA-binding domains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.proteins import census as module
from dna_protein_bca.proteins.census import COLUMNS, census, fragments
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins

UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"


@pytest.fixture(scope="module")
def records(data_dir: Path) -> list[SequenceRecord]:
    return list(read_fasta(data_dir / "example_proteins.fa", "protein"))


@pytest.fixture(scope="module")
def measured(records: list[SequenceRecord]) -> MeasuredProteins:
    found = find_domains([(each.id, each.sequence) for each in records])
    return MeasuredProteins(
        MeasuredProtein(f"m_{each.id}", "", "", match_states(each.sequence, domains), (), ())
        for each, domains in zip(records, found, strict=True)
    )


def table_of(records: list[SequenceRecord], measured: MeasuredProteins | None) -> pd.DataFrame:
    return pd.concat([part for _, part in census(records, measured)], ignore_index=True)


def test_a_row_for_each_protein_and_family(
    records: list[SequenceRecord], measured: MeasuredProteins
) -> None:
    table = table_of([*records, SequenceRecord("UBI", UBIQUITIN)], measured)
    assert tuple(table.columns) == COLUMNS
    assert [*table.protein_id] == [each.id for each in records]
    assert [*table.nearest_measured] == [f"m_{each.id}" for each in records]
    np.testing.assert_allclose(table.nearest_identity, 1)
    np.testing.assert_allclose(table.coverage, table.typical_coverage)
    gata = table.set_index("protein_id").loc["GATA1"]
    assert gata.family == "GATA" and gata.spans == "204-237;258-291"


def test_families_stand_by_e_value_and_are_compared_alone(
    records: list[SequenceRecord], measured: MeasuredProteins
) -> None:
    by_id = {each.id: each.sequence for each in records}
    fused = SequenceRecord("fused", by_id["MAX"] + by_id["RUNX1"])
    table = table_of([fused], measured)
    assert [*table.family] == ["Runt", "HLH"] and table.evalue.is_monotonic_increasing
    assert [*table.nearest_measured] == ["m_RUNX1", "m_MAX"]
    np.testing.assert_allclose(table.nearest_identity, 1)


def test_fragments_are_told(records: list[SequenceRecord], measured: MeasuredProteins) -> None:
    p53 = next(each.sequence for each in records if each.id == "TP53")
    table = table_of([*records, SequenceRecord("cut", p53[:200])], measured)
    assert [*fragments(table).protein_id] == ["cut"]


def test_chunks_change_nothing(
    records: list[SequenceRecord], measured: MeasuredProteins, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = table_of(records, measured)
    monkeypatch.setattr(module, "CHUNK_RESIDUES", 500)
    parts = list(census(iter(records), measured))
    assert len(parts) > 2 and sum(count for count, _ in parts) == len(records)
    pd.testing.assert_frame_equal(pd.concat([part for _, part in parts], ignore_index=True), whole)


def test_without_measured_proteins(records: list[SequenceRecord]) -> None:
    table = table_of(records, None)
    assert len(table) == len(records) and table.typical_coverage.isna().all()
    assert table.nearest_measured.isna().all() and not len(fragments(table))


def test_proteins_of_the_data_set_are_found_and_reversed_ones_are_not(
    specificity_dir: Path,
) -> None:
    splits = ("train", "validation", "validation-pbm", "excluded", "reserved")
    from dna_protein_bca.datasets.sources.specificity import read_proteins

    sequences = read_proteins(specificity_dir, splits).sequence.iloc[::10]
    known = table_of([SequenceRecord(*pair) for pair in sequences.items()], None)
    turned = [SequenceRecord(name, sequence[::-1]) for name, sequence in sequences.items()]
    assert known.protein_id.nunique() >= 0.95 * len(sequences)
    assert table_of(turned, None).protein_id.nunique() < 0.01 * len(sequences)
