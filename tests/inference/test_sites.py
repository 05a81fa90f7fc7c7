"""Sites: the informative columns of the motif that fits best, on the right strand."""

from __future__ import annotations

import math

import torch

from dna_protein_bca.inference.sites import motif_spans, site_spans
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.matching import MASKED, MotifSet
from dna_protein_bca.model.states import ProteinState

WIDTH = 9


def _motif(consensus: str, first: int) -> torch.Tensor:
    """Log-odds of a motif whose columns from `first` on ask for these bases."""
    probabilities = torch.full((WIDTH, 4), 0.25)
    for column, base in enumerate(consensus, start=first):
        probabilities[column] = 0.01
        probabilities[column, "ACGT".index(base)] = 0.97
    return (probabilities * 4).log()


def _state(*motifs: torch.Tensor) -> ProteinState:
    """One protein with these motifs, each as good as the next; what hangs over costs half."""
    stacked = torch.stack(motifs)[None]
    shape = stacked.shape[:2]
    found = MotifSet(
        log_odds=stacked,
        weight=torch.full(shape, -math.log(shape[1])),
        gain=torch.ones(shape),
        shift=torch.zeros(shape),
        ceiling=torch.full(shape, 100.0),
        missing=torch.full(shape, 0.5),
    )
    return ProteinState(
        found, found, shape[1], torch.zeros(1, 1, 1), *torch.zeros(2, 1), torch.zeros(1, 1)
    )


def _spans(window: str, strand: int, state: ProteinState) -> list[int]:
    text = window.replace("-", "N")
    ids = DNATokenizer().encode([text]).ids
    ids[0, torch.tensor([letter == "-" for letter in window])] = DNATokenizer.pad_id
    spans = site_spans(ids[None], torch.tensor([[strand]]), state.motifs)
    return spans[0, 0].tolist()


def test_spans_of_motifs() -> None:
    flat = torch.zeros(WIDTH, 4)
    motifs = torch.stack((_motif("TGACA", 1), _motif("TTA", 6), flat))
    first, last = motif_spans(motifs)
    assert first.tolist() == [-3, 2, -4]
    assert last.tolist() == [2, 5, 5]


def test_motif_without_an_informative_column_is_its_best_one() -> None:
    weak = torch.full((WIDTH, 4), 0.25)
    weak[2] = torch.tensor([0.3, 0.25, 0.25, 0.2])
    first, last = motif_spans((weak * 4).log())
    assert (int(first), int(last)) == (-2, -1)


def test_site_on_plus_and_on_minus() -> None:
    state = _state(_motif("TGACA", 1))
    assert _spans("ATGACAGGG", 0, state) == [-3, 2]
    assert _spans("CCCTGTCAT", 1, state) == [-1, 4]


def test_the_motif_that_fits_gives_the_width() -> None:
    state = _state(_motif("TGACA", 1), _motif("CCCGGG", 3))
    assert _spans("ATGACAGGT", 0, state) == [-3, 2]
    assert _spans("AAACCCGGG", 0, state) == [-1, 5]


def test_padded_motif_is_never_chosen() -> None:
    state = _state(_motif("TGACA", 1), _motif("CCCGGG", 3))
    state.motifs.weight[0, 1] = MASKED
    assert _spans("AAACCCGGG", 0, state) == [-3, 2]


def test_window_over_the_end_of_its_record() -> None:
    state = _state(_motif("TGACA", 1), _motif("CCCGGG", 3))
    assert _spans("---CCCGGG", 0, state) == [-1, 5]
    assert _spans("ATGACA---", 0, state) == [-3, 2]
