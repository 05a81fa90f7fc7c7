"""Proteins encoded once: in their order, with their nearest relatives, alike alone and together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.inference import encoding
from dna_protein_bca.inference.encoding import (
    LONGEST_PROTEIN,
    EncodedProteins,
    check_length,
    encode_proteins,
)
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.proteins.relatives import MeasuredProteins


@pytest.fixture(scope="module")
def scorer(tiny_weights: Path) -> Scorer:
    return Scorer(load_model(tiny_weights))


@pytest.fixture(scope="module")
def records(data_dir: Path) -> list[SequenceRecord]:
    """Seven factors, one to eleven domains each, and a protein without one."""
    factors = list(read_fasta(data_dir / "example_proteins.fa", "protein"))
    other = next(read_fasta(data_dir / "non_binders.fa", "protein"))
    return [*factors[:3], other, *factors[3:]]


@pytest.fixture(scope="module")
def encoded(scorer: Scorer, records: list[SequenceRecord]) -> EncodedProteins:
    return encode_proteins(scorer, records, threads=1)


def test_order_and_domains(encoded: EncodedProteins, records: list[SequenceRecord]) -> None:
    assert encoded.ids == [record.id for record in records]
    assert encoded.dbd[3] == "none"
    assert encoded.dbd[0].startswith("HLH:")
    assert sorted(int(row) for block in encoded.blocks for row in block.rows) == [
        0, 1, 2, 4, 5, 6, 7,
    ]  # fmt: skip
    assert encoded.nearest == [None] * 8
    assert np.isnan(encoded.identity).all()


def test_a_protein_is_the_same_alone(
    encoded: EncodedProteins, records: list[SequenceRecord], scorer: Scorer
) -> None:
    for block in encoded.blocks:
        for place, row in enumerate(block.rows):
            (alone,) = encode_proteins(scorer, [records[row]], threads=1).blocks
            together = block.state[place : place + 1]
            count = alone.state.motifs.weight.shape[1]
            torch.testing.assert_close(together.latents, alone.state.latents, atol=1e-5, rtol=1e-5)
            torch.testing.assert_close(together.bias, alone.state.bias, atol=1e-5, rtol=1e-5)
            for name in ("log_odds", "gain", "shift", "weight"):
                torch.testing.assert_close(
                    getattr(together.motifs, name)[:, :count],
                    getattr(alone.state.motifs, name),
                    atol=1e-4,
                    rtol=1e-4,
                )


def test_many_proteins_are_read_in_blocks(
    scorer: Scorer,
    records: list[SequenceRecord],
    encoded: EncodedProteins,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoding, "CPU_PROTEINS", 2)
    small = encode_proteins(scorer, records, threads=1)
    assert max(len(block.rows) for block in small.blocks) == 2
    rows = [int(row) for block in small.blocks for row in block.rows]
    assert sorted(rows) == sorted(int(row) for block in encoded.blocks for row in block.rows)


def test_any_protein_is_read_whole(scorer: Scorer, records: list[SequenceRecord]) -> None:
    encoded = encode_proteins(scorer, records, any_protein=True, threads=1)
    assert sum(len(block.rows) for block in encoded.blocks) == 8
    assert encoded.dbd[3] == "none"


def test_nearest_measured_protein(scorer: Scorer, records: list[SequenceRecord]) -> None:
    rows = [(record.id, record.sequence) for record in records if record.id in ("MAX", "SP1")]
    table = pd.DataFrame(rows, columns=["protein_id", "sequence"])
    measured = MeasuredProteins.from_tables(table, [], threads=1)
    encoded = encode_proteins(scorer, records, measured, threads=1)
    found = zip(encoded.nearest, encoded.identity, strict=True)
    nearest = dict(zip(encoded.ids, found, strict=True))
    assert nearest["MAX"] == ("MAX", 1.0)
    assert nearest["SP1"] == ("SP1", 1.0)
    # CTCF has zinc fingers as SP1 has; no other shares a family with either.
    assert nearest["CTCF"][0] == "SP1" and 0 < nearest["CTCF"][1] < 0.6
    assert [name for name, (found, _) in nearest.items() if found is None] == [
        "GATA1", records[3].id, "LHX2", "TP53", "RUNX1",
    ]  # fmt: skip


def test_a_fragment_is_not_identical_to_a_mutant_of_what_it_lacks(
    scorer: Scorer, records: list[SequenceRecord]
) -> None:
    """LHX2's homeodomain is residues 267 to 323; HMMER aligns 31 residues of the construct, and
    the mutant differs beyond them alone."""
    whole = next(record.sequence for record in records if record.id == "LHX2")
    mutant = whole[:315] + ("A" if whole[315] != "A" else "G") + whole[316:]
    table = pd.DataFrame({"protein_id": ["mutant"], "sequence": [mutant]})
    measured = MeasuredProteins.from_tables(table, [], threads=1)
    construct = SequenceRecord("construct", whole[240:298])
    found = encode_proteins(scorer, [construct, SequenceRecord("whole", whole)], measured)
    assert found.dbd == ["Homeodomain:27-57", "Homeodomain:267-323"]
    # 31 of the mutant's 57 residues, and 56 of them.
    np.testing.assert_allclose(found.identity, [31 / 57, 56 / 57], atol=1e-6)
    # Where both were measured, the construct's nearest is itself, and the mutant's the whole.
    both = pd.DataFrame(
        {"protein_id": ["construct", "whole"], "sequence": [construct.sequence, whole]}
    )
    measured = MeasuredProteins.from_tables(both, [], threads=1)
    found = encode_proteins(scorer, [SequenceRecord("mutant", mutant), construct], measured)
    assert found.nearest == ["whole", "construct"]
    np.testing.assert_allclose(found.identity, [56 / 57, 1], atol=1e-6)


def test_a_mutant_in_one_of_two_families_loses() -> None:
    """The identity of POU5F1's homeodomain stays 1 where its POU domain has other residues."""
    release = BindingPredictor.from_pretrained("release", "cpu", threads=1)
    assert release.folder is not None
    found = read_collection(release.folder, "Homo_sapiens")
    whole = next(record.sequence for record in found if record.id.startswith("POU5F1|"))
    mutant = list(whole)
    for place in (144, 151, 154):
        assert mutant[place - 1] == "K"
        mutant[place - 1] = "E"
    encoded = release.encode({"whole": whole, "mutant": "".join(mutant)})
    np.testing.assert_array_equal(encoded.identity, [1, 1])
    losses = torch.cat([block.state.loss for block in encoded.blocks])
    rows = np.concatenate([block.rows for block in encoded.blocks])
    assert losses[rows == 0].item() == 0 and losses[rows == 1].item() > 5


def test_a_measured_protein_is_its_own_nearest_and_loses_nothing() -> None:
    """Several PAX proteins have the homeodomain of P31361_b, and other paired domains."""
    release = BindingPredictor.from_pretrained("release", "cpu", threads=1)
    assert release.folder is not None
    found = read_collection(release.folder)
    several = [one for one in found if one.id.startswith(("PAX", "POU"))][:12]
    encoded = release.encode([(one.id, one.sequence) for one in several])
    np.testing.assert_array_equal(encoded.identity, 1)
    assert all(not block.state.loss.any() for block in encoded.blocks)


def test_the_longest_protein_that_is_read() -> None:
    assert check_length(SequenceRecord("a", "M" * LONGEST_PROTEIN)) is None
    error = check_length(SequenceRecord("titin", "M" * (LONGEST_PROTEIN + 1), "p.fa", 7))
    assert str(error).startswith("p.fa:7: protein 'titin' has 5,001 residues")


def test_a_protein_of_five_thousand_residues_is_encoded(
    scorer: Scorer, records: list[SequenceRecord]
) -> None:
    sequence = records[0].sequence + "MKVLSATGEQDN" * 500
    long = SequenceRecord("long", sequence[:LONGEST_PROTEIN])
    for whole in (False, True):
        encoded = encode_proteins(scorer, [long], any_protein=whole, threads=1)
        assert encoded.dbd[0].startswith("HLH:")
        assert encoded.blocks[0].state.latents.isfinite().all()
