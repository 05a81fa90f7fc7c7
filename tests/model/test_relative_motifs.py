"""Relatives as the model reads them: framed, on one scale, weighed by identity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.model.matching import MotifSet, match
from dna_protein_bca.model.relative_motifs import (
    MOTIFS_EACH,
    RelativeBatch,
    RelativeMotifs,
    frame,
    relative_motifs,
    sample_bases,
)
from dna_protein_bca.motifs.pwm import log_odds
from dna_protein_bca.proteins.domains import Domain, families, profile_lengths
from dna_protein_bca.proteins.identity import parse_states
from dna_protein_bca.proteins.relatives import LEARNED, MeasuredProtein, MeasuredProteins

WIDTH = 21
QUERY = "ACDEFGHIKL"
DOMAINS = [Domain("Homeodomain", 0, 10, 1e-9, 50.0, np.arange(10, dtype=np.int16))]


def _motif(seed: int, width: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(4, 0.3), width).astype(np.float32)


def _protein(name: str, states: str, *motifs: np.ndarray) -> MeasuredProtein:
    domains = {"Homeodomain": parse_states([states.ljust(57, "-")])}
    return MeasuredProtein(name, "", "", domains, motifs, ("",) * len(motifs))


@pytest.fixture(scope="module")
def measured() -> RelativeMotifs:
    many = [_motif(seed) for seed in range(10, 10 + MOTIFS_EACH + 2)]
    table = MeasuredProteins(
        [
            _protein("far", "AAAAFGHIKL", _motif(0)),
            _protein("near", "ACDEFGHIKA", _motif(1), _motif(2, 12)),
            _protein("never measured", QUERY),
            _protein("often measured", "ACDEFGHIAL", *many),
        ]
    )
    return RelativeMotifs(table, WIDTH)


def _batch(measured: RelativeMotifs, *counts: int) -> RelativeBatch:
    found = measured.nearest(DOMAINS, QUERY, 10)
    return measured.collate([found[:count] for count in counts])


def _level(found: MotifSet, temper: float = 1.0) -> np.ndarray:
    """Mean over 8-mers of what motifs say of them, as an odds: [proteins]."""
    bases = sample_bases()[None]
    mask = torch.ones(bases.shape[:3], dtype=torch.bool)
    pooled = match(bases, mask, found, inverse_temperature=temper).flatten(2)
    return np.asarray(pooled.logsumexp(-1).exp().mean(1))


def test_relatives_alike_at_contacts_come_first(measured: RelativeMotifs) -> None:
    weights = np.ones(57)
    weights[1:5] = 0.01
    names = []
    for contacts in (None, {"Homeodomain": weights}):
        table = RelativeMotifs(measured.measured, WIDTH, contacts=contacts)
        found = table.nearest(DOMAINS, QUERY, 3)
        assert [one.identity for one in found] == sorted((o.identity for o in found), reverse=True)
        names.append([one.protein_id for one in found])
    assert names == [["near", "often measured", "far"], ["far", "near", "often measured"]]


def test_contacts_travel_with_the_weights(
    measured: RelativeMotifs, tiny_weights: Path, tmp_path: Path
) -> None:
    model = load_model(tiny_weights)
    plain = model.relative_motifs(measured.measured).nearest(DOMAINS, QUERY, 1)
    first = sum(list(profile_lengths().values())[: families().index("Homeodomain")])
    model.contacts[first + 1 : first + 5] = -5.0
    model.save_pretrained(tmp_path)
    weighted = load_model(tmp_path).relative_motifs(measured.measured).nearest(DOMAINS, QUERY, 1)
    assert [one.protein_id for one in (*plain, *weighted)] == ["near", "far"]


def test_informative_columns_stand_in_the_middle() -> None:
    flat, core = np.full((6, 4), 0.25, np.float32), _motif(3, 5)
    for before in (0, 2, 6):
        motif = np.concatenate((flat[:before], core, flat[: 6 - before]))
        framed = frame(motif, WIDTH)
        assert framed.shape == (WIDTH, 4)
        at = next(i for i in range(WIDTH) if np.allclose(framed[i : i + 5], log_odds(core)))
        assert abs(at + 2 - WIDTH // 2) <= 1
        assert np.abs(np.delete(framed, range(at, at + 5), axis=0)).max() < 1e-6


def test_a_motif_wider_than_the_frame_loses_its_edges() -> None:
    motif = _motif(4, 31)
    framed = frame(motif, WIDTH)
    odds = log_odds(motif)
    assert any(np.allclose(framed, odds[i : i + WIDTH]) for i in range(31 - WIDTH + 1))


def test_relatives_without_a_motif_are_passed_over(measured: RelativeMotifs) -> None:
    found = [one.protein_id for one in measured.nearest(DOMAINS, QUERY, 2)]
    assert found == ["near", "often measured"]
    left = measured.nearest(DOMAINS, QUERY, 5, exclude=["near"])
    assert [one.protein_id for one in left] == ["often measured", "far"]


def test_batch_is_padded_and_marked(measured: RelativeMotifs) -> None:
    batch = _batch(measured, 3, 1, 0)
    assert batch.mask.sum(1).tolist() == [2 + MOTIFS_EACH + 1, 2, 0]
    assert batch.motifs.shape == (3, 2 + MOTIFS_EACH + 1, WIDTH, 4)
    assert not batch.motifs[~batch.mask].any()
    # The motifs read of one relative have one vote together.
    first = batch.share[0, batch.mask[0]].exp()
    assert float(first[:2].sum()) == pytest.approx(1)
    assert float(first[2:-1].sum()) == pytest.approx(1)


@pytest.mark.parametrize("temper", [1.0, 0.5])
def test_the_mean_over_kmers_is_one(measured: RelativeMotifs, temper: float) -> None:
    tempered = RelativeMotifs(measured.measured, WIDTH, temper)
    found = relative_motifs(_batch(tempered, 1, 2, 3), torch.tensor(12.0))
    np.testing.assert_allclose(_level(found, temper), 1, rtol=0.01)


def test_weights_follow_identity(measured: RelativeMotifs) -> None:
    batch = _batch(measured, 3)
    found = relative_motifs(batch, torch.tensor(12.0))
    weight = (found.weight - batch.share)[0]
    gap = 12 * (batch.identity[0, 0] - batch.identity[0, -1])
    assert float(batch.identity[0, 0] - batch.identity[0, -1]) == pytest.approx(0.2)
    assert float(weight[0] - weight[-1]) == pytest.approx(float(gap), abs=1e-4)


def test_padding_counts_for_nothing(measured: RelativeMotifs) -> None:
    together = relative_motifs(_batch(measured, 3, 1), torch.tensor(12.0))
    alone = relative_motifs(_batch(measured, 1), torch.tensor(12.0))
    bases = sample_bases()[None, :50]
    mask = torch.ones(bases.shape[:3], dtype=torch.bool)
    torch.testing.assert_close(match(bases, mask, together)[1:], match(bases, mask, alone))


def test_learned_motifs_outweigh_others_for_their_own_protein_alone() -> None:
    one = _protein("one", QUERY, _motif(0))
    other = _protein("other", "ACDEFGAAAA", _motif(1))

    def share(one: MeasuredProtein, query: str) -> float:
        found = RelativeMotifs(MeasuredProteins([one, other]), WIDTH)
        near = found.nearest(DOMAINS, query, 2)
        weight = relative_motifs(found.collate([near]), torch.tensor(2.0)).weight[0].softmax(-1)
        return float(weight[[relative.protein_id for relative in near].index("one")])

    learned = one._replace(source=LEARNED)
    assert share(learned, QUERY) > share(one, QUERY) + 0.05
    changed = "ACDEFGHIAA"
    assert share(learned, changed) == share(one, changed)
