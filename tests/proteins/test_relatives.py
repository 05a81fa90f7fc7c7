"""Measured proteins: their file, and the nearest of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from dna_protein_bca.datasets.sources.specificity import read_motifs, read_proteins
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.identity import MatchStates, match_states, parse_states
from dna_protein_bca.proteins.relatives import (
    LEARNED,
    VOTING_RELATIVES,
    MeasuredProtein,
    MeasuredProteins,
    Relative,
)


def motif(seed: int, width: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(4, 0.3), width).astype(np.float32)


def protein(name: str, domains: MatchStates, *motifs: np.ndarray) -> MeasuredProtein:
    return MeasuredProtein(name, "species", "source", domains, motifs, ("assay",) * len(motifs))


def homeobox(states: str) -> MatchStates:
    return {"Homeodomain": parse_states([states.ljust(57, "-")])}


@pytest.fixture
def measured() -> MeasuredProteins:
    return MeasuredProteins(
        [
            protein("far", homeobox("AAAAFGHIKL"), motif(0)),
            protein("near", homeobox("ACDEFGHIKA"), motif(1), motif(2, 12)),
            protein("same", homeobox("ACDEFGHIKL")),
            protein("also near", homeobox("ACDEFGHIAL"), motif(3)),
            protein(
                "other family", {"GATA": parse_states(["ACDEFGHIKL".ljust(36, "-")])}, motif(4)
            ),
        ]
    )


QUERY = "ACDEFGHIKL"
QUERY_DOMAINS = [Domain("Homeodomain", 0, 10, 1e-9, 50.0, np.arange(10, dtype=np.int16))]


def test_nearest_are_ordered_by_identity_then_by_row(measured: MeasuredProteins) -> None:
    assert measured.nearest(QUERY_DOMAINS, QUERY) == [
        Relative("same", 1.0, 2),
        Relative("near", 0.9, 1),
        Relative("also near", 0.9, 3),
        Relative("far", 0.7, 0),
    ]


def test_nearest_is_cut_and_leaves_out(measured: MeasuredProteins) -> None:
    found = measured.nearest(QUERY_DOMAINS, QUERY, n=2, exclude=["same", "unknown"])
    assert [relative.protein_id for relative in found] == ["near", "also near"]
    assert measured.nearest([], QUERY) == []
    assert len(measured.nearest(QUERY_DOMAINS, QUERY, n=None)) == 4


def test_learned_motifs_are_stored_exactly(measured: MeasuredProteins, tmp_path: Path) -> None:
    exact = np.array([[1e-7, 1e-3, 0.2, 0.8]], np.float32).repeat(8, axis=0) / np.pi
    learned = protein("learned", homeobox(QUERY), exact)._replace(source=LEARNED)
    path = tmp_path / "relatives.parquet"
    MeasuredProteins([*measured.proteins, learned]).save(path)
    again = MeasuredProteins.read(path).proteins
    np.testing.assert_array_equal(again[-1].motifs[0], exact)
    measured.save(tmp_path / "alone.parquet")
    alone = MeasuredProteins.read(tmp_path / "alone.parquet").proteins
    for one, other in zip(alone, again[:-1], strict=True):
        for ours, theirs in zip(one.motifs, other.motifs, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_rare_bases_of_learned_motifs_that_were_not_stored_exactly_are_not_impossible(
    tmp_path: Path,
) -> None:
    path = tmp_path / "relatives.parquet"
    rounded = np.array([[0, 0, 0.2, 0.8]], np.float32).repeat(8, axis=0)
    MeasuredProteins([protein("LEARNED", homeobox(QUERY), rounded)]).save(path)
    table = parquet.read_table(path)
    number = table.schema.get_field_index("source")
    table = table.set_column(number, "source", pa.array([LEARNED]))
    parquet.write_table(table, path)
    (motif,) = MeasuredProteins.read(path).proteins[0].motifs
    assert (motif > 0).all()
    np.testing.assert_allclose(motif, rounded, atol=2e-5)


def test_file_round_trip(measured: MeasuredProteins, tmp_path: Path) -> None:
    path = tmp_path / "relatives.parquet"
    measured.save(path)
    again = MeasuredProteins.read(path)
    assert len(again) == len(measured)
    for before, after in zip(measured.proteins, again.proteins, strict=True):
        assert before[:3] == after[:3] and before.motif_sources == after.motif_sources
        assert before.domains.keys() == after.domains.keys()
        for family in before.domains:
            np.testing.assert_array_equal(before.domains[family], after.domains[family])
        for mine, other in zip(before.motifs, after.motifs, strict=True):
            assert other.dtype == np.float32
            np.testing.assert_allclose(mine, other, atol=1.1e-5)
    assert again.nearest(QUERY_DOMAINS, QUERY) == measured.nearest(QUERY_DOMAINS, QUERY)


def test_four_decimals_survive_the_file(tmp_path: Path) -> None:
    matrix = np.round(motif(5), 4)
    MeasuredProteins([protein("a", homeobox(QUERY), matrix)]).save(tmp_path / "a.parquet")
    (again,) = MeasuredProteins.read(tmp_path / "a.parquet").proteins
    np.testing.assert_allclose(again.motifs[0], matrix, atol=1e-7)


def test_files_that_are_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "relatives.parquet"
    with pytest.raises(InputError, match="no such file"):
        MeasuredProteins.read(path)
    path.write_bytes(b"junk")
    with pytest.raises(InputError, match="damaged"):
        MeasuredProteins.read(path)
    pd.DataFrame({"protein_id": ["a"]}).to_parquet(path)
    with pytest.raises(InputError, match="this version"):
        MeasuredProteins.read(path)


def test_ids_must_be_unique() -> None:
    with pytest.raises(ValueError, match="unique"):
        MeasuredProteins([protein("a", homeobox(QUERY)), protein("a", homeobox(QUERY))])


def test_tables_become_measured_proteins(data_dir: Path) -> None:
    lines = (data_dir / "example_proteins.fa").read_text().split(">")
    lhx2 = next("".join(text.split("\n")[1:]) for text in lines if text.startswith("LHX2"))
    table = pd.DataFrame({"protein_id": ["LHX2", "polyA"], "sequence": [lhx2, "A" * 50]})
    motifs = [Motif("LHX2", motif(0)), Motif("2@LHX2", motif(1)), Motif("else", motif(2))]
    built = MeasuredProteins.from_tables(table, motifs, {"2@LHX2": "HT-SELEX"})
    (only,) = built.proteins
    assert (only.protein_id, only.species, only.source) == ("LHX2", "", "")
    assert only.motif_sources == ("", "HT-SELEX")
    np.testing.assert_array_equal(only.motifs[1], motif(1))
    (relative,) = built.nearest(find_domains([("LHX2", lhx2)])[0], lhx2)
    assert relative == Relative("LHX2", 1.0, 0)


class DataSet(NamedTuple):
    folder: Path
    proteins: pd.DataFrame
    motifs: dict[str, list[np.ndarray]]
    train: MeasuredProteins

    def query(self, name: str) -> tuple[list[Domain], str]:
        """A protein's domains and sequence, as `MeasuredProteins.nearest` takes them."""
        sequence = self.proteins.sequence[name]
        return find_domains([(name, sequence)])[0], sequence

    def relatives(self, name: str) -> list[Relative]:
        """The training proteins most like one, of those that have a motif."""
        found = self.train.nearest(*self.query(name), n=None)
        return [one for one in found if self.train.proteins[one.row].motifs]


SPLITS = ("train", "validation", "validation-pbm", "excluded", "reserved")


@pytest.fixture(scope="module")
def data_set(specificity_dir: Path, training_proteins: MeasuredProteins) -> DataSet:
    proteins = read_proteins(specificity_dir, SPLITS)
    motifs = read_motifs(specificity_dir, proteins.index)
    return DataSet(specificity_dir, proteins, motifs, training_proteins)


@pytest.fixture(scope="module")
def relatives(data_set: DataSet) -> dict[str, list[Relative]]:
    """Those of each validation target."""
    targets = data_set.proteins.split.isin(["validation", "validation-pbm"])
    return {name: data_set.relatives(name) for name in data_set.proteins.index[targets]}


NOISE = ("T095014_2.00", "T095166_2.00", "T101108_2.00")
"""Targets whose relatives of equal identity do not stand in the order of their ids in the data
set's table, which compared them before they were rounded. `test_ties_of_the_data_set_are_ties`
counts them in fractions."""


def test_relatives_of_the_data_set_are_reproduced(
    data_set: DataSet, relatives: dict[str, list[Relative]]
) -> None:
    table = pd.read_csv(data_set.folder / "validation_relatives.tsv", sep="\t")
    assert len(table) == 1740 and table["identity"].min() > 0
    listed = dict(list(table.groupby("protein_id")))
    assert listed.keys() == relatives.keys() and len(listed) == 91
    for name, found in relatives.items():
        found = found[: len(listed[name])]
        mine = [relative.identity for relative in found]
        # Four decimals are written.
        np.testing.assert_allclose(mine, listed[name].identity, atol=5.1e-5, err_msg=name)
        if name not in NOISE:
            assert [one.protein_id for one in found] == listed[name].relative.tolist(), name
    short = {name for name, rows in listed.items() if len(rows) < VOTING_RELATIVES}
    assert all(len(relatives[name]) == len(listed[name]) for name in short) and short


def exact_identity(a: MatchStates, b: MatchStates) -> Fraction:
    """The definition, in fractions."""
    best = Fraction(0)
    for family in a.keys() & b.keys():
        n, m = len(a[family]), len(b[family])
        gap = ord("-")
        share = [
            [
                Fraction(int(((x == y) & (x != gap)).sum()), int(min(sum(x != gap), sum(y != gap))))
                for y in b[family]
            ]
            for x in a[family]
        ]
        for offset in range(-n, m + 1):
            pairs = [share[i][i + offset] for i in range(n) if 0 <= i + offset < m]
            best = max(best, sum(pairs, Fraction(0)) / max(n, m))
    return best


@pytest.mark.parametrize("name", NOISE)
def test_ties_of_the_data_set_are_ties(name: str, data_set: DataSet) -> None:
    table = pd.read_csv(data_set.folder / "validation_relatives.tsv", sep="\t")
    listed = table[table["protein_id"] == name].relative.tolist()
    mine = [one.protein_id for one in data_set.relatives(name)[: len(listed)]]
    query = match_states(data_set.query(name)[1], data_set.query(name)[0])
    swapped = [pair for pair in zip(mine, listed, strict=True) if pair[0] != pair[1]]
    assert swapped
    for pair in swapped:
        one, two = (data_set.train.proteins[data_set.train.rows[id]].domains for id in pair)
        assert exact_identity(query, one) == exact_identity(query, two), pair


def test_the_data_set_lists_relatives_that_have_a_motif(data_set: DataSet) -> None:
    """Its README says that it lists the twenty nearest; of P05085 it leaves out the 16th.

    NCU02896 has 14 equal residues in 31, 0.4516, and no motif; the table's 16th has 0.4483.
    """
    found = data_set.train.nearest(*data_set.query("P05085"))
    assert (found[15].protein_id, found[15].identity) == ("NCU02896", round(14 / 31, 6))
    assert data_set.proteins.split["NCU02896"] == "train" and not data_set.motifs["NCU02896"]
    without = [one.protein_id for one in data_set.train.proteins if not one.motifs]
    table = pd.read_csv(data_set.folder / "validation_relatives.tsv", sep="\t")
    assert "NCU02896" in without and not set(without) & set(table["relative"])


def test_no_near_copy_of_a_target_is_trained_on(
    data_set: DataSet, relatives: dict[str, list[Relative]]
) -> None:
    assert max(found[0].identity for found in relatives.values()) < 0.7


def test_the_rule_finds_the_near_copies_of_two_arrays(data_set: DataSet) -> None:
    """A spurious second homeodomain of Six1 and Meis1 had once let their near copies be trained on.

    The copies are excluded. The column `dbd` still lists the second domains, which have E-values
    above 1 with Z = 3262 and count with Z = 1 alone. The sequence of Q9Y3B2 has a blank there,
    which is left out here, so that its domain begins earlier. No other row of the table is wrong.
    """
    kept = data_set.proteins[data_set.proteins.split == "excluded"].reset_index()
    excluded = MeasuredProteins.from_tables(kept, [])
    nearest, copies = {}, {}
    for name in ("PBM_Six1", "PBM_Meis1"):
        nearest[name] = data_set.relatives(name)[0].identity
        copies[name] = excluded.nearest(*data_set.query(name), n=1)[0].identity
    assert nearest == pytest.approx({"PBM_Six1": 0.68, "PBM_Meis1": 0.6176}, abs=1e-4)
    assert copies == pytest.approx({"PBM_Six1": 0.7451, "PBM_Meis1": 1.0}, abs=1e-4)
    rows = data_set.proteins[data_set.proteins.split != "reserved"]
    found = find_domains(list(zip(rows.index, rows.sequence, strict=True)))
    mine = [sorted(f"{d.family}:{d.start + 1}-{d.end}" for d in ones) for ones in found]
    listed = [sorted(text.split(";")) for text in rows["dbd"]]
    wrong = [name for name, a, b in zip(rows.index, mine, listed, strict=True) if a != b]
    assert sorted(wrong) == ["PBM_Meis1", "PBM_Six1", "Q9Y3B2"]
