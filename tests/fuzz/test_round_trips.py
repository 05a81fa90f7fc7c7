"""What is written is read back the same, whatever names and numbers are in it."""

from __future__ import annotations

import dataclasses
import json
import string
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.datasets.sources.jaspar_form import read_counts
from dna_protein_bca.inference.background import Background
from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.inference.background.store import Bundle, write_bundle
from dna_protein_bca.inference.calibration import AffinityScale, Calibration
from dna_protein_bca.inference.trust import TrustLevels
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.files import open_bytes
from dna_protein_bca.io.genome.index import Entry, read_index, write_index
from dna_protein_bca.io.intervals.bed import read_bed
from dna_protein_bca.io.intervals.hits import hit_writer
from dna_protein_bca.io.motif_formats.write import NamedMode, write_modes
from dna_protein_bca.io.outputs import open_output
from dna_protein_bca.io.pairs import read_pairs
from dna_protein_bca.io.shards import ShardFile, ShardWriter
from dna_protein_bca.io.tables import TableWriter
from dna_protein_bca.io.variants import AnnotatedVCF, Variant, open_variants
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.collection import (
    CollectedProtein,
    read_by_species,
    write_collection,
)
from dna_protein_bca.proteins.identity import parse_states
from dna_protein_bca.proteins.relatives import (
    PROBABILITY_UNIT,
    MeasuredProtein,
    MeasuredProteins,
)

few = settings(max_examples=25, deadline=None)

# A name may hold whatever is no blank, no control character and no lone surrogate.
names = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12
)
plain = st.text(string.ascii_letters + string.digits + "_.-|@:", min_size=1, max_size=12)
numbers = st.floats(-1e6, 1e6, allow_nan=False, width=32)
residues = st.text("ACDEFGHIKLMNPQRSTVWY", min_size=30, max_size=80)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def probabilities(width: int) -> st.SearchStrategy[np.ndarray]:
    rows = st.lists(st.lists(st.integers(1, 99), min_size=4, max_size=4), min_size=width)
    return rows.map(lambda rows: np.array(rows, float) / np.sum(rows, 1, keepdims=True))


@few
@given(st.binary(max_size=3000), st.sampled_from([".gz", ".bz2", ".xz", ""]))
def test_bytes(data: bytes, ending: str) -> None:
    with folder() as root:
        with open_output(root / f"a{ending}") as file:
            file.write(data)
        with open_bytes(root / f"a{ending}") as stream:
            # Text that begins as compressed data do is taken for such.
            if ending or not data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
                assert stream.read() == data


@few
@given(st.lists(st.tuples(names, residues), min_size=1, max_size=4, unique_by=lambda pair: pair[0]))
def test_collections(pairs: list[tuple[str, str]]) -> None:
    proteins = [CollectedProtein(name, "Homo_sapiens", text, "UniProt") for name, text in pairs]
    with folder() as root:
        write_collection(root / "collection.fa.xz", proteins)
        found = read_by_species(root)
        assert [(each.id, each.sequence) for each in found["Homo_sapiens"]] == pairs
        path = root / "collection.fa.xz"
        if all("A" in text and "W" in text for _, text in pairs):
            assert [record.id for record in read_fasta(path, "protein")] == [n for n, _ in pairs]


@few
@given(st.lists(st.tuples(names, names, st.integers(0, 1)), min_size=1, max_size=5))
@pytest.mark.parametrize("ending", [".tsv", ".csv", ".parquet", ".tsv.gz"])
def test_tables_of_pairs(ending: str, rows: list[tuple[str, str, int]]) -> None:
    rows = [*{row[:2]: row for row in rows}.values()]
    table = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])
    with folder() as root:
        with TableWriter(root / f"t{ending}", list(table.columns)) as writer:
            writer.write(table)
        found = read_pairs(root / f"t{ending}", one_of=["label"])
    assert list(found[list(table.columns)].itertuples(index=False, name=None)) == rows


@few
@given(st.lists(st.tuples(plain, st.integers(0, 10**9), st.integers(1, 10**6)), min_size=1))
def test_hits(rows: list[tuple[str, int, int]]) -> None:
    columns = ["chrom", "start", "end", "protein_id"]
    rows = [(f"c{chrom}", start, start + length, "p") for chrom, start, length in rows]
    with folder() as root:
        with hit_writer(root / "hits.bed", columns, {"note": "text"}) as writer:
            writer.write(pd.DataFrame(rows, columns=columns))
        regions = read_bed(root / "hits.bed")
    assert [regions.names[each] for each in regions.chrom] == [row[0] for row in rows]
    assert regions.start.tolist() == [row[1] for row in rows]
    assert regions.end.tolist() == [row[2] for row in rows]


alleles = st.text("ACGTN", min_size=1, max_size=5) | st.sampled_from(["*", "<DEL>", "A[chr2:3["])


@few
@given(
    st.lists(st.tuples(plain, st.integers(0, 10**9), alleles), min_size=1, max_size=4),
    st.sampled_from([".vcf", ".vcf.gz"]),
)
def test_vcf(rows: list[tuple[str, int, str]], ending: str) -> None:
    variants = [Variant(chrom, at, "", "ACG", (alt,)) for chrom, at, alt in rows]
    with folder() as root:
        path = root / f"v{ending}"
        with AnnotatedVCF(path, [], {"chr1": 9}, {"X": "Number=1"}, {}) as writer:
            writer.write((variant, {"X": "1"}) for variant in variants)
        found = list(open_variants(path))
    assert [variant[:5] for variant in found] == [variant[:5] for variant in variants]
    assert all(variant.text.endswith("\tX=1") for variant in found)


@few
@given(probabilities(1))
def test_motifs_in_the_form_of_jaspar(matrix: np.ndarray) -> None:
    with folder() as root:
        write_modes(root / "m.jaspar", [NamedMode("MAX", 1, matrix, 0.5)], "jaspar")
        (found,) = read_counts(root / "m.jaspar")
    assert found.id == "MAX"
    np.testing.assert_allclose(found.counts, matrix, atol=1e-6)


@few
@given(st.lists(st.tuples(plain, st.integers(1, 9), st.integers(0, 99)), min_size=1))
def test_indexes_of_genomes(rows: list[tuple[str, int, int]]) -> None:
    entries = [Entry(name, length, at, length, length + 1) for name, length, at in rows]
    with folder() as root:
        write_index(root / "g.fai", entries)
        assert read_index(root / "g.fai") == entries


@few
@given(
    numbers, numbers, st.floats(1e-9, 1), st.tuples(*[numbers] * 3), st.sampled_from([0, 5, 10**6])
)
def test_what_is_fitted(
    slope: float, intercept: float, threshold: float, weights: tuple[float, ...], count: int
) -> None:
    fitted = [
        Calibration(abs(slope) or 1.0, intercept, threshold, "uniform", count, count),
        AffinityScale(abs(slope) or 1.0, intercept, abs(slope), count, count),
        TrustLevels(weights, intercept, slope, intercept, 1.0),
    ]
    with folder() as root:
        for each in fitted:
            each.save(root)
            assert type(each).read(root) == each


@few
@given(st.integers(1, 8), st.integers(1, 8).map(lambda half: 2 * half + 1), st.booleans(), numbers)
def test_configurations(heads: int, width: int, standardise: bool, reach: float) -> None:
    config = BindingConfig((5, 3)).replace(
        heads=heads, width=width, standardised=standardise, joint_reach=min(abs(reach), 1000)
    )
    text = json.dumps(dataclasses.asdict(config))
    assert BindingConfig.from_dict(json.loads(text)) == config


@few
@given(st.dictionaries(names, names, max_size=3), st.lists(numbers, min_size=1, max_size=4))
def test_shards(identity: dict[str, str], scores: list[float]) -> None:
    with folder() as root:
        path = root / "1-of-2.parquet"
        with ShardWriter(path, identity, {"columns": ["score"]}) as writer:
            writer.write(pd.DataFrame({"score": scores}), 3)
            writer.notes["seen"] = identity
        shard = ShardFile(path)
        assert (shard.identity, shard.notes, shard.units) == (identity, {"seen": identity}, [3])
        assert shard.table(0)["score"].tolist() == scores


@few
@given(names, names, st.text("ACDW-", min_size=4, max_size=4), probabilities(1))
def test_relatives(name: str, species: str, states: str, matrix: np.ndarray) -> None:
    matrix = matrix.round(4).astype(np.float32)
    domains = {"HLH": parse_states([states])}
    protein = MeasuredProtein(name, species, "", domains, (matrix,), ("a source",))
    with folder() as root:
        MeasuredProteins([protein]).save(root / "r.parquet")
        (found,) = MeasuredProteins.read(root / "r.parquet").proteins
    assert (found.protein_id, found.species, found.motif_sources) == (name, species, ("a source",))
    np.testing.assert_array_equal(found.domains["HLH"], domains["HLH"])
    np.testing.assert_allclose(found.motifs[0], matrix, atol=0.6 / PROBABILITY_UNIT)


@few
@given(st.lists(st.integers(1, 500), min_size=2, max_size=6, unique=True), names)
def test_backgrounds(steps: list[int], key: str) -> None:
    score = np.sort(np.array(steps, np.float64))
    curve = Curve(score, -np.arange(len(score), dtype=np.float64) - 0.5)
    background = Background("uniform", curve, np.array([101, 300]), (curve, curve))
    with folder() as root:
        write_bundle(root / "b.npz", {key: background})
        found = Bundle(root / "b.npz").get(key, "uniform")
    assert found is not None and found.lengths.tolist() == [101, 300]
    for one, other in zip((found.site, *found.records), (curve,) * 3, strict=True):
        np.testing.assert_array_equal(one.score, other.score)
        np.testing.assert_array_equal(one.level, other.level)
