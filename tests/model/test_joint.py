"""The places of a DNA that meet the protein, and what they see around them."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.model.config import JointConfig
from dna_protein_bca.model.joint import Places, choose_places, match_around
from dna_protein_bca.model.matching import MASKED
from dna_protein_bca.model.member import most_attended
from dna_protein_bca.model.states import MemberReading


def _choose(match: torch.Tensor, count: int, reach: float, threshold: float = MASKED) -> Places:
    """The places of DNA of one strand."""
    thresholds = torch.full((len(match), 1), threshold)
    return choose_places(match[..., None], JointConfig(places=count, reach=reach), thresholds)


def test_the_best_places_meet_the_protein_and_those_far_below_the_best_do_not() -> None:
    match = torch.tensor([[0.0, 3.0, 2.5, -9.0, 2.0, 1.0]])
    index, share = _choose(match, count=4, reach=1.5)
    # 3.0 is the best; what is 1.5 below it counts by nothing, and is left out.
    assert index[0].tolist() == [1, 2, 4]
    torch.testing.assert_close(share[0], torch.tensor([1.0, 2 / 3, 1 / 3]))


def test_fewer_places_than_there_are_fade_towards_the_first_left_out() -> None:
    match = torch.tensor([[1.0, 0.9, 0.8, 0.7]])
    index, share = _choose(match, count=2, reach=1.0)
    assert index[0].tolist() == [0, 1]
    torch.testing.assert_close(share[0], torch.tensor([0.2, 0.1]))


def test_places_count_from_the_threshold_on() -> None:
    index, share = _choose(torch.tensor([[0.0, 3.0, 2.5, -9.0, 2.0, 1.0]]), 4, 1.5, threshold=2.25)
    assert index[0].tolist() == [1, 2]
    torch.testing.assert_close(share[0], torch.tensor([0.5, 1 / 6]))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=12),
    st.integers(1, 6),
    st.sampled_from([MASKED, 0.0, 2.0]),
)
def test_no_place_counts_by_a_step(values: list[float], count: int, threshold: float) -> None:
    match = torch.tensor([values])

    def of_all(match: torch.Tensor) -> torch.Tensor:
        index, share = _choose(match, count, 1.5, threshold)
        return torch.zeros_like(match).scatter(1, index, share)

    nudged = match + 1e-4 * torch.linspace(-1, 1, len(values))
    assert (of_all(match) - of_all(nudged)).abs().max() < 1e-3


def test_each_strand_reads_the_match_its_own_way_round() -> None:
    match = torch.randn(1, 9, 2)
    mask = torch.ones(1, 9, 1, dtype=torch.bool)
    # The same match of the reverse complement: bases and strands the other way round.
    mirrored = match.flip(1, 2)
    base, strand = torch.tensor([2, 7]), torch.tensor([0, 1])
    here = match_around(match, mask, (2 * base + strand)[None], width=5)
    there = match_around(mirrored, mask, (2 * (8 - base) + 1 - strand)[None], width=5)
    torch.testing.assert_close(here, there)
    assert not torch.equal(here[:, 0], here[:, 1])


def test_the_residues_that_motifs_attend_to_stand_in_their_order() -> None:
    states = torch.arange(5.0)[None, :, None].repeat(2, 1, 3)
    attention = torch.tensor([[0.1, 0.4, 0.0, 0.3, 0.2], [0.5, 0.5, 0.9, 0.9, 0.9]])
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    none = torch.zeros(2, 0)
    reading = MemberReading(none, none, states, attention, none)  # type: ignore[arg-type]
    chosen = most_attended(reading, mask, 3)
    assert chosen[0, :, 0].tolist() == [1.0, 3.0, 4.0]
    # Padding is never chosen, whatever stands there.
    assert chosen[1].tolist() == [[0.0] * 3, [1.0] * 3, [0.0] * 3]
    assert most_attended(reading, mask, 8).shape == (2, 8, 3)
