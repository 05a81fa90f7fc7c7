"""From scores to p-values: simulated once a protein, for sites and for records of any length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.signal import fftconvolve

from dna_protein_bca import BindingPredictor
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import Background, BackgroundDNA, backgrounds
from dna_protein_bca.inference.background.build import build
from dna_protein_bca.inference.background.members import Member, simulate
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer
from dna_protein_bca.model.binding import BindingModel

EXAMPLES = str(Path(__file__).resolve().parents[3] / "data" / "example_proteins.fa")
PROTEINS = {
    "MAX": "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE",
    "none": "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV",
    "LHX": "RKRGRQTYTRYQTLELEKEFHFNRYLTRRRRIEIAHALCLTERQIKIWFQNRRMKWKKENK",
}


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def found(predictor: BindingPredictor) -> list[Background | None]:
    return predictor.background(PROTEINS, cache=False)


def test_a_protein_without_a_known_domain_has_no_background(
    found: list[Background | None],
) -> None:
    assert [each is None for each in found] == [False, True, False]


def test_p_values_fall_with_the_score_and_are_never_0(found: list[Background | None]) -> None:
    scores = np.linspace(-20, 20, 999)
    for background in filter(None, found):
        site = background.site_p(scores)
        assert (np.diff(site) <= 0).all() and (np.diff(site[site < 0.5]) < 0).all()
        assert (site > 0).all() and (site <= 1).all()
        for length in (1, 5, 37, 128, 1_000, 10_000, 10**8):
            p = background.record_p(scores, np.full(len(scores), length))
            assert (np.diff(p) <= 0).all() and (p > 0).all() and (p <= 1).all()


def test_a_background_is_named_in_one_line(found: list[Background | None]) -> None:
    assert repr(found[0]) == "<background uniform: sites, and records of 5 to 10,485,952 bp>"


def test_a_missing_score_has_a_missing_p_value(found: list[Background | None]) -> None:
    assert found[0] is not None
    assert found[0].record_p(np.empty((2, 0)), np.empty(0)).shape == (2, 0)
    p = found[0].record_p(np.array([np.nan, 0.0]), np.array([101, 101]))
    assert np.isnan(p[0]) and p[1] > 0
    assert np.isnan(found[0].site_p(np.array(np.nan)))


@pytest.mark.parametrize("p", [0.5, 1e-2, 1e-4, 1e-9])
def test_the_threshold_is_the_lowest_score_with_that_p_value(
    found: list[Background | None], p: float
) -> None:
    assert found[0] is not None
    threshold = found[0].site_threshold(p)
    assert found[0].site_p(np.array(threshold)) <= p
    assert np.float32(threshold) == threshold
    assert found[0].site_p(np.nextafter(np.float32(threshold), np.float32(-np.inf))) > p


def test_a_threshold_needs_a_positive_p_value(found: list[Background | None]) -> None:
    assert found[0] is not None
    with pytest.raises(ValueError, match="above 0"):
        found[0].site_threshold(0.0)
    assert found[0].site_threshold(1.0) == -np.inf


def near(first: Background, second: Background) -> bool:
    """Whether two backgrounds have the same scores at all p-values, but for rounding."""
    levels = np.linspace(1, -20, 30)
    pairs = [(first.site, second.site), *zip(first.records, second.records, strict=True)]
    return all(
        np.allclose(one.scores(levels), other.scores(levels), rtol=0, atol=0.01)
        for one, other in pairs
    )


def test_p_values_hang_neither_on_batches_nor_on_other_proteins(
    tiny_weights: Path, found: list[Background | None]
) -> None:
    predictor = BindingPredictor.from_pretrained(tiny_weights, "cpu", batch_size=48)
    (alone,) = predictor.background({"LHX": PROTEINS["LHX"]}, cache=False)
    assert alone is not None and found[2] is not None
    assert near(alone, found[2])


@pytest.mark.parametrize("value", [0.0, float("nan")], ids=["flat", "no number"])
def test_weights_that_tell_no_dna_apart_are_an_error_of_one_line(
    predictor: BindingPredictor, value: float
) -> None:
    encoded = predictor.encode({"MAX": PROTEINS["MAX"]})
    (block,) = encoded.blocks
    motifs = block.state.motifs
    motifs = motifs._replace(log_odds=torch.full_like(motifs.log_odds, value))
    flat = ProteinBlock(block.rows, replace(block.state, motifs=motifs))
    with pytest.raises(InputError, match="no p-values can be given for MAX") as caught:
        predictor.background(replace(encoded, blocks=[flat]), cache=False)
    assert "\n" not in str(caught.value)


def with_loss(encoded: EncodedProteins, loss: float) -> EncodedProteins:
    """The same proteins, having lost something against their nearest measured ones."""
    blocks = [
        ProteinBlock(block.rows, replace(block.state, loss=torch.full_like(block.state.loss, loss)))
        for block in encoded.blocks
    ]
    return replace(encoded, blocks=blocks)


def test_what_a_mutant_has_lost_raises_its_p_values(
    predictor: BindingPredictor, found: list[Background | None]
) -> None:
    encoded = with_loss(predictor.encode({"MAX": PROTEINS["MAX"]}), 4.0)
    (lost,) = backgrounds([predictor.scorer], [encoded], "uniform", cache=False)
    assert lost is not None and found[0] is not None and near(lost, found[0])
    dna = BackgroundDNA.parse("uniform").draw(np.random.default_rng(3), 50, 101)
    length = np.full(50, 101)
    whole, damaged = (
        found[0].record_p(simulate([Member(predictor.scorer, block)], dna).record, length)
        for block in (with_loss(encoded, 0.0).blocks[0], encoded.blocks[0])
    )
    assert (damaged > whole).all()


def test_an_ensemble_of_one_set_of_weights_twice_is_that_set(
    predictor: BindingPredictor, found: list[Background | None]
) -> None:
    ensemble = EnsemblePredictor([predictor, predictor])
    first, none = ensemble.background({key: PROTEINS[key] for key in ("MAX", "none")}, cache=False)
    # Twice as many motifs are planted, so that other DNA is drawn.
    assert none is None and first is not None and found[0] is not None
    scores = found[0].site.scores(np.log([0.1, 0.01, 1e-3, 1e-4]))
    np.testing.assert_allclose(first.site_p(scores), found[0].site_p(scores), rtol=0.3)


def test_random_dna_reaches_p_values_as_often_as_they_say(
    predictor: BindingPredictor, found: list[Background | None]
) -> None:
    assert found[0] is not None
    # Two ends of 96 bp without a block between them are a record of 192 bp.
    for length, count in ((12, 4000), (101, 2000), (150, 1500), (192, 1500), (300, 600)):
        dna = BackgroundDNA.parse("uniform").draw(np.random.default_rng(length), count, length)
        names = {str(row): "".join("ACGT"[base] for base in bases) for row, bases in enumerate(dna)}
        score = predictor.score_matrix({"MAX": PROTEINS["MAX"]}, names)[0]
        p = found[0].record_p(score, np.full(count, length))
        for level in (0.5, 0.1, 0.03):
            error = np.sqrt(level / count) + 0.1 * level
            assert abs((p <= level).mean() - level) < 4 * error, (length, level)


def test_windows_of_a_file_have_the_p_values_of_their_own(
    predictor: BindingPredictor, write: Callable[[str, str], Path]
) -> None:
    rng = np.random.default_rng(4)
    repeat = "".join(rng.choice(list("ACGT"), 20_000, p=[0.4, 0.1, 0.1, 0.4]))
    path = write("background.fa", f">one\n{repeat}\n>two\n{repeat[:300]}NNN{repeat[:200]}\n")
    (background,) = predictor.background({"MAX": PROTEINS["MAX"]}, path, cache=False)
    assert background is not None and background.name == str(path)
    starts = rng.integers(0, 19_800, 1500)
    windows = {str(row): repeat[start : start + 101] for row, start in enumerate(starts)}
    score = predictor.score_matrix({"MAX": PROTEINS["MAX"]}, windows)[0]
    p = background.record_p(score, np.full(len(score), 101))
    for level in (0.5, 0.1):
        assert abs((p <= level).mean() - level) < 0.25 * level + 0.02
    assert (p > 0).all()


def one_motif(predictor: BindingPredictor, log_odds: np.ndarray) -> Member:
    """A protein whose score at a position grows with the log-odds of one motif alone."""
    model = BindingModel(predictor.model.config)
    model.load_state_dict(predictor.model.state_dict())
    for layer in model.joint.last_layers():
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    state = predictor.encode({"MAX": PROTEINS["MAX"]}).blocks[0].state
    width = state.motifs.log_odds.shape[2]
    columns = np.zeros((width, 4), np.float32)
    first = (width - len(log_odds)) // 2
    columns[first : first + len(log_odds)] = log_odds
    motifs = state.motifs._replace(
        log_odds=torch.from_numpy(columns)[None, None],
        weight=torch.zeros(1, 1),
        gain=torch.full((1, 1), 0.3),
        shift=torch.zeros(1, 1),
        ceiling=torch.full((1, 1), 6.0),
        missing=torch.zeros(1, 1),
    )
    state = replace(state, motifs=motifs, decoded=1)
    return Member(Scorer(model.eval()), ProteinBlock(np.zeros(1, np.int64), state))


def exact_p(log_odds: np.ndarray, step: float = 2e-3) -> Callable[[float], float]:
    """The chance that a motif has at least so high log-odds, by dynamic programming."""
    steps = np.rint((log_odds - log_odds.min(1, keepdims=True)) / step).astype(int)
    chance = np.ones(1)
    for column in steps:
        one = np.zeros(column.max() + 1)
        np.add.at(one, column, 0.25)
        chance = fftconvolve(chance, one).clip(0)
    above = chance[::-1].cumsum()[::-1]
    return lambda odds: float(
        above[min(max(int((odds - log_odds.min(1).sum()) / step), 0), len(above) - 1)]
    )


def test_one_motif_has_the_p_values_of_dynamic_programming(predictor: BindingPredictor) -> None:
    rng = np.random.default_rng(5)
    probability = rng.dirichlet(np.full(4, 0.7), 19).clip(0.02)
    log_odds = np.log(probability / probability.sum(1, keepdims=True) / 0.25)
    member = one_motif(predictor, log_odds)
    background = build([member], BackgroundDNA.parse("uniform"))
    exact = exact_p(log_odds)
    config = member.scorer.model.config.matching
    shift = float(member.block.state.bias[0])
    for p in (1e-3, 1e-5, 1e-6, 1e-8):
        match = (background.site_threshold(p) - shift) / config.scale / config.inverse_temperature
        # match = ceiling - softplus(ceiling - x), and x = gain * log-odds.
        odds = (6 - np.log(np.expm1(6 - match))) / 0.3
        assert 2 * exact(odds) == pytest.approx(p, rel=0.1)


def test_a_short_record_has_a_whole_site_less_often_than_a_longer_one() -> None:
    predictor = BindingPredictor.from_pretrained("release", "cpu", threads=1)
    proteins = predictor.encode(EXAMPLES).take(np.array([5]))
    assert proteins.ids == ["TP53"]
    (background,) = predictor.background(proteins, "0.28,0.22,0.22,0.28", cache=False)
    assert background is not None
    site = {"site": "GGACATGCCCGGGCATGTCC"}
    score = np.repeat(predictor.score_matrix(proteins, site)[0], 4)
    p = background.record_p(score, np.array([20, 28, 60, 101]))
    assert p[:2].max() < p[2:].min() and p[0] < 1e-7
