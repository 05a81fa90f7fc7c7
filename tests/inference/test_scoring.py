"""The scorer against the plain way: one pair at a time through the model, nothing batched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.reducers import RecordScores, record_scores
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.features import collate, protein_input

MAX = "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE"
EGR1 = "MERPYACPVESCDRRFSRSDELTRHIRIHTGQKPFQCRICMRNFSRSDHLTTHIRTHTGEKPFACDICGRKFARSDERKRHTKIHLRQKD"
HOX = "RKRGRQTYTRYQTLELEKEFHFNRYLTRRRRIEIAHALCLTERQIKIWFQNRRMKWKKENK"


@pytest.fixture
def model(tiny_weights: Path, device: str) -> BindingModel:
    return load_model(tiny_weights, device)


def _state(model: BindingModel, device: str, sequences: list[str]) -> ProteinState:
    named = [(str(i), sequence) for i, sequence in enumerate(sequences)]
    found = find_domains(named)
    inputs = [protein_input(i, s, d) for (i, s), d in zip(named, found, strict=True)]
    assert all(len(item.residues) for item in inputs)
    with torch.inference_mode():
        return model.encode(collate(inputs).to(device))


def _dna(lengths: list[int], seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), size)) for size in lengths]


def _scores(
    scorer: Scorer,
    records: DNARecords,
    state: ProteinState,
    pairs: tuple[np.ndarray, np.ndarray] | None = None,
) -> RecordScores:
    block = ProteinBlock(np.arange(len(state)), state)
    shape = (len(state), len(records.length)) if pairs is None else (1, len(pairs[0]))
    return record_scores(scorer.positions(records, [block], pairs), *shape)


def _same(one: RecordScores, two: RecordScores, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(one.score, two.score, rtol=0, atol=tolerance)
    for name in ("start", "end", "strand"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_equals_the_model_on_one_pair_at_a_time(model: BindingModel, device: str) -> None:
    proteins, dna = [MAX, EGR1, HOX], _dna([5, 8, 33, 64, 101, 127, 128])
    answers = _scores(
        Scorer(model), DNARecords.from_sequences(dna), _state(model, device, proteins)
    )
    assert answers.score.shape == (3, 7)
    for p, protein in enumerate(proteins):
        alone = _state(model, device, [protein])
        for d, sequence in enumerate(dna):
            tokens = DNATokenizer().encode([sequence])
            with torch.inference_mode():
                out = model(tokens.ids[None].to(device), tokens.mask[None].to(device), alone)
            assert abs(float(out.score) - answers.score[p, d]) < 1e-5
            assert answers.strand[p, d] == int(out.position.argmax()) % 2
            assert 0 <= answers.start[p, d] < answers.end[p, d] <= len(sequence)


@pytest.mark.parametrize("batch_size", [1, 2, 1000, "auto"])
def test_batch_size_changes_nothing(
    model: BindingModel, device: str, batch_size: int | str
) -> None:
    state = _state(model, device, [MAX, EGR1])
    records = DNARecords.from_sequences(_dna([40, 12, 300, 301, 129, 40]))
    expected = _scores(Scorer(model, 4), records, state)
    _same(_scores(Scorer(model, batch_size), records, state), expected)


@pytest.mark.parametrize("length", [50, 51, 128, 129, 130, 255, 256, 400, 401])
def test_reverse_complement_mirrors(model: BindingModel, device: str, length: int) -> None:
    (dna,) = _dna([length], seed=length)
    other = dna.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    state = _state(model, device, [MAX, EGR1, HOX])
    there = _scores(Scorer(model), DNARecords.from_sequences([dna]), state)
    back = _scores(Scorer(model), DNARecords.from_sequences([other]), state)
    mirrored = RecordScores(back.score, length - back.end, length - back.start, 1 - back.strand)
    _same(mirrored, there)


@pytest.mark.parametrize("length", [1000, 1001])
def test_long_dna_is_scored_as_its_tiles(model: BindingModel, device: str, length: int) -> None:
    """Every position's score is that of the tile in whose middle it lies, and the site is there."""
    state = _state(model, device, [MAX])
    (dna,) = _dna([length])
    whole = _scores(Scorer(model), DNARecords.from_sequences([dna]), state)
    odds = np.zeros((length, 2))
    # Tiles begin at multiples of half a window about the middle; odd records get shorter ones.
    held = 128 - length % 2
    first = -((15 - 1) * 64 + held - length) // 2
    tokenizer = DNATokenizer()
    for start in range(first, first + 15 * 64, 64):
        tokens = tokenizer.encode([dna[max(0, start) : start + held]])
        with torch.inference_mode():
            out = model(tokens.ids[None].to(device), tokens.mask[None].to(device), state)
        position = out.position[0, 0].double().exp().cpu().numpy()
        for offset, values in enumerate(position):
            at = max(0, start) + offset
            distance = abs(2 * at - (2 * start + held - 1))
            nearest = min(
                abs(2 * at - (2 * other + held - 1)) for other in range(first, first + 960, 64)
            )
            ties = sum(
                abs(2 * at - (2 * other + held - 1)) == nearest
                for other in range(first, first + 960, 64)
            )
            if distance == nearest:
                odds[at] += values / ties
    assert abs(whole.score[0, 0] - np.log(odds.sum())) < 1e-4
    at, strand = np.unravel_index(odds.argmax(), odds.shape)
    assert whole.strand[0, 0] == strand
    assert whole.start[0, 0] - 10 <= at <= whole.end[0, 0] + 10


@pytest.mark.parametrize("pairs", [6, 90])
def test_pairs_equal_all_against_all(model: BindingModel, device: str, pairs: int) -> None:
    state = _state(model, device, [MAX, EGR1, HOX])
    records = DNARecords.from_sequences(_dna([20, 101, 300, 64, 7, 150, 151]))
    rng = np.random.default_rng(pairs)
    protein, dna = rng.integers(0, 3, pairs), rng.integers(0, 7, pairs)
    expected = _scores(Scorer(model), records, state)
    picked = RecordScores(*(values[protein, dna][None] for values in expected))
    _same(_scores(Scorer(model), records, state, (protein, dna)), picked)


def test_records_that_can_be_scored() -> None:
    records = DNARecords.from_sequences(["NNNNNN", "ACGT", "ACGTA", "nnnnnR", "UUUUU"])
    assert records.scorable.tolist() == [False, False, True, True, True]
    assert records.start.tolist() == [0, 6, 10, 15, 21]
    assert len(DNARecords.from_sequences([]).scorable) == 0


def test_windows_are_padded_outside_their_record() -> None:
    records = DNARecords.from_sequences(["ACGT", "TTTTT"])
    windows = records.windows(np.array([-2, 3]), 4)
    pad = DNATokenizer.pad_id
    assert windows.tolist() == [[pad, pad, 0, 1], [3, 3, pad, pad]]


def test_half_precision_is_near(model: BindingModel, device: str) -> None:
    state = _state(model, device, [MAX, HOX])
    records = DNARecords.from_sequences(_dna([101, 60]))
    exact = _scores(Scorer(model), records, state)
    rough = _scores(Scorer(model, precision="bfloat16"), records, state)
    assert rough.score.dtype == np.float32
    assert 0 < np.abs(rough.score - exact.score).max() < 0.5
