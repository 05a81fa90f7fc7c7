"""The one training format: a folder of proteins, DNA, pairs and motifs, with a datasheet."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.meme import Motif, motif_protein, read_meme, write_meme
from dna_protein_bca.io.motif_owners import with_protein
from dna_protein_bca.io.outputs import new_folder
from dna_protein_bca.io.pairs import IDS, SPLITS, TARGETS, read_pairs, refuse_conflicts
from dna_protein_bca.io.record_ids import RecordIds
from dna_protein_bca.io.tables import TableWriter

from .datasheet import SHEET, Sheet, describe_file

if TYPE_CHECKING:
    import pandas as pd

PROTEINS = "proteins.fa"
DNA = "dna.fa.gz"
WHOLE = "all"
"""Name of the pairs and motifs of a set that is not split."""

OPTIONAL = ("weight", "group", "assay", "split")
COLUMNS = (*IDS, *TARGETS, *OPTIONAL)
"""Columns of a pairs table; at least one of `label` and `affinity`, the last four as needed."""

ENDINGS = ("tsv", "parquet")
"""Of tables of pairs."""

_STEMS = {WHOLE: ("pairs", "motifs")} | {name: (name, name) for name in SPLITS}


@dataclass(frozen=True)
class TrainingSet:
    """Pairs, motifs or both, with their sequences.

    Attributes:
        proteins: id -> residues.
        dna: id -> bases; of the pairs.
        pairs: columns of `COLUMNS`; None without pairs. The set is split where it has `split`.
        motifs: named `ID` or anything`@ID`.
        motif_splits: protein id -> split of its motifs; empty where the motifs are not split.
    """

    proteins: Mapping[str, str]
    dna: Mapping[str, str] = field(default_factory=dict)
    pairs: pd.DataFrame | None = None
    motifs: Sequence[Motif] = ()
    motif_splits: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for motif in self.motifs:
            if motif_protein(motif.name) not in self.proteins:
                raise InputError(f"motif {motif.name} names a protein that has no sequence here")

    @property
    def has_split_pairs(self) -> bool:
        """Whether there are pairs, and they are split."""
        return self.pairs is not None and "split" in self.pairs

    def counts(self) -> dict[str, object]:
        """How many there are of everything, by split where the set is split."""
        counts: dict[str, object] = {"proteins": len(self.proteins)}
        if self.pairs is not None:
            counts |= {"dna": len(self.dna), "pairs": len(self.pairs)}
            if "label" in self.pairs:
                counts["positive"] = int(self.pairs["label"].sum())
            if "split" in self.pairs:
                pairs = self.pairs["split"].value_counts()
                counts["pairs_by_side"] = {name: int(pairs.get(name, 0)) for name in SPLITS}
        if self.motifs:
            counts["motifs"] = len(self.motifs)
            if self.motif_splits:
                splits = [self.motif_splits[motif_protein(motif.name)] for motif in self.motifs]
                counts["motifs_by_side"] = {name: splits.count(name) for name in SPLITS}
        return counts


def write_set(
    folder: PathLike,
    data: TrainingSet,
    sheet: Sheet,
    *,
    parquet: bool = False,
    one_table: bool = False,
    extra: Mapping[str, object] | None = None,
) -> None:
    """Write a set and its datasheet into a new folder, whole or not at all.

    The same set gives the same bytes.

    Args:
        sheet: from `make_sheet`; the set's own counts and the checksums of its files are added.
        parquet: write pairs as Parquet, which is read as a stream and far faster.
        one_table: write the pairs of all splits into one table with a column `split`.
        extra: file name -> values of further JSON files.

    Raises:
        InputError: the folder holds something, or cannot be written.
    """
    ending = "parquet" if parquet else "tsv"
    with new_folder(folder) as work:
        _write_fasta(work / PROTEINS, data.proteins)
        if data.pairs is not None:
            _write_fasta(work / DNA, data.dna)
            for stem, pairs in _pairs_by_split(data.pairs, one_table):
                columns = [name for name in COLUMNS if name in pairs]
                with TableWriter(work / f"{stem}.{ending}", columns) as writer:
                    writer.write(pairs)
        for stem, motifs in _motifs_by_split(data):
            write_meme(work / f"{stem}.meme", motifs)
        for name, values in (extra or {}).items():
            _write_json(work / name, values)
        files = [describe_file(path) for path in sorted(work.iterdir())]
        counts = {**data.counts(), **sheet["counts"]}
        _write_json(work / SHEET, {**sheet, "counts": counts, "files": files})


def read_set(folder: PathLike) -> TrainingSet:
    """Read a set; see `write_set`.

    Raises:
        InputError: no such folder, neither pairs nor motifs in it, or a broken file.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError("no such folder: give the folder of a set that `data` built", folder)
    tables: list[PathLike] = []
    motifs: list[Motif] = []
    motif_splits: dict[str, str] = {}
    for name, (pairs, meme) in _STEMS.items():
        for path in (root / f"{pairs}.{ending}" for ending in ENDINGS):
            tables += [str(path)] if path.is_file() else []
        if (path := root / f"{meme}.meme").is_file():
            of_split = list(read_meme(path))
            motifs += of_split
            if name != WHOLE:
                motif_splits |= {motif_protein(motif.name): name for motif in of_split}
    dna = root / DNA if tables else None
    return read_files(root / PROTEINS, dna, tables, motifs=motifs, motif_splits=motif_splits)


def one_table(folder: PathLike) -> bool:
    """Whether the pairs of a set are in one table, split or not."""
    return any(Path(folder, f"{_STEMS[WHOLE][0]}.{ending}").is_file() for ending in ENDINGS)


def read_files(
    proteins: PathLike,
    dna: PathLike | None = None,
    pairs: Sequence[PathLike] = (),
    *,
    motifs: Sequence[Motif] = (),
    motif_splits: Mapping[str, str] | None = None,
    meme: PathLike | None = None,
    bare: bool = False,
) -> TrainingSet:
    """A set from the user's own files: FASTA, tables of pairs, motifs.

    Args:
        motifs: that were read already, and `motif_splits` as in `TrainingSet`.
        meme: a file of motifs, of which those without a protein are left out with a warning.
        bare: pairs may have neither label nor affinity.

    Raises:
        InputError: neither pairs nor motifs, pairs without DNA, an id without a sequence, or a
            broken file.
    """
    if not pairs and not motifs and meme is None:
        raise InputError("neither pairs nor motifs: give at least one of them")
    if pairs and dna is None:
        raise InputError("pairs need the sequences of their DNA")
    protein_records = {record.id: record.sequence for record in read_fasta(proteins, "protein")}
    if meme is not None:
        motifs = [*motifs, *with_protein(list(read_meme(meme)), protein_records, meme)]
    if not pairs:
        return TrainingSet(protein_records, motifs=motifs, motif_splits=motif_splits or {})
    dna_records = {record.id: record.sequence for record in read_fasta(dna or "", "dna")}
    table = _read_tables(pairs, bare)
    for column, records in (("protein_id", protein_records), ("dna_id", dna_records)):
        without_record = table[~table[column].isin(list(records))]
        if len(without_record):
            row = without_record.iloc[0]
            raise RecordIds(column, records).error(row[column], row["path"], int(row["line"]))
    table = table.drop(columns=["path", "line"])
    return TrainingSet(protein_records, dna_records, table, motifs, motif_splits or {})


def _read_tables(paths: Sequence[PathLike], bare: bool) -> pd.DataFrame:
    import pandas as pd

    tables = [
        read_pairs(path, one_of=TARGETS, optional=OPTIONAL, bare=bare, compact=True)
        for path in paths
    ]
    if len(tables) == 1:
        return tables[0]
    table = pd.concat(with_same_categories(tables), ignore_index=True)
    if "label" in table:
        refuse_conflicts(table)
    return table


def with_same_categories(tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Tables whose categories are the same, so that they stay categories when concatenated."""
    from pandas.api.types import union_categoricals

    for name in (*IDS, *OPTIONAL, "path"):
        columns = [table[name] for table in tables if name in table]
        if len(columns) == len(tables) and all(column.dtype == "category" for column in columns):
            union = union_categoricals(columns).categories
            tables = [
                table.assign(**{name: table[name].cat.set_categories(union)}) for table in tables
            ]
    return tables


def _pairs_by_split(pairs: pd.DataFrame, one_table: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    if one_table or "split" not in pairs:
        yield _STEMS[WHOLE][0], pairs
        return
    for name in SPLITS:
        part = pairs[pairs["split"] == name]
        if len(part):
            yield name, part


def _motifs_by_split(data: TrainingSet) -> Iterator[tuple[str, list[Motif]]]:
    if not data.motifs:
        return
    if not data.motif_splits:
        yield _STEMS[WHOLE][1], list(data.motifs)
        return
    split_of = data.motif_splits
    for name in SPLITS:
        motifs = [motif for motif in data.motifs if split_of[motif_protein(motif.name)] == name]
        if motifs:
            yield name, motifs


def _write_fasta(path: Path, records: Mapping[str, str]) -> None:
    with open(path, "wb") as raw:
        # No time stamp, so that the same records give the same bytes.
        zipped = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else None
        file = cast(BinaryIO, zipped or raw)
        for name, sequence in records.items():
            file.write(f">{name}\n{sequence}\n".encode())
        if zipped is not None:
            zipped.close()


def _write_json(path: Path, values: object) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
