"""What a training reads, refuses and holds out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.encoders import make_encoder
from dna_protein_bca.motifs.kmers import canonical_sequence
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.training.finetune.data import Inputs, TrainingData, read_data
from dna_protein_bca.training.finetune.data.same_sequences import number_sequences
from dna_protein_bca.training.finetune.data.splits import split_pairs


def read(proteins: Any, **given: Any) -> TrainingData:
    features = make_encoder(BindingConfig(tuple(profile_lengths().values()))).features
    names = ("dna", "pairs", "motifs", "validation")
    inputs = {name: given.pop(name) for name in names if name in given}
    return read_data(Inputs(proteins, **inputs), features, **given)


def table(proteins: int, each: int) -> pd.DataFrame:
    rows = [(f"p{p}", f"d{p}_{n}", n % 2) for p in range(proteins) for n in range(each)]
    return numbered(pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"]))


def numbered(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of records none of which is equal to another one."""
    names = [dict.fromkeys(pairs[name]) for name in ("protein_id", "dna_id")]
    proteins = {name: "M" * (number + 1) for number, name in enumerate(names[0])}
    dna = {name: "A" * (number + 1) for number, name in enumerate(names[1])}
    return number_sequences(pairs, proteins, dna)


def test_a_tenth_of_the_pairs_is_held_out_of_every_protein_and_label() -> None:
    train, held = split_pairs(table(4, 40), seed=1)
    assert len(held) == 16 and len(train) == 144
    assert held.groupby(["protein_id", "label"]).size().tolist() == [2] * 8
    assert not set(train["dna_id"]) & set(held["dna_id"])
    pd.testing.assert_frame_equal(split_pairs(table(4, 40), seed=1)[1], held)
    assert not split_pairs(table(4, 40), seed=2)[1].equals(held)


def test_a_pair_that_was_measured_twice_is_not_on_both_sides() -> None:
    once = table(3, 30)
    train, held = split_pairs(pd.concat([once, once.iloc[::2], once.iloc[::3]]), seed=3)
    names = [set(zip(part["protein_id"], part["dna_id"], strict=True)) for part in (train, held)]
    assert names[1] and not names[0] & names[1]
    assert len(train) + len(held) == 30 * 3 + 45 + 30


def reverse_complement(dna: str) -> str:
    return dna[::-1].translate(str.maketrans("ACGT", "TGCA"))


@pytest.fixture
def twice(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame
) -> tuple[dict[str, str], dict[str, str], pd.DataFrame]:
    """Every pair under a second pair of ids, its DNA reversed and in lower case."""
    one = {record.id: record.sequence for record in read_fasta(proteins, "protein")}
    dna = {record.id: record.sequence for record in read_fasta(examples[0], "dna")}
    one |= {f"{name}_again": sequence for name, sequence in one.items()}
    dna |= {f"{name}_back": reverse_complement(text).lower() for name, text in dna.items()}
    again = labels.assign(
        protein_id=labels["protein_id"] + "_again", dna_id=labels["dna_id"] + "_back"
    )
    return one, dna, pd.concat([labels, again], ignore_index=True)


@pytest.mark.parametrize("split", ["auto", "pair", "protein"])
def test_nothing_held_out_is_trained_on_under_another_id(twice: Any, split: Any) -> None:
    one, dna, pairs = twice
    data = read(one, dna=dna, pairs=pairs, split=split)
    sides = [
        {(one[p], canonical_sequence(dna[d])) for p, d in zip(t.protein_id, t.dna_id, strict=True)}
        for t in (data.train, data.validation)
    ]
    assert not sides[0] & sides[1]
    # No larger a share than without the second ids.
    assert len(data.validation) == (80 if split == "protein" else 24)
    if split == "protein":
        assert not {p for p, _ in sides[0]} & {p for p, _ in sides[1]}


def test_validation_pairs_with_the_sequences_of_training_pairs_are_listed(twice: Any) -> None:
    one, dna, pairs = twice
    given: dict[str, Any] = {"dna": dna, "pairs": pairs.iloc[:120], "validation": pairs.iloc[118:]}
    with pytest.raises(InputError) as error:
        read(one, **given)
    text = str(error.value)
    assert "122 pairs of the validation are in the training too: LHX2 LHX2_38, " in text
    assert "MAX_again MAX_0_back (has the sequences of MAX MAX_0)" in text
    assert len(read(one, **given, allow_overlap=True).validation) == 122


def test_motifs_of_a_protein_held_out_are_not_learned_under_another_id(
    twice: Any, tmp_path: Path
) -> None:
    one, dna, pairs = twice
    pairs = pairs.iloc[:120]
    sharp = np.full((6, 4), 0.1, np.float32)
    sharp[:, 1] = 0.7
    write_meme(tmp_path / "m.meme", [Motif(f"{name}_again", sharp) for name in ("MAX", "SP1")])
    held = pairs["protein_id"] == "MAX"
    given: dict[str, Any] = {"pairs": pairs[~held], "validation": pairs[held]}
    data = read(one, dna=dna, motifs=tmp_path / "m.meme", **given)
    assert [data.proteins[row].record.id for row in data.held_motifs] == ["MAX_again"]
    assert [data.proteins[row].record.id for row in data.motifs] == ["SP1_again"]


def test_whole_proteins_are_held_out_where_there_are_ten() -> None:
    train, held = split_pairs(table(20, 6))
    assert held["protein_id"].nunique() == 2 and len(held) == 12
    assert not set(train["protein_id"]) & set(held["protein_id"])
    assert split_pairs(table(9, 6))[1]["protein_id"].nunique() == 9
    assert split_pairs(table(4, 6), "protein")[1]["protein_id"].nunique() == 1


def test_a_split_by_protein_needs_two() -> None:
    with pytest.raises(InputError, match="needs two proteins or more"):
        split_pairs(table(1, 10), "protein")


def test_reads_pairs_with_rows_that_point_at_them(
    proteins: Path, examples: tuple[Path, Path]
) -> None:
    data = read(proteins, dna=examples[0], pairs=examples[1])
    assert data.targets == ["label", "affinity"]
    assert [one.record.id for one in data.proteins] == ["MAX", "LHX2", "SP1"]
    names = list(data.dna)
    for _, row in data.train.head(20).iterrows():
        assert data.proteins[row["protein"]].record.id == row["protein_id"]
        assert names[row["dna"]] == row["dna_id"]
    assert len(data.train) + len(data.validation) == 120


@pytest.mark.parametrize(("label", "name"), [(1, "negative"), (0, "positive")])
def test_one_class_alone_is_refused(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, label: int, name: str
) -> None:
    with pytest.raises(InputError, match=f"no {name} labels"):
        read(proteins, dna=examples[0], pairs=labels[labels["label"] == label])


def test_validation_pairs_in_the_training_are_listed(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame
) -> None:
    train, again = labels.iloc[:100], labels.iloc[98:]
    given: dict[str, Any] = {"dna": examples[0], "pairs": train, "validation": again}
    with pytest.raises(InputError, match=r"2 pairs .* MAX_18|2 pairs .*LHX2_18, LHX2 LHX2_19"):
        read(proteins, **given)
    assert len(read(proteins, **given, allow_overlap=True).validation) == len(again)


def test_ids_without_sequences_are_named(proteins: Path, examples: tuple[Path, Path]) -> None:
    bad = pd.DataFrame({"protein_id": ["MAX", "NOBODY"], "dna_id": ["MAX_1"] * 2, "label": [1, 0]})
    with pytest.raises(InputError, match=r":2: protein_id 'NOBODY' is not in the protein file"):
        read(proteins, dna=examples[0], pairs=bad)
    bad = pd.DataFrame({"protein_id": ["MAX"], "dna_id": ["nothing"], "label": [1]})
    with pytest.raises(InputError, match="dna_id 'nothing' is not in the dna file"):
        read(proteins, dna=examples[0], pairs=bad)


def test_a_protein_without_a_domain_is_named(data_dir: Path, examples: tuple[Path, Path]) -> None:
    name = next(iter(read_fasta(data_dir / "non_binders.fa", "protein"))).id
    pairs = pd.DataFrame({"protein_id": [name] * 2, "dna_id": ["MAX_1", "MAX_2"], "label": [1, 0]})
    with pytest.raises(InputError, match=f"no known DNA-binding domain in .*{name}"):
        read(data_dir / "non_binders.fa", dna=examples[0], pairs=pairs)


def test_dna_that_cannot_be_scored_is_left_out_and_counted(proteins: Path) -> None:
    rng = np.random.default_rng(0)
    dna = {f"d{n}": "".join(rng.choice(list("ACGT"), 30)) for n in range(20)}
    dna |= {"short": "ACG", "unknown": "N" * 30}
    pairs = pd.DataFrame({"protein_id": "MAX", "dna_id": list(dna), "label": [0, 1] * 11})
    data = read(proteins, dna=dna, pairs=pairs)
    assert data.left_out == 2 and len(data.train) + len(data.validation) == 20


def test_nothing_to_learn_from(proteins: Path, examples: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        read(proteins)
    for name in ("pairs", "validation"):
        given = {"motifs": examples[1], name: examples[1]}
        with pytest.raises(InputError, match=f"--{name} needs the sequences of its DNA"):
            read(proteins, **given)


def test_motifs_are_read_by_protein(
    proteins: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flat = np.full((6, 4), 0.25, np.float32)
    names = ["MAX", "2@MAX", "SP1", "elsewhere@NOBODY"]
    write_meme(tmp_path / "m.meme", [Motif(name, flat) for name in names])
    data = read(proteins, motifs=tmp_path / "m.meme")
    assert {data.proteins[row].record.id: len(ones) for row, ones in data.motifs.items()} == {
        "MAX": 2,
        "SP1": 1,
    }
    assert not data.held_motifs
    assert "1 of 4 motifs has no protein of its name" in caplog.text
    assert caplog.text.rstrip().endswith("elsewhere@NOBODY")


@pytest.mark.parametrize("given", ["nothing", "pairs", "validation"])
def test_motifs_of_none_of_the_proteins_are_refused(
    proteins: Path, examples: tuple[Path, Path], tmp_path: Path, given: str
) -> None:
    flat = np.full((6, 4), 0.25, np.float32)
    write_meme(tmp_path / "m.meme", [Motif("MAX_HUMAN", flat), Motif("2@NOBODY", flat)])
    more = {} if given == "nothing" else {"dna": examples[0], given: examples[1]}
    with pytest.raises(InputError, match=r"m\.meme: none of the 2 motifs .*'MAX_HUMAN' may be of"):
        read(proteins, motifs=tmp_path / "m.meme", **more)
