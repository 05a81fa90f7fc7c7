"""A fast scan finds nearly all sites that the motifs alone would, with their scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.kmer_tables import FastScan, KmerTable
from dna_protein_bca.inference.scanning import stretches
from dna_protein_bca.inference.scanning.hits import Hits
from dna_protein_bca.io.genome import as_contigs
from dna_protein_bca.io.intervals.bed import as_regions
from dna_protein_bca.io.intervals.regions import place_regions

MAX_P = 0.02


def dna(length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGTacgt"), length))


CONTIGS = {
    "long": dna(6001, 0),
    "four": "ACGT",
    "window": dna(128, 2),
    "gap": dna(900, 3) + "N" * 900 + dna(1401, 4),
    "codes": "R" + dna(300, 5) + "Y" + dna(300, 6),
}


@pytest.fixture(params=[500, 1 << 17])
def scan(
    request: pytest.FixtureRequest,
    predictor: BindingPredictor,
    proteins: EncodedProteins,
    tables: list[KmerTable | None],
    monkeypatch: pytest.MonkeyPatch,
) -> object:
    for name in ("FEWEST", "MOST"):
        monkeypatch.setattr(stretches, name, request.param)

    def make(bed: object = None, **options: object) -> FastScan:
        contigs = as_contigs(CONTIGS)
        regions = None if bed is None else place_regions(as_regions(bed), contigs)
        options = {"max_p": MAX_P, **options}
        return FastScan(predictor.scorer, proteins, tables, contigs, regions, **options)

    return make


@torch.inference_mode()
def motif_scores(predictor: BindingPredictor, proteins: EncodedProteins, text: str) -> np.ndarray:
    """The scores of all positions without the joint transformer: float [p, bp, 2]."""
    records = DNARecords.from_sequences([text])
    ids = torch.from_numpy(records.ids)[None, None]
    found = np.full((len(proteins), len(text), 2), np.nan, np.float32)
    for block in proteins.blocks:
        mask = torch.ones_like(ids, dtype=torch.bool)
        scores = predictor.model(ids, mask, block.state, joint=False)
        found[block.rows] = scores.position[:, 0].numpy()
    return found


def test_sites_have_the_scores_of_the_motifs(
    scan: object,
    predictor: BindingPredictor,
    proteins: EncodedProteins,
    tables: list[KmerTable | None],
) -> None:
    made = scan()
    hits = Hits.join(list(made))
    found = missed = 0
    for contig, (name, text) in enumerate(CONTIGS.items()):
        if len(text) < 30:
            continue
        best = motif_scores(predictor, proteins, text).max(-1)
        inside = made.coordinates.contig(hits.start) == contig
        for row in (0, 2):
            table = tables[row]
            assert table is not None
            mine = hits.score[inside & (hits.protein == row)]
            limit = table.background().site_threshold(MAX_P)
            known = best[row][np.isfinite(best[row])]
            # Every hit is the score of a position, whose p-value is low enough.
            near = np.abs(mine[:, None] - known[None]).min(1)
            assert near.max(initial=0) < 1e-3, name
            assert (mine >= limit - 1e-3).all()
            found += len(mine)
            missed += int((known >= limit + 1e-3).sum()) - len(mine)
    assert found > 100
    # Several positions may have one site, and few are missed.
    assert missed < 0.15 * found
    assert not (hits.protein == 1).any()


def test_stretches_change_nothing(scan: object, monkeypatch: pytest.MonkeyPatch) -> None:
    hits = Hits.join(list(scan()))
    monkeypatch.setattr(stretches, "MOST", 1 << 19)
    monkeypatch.setattr(stretches, "FEWEST", 1 << 19)
    whole = Hits.join(list(scan()))
    for ours, theirs in zip(hits[:4], whole[:4], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(hits.score, whole.score, atol=1e-4)


def test_regions_and_counts(scan: object) -> None:
    every = scan()
    everything = Hits.join(list(every))
    assert every.scored.tolist()[:3] == [6001, 0, 128]
    assert 2301 <= every.scored[3] <= 2301 + 400
    assert every.unscored() == ["four"]
    some = scan([("long", 1000, 4000)])
    inside = (everything.start >= 1000) & (everything.end <= 4000)
    np.testing.assert_array_equal(Hits.join(list(some)).start, everything.take(inside).start)
    assert some.scored.tolist() == [3000, 0, 0, 0, 0]


def test_unknown_bases_are_no_sites(scan: object) -> None:
    made = scan()
    hits = Hits.join(list(made))
    begin = int(made.coordinates.offset[3]) + 900
    assert not ((hits.start < begin + 890) & (hits.end > begin + 10)).any()
