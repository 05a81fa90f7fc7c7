"""What a training learns from: proteins, DNA, labelled pairs and motifs, checked and split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import check_length
from dna_protein_bca.io.fasta import SequenceRecord, as_records
from dna_protein_bca.io.meme import Motif, motif_protein, read_meme
from dna_protein_bca.io.motif_owners import with_protein
from dna_protein_bca.io.pairs import TARGETS, read_pairs
from dna_protein_bca.io.record_ids import RecordIds, select_records
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.features import ProteinInput

from .splits import ENOUGH_PROTEINS, HELD_OUT, Split, split_pairs, take_sides

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
    """Everything a run learns from.

    Attributes:
        proteins: those with pairs or motifs, in the order of the file.
        dna: id -> sequence of the DNA with pairs.
        records: the tokens of the DNA, in the same order.
        train, validation: pairs with `protein_id`, `dna_id`, `protein` and `dna` (rows), and
            `label`, `affinity`, `weight` as far as they are there. Where both of the first two
            are, either may be NaN in some rows.
        motifs: protein row -> measured motifs, float32 [width, 4] each, to train on.
        held_motifs: the same of proteins held out for validation.
        left_out: pairs whose DNA cannot be scored (all N, or shorter than 5 bp).
        unused: how many `pairs` the column `split` keeps from this training, and how many
            `proteins` with motifs stand in such pairs alone; no motif of theirs is learned.
        note: a line about that; empty where there is no such column.
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

    @property
    def targets(self) -> list[str]:
        """`label`, `affinity` or both: what the pairs teach."""
        return [name for name in TARGETS if name in self.train]


def read_data(
    proteins: Any,
    features: Features,
    *,
    dna: Any = None,
    pairs: Any = None,
    motifs: Any = None,
    validation: Any = None,
    split: Split = "auto",
    allow_overlap: bool = False,
    seed: int = 0,
    threads: int = 0,
) -> TrainingData:
    """Read and check the inputs of a training; see `fit` for what they are.

    Where the pairs have a column `split`, its rows are taken as `take_sides` says; motifs of
    proteins that stand in the rows left out, and nowhere else, are left out too. Neither needs
    sequences.

    Raises:
        InputError: nothing to learn from, one class alone, an id without a sequence, a protein
            without a known domain, pairs of the validation in the training, a broken file.
    """
    if pairs is None and motifs is None:
        raise InputError("nothing to learn from: give --pairs with --dna, or --motifs")
    for option, table in (("--pairs", pairs), ("--validation", validation)):
        if table is not None and dna is None:
            raise InputError(f"{option} needs the sequences of its DNA: give --dna")
    import pandas as pd

    empty = pd.DataFrame({"protein_id": [], "dna_id": []}, dtype=str)
    table, given, others, note = take_sides(
        empty if pairs is None else _read_pairs(pairs),
        None if validation is None else _read_pairs(validation),
    )
    every = list(as_records(proteins, "protein"))
    parts = [table] if given is None else [table, given]
    present = {name for part in parts for name in part["protein_id"].unique()}
    excluded = {*others["protein_id"].unique()} - present
    measured, unseen = _measured(motifs, excluded, [record.id for record in every])
    if unseen:
        note += f", and so are the motifs of {len(unseen)} proteins"
    found = _proteins(every, present | measured.keys(), parts, features, threads)
    rows = {one.record.id: row for row, one in enumerate(found)}
    wanted = {name for part in parts for name in part["dna_id"].unique()}
    sequences = _dna(dna, wanted, parts) if dna is not None else {}
    records = DNARecords.from_sequences(list(sequences.values()))
    kept = _numbered(table, rows, sequences, records)
    left_out = len(table) - len(kept)
    if given is not None:
        train, held = kept, _numbered(given, rows, sequences, records)
        left_out += len(given) - len(held)
        if not allow_overlap:
            _refuse_overlap(train, held)
    else:
        train, held = split_pairs(kept, split, seed)
    if pairs is not None:
        _check_classes(train)
    train, held = _without_blanks(train), _without_blanks(held)
    motif_rows = {rows[name]: list(ones) for name, ones in measured.items() if name in rows}
    held_out = _held_motifs(motif_rows, train, held, seed)
    return TrainingData(
        found,
        sequences,
        records,
        train,
        held,
        {row: ones for row, ones in motif_rows.items() if row not in held_out},
        {row: motif_rows[row] for row in held_out},
        left_out,
        {"pairs": len(others), "proteins": len(unseen)} if note else {},
        note,
    )


def _numbered(
    pairs: pd.DataFrame, rows: dict[str, int], dna: dict[str, str], records: DNARecords
) -> pd.DataFrame:
    """Pairs whose DNA can be scored, with the rows of their protein and DNA."""
    places = {name: row for row, name in enumerate(dna)}
    pairs = pairs.assign(
        protein=pairs["protein_id"].map(rows).astype(np.int64),
        dna=pairs["dna_id"].map(places).astype(np.int64),
    )
    scorable = records.scorable[pairs["dna"].to_numpy()]
    return pairs if scorable.all() else pairs[scorable].reset_index(drop=True)


def _read_pairs(source: Any) -> pd.DataFrame:
    optional = ("weight", "assay", "split")
    return read_pairs(source, one_of=TARGETS, optional=optional, compact=True)


def _measured(
    source: Any, excluded: set[str], ids: Sequence[str]
) -> tuple[dict[str, list[np.ndarray]], set[str]]:
    """Motifs by protein, and the proteins whose motifs are left out because their pairs are."""
    if source is None:
        return {}, set()
    motifs: list[Motif] = list(read_meme(source))
    unseen = {motif_protein(motif.name) for motif in motifs} & excluded
    rest = [motif for motif in motifs if motif_protein(motif.name) not in unseen]
    found: dict[str, list[np.ndarray]] = {}
    for motif in with_protein(rest, dict.fromkeys(ids), source):
        found.setdefault(motif_protein(motif.name), []).append(motif.matrix)
    return found, unseen


def _proteins(
    every: Sequence[SequenceRecord],
    wanted: set[str],
    parts: Sequence[pd.DataFrame],
    features: Features,
    threads: int,
) -> list[Protein]:
    """Proteins that are named somewhere, with what the encoder reads of them."""
    records, others = select_records(every, wanted)
    _need(parts, "protein_id", [record.id for record in records], others)
    for record in records:
        if (error := check_length(record)) is not None:
            raise error
    if not records:
        raise InputError(
            f"the pairs name {listed(sorted(wanted), 3)}, and the protein file has "
            f"{listed([record.id for record in every], 3)}: give the proteins of the pairs"
        )
    pairs = [(record.id, record.sequence) for record in records]
    found = [
        Protein(record, domains, features(record, domains))
        for record, domains in zip(records, find_domains(pairs, threads=threads), strict=True)
    ]
    without = [one.record.id for one in found if not len(one.input.residues)]
    if without:
        raise InputError(
            f"no known DNA-binding domain in {listed(without, SHOWN)}: take their rows out, or "
            "train on whole sequences with --protein-region full (weights of a training from "
            "scratch)",
            records[0].path or None,
        )
    return found


def _dna(source: Any, wanted: set[str], parts: Sequence[pd.DataFrame]) -> dict[str, str]:
    records, others = select_records(as_records(source, "dna"), wanted)
    found = {record.id: record.sequence for record in records}
    _need(parts, "dna_id", [*found], others)
    return found


def _need(
    tables: Sequence[pd.DataFrame], column: str, present: Sequence[str], others: Sequence[str]
) -> None:
    """Raise InputError unless all ids of the tables are there; `others` are in the file, too."""
    for table in tables:
        for _, row in table[~table[column].isin(present)].iterrows():
            known = RecordIds(column, [*present, *others])
            raise known.error(row[column], row["path"], int(row["line"]))


def _refuse_overlap(train: pd.DataFrame, validation: pd.DataFrame) -> None:
    code, held = (part["protein"].to_numpy() << 32 | part["dna"] for part in (train, validation))
    twice = validation[np.isin(held, code)]
    if len(twice):
        names = zip(twice["protein_id"], twice["dna_id"], strict=True)
        again = [f"{protein} {dna}" for protein, dna in names]
        raise InputError(
            f"{len(again)} pairs of the validation are in the training too: {listed(again, 100)}. "
            "Take them out of one of the two, or pass --allow-overlap",
            twice["path"].iloc[0],
            int(twice["line"].iloc[0]),
        )


def _check_classes(train: pd.DataFrame) -> None:
    if not len(train):
        raise InputError("no pair is left to train on")
    if "label" not in train or train["label"].isna().all():
        return
    known = train["label"].dropna()
    positive = int(known.sum())
    for count, name in ((positive, "positive"), (len(known) - positive, "negative")):
        if not count:
            raise InputError(
                f"no {name} labels among the {len(known)} labelled training pairs: a training "
                "needs both 0 and 1 (or the column affinity)",
                train["path"].iloc[0],
            )


def _without_blanks(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs without a target that none of them has."""
    return pairs.drop(
        columns=[name for name in TARGETS if name in pairs and pairs[name].isna().all()]
    )


def _held_motifs(
    motifs: dict[int, list[np.ndarray]], train: pd.DataFrame, held: pd.DataFrame, seed: int
) -> list[int]:
    """Proteins whose motifs are not trained on: those held out from the pairs, or without pairs a
    tenth of them."""
    if len(train):
        alone = {*held["protein"]} - {*train["protein"]}
        return [row for row in motifs if row in alone]
    rows = list(motifs)
    if len(rows) < ENOUGH_PROTEINS:
        return []
    count = max(1, round(HELD_OUT * len(rows)))
    order = np.random.default_rng(seed).permutation(len(rows))
    return sorted(rows[place] for place in order[:count])
