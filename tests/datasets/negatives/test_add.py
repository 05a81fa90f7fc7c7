"""Negatives for pairs that are there: alike, elsewhere, on the side of their positive."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.datasets.datasheet import make_sheet
from dna_protein_bca.datasets.negatives.add import add_negatives
from dna_protein_bca.datasets.negatives.draw import Covered, gc
from dna_protein_bca.datasets.sources.peaks import Window
from dna_protein_bca.datasets.training_set import TrainingSet, read_set, write_set
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

PROTEINS = {"p": "MKRA", "q": "MSTV", "r": "MAAA"}


def windows(genome: Genome, chrom: str, starts: range) -> dict[str, str]:
    found = [Window(chrom, start, start + 101) for start in starts]
    return {window.id: genome.fetch(*window) for window in found}


def pairs_of(*rows: tuple[str, Any, dict[str, Any]]) -> pd.DataFrame:
    tables = [pd.DataFrame({"protein_id": p, "dna_id": list(ids), **more}) for p, ids, more in rows]
    return pd.concat(tables, ignore_index=True)


@pytest.fixture
def data(genome: Genome) -> TrainingSet:
    """Two proteins with sites on two sides, which share some of them; the second has a negative."""
    one = windows(genome, "chr1", range(1000, 9000, 400))
    two = windows(genome, "chr1", range(9000, 15000, 500))
    other = windows(genome, "chr2", range(600, 4000, 300))
    ids = [*one]
    table = pairs_of(
        ("p", ids[:12], {"label": 1, "split": "train"}),
        ("p", other, {"label": 1, "split": "test"}),
        ("q", [*ids[8:], *two], {"label": 1, "split": "train"}),
        ("q", ids[:1], {"label": 0, "split": "train"}),
    )
    return TrainingSet(PROTEINS, one | two | other, table)


def new(done: TrainingSet, before: TrainingSet) -> pd.DataFrame:
    assert done.pairs is not None and before.pairs is not None
    kept = done.pairs.iloc[: len(before.pairs)]
    assert kept[list(before.pairs)].astype(object).equals(before.pairs.astype(object))
    return done.pairs.iloc[len(before.pairs) :]


def dinucleotides(text: str) -> Counter[str]:
    return Counter(text[place : place + 2] for place in range(len(text) - 1))


def test_shuffles_keep_dinucleotides_and_sides(data: TrainingSet) -> None:
    done, counts = add_negatives(data, ["shuffle"], ratio=2, seed=1)
    added = new(done, data)
    assert (added.label == 0).all() and counts["negatives_shuffle"] == len(added) == 2 * 48
    sizes = added.groupby(["protein_id", "split"]).size().to_dict()
    assert sizes == {("p", "train"): 24, ("p", "test"): 24, ("q", "train"): 48}
    assert data.pairs is not None
    sides = data.pairs.set_index(["protein_id", "dna_id"])["split"]
    for row in added.itertuples():
        source = row.dna_id.rpartition("_shuffle")[0]
        assert dinucleotides(done.dna[row.dna_id]) == dinucleotides(data.dna[source])
        assert sides[row.protein_id, source] == row.split
    # Both proteins have some DNA, and each its own shuffles.
    assert not added.dna_id.duplicated().any()
    assert len(set(done.dna.values())) == len(done.dna)


def test_windows_are_like_the_positives_and_elsewhere(data: TrainingSet, genome: Genome) -> None:
    done, counts = add_negatives(data, ["windows"], seed=2, genome=genome)
    added = new(done, data)
    assert data.pairs is not None and len(added) == 48
    places = {id: Window.named(id) for id in done.dna}
    for (protein, side), rows in added.groupby(["protein_id", "split"]):
        mine = data.pairs[data.pairs.protein_id == protein]
        away = Covered(places[id] for id in mine.dna_id)  # type: ignore[misc]
        assert not any(away.touches(places[id]) for id in rows.dna_id)  # type: ignore[arg-type]
        chroms = {places[id].chrom for id in rows.dna_id}  # type: ignore[union-attr]
        assert chroms == ({"chr2"} if side == "test" else {"chr1"})
        positives = mine[(mine.label == 1) & (mine.split == side)].dna_id
        means = [np.mean([gc(done.dna[id]) for id in ids]) for ids in (positives, rows.dna_id)]
        assert abs(means[0] - means[1]) < 0.02
    assert all(done.dna[id] == genome.fetch(*places[id]) for id in added.dna_id)  # type: ignore[misc]
    assert counts["gc"]["windows"] == pytest.approx(counts["gc"]["positives"], abs=0.02)


def test_windows_of_one_side_keep_away_from_the_other(genome: Genome) -> None:
    dna = windows(genome, "chr1", range(0, 20000, 500))
    ids = [*dna]
    table = pairs_of(
        ("p", ids[::2], {"label": 1, "split": "train"}),
        ("q", ids[1::2], {"label": 1, "split": "test"}),
    )
    done, _ = add_negatives(TrainingSet(PROTEINS, dna, table), ["windows"], ratio=3, genome=genome)
    assert done.pairs is not None
    by_side = {
        side: [Window.named(id) for id in rows] for side, rows in done.pairs.groupby("split").dna_id
    }
    train = Covered(by_side["train"])
    assert len(by_side["test"]) == 80 and not any(map(train.touches, by_side["test"]))


def test_others_are_sites_of_the_same_side_and_assay(data: TrainingSet) -> None:
    done, counts = add_negatives(data, ["others"], ratio=5)
    added = new(done, data)
    assert data.pairs is not None
    site = data.pairs[data.pairs.label == 1]
    q = [*site[site.protein_id == "q"].dna_id]
    p = [*site[(site.protein_id == "p") & (site.split == "train")].dna_id]
    # All there are: without the four that both have, and the one that is no site of q already.
    assert [*added[added.protein_id == "p"].dna_id] == [id for id in q if id not in p]
    assert [*added[added.protein_id == "q"].dna_id] == [id for id in p[1:] if id not in q]
    assert set(added.split) == {"train"} and counts["negatives_others"] == len(added) == 20 + 7
    assert done.dna == data.dna
    assays = pairs_of(
        ("p", ["a", "b"], {"assay": "PBM"}),
        ("q", ["c"], {"assay": "PBM"}),
        ("q", ["d"], {"assay": None}),
        ("r", ["e"], {"assay": None}),
    )
    dna = {"a": "ACGTTGCAAC", "b": "GGATTACAGG", "c": "TTGACCATGA", "d": "CCCATTTAGA", "e": "GTT"}
    # The DNA of another is no negative where it is this protein's own on the other strand.
    dna["e"] = "TGTAATCC" + "TGACC"
    done, _ = add_negatives(TrainingSet(PROTEINS, dna | {"b": dna["c"]}, assays), ["others"])
    drawn = new(done, TrainingSet(PROTEINS, dna, assays.assign(label=1)[[*done.pairs]]))  # type: ignore[arg-type]
    found = {(row.protein_id, row.dna_id, row.assay) for row in drawn.itertuples()}
    assert found == {("q", "a", "PBM"), ("q", "e", None), ("r", "d", None)}


def test_never_a_pair_or_a_sequence_that_is_there() -> None:
    """Short DNA has few shuffles: some are each other's, or each other's reverse complement's."""
    dna = {"a": "ACGATTACGA", "b": "ACGATACGTA", "c": "TCGTAATCGT", "d": "ACACACACAC"}
    table = pairs_of(("p", dna, {}), ("q", ["a"], {}))
    done, _ = add_negatives(TrainingSet(PROTEINS, dna, table), ["shuffle", "others"])
    assert done.pairs is not None
    assert not done.pairs.duplicated(["protein_id", "dna_id"]).any()
    for protein in "pq":
        mine = done.pairs[done.pairs.protein_id == protein]
        by_label = mine.groupby("label").dna_id
        texts = {label: {canonical_sequence(done.dna[id]) for id in ids} for label, ids in by_label}
        assert not texts[0] & texts[1]
        if protein == "p":
            assert len(texts[0]) == (mine.label == 0).sum() == 4
    with pytest.raises(InputError, match="0 negatives of the kind shuffle for p, and 1 is asked"):
        add_negatives(TrainingSet(PROTEINS, dna, table[table.dna_id == "d"]), ["shuffle"])


def test_a_seed_gives_the_same_bytes(data: TrainingSet, genome: Genome, tmp_path: Path) -> None:
    found = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        done, counts = add_negatives(data, ["windows", "shuffle"], seed=seed, genome=genome)
        write_set(tmp_path / name, done, make_sheet("x", counts=counts), one_table=True)
        found.append({one.name: one.read_bytes() for one in (tmp_path / name).iterdir()})
    assert found[0] == found[1] != found[2]
    again = read_set(tmp_path / "a").pairs
    assert again is not None and not again.duplicated(["protein_id", "dna_id"]).any()


def test_other_columns(data: TrainingSet, genome: Genome) -> None:
    assert data.pairs is not None
    table = data.pairs.drop(columns="split")
    chrom = table.dna_id.str.partition(":")[0]
    table = table.assign(group=chrom, weight=np.where(table.protein_id == "p", 2.0, 0.5))
    table["affinity"] = np.where(table.label == 1, 7.5, np.nan)
    table.loc[0, "label"] = np.nan
    full = TrainingSet(PROTEINS, data.dna, table)
    kinds = ["windows", "shuffle", "others"]
    done, counts = add_negatives(full, kinds, ratio=0.5, genome=genome)  # type: ignore[arg-type]
    added = new(done, full)
    # The pair with an affinity alone is no positive: half of 47.
    assert counts["negatives_shuffle"] == counts["asked_of_each_kind"] == 24
    assert (added.label == 0).all() and added.affinity.isna().all()
    assert (added.group == added.dna_id.str.partition(":")[0]).all()
    assert (added.weight == np.where(added.protein_id == "p", 2.0, 0.5)).all()


def test_a_ratio_holds_for_many_small_draws() -> None:
    rng = np.random.default_rng(0)
    dna = {f"d{n}": "".join(rng.choice(list("ACGT"), 30)) for n in range(40)}
    table = pd.DataFrame({"protein_id": [f"p{n}" for n in range(40)], "dna_id": list(dna)})
    proteins = dict.fromkeys(table.protein_id, "MK")
    done, counts = add_negatives(TrainingSet(proteins, dna, table), ["shuffle"], ratio=0.25)
    assert counts["negatives_shuffle"] == 10 and done.counts()["positive"] == 40


def test_windows_are_named_as_the_positives_are(genome: Genome) -> None:
    dna = {id[3:]: text for id, text in windows(genome, "chr1", range(0, 9000, 900)).items()}
    data = TrainingSet(PROTEINS, dna, pairs_of(("p", dna, {})))
    with pytest.raises(InputError, match=r"record '1:0-101': chromosome '1' is not in .*aliases"):
        add_negatives(data, ["windows"], genome=genome)
    done, _ = add_negatives(data, ["windows"], genome=genome, aliases={})
    assert len(done.dna) == 20 and all(id.startswith("1:") for id in done.dna)


REVERSE = str.maketrans("ACGT", "TGCA")


@pytest.mark.parametrize(
    ("id", "change", "message"),
    [
        ("site_4", str, r"record 'site_4': its id names no place in the genome: give ids such as"),
        ("chr1:101-201", str, r"record 'chr1:101-201': 101 bp, but its id names 100: .*half-open"),
        ("chr1:102-203", str, r"genome\.fa has another sequence there: is it the assembly"),
        ("chr1:30200-30301", str, r"chr1 of .*genome\.fa has 30300 bp: is it the assembly"),
        ("chr9:101-202", str, r"chromosome 'chr9' is not in .*genome\.fa, whose names are chr1"),
        ("chr1:101-202", lambda text: text[::-1].translate(REVERSE).lower(), ""),
    ],
)
def test_dna_is_checked_against_the_genome(
    id: str, change: Any, message: str, genome: Genome, real_dna: list[str], tmp_path: Path
) -> None:
    """Either strand will do, in any case; the error names the record's line."""
    path = tmp_path / "d.fa"
    path.write_text(f">other\nACGT\n>{id}\n{change(real_dna[1])}\n")
    data = TrainingSet(PROTEINS, {id: change(real_dna[1])}, pairs_of(("p", [id], {})))
    if not message:
        done, _ = add_negatives(data, ["windows"], genome=genome, path=path)
        assert len(done.dna) == 2
        return
    with pytest.raises(InputError, match=rf"d\.fa:3: .*{message}"):
        add_negatives(data, ["windows"], genome=genome, path=path)


@pytest.mark.parametrize(
    ("table", "kinds", "message"),
    [
        ({"affinity": 0.5}, ["shuffle"], "affinities alone do not say which pairs are bound"),
        ({"label": 0}, ["shuffle"], "no pair has the label 1"),
        ({}, ["others"], "the positives of two proteins or more"),
    ],
)
def test_nothing_to_draw_for(table: dict, kinds: list, message: str) -> None:
    data = TrainingSet(PROTEINS, {"a": "ACGTTGCA"}, pairs_of(("p", ["a"], table)))
    with pytest.raises(InputError, match=message):
        add_negatives(data, kinds)
    with pytest.raises(InputError, match="no pairs in it"):
        add_negatives(TrainingSet(PROTEINS), kinds)


def test_no_site_of_another_is_free() -> None:
    table = pairs_of(("p", ["a", "b"], {}), ("q", ["a", "b"], {}))
    data = TrainingSet(PROTEINS, {"a": "ACGTTGCA", "b": "GGTACCAT"}, table)
    with pytest.raises(InputError, match="every site of another protein is paired with this one"):
        add_negatives(data, ["others"])


def test_shuffles_that_are_there_are_refused(data: TrainingSet, tmp_path: Path) -> None:
    done, _ = add_negatives(data, ["shuffle"])
    with pytest.raises(InputError, match=r"record 'chr.*_shuffle1' is there already"):
        add_negatives(done, ["shuffle"])
    assert len(new(add_negatives(done, ["others"], ratio=5)[0], done)) == 27
