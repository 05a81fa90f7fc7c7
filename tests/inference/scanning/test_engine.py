"""A scan gives what the scores of whole contigs give, wherever its stretches begin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import TIE, tracks, widen_each
from dna_protein_bca.inference.scanning import stretches
from dna_protein_bca.inference.scanning.engine import Scan
from dna_protein_bca.inference.scanning.hits import Hits
from dna_protein_bca.io.genome import as_contigs
from dna_protein_bca.io.intervals.bed import as_regions
from dna_protein_bca.io.intervals.regions import place_regions


class Chance:
    """A background by which p is a simple function of the score."""

    name = "test"

    def site_p(self, score: np.ndarray) -> np.ndarray:
        return np.exp(-np.asarray(score, np.float64) / 20 - 2).clip(max=1)

    def site_threshold(self, p: float) -> float:
        return float(-20 * (np.log(p) + 2))


class Collected:
    """A track that keeps what it is given."""

    def __init__(self, lengths: dict[str, int]) -> None:
        self.values = {name: np.full(length, np.nan) for name, length in lengths.items()}
        self.begun: list[tuple[str, int]] = []

    def write(self, contig: str, start: int, values: np.ndarray) -> None:
        assert np.isnan(self.values[contig][start : start + len(values)]).all()
        self.values[contig][start : start + len(values)] = values
        self.begun.append((contig, start))


def dna(length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGTacgtRYN"), length))


CONTIGS = {
    "long": dna(2001, 0),
    "four": "ACGT",
    "even": dna(1200, 1),
    "empty": "N" * 300,
    "window": dna(128, 2),
    "five": "ACGTA",
    "gap": dna(500, 3) + "N" * 700 + dna(401, 4),
}


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def proteins(predictor: BindingPredictor, data_dir: Path) -> EncodedProteins:
    return predictor.encode(data_dir / "example_proteins.fa")


@pytest.fixture(scope="module")
def whole(predictor: BindingPredictor, proteins: EncodedProteins) -> dict[str, np.ndarray]:
    """The scores of all positions, each contig a record: float [proteins, bp, 2]."""
    scores: dict[str, np.ndarray] = {}
    for ids, meeting in predictor.positions(proteins, CONTIGS):
        for column, track in zip(meeting.columns, tracks(meeting), strict=True):
            all_rows = scores.setdefault(ids[column], np.zeros((len(proteins), *track.shape[1:])))
            all_rows[meeting.rows] = track
    return scores


@pytest.fixture(scope="module")
def max_p(whole: dict[str, np.ndarray]) -> float:
    """What a tenth of the positions of each protein on average passes, and none in a run of N."""
    scores = np.concatenate([track.max(-1).ravel() for track in whole.values()])
    limit = np.quantile(scores, 0.9)
    assert whole["gap"][:, 700:1000].max() < limit
    return float(Chance().site_p(limit))


@pytest.fixture(params=[160, 500, 1 << 17])
def scan(
    request: pytest.FixtureRequest,
    predictor: BindingPredictor,
    proteins: EncodedProteins,
    monkeypatch: pytest.MonkeyPatch,
) -> object:
    """Makes a scan whose stretches have about so many positions."""
    for name in ("FEWEST", "MOST"):
        monkeypatch.setattr(stretches, name, request.param)
    backgrounds = [Chance()] * len(proteins)

    def make(bed: object = None, **options: object) -> Scan:
        contigs = as_contigs(CONTIGS)
        regions = None if bed is None else place_regions(as_regions(bed), contigs)
        return Scan(predictor.scorer, proteins, backgrounds, contigs, regions, **options)

    return make


def test_every_position_has_the_score_of_its_contig(
    scan: object, proteins: EncodedProteins, whole: dict[str, np.ndarray]
) -> None:
    lengths = {name: len(bases) for name, bases in CONTIGS.items()}
    found = {row: Collected(lengths) for row in range(len(proteins))}
    done: list[int] = []
    list(scan(tracks=found, progress=done.append))
    background = Chance()
    for row, track in found.items():
        assert track.begun == sorted(
            track.begun, key=lambda at: (list(CONTIGS).index(at[0]), at[1])
        )
        for name, values in track.values.items():
            if name in ("four", "empty"):
                assert np.isnan(values).all()
                continue
            expected = -np.log10(background.site_p(whole[name][row].max(-1)))
            scored = ~np.isnan(values)
            # What lies deep in a run of N has no score.
            assert scored.all() or (name == "gap" and scored[:500].all() and scored[-401:].all())
            np.testing.assert_allclose(values[scored], expected[scored], atol=1e-5)
    assert not np.isnan(found[0].values["gap"]).all() and np.isnan(found[0].values["gap"]).any()
    assert sum(done) == sum(length for length in lengths.values() if length >= 5)


def keys(hits: Hits) -> list[tuple[int, int, int, int]]:
    return list(
        zip(*(v.tolist() for v in (hits.start, hits.protein, hits.minus, hits.end)), strict=True)
    )


def test_hits_are_the_better_strands_above_the_threshold(
    scan: object, predictor: BindingPredictor, proteins: EncodedProteins, max_p: float
) -> None:
    """Worked out from the scores of whole contigs: each span once, with its best score."""
    one = scan(max_p=max_p)
    hits = Hits.join(list(one))
    assert len(hits.p) > 100 and (hits.p <= max_p).all()
    assert keys(hits) == sorted(keys(hits))
    expected: dict[tuple[int, int, int], tuple[float, bool]] = {}
    for ids, meeting in predictor.positions(proteins, CONTIGS):
        for column, track in enumerate(tracks(meeting)):
            contig = list(CONTIGS).index(ids[meeting.columns[column]])
            offset = int(one.coordinates.offset[contig])
            row, at = np.nonzero(Chance().site_p(track.max(-1)) <= max_p)
            minus = track[row, at, 1] > track[row, at, 0] + TIE
            record = np.full(len(row), column)
            start, end = widen_each(meeting, row, record, at, minus.astype(np.int64))
            for k in range(len(row)):
                key = (int(meeting.rows[row[k]]), int(start[k]) + offset, int(end[k]) + offset)
                score = float(track[row[k], at[k]].max())
                if key not in expected or score > expected[key][0]:
                    expected[key] = (score, bool(minus[k]))
    found = {
        (p, s, e): (score, minus)
        for p, s, e, minus, score in zip(
            *(v.tolist() for v in (hits.protein, hits.start, hits.end, hits.minus, hits.score)),
            strict=True,
        )
    }
    assert len(found) == len(hits.p) and found.keys() == expected.keys()
    for key, (score, _) in found.items():
        assert abs(score - expected[key][0]) < 2e-5 + 1e-6 * abs(score)


def test_regions_restrict_what_is_reported_and_change_no_score(scan: object, max_p: float) -> None:
    bed = [("long", 900, 1400), ("long", 1300, 1500), ("gap", 450, 1300), ("five", 0, 5)]
    everything = scan(max_p=max_p)
    hits = Hits.join(list(everything))
    spans = [(900, 1500), (450, 1300), (0, 5)]
    offsets = [
        everything.coordinates.offset[list(CONTIGS).index(n)] for n in ("long", "gap", "five")
    ]
    inside = np.zeros(len(hits.p), bool)
    for (start, end), offset in zip(spans, offsets, strict=True):
        inside |= (hits.start >= start + offset) & (hits.end <= end + offset)
    assert 10 < inside.sum() < len(hits.p)
    restricted = scan(bed, max_p=max_p)
    some = Hits.join(list(restricted))
    assert keys(some) == keys(hits.take(inside))
    np.testing.assert_allclose(some.score, hits.score[inside], atol=2e-5, rtol=1e-6)
    assert restricted.unscored() == []
    assert everything.unscored() == ["four", "empty"]
    only_n = scan([("empty", 5, 99), ("long", 0, 90)])
    list(only_n)
    assert only_n.unscored() == ["empty"]


def test_tracks_hold_the_regions_alone(scan: object) -> None:
    lengths = {name: len(bases) for name, bases in CONTIGS.items()}
    track = Collected(lengths)
    list(scan([("long", 903, 1401), ("even", 0, 7)], tracks={2: track}))
    for name, spans in {"long": [(903, 1401)], "even": [(0, 7)], "gap": []}.items():
        there = np.zeros(lengths[name], bool)
        for start, end in spans:
            there[start:end] = True
        np.testing.assert_array_equal(~np.isnan(track.values[name]), there)


def test_q_values_count_the_positions_that_were_scored(scan: object, max_p: float) -> None:
    bed = [("long", 100, 600), ("even", 0, 300)]
    one = scan(bed, max_p=max_p, keep=True, overlaps=False)
    hits = Hits.join(list(one))
    q = one.q_values(hits)
    assert (q >= hits.p).all() and (q <= 1).all()
    for protein in np.unique(hits.protein):
        mine = hits.protein == protein
        order = np.argsort(hits.p[mine])
        assert (np.diff(q[mine][order]) >= 0).all()
        # The lowest of all p-values is tested as often as there are positions.
        best = hits.p[mine].argmin()
        assert q[mine][best] <= hits.p[mine][best] * 800 + 1e-12
