"""Windows by tables: the same on both strands, by the motifs where it matters, with p-values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background.curve import p_of
from dna_protein_bca.inference.background.find import undamaged_member
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.kmer_tables import (
    KmerTable,
    TableScorer,
    Windows,
    table_changes,
    window_background,
    windows,
)
from dna_protein_bca.inference.kmer_tables.lookup import COUNT

TILE = 128


@pytest.fixture(scope="module", params=[0, 2])
def row(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def table(tables: list[KmerTable | None], row: int) -> KmerTable:
    found = tables[row]
    assert found is not None
    return found


@pytest.fixture
def scorer(
    predictor: BindingPredictor, proteins: EncodedProteins, table: KmerTable, row: int
) -> TableScorer:
    member = undamaged_member(predictor.scorer, proteins, row)
    assert member is not None
    return TableScorer(member, table)


def random_bases(count: int, seed: int, length: int = TILE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, (count, 1, length)).astype(np.uint8)


def test_kmers_with_unknown_bases_have_no_number() -> None:
    ids = random_bases(3, 0, 30)
    ids[1, 0, 12] = 14
    numbers = Windows.of(ids).numbers
    assert numbers.shape == (3, 1, 21)
    assert (numbers[1, 0, 3:13] == COUNT).all()
    known = np.ones(numbers.shape, bool)
    known[1, 0, 3:13] = False
    assert (numbers[known] < COUNT).all()
    digits = "".join(str(base) for base in ids[2, 0, 20:])
    assert numbers[2, 0, 20] == int(digits, 4)


def test_strands_mirror_each_other(scorer: TableScorer) -> None:
    ids = random_bases(40, 1)
    there = scorer.score(Windows.of(ids))
    back = scorer.score(Windows.of(np.ascontiguousarray(3 - ids[..., ::-1])))
    np.testing.assert_allclose(back.score, there.score, rtol=1e-5, atol=1e-4)
    one_strand = there.strand != back.strand
    assert one_strand.mean() > 0.8
    # Of two positions that are as good, the left one is taken, whatever the strand.
    assert (TILE - back.end == there.start)[one_strand].mean() > 0.9
    assert (TILE - back.start == there.end)[one_strand].mean() > 0.9


def test_where_everything_is_looked_at_scores_are_those_of_the_motifs(
    predictor: BindingPredictor,
    proteins: EncodedProteins,
    table: KmerTable,
    row: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(windows, "PASSING", 1.0)
    member = undamaged_member(predictor.scorer, proteins, row)
    assert member is not None
    ids = random_bases(10, 2)
    found = TableScorer(member, table).score(Windows.of(ids)).score[:, 0]
    tokens = torch.from_numpy(ids.swapaxes(0, 1))
    with torch.inference_mode():
        mask = torch.ones_like(tokens, dtype=torch.bool)
        position = predictor.model(tokens, mask, member.block.state, joint=False).position[0]
    inner = position[:, 12:-12].flatten(1).logsumexp(-1).numpy()
    whole = position.flatten(1).logsumexp(-1).numpy()
    # Positions at the ends, which have no whole k-mer, are left out, and no others.
    assert (found <= whole + 0.02).all()
    assert (found >= inner - 0.02).all()


def test_windows_are_looked_at_together(scorer: TableScorer) -> None:
    ids = random_bases(300, 3)
    other = ids.copy()
    other[:, 0, 64] = (other[:, 0, 64] + 1) % 4
    both = scorer.score(Windows.of(np.concatenate((ids, other), axis=1)))
    same = scorer.score(Windows.of(np.concatenate((ids, ids), axis=1)))
    np.testing.assert_array_equal(same.score[:, 0], same.score[:, 1])
    assert (both.score[:, 0] != both.score[:, 1]).mean() > 0.9
    alone = scorer.score(Windows.of(ids)).score[:, 0]
    assert np.isclose(both.score[:, 0], alone, atol=1e-4).mean() > 0.8


def test_windows_without_a_known_kmer_have_no_score(scorer: TableScorer) -> None:
    ids = random_bases(1, 4)
    ids[..., ::5] = 14
    assert np.isnan(scorer.score(Windows.of(ids)).score).all()
    short = random_bases(2, 5, scorer.shortest - 1)
    assert np.isnan(scorer.score(Windows.of(short)).score).all()
    assert np.isfinite(scorer.score(Windows.of(random_bases(2, 5, scorer.shortest))).score).all()


def test_p_values_are_shares_of_random_windows(scorer: TableScorer, table: KmerTable) -> None:
    dna = BackgroundDNA.parse("uniform")
    background = window_background(scorer, table, dna, TILE)
    for length in (TILE, 64):
        score = scorer.score(Windows.of(random_bases(5000, 6, length))).score[:, 0]
        p = background.record_p(score, np.full(len(score), length))
        for level in (0.5, 0.1, 0.02):
            assert np.mean(p <= level) == pytest.approx(level, rel=0.25)


def test_chances_of_changes_are_shares_of_random_changes(scorer: TableScorer) -> None:
    curve = table_changes(scorer, BackgroundDNA.parse("uniform"), TILE)
    ids = random_bases(6000, 7)
    other = ids.copy()
    other[:, 0, 63] = (other[:, 0, 63] + np.arange(len(ids)) % 3 + 1) % 4
    score = scorer.score(Windows.of(np.concatenate((ids, other), axis=1))).score
    p = p_of(curve.levels(np.abs(score[:, 1] - score[:, 0])))
    for level in (0.5, 0.1, 0.02):
        assert np.mean(p <= level) == pytest.approx(level, rel=0.3)
