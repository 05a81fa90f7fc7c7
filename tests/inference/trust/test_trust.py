"""Levels of trust, and the evidence that they stand on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from dna_protein_bca import BindingPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.trust import Evidence, TrustLevels, evidence
from dna_protein_bca.inference.trust.evidence import average_precision
from dna_protein_bca.inference.trust.levels import fit_trust_levels
from dna_protein_bca.io.fasta import read_fasta

MAX = "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE"

MAP = TrustLevels((0.5, 0.3, 0.2), 0.0, high=0.6, medium=0.4, inverse_temperature=0.5)


@pytest.mark.parametrize(("estimate", "level"), [(0.6, "high"), (0.5, "medium"), (0.39, "low")])
def test_a_level_begins_at_its_number(estimate: float, level: str) -> None:
    assert MAP.level(estimate) == level


def test_the_map_comes_back_from_its_file(tmp_path: Path) -> None:
    MAP.save(tmp_path)
    assert TrustLevels.read(tmp_path) == MAP
    assert TrustLevels.read(tmp_path / "none") is None


@pytest.mark.parametrize("text", ["{", "{}", json.dumps({"weights": [1.0]}), "[1]"])
def test_a_damaged_map_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "trust.json").write_text(text)
    with pytest.raises(InputError, match="damaged"):
        TrustLevels.read(tmp_path)


def test_what_precision_follows_is_found_again() -> None:
    rng = np.random.default_rng(0)
    found = [Evidence(*row) for row in rng.random((60, 3))]
    precision = np.array([0.6 * one.retrieval for one in found])
    groups = [str(number % 6) for number in range(60)]
    trust, left_out = fit_trust_levels(found, precision, groups, 0.5)
    assert np.corrcoef(left_out, precision)[0, 1] > 0.95
    assert trust.estimate(Evidence(0.5, 0.9, 0.5)) > trust.estimate(Evidence(0.9, 0.1, 0.9))
    assert sum(trust.level(estimate) == "high" for estimate in left_out) == 20


def test_relatives_that_agree_speak_for_a_protein() -> None:
    """MAX has close relatives with one motif; a made-up array of zinc fingers has none."""
    fingers = "".join(
        f"TGEKPYKCPECGKSFS{helix}HQRTH" for helix in ("RSDNLAR", "QSGDLTR", "DPGHLVR")
    )
    predictor = BindingPredictor.from_pretrained("heldout", threads=1)
    encoded = predictor.encode({"MAX": MAX, "array": fingers})
    found = dict(evidence(encoded, 0.5))
    assert set(found) == {0, 1}
    assert all(-1 <= value <= 1 for one in found.values() for value in one)
    assert found[0].agreement > found[1].agreement
    assert found[0].retrieval > found[1].retrieval


def test_threads_change_neither_proteins_nor_what_speaks_for_them(data_dir: Path) -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            predictor = BindingPredictor.from_pretrained("heldout", "cpu", threads=threads)
            records = list(read_fasta(data_dir / "validation" / "proteins.fa", "protein"))[:20]
            encoded = predictor.encode([(one.id, one.sequence) for one in records])
            states = [torch.cat([b.state.latents.flatten(), b.state.bias]) for b in encoded.blocks]
            found.append((torch.cat(states), dict(evidence(encoded, 0.5))))
    finally:
        torch.set_num_threads(before)
    assert len(found[0][1]) > 10
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-4, atol=1e-5)
    for row, one in found[0][1].items():
        np.testing.assert_allclose(found[1][1][row], one, atol=1e-6)


def test_without_relatives_there_is_no_evidence() -> None:
    alone = BindingPredictor.from_pretrained(relatives=False, threads=1)
    encoded = alone.encode({"MAX": MAX, "none": "ACDEFGHIKL" * 5})
    assert not list(evidence(encoded, 0.5))
    assert MAP(encoded) == ["low", None]


@pytest.mark.parametrize("levels", [3, 1_000_000], ids=["ties", "distinct"])
def test_average_precision_is_that_of_scikit_learn(levels: int) -> None:
    rng = np.random.default_rng(1)
    score = rng.integers(0, levels, 500) / levels
    positive = rng.random(500) < 0.1 + 0.2 * score
    expected = average_precision_score(positive, score)
    assert average_precision(positive, score) == pytest.approx(expected, abs=1e-12)


def test_trust_is_told_when_it_is_first_asked_for(tiny_weights: Path) -> None:
    asked: list[int] = []

    def map_of(encoded: EncodedProteins) -> list[str | None]:
        asked.append(len(encoded))
        return ["high", None, "low"][: len(encoded)]

    loaded = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    predictor = BindingPredictor(loaded.model, loaded.measured, trust=map_of)
    encoded = predictor.encode({"one": MAX, "two": "M" * 30, "three": MAX})
    predictor.score_matrix(encoded, {"site": "TTACCACGTGGTAATT"})
    some = predictor.encode(encoded).take(np.array([1, 2]))
    assert not asked
    assert list(some.trust) == [None, "low"] and list(encoded.trust) == ["high", None, "low"]
    table = predictor.predict(encoded, {"site": "TTACCACGTGGTAATT"}, background=None)
    assert table["trust"].dropna().tolist() == ["high", "low"] and asked == [3]
