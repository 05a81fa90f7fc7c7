"""What a training learns from: proteins, DNA, labelled pairs and motifs, checked and split."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import InputError, counted, listed, one_or_many
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import check_length
from dna_protein_bca.io.fasta import SequenceRecord, Sequences, as_records
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.meme import Motif, motif_protein, read_meme
from dna_protein_bca.io.motif_owners import with_protein
from dna_protein_bca.io.pairs import TARGETS, count_targets
from dna_protein_bca.io.record_ids import RecordIds, select_records
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.features import ProteinInput

from .inputs import Inputs, read_tables
from .same_sequences import equal_as_one, number_sequences, pair_numbers
from .splits import ENOUGH_PROTEINS, HELD_OUT, PairSplits, Split, follow_column, split_pairs

if TYPE_CHECKING:
    import pandas as pd

Features = Callable[[SequenceRecord, list[Domain]], ProteinInput]
"""What an encoder reads of a protein and its domains: `BindingModel.features`."""

SHOWN = 10
"""Ids that an error names."""


@dataclass(frozen=True)
class Protein:
    """A training protein: its record, its domains, and what the encoder reads of it."""

    record: SequenceRecord
    domains: list[Domain]
    input: ProteinInput


@dataclass(frozen=True)
class TrainingData:
    """Everything a training learns from.

    Attributes:
        proteins: those with pairs or motifs, in the order of the file.
        dna: id -> sequence of the DNA with pairs.
        records: the tokens of the DNA, in the same order.
        train, validation: pairs with `protein_id`, `dna_id`, `protein` and `dna` (indices into the
            proteins and the DNA), the columns of `number_sequences`, and `label`, `affinity`,
            `weight` as far as they are there. Where both targets are, either may be NaN in some
            rows.
        motifs: index of a protein -> measured motifs, float32 [width, 4] each, to train on.
        held_motifs: the same of proteins held out for validation.
        left_out: pairs whose DNA cannot be scored (all N, or shorter than 5 bp).
        unused: how many `pairs` the column `split` keeps from this training, and how many
            `proteins` with motifs stand in such pairs alone; no motif of theirs is learned.
        note: a line about that; empty where there is no such column.
        split: how the validation was held out, for people to read.
    """

    proteins: list[Protein]
    dna: dict[str, str]
    records: DNARecords
    train: pd.DataFrame
    validation: pd.DataFrame
    motifs: dict[int, list[np.ndarray]] = field(default_factory=dict)
    held_motifs: dict[int, list[np.ndarray]] = field(default_factory=dict)
    left_out: int = 0
    unused: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    split: str = ""

    @property
    def trained(self) -> set[int]:
        """Indices of the proteins that are learned from."""
        return {*self.train.get("protein", ()), *self.motifs}

    @property
    def targets(self) -> list[str]:
        """`label`, `affinity` or both: what the pairs teach."""
        return [name for name in TARGETS if name in self.train]

    def counts(self) -> dict[str, int]:
        """How much there is to learn from, by name."""
        counts = {
            "proteins": len(self.proteins),
            "dna": len(self.dna),
            "train_pairs": len(self.train),
            "validation_pairs": len(self.validation),
            "pairs_left_out": self.left_out,
            "proteins_with_motifs": len(self.motifs),
            "proteins_with_motifs_held_out": len(self.held_motifs),
        }
        for name, pairs in (("train", self.train), ("validation", self.validation)):
            counts |= {f"{name}_{target}": n for target, n in count_targets(pairs).items()}
            if "label" in pairs:
                counts[f"{name}_positives"] = int(pairs["label"].sum())
        return counts | {f"{name}_of_other_splits": n for name, n in self.unused.items()}


def read_data(
    inputs: Inputs,
    features: Features,
    *,
    split: Split = "auto",
    own_motifs: bool = False,
    allow_overlap: bool = False,
    seed: int = 0,
    threads: int = 0,
) -> TrainingData:
    """Read and check the inputs of a training.

    Where the pairs have a column `split`, its rows are used as `follow_column` says; motifs of
    proteins that stand in the rows left out, and nowhere else, are left out too. Neither needs
    sequences.

    Args:
        features: what the model reads of a protein.
        own_motifs: proteins with a known domain learn motifs of their own where there are any, and
            nothing else learns. Proteins that are held out could not tell how well, so that `auto`
            is by pairs then.
        threads: of the domain search; 0 for all.

    Raises:
        InputError: nothing to learn from, one class alone, an id without a sequence, a protein
            without a known domain, pairs of the validation in the training, a broken file.
    """
    _check_inputs(inputs)
    splits = follow_column(*read_tables(inputs))
    tables = [table for table in (splits.train, splits.validation) if table is not None]
    every_protein = list(as_records(inputs.proteins, "protein"))
    in_pairs = _ids(tables, "protein_id")
    excluded = _ids([splits.unused], "protein_id") - in_pairs
    measured, dropped = _read_motifs(
        inputs.motifs, excluded, [record.id for record in every_protein]
    )
    training_proteins = _proteins(
        every_protein, in_pairs | measured.keys(), tables, features, threads
    )
    split = _split_by(split, training_proteins) if own_motifs else split
    sequences = {} if inputs.dna is None else _dna(inputs.dna, tables)
    records = DNARecords.from_sequences(list(sequences.values()))
    named = {protein.record.id: protein.record.sequence for protein in training_proteins}
    scorable = [_indexed(table, named, sequences, records) for table in tables]
    train, held_out = scorable if len(scorable) > 1 else split_pairs(scorable[0], split, seed)
    if splits.validation is not None and not allow_overlap:
        _refuse_overlap(train, held_out)
    if inputs.pairs is not None:
        _check_classes(train)
    kept, held_motifs = _split_motifs(measured, named, train, held_out, split, seed)
    pairs_and_motifs = (_without_blanks(train), _without_blanks(held_out), kept, held_motifs)
    left_out = sum(map(len, tables)) - sum(map(len, scorable))
    unused, note = _describe_unused(splits, dropped)
    held = _how_held_out(inputs, splits, train, held_out, seed)
    return TrainingData(
        training_proteins, sequences, records, *pairs_and_motifs, left_out, unused, note, held
    )


def _split_by(split: Split, proteins: Sequence[Protein]) -> Split:
    """How pairs are held out where proteins with a known domain learn motifs of their own."""
    return "pair" if split == "auto" and any(each.domains for each in proteins) else split


def _check_inputs(inputs: Inputs) -> None:
    """Refuse inputs that teach nothing, and pairs without their DNA."""
    if inputs.pairs is None and inputs.motifs is None:
        raise InputError("nothing to learn from: give --pairs with --dna, or --motifs")
    for option, table in (("--pairs", inputs.pairs), ("--validation", inputs.validation)):
        if table is not None and inputs.dna is None:
            raise InputError(f"{option} needs the sequences of its DNA: give --dna")


def _ids(tables: Iterable[pd.DataFrame], column: str) -> set[str]:
    """All ids of a column of some tables."""
    return {name for table in tables for name in table[column].unique()}


def _read_motifs(
    source: PathLike | None, excluded: set[str], ids: Sequence[str]
) -> tuple[dict[str, list[np.ndarray]], set[str]]:
    """Motifs by protein, and the proteins whose motifs are left out because their pairs are.

    Args:
        excluded: proteins whose pairs are left out.
        ids: of all proteins of the protein file.
    """
    if source is None:
        return {}, set()
    motifs: list[Motif] = list(read_meme(source))
    dropped = {motif_protein(motif.name) for motif in motifs} & excluded
    rest = [motif for motif in motifs if motif_protein(motif.name) not in dropped]
    by_protein: dict[str, list[np.ndarray]] = {}
    for motif in with_protein(rest, dict.fromkeys(ids), source):
        by_protein.setdefault(motif_protein(motif.name), []).append(motif.matrix)
    return by_protein, dropped


def _proteins(
    every_protein: Sequence[SequenceRecord],
    wanted: set[str],
    tables: Sequence[pd.DataFrame],
    features: Features,
    threads: int,
) -> list[Protein]:
    """Proteins that pairs or motifs name, with what the encoder reads of them."""
    records, others = select_records(every_protein, wanted)
    _require_ids(tables, "protein_id", [record.id for record in records], others)
    for record in records:
        if (error := check_length(record)) is not None:
            raise error
    if not records:
        ids = [record.id for record in every_protein]
        raise InputError(
            f"the pairs name {listed(sorted(wanted), 3)}, and the protein file has "
            f"{listed(ids, 3)}: give the proteins of the pairs"
        )
    sequences = [(record.id, record.sequence) for record in records]
    proteins = [
        Protein(record, domains, features(record, domains))
        for record, domains in zip(records, find_domains(sequences, threads=threads), strict=True)
    ]
    without = [protein.record.id for protein in proteins if not len(protein.input.residues)]
    if without:
        raise InputError(
            f"no known DNA-binding domain in {listed(without, SHOWN)}: take their rows out, or "
            "train on whole sequences with --protein-region full (weights of a training from "
            "scratch)",
            records[0].path or None,
        )
    return proteins


def _dna(source: Sequences, tables: Sequence[pd.DataFrame]) -> dict[str, str]:
    """The DNA that the pairs name, id -> sequence."""
    records, others = select_records(as_records(source, "dna"), _ids(tables, "dna_id"))
    sequences = {record.id: record.sequence for record in records}
    _require_ids(tables, "dna_id", [*sequences], others)
    return sequences


def _require_ids(
    tables: Sequence[pd.DataFrame], column: str, present: Collection[str], others: Sequence[str]
) -> None:
    """Raise InputError unless all ids of the tables are there; `others` are in the file, too."""
    for table in tables:
        for _, row in table[~table[column].isin(present)].iterrows():
            ids = RecordIds(column, [*present, *others])
            raise ids.error(row[column], row["path"], int(row["line"]))


def _indexed(
    pairs: pd.DataFrame, proteins: dict[str, str], dna: dict[str, str], records: DNARecords
) -> pd.DataFrame:
    """Pairs whose DNA can be scored, with the indices of their protein and DNA."""
    of_protein, of_dna = (
        {name: number for number, name in enumerate(names)} for names in (proteins, dna)
    )
    pairs = number_sequences(pairs, proteins, dna).assign(
        protein=pairs["protein_id"].map(of_protein).astype(np.int64),
        dna=pairs["dna_id"].map(of_dna).astype(np.int64),
    )
    scorable = records.scorable[pairs["dna"].to_numpy()]
    return pairs if scorable.all() else pairs[scorable].reset_index(drop=True)


def _refuse_overlap(train: pd.DataFrame, validation: pd.DataFrame) -> None:
    """Raise InputError where a pair of the validation is trained on, under whatever ids."""
    trained, held = pair_numbers(train, validation)
    twice = validation[np.isin(held, trained)]
    if not len(twice):
        return
    first_row = dict(zip(trained[::-1].tolist(), range(len(trained) - 1, -1, -1), strict=True))
    names = []
    for number, pair in zip(held[np.isin(held, trained)].tolist(), _names(twice), strict=True):
        other = _names(train.iloc[[first_row[number]]])[0]
        names.append(pair if pair == other else f"{pair} (has the sequences of {other})")
    are, them = one_or_many(len(names), "is", "are"), one_or_many(len(names), "it", "them")
    raise InputError(
        f"{counted(len(names), 'pair')} of the validation {are} in the training too: "
        f"{listed(names, 100)}. Take {them} out of one of the two, or pass --allow-overlap",
        twice["path"].iloc[0],
        int(twice["line"].iloc[0]),
    )


def _names(pairs: pd.DataFrame) -> list[str]:
    """The ids of each pair, for a message."""
    return [
        f"{one} {other}" for one, other in zip(pairs["protein_id"], pairs["dna_id"], strict=True)
    ]


def _check_classes(train: pd.DataFrame) -> None:
    """Raise InputError where no pair is left, or all labels are the same."""
    if not len(train):
        raise InputError("no pair is left to train on")
    if "label" not in train or train["label"].isna().all():
        return
    labels = train["label"].dropna()
    positive = int(labels.sum())
    for count, name in ((positive, "positive"), (len(labels) - positive, "negative")):
        if not count:
            raise InputError(
                f"no {name} labels among the {len(labels)} labelled training pairs: a training "
                "needs both 0 and 1 (or the column affinity)",
                train["path"].iloc[0],
            )


def _without_blanks(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs without a target that none of them has."""
    return pairs.drop(
        columns=[name for name in TARGETS if name in pairs and pairs[name].isna().all()]
    )


def _split_motifs(
    measured: dict[str, list[np.ndarray]],
    proteins: dict[str, str],
    train: pd.DataFrame,
    held_out: pd.DataFrame,
    split: str,
    seed: int,
) -> tuple[dict[int, list[np.ndarray]], dict[int, list[np.ndarray]]]:
    """Motifs to train on, and those of proteins that are held out, by index of the protein.

    Held out are the proteins that are held out from the pairs, or without pairs a tenth of them,
    unless `split` asks for pairs; and those that have the sequence of one of these.

    Args:
        measured: id -> motifs.
        proteins: id -> sequence, in the order of the indices.
    """
    motifs = {row: measured[name] for row, name in enumerate(proteins) if name in measured}
    same = equal_as_one(sequence.upper() for sequence in proteins.values())
    held: set[int] = set()
    if len(train):
        held = {*same[held_out["protein"]].tolist()} - {*same[train["protein"]].tolist()}
    elif split != "pair":
        distinct = list(dict.fromkeys(same[[*motifs]].tolist()))
        if len(distinct) >= ENOUGH_PROTEINS:
            count = max(1, round(HELD_OUT * len(distinct)))
            order = np.random.default_rng(seed).permutation(len(distinct))
            held = {distinct[index] for index in order[:count]}
    apart = {row: matrices for row, matrices in motifs.items() if int(same[row]) in held}
    return {row: motifs[row] for row in motifs if row not in apart}, apart


def _how_held_out(
    inputs: Inputs, splits: PairSplits, train: pd.DataFrame, held: pd.DataFrame, seed: int
) -> str:
    """How the validation was held out."""
    if inputs.validation is not None:
        return "validation table"
    if splits.validation is not None:
        return "column split"
    if not len(held):
        return "no pairs held out"
    whole = not {*held["protein"]} & {*train["protein"]}
    return f"drawn {'proteins' if whole else 'pairs'}, seed {seed}"


def _describe_unused(splits: PairSplits, dropped: set[str]) -> tuple[dict[str, int], str]:
    """What the column `split` keeps from the training: counts, and a line about it."""
    if not splits.note:
        return {}, ""
    motifs = f", and so are the motifs of {counted(len(dropped), 'protein')}" if dropped else ""
    return {"pairs": len(splits.unused), "proteins": len(dropped)}, splits.note + motifs
