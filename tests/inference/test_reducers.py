"""What becomes of position scores: all ways to reduce them agree with one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.reducers import all_sites, best_sites, tracks
from dna_protein_bca.inference.scoring import Meeting, ProteinBlock, Scorer
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.features import collate, protein_input

PROTEINS = [
    "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE",
    "RKRGRQTYTRYQTLELEKEFHFNRYLTRRRRIEIAHALCLTERQIKIWFQNRRMKWKKENK",
]
LENGTHS = (7, 60, 128, 129, 300, 301)


def dna(seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), size)) for size in LENGTHS]


@pytest.fixture(scope="module")
def block(tiny_weights: Path) -> tuple[Scorer, ProteinBlock]:
    scorer = Scorer(load_model(tiny_weights))
    named = [(str(i), sequence) for i, sequence in enumerate(PROTEINS)]
    inputs = [protein_input(*one, d) for one, d in zip(named, find_domains(named), strict=True)]
    with torch.inference_mode():
        state = scorer.model.encode(collate(inputs))
    return scorer, ProteinBlock(np.array([3, 5]), state)


@pytest.fixture
def meeting(block: tuple[Scorer, ProteinBlock]) -> Meeting:
    (found,) = block[0].positions(DNARecords.from_sequences(dna()), [block[1]])
    return found


def test_a_track_sums_to_the_score_and_peaks_at_the_site(meeting: Meeting) -> None:
    scores = best_sites(meeting)
    for record, track in enumerate(tracks(meeting)):
        assert track.shape == (2, LENGTHS[record], 2) and np.isfinite(track).all()
        whole = np.log(np.exp(track.astype(np.float64)).sum((1, 2)))
        np.testing.assert_allclose(whole, scores.score[:, record], atol=2e-5)


def test_sites_are_the_positions_above_a_threshold(meeting: Meeting) -> None:
    found = tracks(meeting)
    limit = np.quantile(np.concatenate([track.ravel() for track in found]), 0.7)
    sites = all_sites(meeting, limit)
    for record, track in enumerate(found):
        for strand in (0, 1):
            expected = np.sort(track[..., strand][track[..., strand] >= limit])
            mine = (sites.record == record) & (sites.strand == strand)
            np.testing.assert_allclose(np.sort(sites.score[mine]), expected, atol=1e-5)
    assert set(sites.protein) == {3, 5}
    assert (sites.start < sites.end).all() and (sites.start >= 0).all()
    assert (sites.end <= np.array(LENGTHS)[sites.record]).all()
    keys = list(zip(sites.record, sites.start, sites.protein, sites.strand, strict=True))
    assert keys == sorted(keys)


def test_the_best_of_all_sites_is_the_best_site(meeting: Meeting) -> None:
    best, sites = best_sites(meeting), all_sites(meeting, -np.inf)
    for row, protein in enumerate(meeting.rows):
        for record in range(len(LENGTHS)):
            mine = np.flatnonzero((sites.protein == protein) & (sites.record == record))
            assert len(mine) == 2 * LENGTHS[record]
            top = mine[sites.score[mine] >= sites.score[mine].max() - 1e-4]
            site = (best.start[row, record], best.end[row, record], best.strand[row, record])
            spans = {(sites.start[i], sites.end[i], sites.strand[i]) for i in top}
            assert site in spans


def test_each_protein_may_have_its_own_threshold(meeting: Meeting) -> None:
    none = all_sites(meeting, np.array([np.inf, -np.inf]))
    assert set(none.protein) == {5} and len(none.score) == 2 * sum(LENGTHS)
    assert len(all_sites(meeting, np.inf).score) == 0


def test_pairs_have_the_sites_of_all_against_all(block: tuple[Scorer, ProteinBlock]) -> None:
    scorer, proteins = block
    records = DNARecords.from_sequences(dna())
    (everything,) = scorer.positions(records, [proteins])
    pairs = (np.array([3, 5, 3, 5, 5]), np.array([4, 4, 0, 5, 2]))
    (some,) = scorer.positions(records, [proteins], pairs)
    whole, part = all_sites(everything, 0.0), all_sites(some, 0.0)
    for column, (protein, record) in enumerate(zip(*pairs, strict=True)):
        there = (whole.protein == protein) & (whole.record == record)
        mine = part.record == column
        for name in ("start", "end", "strand"):
            assert getattr(part, name)[mine].tolist() == getattr(whole, name)[there].tolist()
        np.testing.assert_allclose(part.score[mine], whole.score[there], atol=2e-5)
