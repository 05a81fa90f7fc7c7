"""Peaks and their negatives as a set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dna_protein_bca.datasets.sources.peak_sets import PeakOptions, peak_set
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import Genome

Write = Callable[[str, str], Path]


def test_proteins_that_share_a_window_have_their_own_shuffles(genome: Genome, write: Write) -> None:
    shared = "".join(f"chr1\t{s}\t{s + 150}\n" for s in range(1000, 8000, 700))
    files = {"p": [write("a.bed", shared)], "q": [write("b.bed", shared + "chr1\t9000\t9200\n")]}
    data, _ = peak_set({"p": "MK", "q": "MV"}, files, genome, PeakOptions(["shuffle"], ratio=2))
    assert data.pairs is not None
    drawn = data.pairs[data.pairs.label == 0]
    assert drawn.protein_id.value_counts().to_dict() == {"p": 20, "q": 22}
    assert not drawn.dna_id.duplicated().any()
    assert len(set(data.dna.values())) == len(data.dna) == 11 + 42


def test_a_set_of_peaks(genome: Genome, write: Write) -> None:
    one = write("a.bed", "".join(f"1\t{s}\t{s + 150}\n" for s in range(1000, 8000, 700)))
    two = write("b.bed", "".join(f"chr1\t{s}\t{s + 150}\n" for s in range(9000, 20000, 1100)))
    options = PeakOptions(["windows", "shuffle", "others"], assay="DAP-seq", seed=5)
    proteins = {"p": "MK", "q": "MV"}
    data, counts = peak_set(proteins, {"p": [one], "q": [two]}, genome, options, aliases={})
    assert data.pairs is not None
    for protein in "pq":
        rows = data.pairs[data.pairs.protein_id == protein]
        assert (rows.label == 1).sum() == 10
        assert counts[protein]["negatives_windows"] == counts[protein]["negatives_shuffle"] == 10
        assert not rows.dna_id.duplicated().any()
    assert set(data.pairs.group) == {"chr1"} and set(data.pairs.assay) == {"DAP-seq"}
    positive = data.pairs[(data.pairs.label == 1) & (data.pairs.protein_id == "q")]
    hard = data.pairs[(data.pairs.label == 0) & (data.pairs.protein_id == "p")]
    assert set(positive.dna_id) <= set(hard.dna_id)
    again, _ = peak_set(proteins, {"p": [one], "q": [two]}, genome, options, aliases={})
    assert again.dna == data.dna and again.pairs is not None
    assert again.pairs.equals(data.pairs)
    options = replace(options, seed=6)
    other, _ = peak_set(proteins, {"p": [one], "q": [two]}, genome, options, aliases={})
    assert other.dna != data.dna


def test_negatives_that_cannot_be_had(genome: Genome, write: Write) -> None:
    whole = write("a.bed", f"chr1\t0\t{genome.lengths['chr1']}\n")
    with pytest.raises(InputError, match="0 negatives of the kind windows"):
        peak_set({"p": "MK"}, {"p": [whole]}, genome)
    with pytest.raises(InputError, match="two proteins or more"):
        peak_set({"p": "MK"}, {"p": [whole]}, genome, PeakOptions(["others"]))
    nothing = write("n.bed", "chr2\t5100\t5200\n")
    with pytest.raises(InputError, match="no window is left"):
        peak_set({"p": "MK"}, {"p": [nothing]}, genome)
