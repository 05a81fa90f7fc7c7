"""Motifs on DNA, against the same sums one base at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model import matching
from dna_protein_bca.model.matching import (
    MASKED,
    MotifSet,
    concatenate,
    expected_odds,
    fit_motifs,
    heaviest,
    match,
    motif_shares,
    orient,
)
from dna_protein_bca.model.states import stack_motifs

DNA = DNATokenizer()


def _motifs(proteins: int, count: int, width: int, seed: int) -> MotifSet:
    rng = np.random.default_rng(seed)
    odds = np.log(4 * rng.dirichlet(np.full(4, 0.5), (proteins, count, width)).clip(1e-3))
    numbers = rng.uniform(0.1, 3, (5, proteins, count))
    return MotifSet(*(torch.tensor(values, dtype=torch.float64) for values in (odds, *numbers)))


def _bases(texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    ids, mask = DNA.encode(texts)
    return DNA.base_probabilities.double()[ids.int()] * mask[..., None], mask


def _fit(odds: np.ndarray, missing: float, dna: str, at: int, minus: bool) -> float:
    """One motif around one base, a column at a time."""
    total = 0.0
    for column in range(len(odds)):
        step = column - len(odds) // 2
        place = at - step if minus else at + step
        if 0 <= place < len(dna):
            base = DNA.base_probabilities[DNA.symbols.index(dna[place])].numpy()
            total += float((base[::-1] if minus else base) @ odds[column])
        else:
            total -= missing * float(odds[column] @ (np.exp(odds[column]) / 4))
    return total


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(alphabet=DNA.symbols, min_size=1, max_size=12), min_size=1, max_size=3),
    st.sampled_from([1, 3, 7]),
    st.integers(0, 99),
)
def test_sums_of_columns(texts: list[str], width: int, seed: int) -> None:
    found = _motifs(2, 3, width, seed)
    bases, mask = _bases(texts)
    fit = fit_motifs(bases[None], found)
    assert fit.shape == (2, len(texts), mask.shape[1], 2, 3)
    for p, s, strand, k in np.ndindex(2, len(texts), 2, 3):
        odds, missing = found.log_odds[p, k].numpy(), float(found.missing[p, k])
        for at in range(len(texts[s])):
            expected = _fit(odds, missing, texts[s], at, bool(strand))
            assert float(fit[p, s, at, strand, k]) == pytest.approx(expected, abs=1e-6)


def test_proteins_with_dna_of_their_own() -> None:
    found = _motifs(2, 2, 5, 1)
    (one, _), (two, _) = _bases(["ACGTTGCA"]), _bases(["GGGTACCA"])
    each = fit_motifs(torch.stack((one, two)), found)
    for row, bases in enumerate((one, two)):
        shared = fit_motifs(bases[None], found)
        torch.testing.assert_close(each[row], shared[row])


def test_motifs_add_up_below_their_ceiling() -> None:
    found = _motifs(1, 4, 5, 2)
    bases, mask = _bases(["ACGTTGCAGG"])
    fit = fit_motifs(bases[None], found)[0, 0].numpy()
    weight, gain, shift, ceiling, _ = (values[0].numpy() for values in found[1:])
    level = ceiling - np.log1p(np.exp(ceiling - fit * gain - shift))
    expected = np.log(np.exp(weight + level).sum(-1))
    np.testing.assert_allclose(match(bases[None], mask[None], found)[0, 0], expected, atol=1e-9)
    high = found._replace(shift=found.shift + 1e6)
    np.testing.assert_allclose(
        match(bases[None], mask[None], high)[0, 0],
        np.log(np.exp(weight + ceiling).sum()),
        atol=1e-9,
    )


def test_information_of_columns() -> None:
    certain = torch.tensor([1 - 3e-9, 1e-9, 1e-9, 1e-9]).log() - np.log(0.25)
    bits = expected_odds(torch.stack((certain, torch.zeros(4)))) / np.log(2)
    torch.testing.assert_close(bits, torch.tensor([2.0, 0.0]), atol=1e-4, rtol=0)


def test_sets_put_together() -> None:
    bases, mask = _bases(["ACGTTGCAGG"])
    one, two = _motifs(1, 2, 5, 3), _motifs(1, 3, 5, 4)
    joined = match(bases[None], mask[None], concatenate([one, two]))
    apart = torch.logaddexp(
        match(bases[None], mask[None], one), match(bases[None], mask[None], two)
    )
    torch.testing.assert_close(joined, apart)


def test_padded_motifs_count_for_nothing() -> None:
    bases, mask = _bases(["ACGTTGCAGG"])
    sets = [_motifs(1, 1, 5, 5), _motifs(1, 3, 5, 6)]
    batch = stack_motifs(sets)
    assert batch.weight.shape == (2, 3)
    assert (batch.weight[0, 1:] == MASKED).all()
    together = match(bases[None], mask[None], batch)
    for row, alone in enumerate(sets):
        torch.testing.assert_close(together[row], match(bases[None], mask[None], alone)[0])


@pytest.mark.parametrize("length", [1, 4, 5, 6])
def test_dna_shorter_than_a_motif_fits_as_in_a_longer_row(length: int) -> None:
    found = _motifs(2, 3, 11, 8)
    bases, _ = _bases(["ACGTTGCAGG"[:length], "TTGGACCATC"[:length]])
    longer = torch.nn.functional.pad(bases, (0, 0, 0, 20))
    alone = fit_motifs(bases[None], found)
    torch.testing.assert_close(alone, fit_motifs(longer[None], found)[:, :, :length])


@pytest.mark.parametrize(("reach", "temper"), [(1, 1.0), (2, 0.5)])
def test_motifs_whose_middles_differ_count_for_one_site(reach: int, temper: float) -> None:
    found = _motifs(1, 4, 9, 7)
    odds = found.log_odds.clone()
    odds[0, 0, :4], odds[0, 1, -2:] = 0, 0  # a motif of five columns, and one of seven
    found = found._replace(log_odds=odds)
    texts = ["ACGTTGCAGG", "TTACA", "GGC"]
    bases, mask = _bases(texts)
    weight, gain, shift, ceiling, missing = (values[0].numpy() for values in found[1:])
    real = (odds[0] != 0).any(-1).numpy()
    together = match(bases[None], mask[None], found, reach, temper)[0].numpy()

    def level(dna: str, at: int, minus: bool, k: int) -> float:
        """A motif's log vote, minus infinity where too little of it lies on the DNA."""
        places = [at - step if minus else at + step for step in range(-4, 5)]
        overlap = sum(0 <= place < len(dna) for place in np.array(places)[real[k]])
        if overlap < min(5, real[k].sum()):
            return -np.inf
        fit = gain[k] * _fit(odds[0, k].numpy(), missing[k], dna, at, minus) + shift[k]
        return float(weight[k] + temper * (ceiling[k] - np.log1p(np.exp(ceiling[k] - fit))))

    for row, text in enumerate(texts):
        beyond = range(-reach, len(text) + reach)
        for strand in (False, True):
            votes = np.exp([[level(text, at, strand, k) for k in range(4)] for at in beyond])
            plain = np.log(votes.sum(1)[reach:-reach].clip(min=np.finfo(np.float64).tiny))
            for at in range(len(text)):
                near = slice(max(0, at - reach), at + reach + 1)
                best = votes[at : at + 2 * reach + 1].max(0).sum()
                best = np.log(best.clip(min=np.finfo(np.float64).tiny))
                expected = best + plain[at] - plain[near].max()
                assert together[row, at, int(strand)] == pytest.approx(expected, abs=1e-6)


def test_motifs_are_put_on_one_strand() -> None:
    found = _motifs(3, 1, 9, 8)
    rng = np.random.default_rng(0)
    alike = torch.cat([found.log_odds.roll(step, 2) for step in (0, 1, -2, 1)], 1)
    found = MotifSet(alike, *(values.repeat(1, 4) for values in found[1:]))
    found = found._replace(weight=found.weight + torch.tensor([1.0, 0, 0, 0]))
    turned = torch.from_numpy(rng.random((3, 4)) < 0.5)[..., None, None]
    turned[:, 0] = False
    mixed = found._replace(log_odds=torch.where(turned, alike.flip(-1, -2), alike))
    torch.testing.assert_close(orient(mixed).log_odds, alike)


def test_a_motif_that_fits_nowhere_has_a_finite_gradient() -> None:
    found = MotifSet(*(values.float() for values in _motifs(1, 2, 5, 9)))
    shift = found.shift - torch.tensor([0.0, 200.0])
    shift.requires_grad_()
    bases, mask = _bases(["ACGTTGCAGG"])
    match(bases[None].float(), mask[None], found._replace(shift=shift), 1, 0.5).sum().backward()
    assert shift.grad is not None and shift.grad.isfinite().all()


def _only(motifs: MotifSet, number: int) -> MotifSet:
    """One motif of each protein."""
    return MotifSet(*(tensor[:, number : number + 1] for tensor in motifs))


def test_rows_in_parts_give_what_they_give_together(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["ACGTTGACANNACC", "TTT", "ACGTAGGATAA", "GG", "CATGCATGCATGAC"]
    bases, mask = _bases(texts)
    motifs = _motifs(2, 3, 5, 0)
    together = match(bases[None], mask[None], motifs, radius=2, inverse_temperature=0.5)
    monkeypatch.setattr(matching, "CACHED", 2 * 2 * bases.shape[1] * 6)
    with torch.no_grad():
        parts = match(bases[None], mask[None], motifs, radius=2, inverse_temperature=0.5)
    torch.testing.assert_close(parts, together)


@pytest.mark.parametrize("inverse_temperature", [1.0, 0.5])
def test_the_part_of_each_motif_in_a_match(inverse_temperature: float) -> None:
    motifs = _motifs(2, 3, 7, seed=4)
    bases, mask = _bases(["ACGTTGACCATTGACGT", "TTGACGTCA"])
    given = {"inverse_temperature": inverse_temperature}
    shares = motif_shares(bases[None], mask[None], motifs, **given)
    together = match(bases[None], mask[None], motifs, **given)
    for number in range(3):
        alone = match(bases[None], mask[None], _only(motifs, number), **given)
        torch.testing.assert_close(shares[..., number], (alone - together).exp())
    pooled = motif_shares(bases[None], mask[None], motifs, radius=2, **given)
    assert pooled.shape == shares.shape
    torch.testing.assert_close(pooled[:, mask].sum(-1), shares[:, mask].sum(-1))
    # Beside a base where a motif fits best it counts for as much as there.
    assert (pooled >= 0).all() and not torch.allclose(pooled, shares)


@pytest.mark.parametrize("narrow", [[4, 4], [3, 1], [4, 2], [0, 0]])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    "texts",
    [["ACGTTGACCATTGACGTACCATTGACGTTT" * 2] * 2, ["ACGTTG", "TTGACG"], ["ACGTTGACGTCA", "TTGAC"]],
)
def test_motifs_without_their_empty_columns_say_the_same(
    texts: list[str], own: bool, narrow: list[int]
) -> None:
    """With a gradient all columns are read; two proteins of four motifs, some of them narrow."""
    motifs = _motifs(2, 4, 21, 3)
    odds = motifs.log_odds.clone()
    for protein, count in enumerate(narrow):
        odds[protein, -count or 4 :, :5] = odds[protein, -count or 4 :, -5:] = 0
    motifs = motifs._replace(log_odds=odds)
    bases, mask = (x[None].expand(2 if own else 1, *x.shape) for x in _bases(texts))
    for radius, temper in ((0, 1.0), (2, 0.5)):
        with torch.no_grad():
            fast = match(bases, mask, motifs, radius, temper)
        torch.testing.assert_close(fast, match(bases, mask, motifs, radius, temper))


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("width", [5, 21])
def test_one_protein_after_the_other_matches_as_together(
    own: bool, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    motifs = _motifs(3, 6, width, 3)
    motifs.weight[0, 2:] = motifs.weight[2, :3] = MASKED
    bases, mask = _bases(["ACGTTGACGTCATTGACGTACC", "TTGAC"])
    bases, mask = (torch.stack([each] * 3) if own else each[None] for each in (bases, mask))
    for radius, temper in ((0, 1.0), (2, 0.5)):
        given = (bases, mask, motifs, radius, temper)
        together = match(*given)
        with torch.no_grad():
            torch.testing.assert_close(match(*given), together)
            monkeypatch.setattr(matching, "APART", 1)
            torch.testing.assert_close(match(*given), together)
            monkeypatch.undo()


@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_the_heaviest_motifs_stand_for_all(share: float) -> None:
    motifs = _motifs(3, 9, 5, seed=4)
    motifs.weight[1, 4:] = MASKED
    weight = (motifs.weight + 0.5 * motifs.ceiling).exp()
    few = heaviest(motifs, share, 0.5)
    for protein in range(3):
        counted = few.present[protein]
        own, odds = weight[protein], few.log_odds[protein][counted]
        which = [
            int((motifs.log_odds[protein] == each).flatten(1).all(1).nonzero()) for each in odds
        ]
        assert which == sorted(set(which))
        held = own[which]
        # As many as are needed and no more, none of them lighter than one that is left out.
        assert held.sum() >= share * own.sum() > held.sum() - held.min()
        assert len(own[own > held.min()]) < len(held)
        together = (few.weight[protein] + 0.5 * few.ceiling[protein]).exp().sum()
        torch.testing.assert_close(together, own.sum())
        # The others of the batch change nothing.
        alone = heaviest(MotifSet(*(t[protein : protein + 1] for t in motifs)), share, 0.5)
        torch.testing.assert_close(alone.weight[0], few.weight[protein][counted])


def test_all_motifs_are_kept() -> None:
    motifs = _motifs(2, 4, 5, seed=4)
    assert heaviest(motifs, 1, 0.5) is motifs
