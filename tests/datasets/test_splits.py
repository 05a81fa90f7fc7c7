"""Splits: what is alike stays on one side, whatever the data; the same seed, the same split."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.datasets import similarity as groups
from dna_protein_bca.datasets.datasheet import make_sheet
from dna_protein_bca.datasets.leakage import format_leakage, leakage
from dna_protein_bca.datasets.sources.specificity import read_proteins
from dna_protein_bca.datasets.splits import chromosome, split
from dna_protein_bca.datasets.training_set import TrainingSet, write_set
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.io.pairs import SPLITS
from dna_protein_bca.motifs.kmers import canonical_sequence, distinct_kmers
from dna_protein_bca.proteins.identity import MatchStates, identity, match_states, parse_states

COMPLEMENT = str.maketrans("ACGT", "TGCA")


def reverse(text: str) -> str:
    return text[::-1].translate(COMPLEMENT)


# Groups

residues = st.text("ACDE-", min_size=7, max_size=7).map(lambda text: text + "A")
arrays = st.dictionaries(st.sampled_from("XY"), st.lists(residues, min_size=1, max_size=3))


@settings(max_examples=60, deadline=None)
@given(st.lists(arrays, min_size=2, max_size=12), st.floats(0.05, 1))
def test_no_two_proteins_above_the_threshold_are_parted(
    proteins: list[dict[str, list[str]]], threshold: float
) -> None:
    states: dict[str, MatchStates] = {
        f"p{row}": {family: parse_states(some) for family, some in one.items()}
        for row, one in enumerate(proteins)
    }
    sequences = {id: id.upper() for id in states}
    label = groups.by_identity(sequences, states, threshold)
    near = [
        (one, two)
        for one in range(len(proteins))
        for two in range(one)
        if identity(states[f"p{one}"], states[f"p{two}"]) >= threshold
    ]
    assert all(label[one] == label[two] for one, two in near)
    # And no more is together than chains of near ones.
    parts = {frozenset([row]) for row in range(len(proteins))}
    for one, two in near:
        joined = [part for part in parts if one in part or two in part]
        parts = (parts - set(joined)) | {frozenset().union(*joined)}
    assert len(set(label.tolist())) == len(parts)


def test_proteins_of_one_sequence_stay_together() -> None:
    label = groups.by_identity({"a": "MK", "b": "MV", "c": "MK"}, {"a": {}, "b": {}, "c": {}})
    assert label[0] == label[2] != label[1]


def test_families_are_never_parted() -> None:
    letters = parse_states(["ACDE"])
    states = {
        "a": {"X": letters},
        "b": {"X": letters, "Y": letters},
        "c": {"Y": letters},
        "d": {"Z": letters},
        "e": {},
        "f": {},
    }
    label = groups.by_family(states).tolist()
    assert label[0] == label[1] == label[2] and label[4] == label[5]
    assert len({label[0], label[3], label[4]}) == 3


def shares(one: str, two: str, k: int) -> float:
    """The definition, in sets."""

    def kmers(text: str) -> set[str]:
        parts = {text[at : at + k] for at in range(len(text) - k + 1)}
        return {canonical_sequence(part) for part in parts if "N" not in part}

    first, second = kmers(one), kmers(two)
    return len(first & second) / max(1, min(len(first), len(second)))


@st.composite
def related_dna(draw: st.DrawFn) -> list[str]:
    """Sequences of which some are pieces, copies or reverse complements of others."""
    found = draw(st.lists(st.text("ACGTN", min_size=1, max_size=30), min_size=1, max_size=5))
    for _ in range(draw(st.integers(0, 5))):
        text = draw(st.sampled_from(found))
        cut = draw(st.integers(0, len(text) - 1))
        piece = text[cut:] + draw(st.text("ACGT", max_size=10))
        found.append(reverse(piece) if draw(st.booleans()) else piece)
    return found


@settings(max_examples=80, deadline=None)
@given(related_dna(), st.floats(0.1, 1), st.sampled_from([4, 6]))
def test_no_two_like_sequences_are_parted(dna: list[str], threshold: float, k: int) -> None:
    label = groups.by_similarity(dna, threshold, k)
    for one in range(len(dna)):
        for two in range(one):
            same = canonical_sequence(dna[one]) == canonical_sequence(dna[two])
            if same or shares(dna[one], dna[two], k) >= threshold:
                assert label[one] == label[two]


@given(st.text("ACGTacgtNRU", max_size=40))
def test_both_strands_are_one(text: str) -> None:
    other = text.upper().replace("U", "T")[::-1].translate(str.maketrans("ACGTNR", "TGCANY"))
    assert canonical_sequence(text) == canonical_sequence(other)
    for k in (1, 5):
        np.testing.assert_array_equal(distinct_kmers([text], k)[1], distinct_kmers([other], k)[1])


def test_highest_similarity_is_that_of_the_definition(real_dna: Sequence[str]) -> None:
    one, two = (
        real_dna[:40],
        [*real_dna[40:80], real_dna[3][20:] + "ACGTACGT", reverse(real_dna[7])],
    )
    expected = max(shares(a, b, 12) for a in one for b in two)
    assert groups.highest_similarity(one, two) == pytest.approx(expected, abs=1e-6) == 1.0
    expected = max(shares(a, b, 12) for a in one for b in two[:-1])
    assert groups.highest_similarity(one, two[:-1]) == pytest.approx(expected, abs=1e-6)


# Splits


@pytest.fixture(scope="module")
def data(real_dna: list[str], examples: dict[str, str]) -> TrainingSet:
    """Seven factors on real windows of four chromosomes; some windows stand there twice, one time
    as the reverse complement."""
    windows = real_dna[:200]
    windows = [*windows, *(reverse(text) for text in windows[:20])]
    dna = {
        f"chr{number % 4 + 1}:{number * 200}-{number * 200 + 101}": text
        for number, text in enumerate(windows)
    }
    rows = [
        (protein, id, (place + number) % 2)
        for place, protein in enumerate(examples)
        for number, id in enumerate(dna)
    ]
    table = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])
    return TrainingSet(examples, dna, table)


def side_of(done: TrainingSet, column: str) -> pd.Series:
    assert done.pairs is not None
    table = done.pairs.groupby(column, observed=True)["split"].agg(lambda some: set(some))
    return table


def test_by_protein(data: TrainingSet) -> None:
    done = split(data, "protein", shares={"validation": 0.2, "test": 0.2}, seed=3)
    assert all(len(some) == 1 for some in side_of(done.data, "protein_id"))
    report = leakage(done)
    assert all(found["highest_identity"] < 0.7 for found in report["proteins"].values())
    assert report["dna"]["train-test"]["on_both"] == 220
    assert report["dna"]["train-test"]["highest_similarity"] == 1.0
    assert report["pairs_moved"] is None


def test_by_dna_keeps_strands_together(data: TrainingSet) -> None:
    done = split(data, "dna", seed=1)
    sides = {id: next(iter(some)) for id, some in side_of(done.data, "dna_id").items()}
    by_text: dict[str, set[str]] = {}
    for id, text in data.dna.items():
        by_text.setdefault(canonical_sequence(text), set()).add(sides[id])
    assert all(len(some) == 1 for some in by_text.values())
    assert done.data.counts()["pairs_by_side"]["test"] == pytest.approx(154, rel=0.11)
    report = leakage(done)
    for found in report["dna"].values():
        assert found["on_both"] == 0 and found["highest_similarity"] < 0.5
    assert report["proteins"]["train-test"]["on_both"] == 7


def test_by_chromosome(data: TrainingSet) -> None:
    named = {"validation": ["chr2"], "test": ["chr4"]}
    done = split(data, "chromosome", chromosomes=named)
    for id, some in side_of(done.data, "dna_id").items():
        expected = {"chr2": "validation", "chr4": "test"}.get(str(id).partition(":")[0], "train")
        assert some == {expected}
    drawn = split(data, "chromosome", shares={"validation": 0.25, "test": 0.25})
    places = {
        side: {
            str(id).partition(":")[0]
            for id, some in side_of(drawn.data, "dna_id").items()
            if side in some
        }
        for side in SPLITS
    }
    assert sorted(map(len, places.values())) == [1, 1, 2]
    with pytest.raises(InputError, match="no DNA of the set lies on 'chr9'"):
        split(data, "chromosome", chromosomes={"test": ["chr9"]})


def test_chromosomes_of_ids_and_groups(data: TrainingSet) -> None:
    assert chromosome("chr1:5-9") == "chr1" and chromosome("a:b:5-9_shuffle2") == "a:b"
    assert chromosome("site_4") is None
    table = pd.DataFrame({"protein_id": "MAX", "dna_id": ["a", "b"], "label": [0, 1]})
    one = TrainingSet(data.proteins, {"a": "ACGT", "b": "GGCC"}, table)
    with pytest.raises(InputError, match="'a' names no chromosome"):
        split(one, "chromosome")
    grouped = TrainingSet(one.proteins, one.dna, table.assign(group=["chr1", "chr2"]))
    done = split(grouped, "chromosome", chromosomes={"test": ["chr2"]})
    assert done.data.pairs is not None
    assert done.data.pairs["split"].tolist() == ["train", "test"]


def test_random_only_with_a_warning(data: TrainingSet) -> None:
    done = split(data, "random", seed=2)
    counts = done.data.counts()["pairs_by_side"]
    assert counts == {"train": 1232, "validation": 154, "test": 154}
    assert "memory" in done.warnings[0] and "Warning" in format_leakage(leakage(done))


@pytest.mark.parametrize("by", ["protein", "dna", "chromosome", "random"])
def test_a_seed_gives_the_same_bytes(by: str, data: TrainingSet, tmp_path: Path) -> None:
    wanted = {"validation": 0.25, "test": 0.25}
    found = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        done = split(data, by, shares=wanted, seed=seed)  # type: ignore[arg-type]
        write_set(
            tmp_path / name, done.data, make_sheet("x"), extra={"leakage.json": leakage(done)}
        )
        found.append({one.name: one.read_bytes() for one in (tmp_path / name).iterdir()})
    assert found[0] == found[1] != found[2]
    assert json.loads(found[0]["leakage.json"])["groups"]["items"] == 1540


def test_a_split_is_repaired_and_the_moved_counted(data: TrainingSet) -> None:
    given = split(data, "random", shares={"validation": 0.1, "test": 0.1}, seed=9).data
    repaired = split(given, "dna", repair=True)
    assert repaired.moved is not None and given.pairs is not None
    assert repaired.data.pairs is not None
    moved = given.pairs["split"].astype(str) != repaired.data.pairs["split"].astype(str)
    assert repaired.moved == moved.sum() > 0
    assert leakage(repaired)["pairs_moved"] == repaired.moved
    whole = split(repaired.data, "dna", repair=True)
    assert whole.moved == 0
    with pytest.raises(InputError, match="no split to repair"):
        split(data, "dna", repair=True)


def test_nothing_to_hold_out(data: TrainingSet) -> None:
    assert data.pairs is not None
    one = TrainingSet(data.proteins, data.dna, data.pairs[data.pairs.protein_id == "MAX"])
    with pytest.raises(InputError, match="nothing can be held out for test"):
        split(one, "protein")


def test_motifs_go_with_their_protein(examples: dict[str, str]) -> None:
    matrix = np.full((6, 4), 0.25, np.float32)
    motifs = [Motif(f"{n}@{id}", matrix) for id in examples for n in range(2)]
    done = split(TrainingSet(examples, motifs=motifs), "protein", shares={"test": 0.3})
    assert set(done.data.motif_splits) == set(examples)
    assert done.data.counts()["motifs_by_side"] == {"train": 10, "validation": 0, "test": 4}
    assert "dna" in leakage(done) and not leakage(done)["dna"]
    with pytest.raises(InputError, match="divided by protein"):
        split(TrainingSet(examples, motifs=motifs), "dna")


def test_no_relatives_across_a_split_of_real_proteins(specificity_dir: Path) -> None:
    """Checked against the domains that HMMER finds, pair by pair."""
    table = read_proteins(specificity_dir, ["train"]).iloc[::6]
    proteins = dict(table["sequence"])
    motifs = [Motif(id, np.full((6, 4), 0.25, np.float32)) for id in proteins]
    done = split(TrainingSet(proteins, motifs=motifs), "protein", threshold=0.6, seed=1)
    assert done.states is not None
    by_side = {
        side: [id for id in proteins if done.data.motif_splits[id] == side] for side in SPLITS
    }
    assert min(map(len, by_side.values())) > 20
    for id in [*by_side["test"][:15], *by_side["validation"][:15]]:
        others = [
            one for one in proteins if done.data.motif_splits[one] != done.data.motif_splits[id]
        ]
        mine = done.states[id]
        assert max(identity(mine, done.states[one]) for one in others) < 0.6
    report = leakage(done)
    assert all(0 < found["highest_identity"] < 0.6 for found in report["proteins"].values())


def test_states_are_those_of_the_domains(examples: dict[str, str]) -> None:
    from dna_protein_bca.proteins.domains import find_domains

    found = groups.protein_states({"MAX": examples["MAX"]})
    (domains,) = find_domains([("MAX", examples["MAX"])])
    expected = match_states(examples["MAX"], domains)
    assert found["MAX"].keys() == expected.keys()
