"""The one training format: a folder of proteins, DNA, pairs and motifs with its datasheet."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.meme import Motif, motif_protein, read_meme, write_meme
from dna_protein_bca.io.motif_owners import with_protein
from dna_protein_bca.io.pairs import IDS, SPLITS, TARGETS, read_pairs, refuse_conflicts
from dna_protein_bca.io.record_ids import RecordIds
from dna_protein_bca.io.tables import TableWriter

from .datasheet import SHEET, describe_file

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

_STEMS = {WHOLE: ("pairs", "motifs")} | {side: (side, side) for side in SPLITS}


@dataclass(frozen=True)
class TrainingSet:
    """Pairs, motifs or both, with their sequences.

    Attributes:
        proteins: id -> residues.
        dna: id -> bases; of the pairs.
        pairs: columns of `COLUMNS`; None without pairs. Where it has `split`, so has the set.
        motifs: named `ID` or anything`@ID`.
        sides: protein id -> side of its motifs; empty where the motifs are not split.
    """

    proteins: Mapping[str, str]
    dna: Mapping[str, str] = field(default_factory=dict)
    pairs: pd.DataFrame | None = None
    motifs: Sequence[Motif] = ()
    sides: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for motif in self.motifs:
            if motif_protein(motif.name) not in self.proteins:
                raise InputError(f"motif {motif.name} names a protein that has no sequence here")

    def counts(self) -> dict[str, Any]:
        """How many there are of everything, by side where there are sides."""
        counts: dict[str, Any] = {"proteins": len(self.proteins)}
        if self.pairs is not None:
            counts |= {"dna": len(self.dna), "pairs": len(self.pairs)}
            if "label" in self.pairs:
                counts["positive"] = int(self.pairs["label"].sum())
            if "split" in self.pairs:
                found = self.pairs["split"].value_counts()
                counts["pairs_by_side"] = {s: int(found.get(s, 0)) for s in SPLITS}
        if self.motifs:
            counts["motifs"] = len(self.motifs)
            if self.sides:
                names = [self.sides[motif_protein(motif.name)] for motif in self.motifs]
                counts["motifs_by_side"] = {side: names.count(side) for side in SPLITS}
        return counts


@contextmanager
def new_folder(path: PathLike) -> Iterator[Path]:
    """A temporary sibling folder: renamed to `path` on success, removed on any failure.

    Raises:
        InputError: `path` is a file, or a folder that holds something; no permission.
    """
    target = Path(os.fspath(path))
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        kind = "holds files already" if target.is_dir() else "is a file"
        raise InputError(f"{kind}: give the name of a new folder", target)
    work = target.with_name(f".{token_hex(6)}.{target.name}")
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", target) from None
    try:
        yield work
        if target.is_dir():
            target.rmdir()
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def write_set(
    folder: PathLike,
    data: TrainingSet,
    sheet: Mapping[str, Any],
    *,
    parquet: bool = False,
    one_table: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write a set and its datasheet into a new folder, whole or not at all.

    The same set gives the same bytes.

    Args:
        sheet: from `make_sheet`; the set's own counts and the checksums of its files are added.
        parquet: write pairs as Parquet, which is read as a stream and far faster.
        one_table: write the pairs of all sides into one table, which names the side of each in
            its column `split`.
        extra: file name -> values of further JSON files.

    Raises:
        InputError: the folder holds something, or cannot be written.
    """
    ending = "parquet" if parquet else "tsv"
    with new_folder(folder) as work:
        _write_fasta(work / PROTEINS, data.proteins)
        if data.pairs is not None:
            _write_fasta(work / DNA, data.dna)
            for stem, rows in _pairs_by_side(data.pairs, one_table):
                columns = [name for name in COLUMNS if name in rows]
                with TableWriter(work / f"{stem}.{ending}", columns) as writer:
                    writer.write(rows)
        for stem, motifs in _motifs_by_side(data):
            write_meme(work / f"{stem}.meme", motifs)
        for name, values in (extra or {}).items():
            _write_json(work / name, values)
        files = [describe_file(path) for path in sorted(work.iterdir())]
        own = {**data.counts(), **sheet.get("counts", {})}
        _write_json(work / SHEET, {**sheet, "counts": own, "files": files})


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
    sides: dict[str, str] = {}
    for name, (pairs, meme) in _STEMS.items():
        for path in (root / f"{pairs}.{ending}" for ending in ENDINGS):
            tables += [str(path)] if path.is_file() else []
        if (path := root / f"{meme}.meme").is_file():
            found = list(read_meme(path))
            motifs += found
            if name != WHOLE:
                sides |= {motif_protein(motif.name): name for motif in found}
    return read_files(
        root / PROTEINS, root / DNA if tables else None, tables, motifs=motifs, sides=sides
    )


def one_table(folder: PathLike) -> bool:
    """Whether the pairs of a set are in one table, split or not."""
    return any(Path(folder, f"{_STEMS[WHOLE][0]}.{ending}").is_file() for ending in ENDINGS)


def read_files(
    proteins: PathLike,
    dna: PathLike | None = None,
    pairs: Sequence[PathLike] = (),
    *,
    motifs: Sequence[Motif] = (),
    sides: Mapping[str, str] | None = None,
    meme: PathLike | None = None,
    bare: bool = False,
) -> TrainingSet:
    """A set from files of one's own: FASTA, tables of pairs, motifs.

    Args:
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
        return TrainingSet(protein_records, motifs=motifs, sides=sides or {})
    dna_records = {record.id: record.sequence for record in read_fasta(dna or "", "dna")}
    table = _read_tables(pairs, bare)
    for column, known in (("protein_id", protein_records), ("dna_id", dna_records)):
        lost = table[~table[column].isin(list(known))]
        if len(lost):
            row = lost.iloc[0]
            raise RecordIds(column, known).error(row[column], row["path"], int(row["line"]))
    table = table.drop(columns=["path", "line"])
    return TrainingSet(protein_records, dna_records, table, motifs, sides or {})


def _read_tables(paths: Sequence[PathLike], bare: bool) -> pd.DataFrame:
    import pandas as pd

    tables = [
        read_pairs(path, one_of=TARGETS, optional=OPTIONAL, bare=bare, compact=True)
        for path in paths
    ]
    if len(tables) == 1:
        return tables[0]
    table = pd.concat(_alike(tables), ignore_index=True)
    if "label" in table:
        refuse_conflicts(table)
    return table


def _alike(tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The tables with the same categories, which then stay categories together."""
    from pandas.api.types import union_categoricals

    for name in (*IDS, *OPTIONAL, "path"):
        columns = [table[name] for table in tables if name in table]
        if len(columns) == len(tables) and all(one.dtype == "category" for one in columns):
            every = union_categoricals(columns).categories
            tables = [
                table.assign(**{name: table[name].cat.set_categories(every)}) for table in tables
            ]
    return tables


def _pairs_by_side(pairs: pd.DataFrame, one_table: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    if one_table or "split" not in pairs:
        yield _STEMS[WHOLE][0], pairs
        return
    for side in SPLITS:
        rows = pairs[pairs["split"] == side]
        if len(rows):
            yield side, rows


def _motifs_by_side(data: TrainingSet) -> Iterator[tuple[str, list[Motif]]]:
    if not data.motifs:
        return
    if not data.sides:
        yield _STEMS[WHOLE][1], list(data.motifs)
        return
    for side in SPLITS:
        motifs = [one for one in data.motifs if data.sides[motif_protein(one.name)] == side]
        if motifs:
            yield side, motifs


def _write_fasta(path: Path, records: Mapping[str, str]) -> None:
    with open(path, "wb") as raw:
        # No time stamp, so that the same records give the same bytes.
        file: Any = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else raw
        for name, sequence in records.items():
            file.write(f">{name}\n{sequence}\n".encode())
        if file is not raw:
            file.close()


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
