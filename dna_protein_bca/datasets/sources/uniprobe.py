"""UniPROBE: 8-mer tables of universal protein-binding microarrays.

The tables differ by study: with or without a header, the E-score in the third column or the fourth
(after the median intensity), seven columns or nine, gapped 8-mers beside contiguous ones, and in
some no E-score at all. Its column is recognized by its name, or else by its range: an E-score is a
rank statistic between -0.5 and 0.5, and negative for most 8-mers; intensities and Z-scores are
larger, and probabilities are never negative.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dna_protein_bca.datasets.training_set import TrainingSet
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import parse_float
from dna_protein_bca.io.files import PathLike, check_readable, open_text
from dna_protein_bca.motifs.kmers import canonical_sequence

if TYPE_CHECKING:
    import pandas as pd

URL = "https://thebrain.bwh.harvard.edu/uniprobe/downloads/{study}/{study}_contig8mers.zip"
"""Where the 8-mer tables of a study are, such as `BAR15A`."""

LOWEST, HIGHEST = -0.5, 0.5
"""The range of an E-score, by its definition (Berger et al. 2006)."""

MOST = 0.99
"""Share of a column's values within that range from which on the others count as errors."""

ZIP = b"PK\x03\x04"
"""What a zip archive begins with."""

LARGEST = 1 << 30
"""Bytes of a table in an archive; those of UniPROBE have 1.5 MB."""

BOUND = 0.45
"""E-score from which an 8-mer counts as bound: the field's usual threshold (Berger et al. 2008)."""

UNBOUND = 0.3
"""E-score below which an 8-mer is safely unbound."""

_MISSING = ("", "nan", "na")

_NAMED = re.compile(r"e[-_ .]?score|enrichment", re.IGNORECASE)
_KMER = re.compile(r"[ACGT]{8}$")
_GAPPED = re.compile(r"[ACGT.]{9,}$")
_TABLE = re.compile(r"_(?:contig)?8mers(?:_1{8})?\.txt(?:\.gz)?$", re.IGNORECASE)
_EXPERIMENT = re.compile(r"\d[\d.]*|v\d+|ref|r\d+|rep\d+", re.IGNORECASE)
"""Parts of a table's name that name the experiment, and not another protein. The table of a mutant
(`ARX_L343Q_R1`) does not belong to the wild type."""


class EightMers(NamedTuple):
    """E-scores of one array.

    Attributes:
        name: of the file, without what all 8-mer tables' names end in.
        path: of the file.
        scores: 8-mer -> E-score, each 8-mer standing for its reverse complement too (of the two
            the one that comes first in the alphabet).
        column: the E-score's column, counted from 1.
    """

    name: str
    path: str
    scores: dict[str, float]
    column: int


def read_tables(paths: Iterable[PathLike]) -> Iterator[EightMers]:
    """Tables of files, or of zip archives as UniPROBE distributes them.

    Raises:
        InputError: see `read_table`; an archive without 8-mer tables.
    """
    for path in paths:
        check_readable(path)
        with open(path, "rb") as file:
            zipped = file.read(len(ZIP)) == ZIP
        if not zipped:
            yield read_table(path)
            continue
        try:
            members = _members(path)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, UnicodeDecodeError) as error:
            raise InputError(f"a damaged zip archive: download it again ({error})", path) from None
        except (NotImplementedError, RuntimeError) as error:
            # Encrypted, or compressed in a way that Python does not read.
            raise InputError(f"cannot be unpacked here: {error}. Unpack it first", path) from None
        for member, text in members.items():
            yield _parse(text.splitlines(), f"{path}/{member}")


def _members(path: PathLike) -> dict[str, str]:
    """The text of each 8-mer table in an archive."""
    with zipfile.ZipFile(path) as archive:
        members = [name for name in sorted(archive.namelist()) if _TABLE.search(name)]
        if not members:
            raise InputError("no 8-mer table (*_8mers.txt) in the archive", path)
        for name in members:
            if archive.getinfo(name).file_size > LARGEST:
                raise InputError(f"{name} is no 8-mer table: it has more than a GB", path)
        return {name: archive.read(name).decode("utf-8", "replace") for name in members}


def read_table(path: PathLike) -> EightMers:
    """One 8-mer table.

    Raises:
        InputError: no column holds E-scores, or several do; an E-score that is not a number from
            -0.5 to 0.5; rows of different widths; an 8-mer twice with different scores.
    """
    with open_text(path) as file:
        return _parse(file, str(path))


def table_name(path: str) -> str:
    """`Lhx1_2240_contig8mers.txt` -> `Lhx1_2240`."""
    return _TABLE.sub("", Path(path).name)


def protein_names(table: str) -> list[str]:
    """The names that the protein of a table may have, the longest first.

    `ARX_REF_R1` may be of `ARX_REF_R1`, `ARX_REF` or `ARX`; `ARX_L343Q_R1` not of `ARX`.
    """
    parts = table.split("_")
    names = [table]
    while len(parts) > 1 and _EXPERIMENT.fullmatch(parts[-1]):
        parts.pop()
        names.append("_".join(parts))
    return names


def pairs_of(
    tables: Iterable[EightMers],
    proteins: Mapping[str, str],
    owner: Mapping[str, str],
    *,
    bound: float = BOUND,
    unbound: float = UNBOUND,
) -> tuple[TrainingSet, dict[str, object]]:
    """Pairs of proteins and 8-mers: `affinity` is the mean E-score over a protein's replicates.

    `label` is 1 from `bound` on and 0 below `unbound`; 8-mers between the two are left out.

    Args:
        proteins: id -> residues.
        owner: path of a table -> id of its protein.

    Returns:
        The set, and counts: what was left out, and for each protein its replicates and the lowest
        correlation between two of them.
    """
    import pandas as pd

    arrays: dict[str, list[EightMers]] = {}
    for table in tables:
        arrays.setdefault(owner[table.path], []).append(table)
    parts = []
    between, correlations = 0, dict[str, float]()
    for protein, replicates in arrays.items():
        columns = {str(number): table.scores for number, table in enumerate(replicates)}
        scores = pd.DataFrame(columns).sort_index()
        mean = scores.mean(axis=1)
        if len(replicates) > 1:
            correlations[protein] = round(float(scores.corr().to_numpy().min()), 4)
        clear = (mean >= bound) | (mean < unbound)
        between += int((~clear).sum())
        parts.append(_pairs(protein, mean[clear], bound))
    pairs = pd.concat(parts, ignore_index=True)
    used = {id: text for id, text in proteins.items() if id in arrays}
    dna = {kmer: kmer for kmer in sorted(set(pairs["dna_id"]))}
    counts = {
        "between": between,
        "replicates": {protein: len(replicates) for protein, replicates in arrays.items()},
        "lowest_correlation": correlations,
    }
    return TrainingSet(used, dna, pairs), counts


def _pairs(protein: str, scores: pd.Series, bound: float) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "protein_id": protein,
            "dna_id": scores.index,
            "label": (scores >= bound).astype(np.int8).to_numpy(),
            "affinity": scores.round(6).to_numpy(),
            "assay": "PBM",
        }
    )


def _parse(lines: Iterable[str], path: str) -> EightMers:
    header: list[str] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, 1):
        fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
        if not any(fields):
            continue
        if not rows and not header and not _is_row(fields):
            header = fields
            continue
        width = len(header or rows[0]) if header or rows else len(fields)
        if len(fields) != width:
            raise InputError(f"{len(fields)} columns, but the first line has {width}", path, number)
        if not _is_row(fields):
            raise InputError(f"{fields[0]!r} is not an 8-mer", path, number)
        rows.append(fields)
        numbers.append(number)
    if not rows:
        raise InputError("no 8-mers in it: give a table of 8-mers and their E-scores", path)
    column = _score_column(header, rows, path)
    return EightMers(table_name(path), path, _scores(rows, numbers, column, path), column + 1)


def _is_row(fields: list[str]) -> bool:
    first = fields[0].upper()
    return bool(_KMER.match(first) or _GAPPED.match(first))


def _score_column(header: list[str], rows: list[list[str]], path: str) -> int:
    """The column of the E-score: by name, or else by range."""
    columns = [index for index, name in enumerate(header) if _NAMED.search(name)]
    if not columns:
        shares = {index: _share_in_range(rows, index) for index in range(1, len(rows[0]))}
        whole = [index for index, share in shares.items() if share == 1]
        # A value out of range is an error of its own later, which names its line.
        columns = whole or [index for index, share in shares.items() if share >= MOST]
    if len(columns) == 1:
        return columns[0]
    if columns:
        raise InputError(
            f"columns {', '.join(str(index + 1) for index in columns)} are all E-scores: the table "
            "holds several arrays; give each array a file of its own",
            path,
        )
    raise InputError(
        "no E-score in it: no column is named so, and none has values between -0.5 and 0.5 with "
        "negative ones among them; other columns (intensities, Z-scores) cannot be compared "
        "across arrays",
        path,
    )


def _share_in_range(rows: list[list[str]], index: int) -> float:
    """The share of a column's values that may be E-scores; 0 where none is negative."""
    import pandas as pd

    texts = (row[index] for row in rows)
    filled = pd.Series([text for text in texts if text.lower() not in _MISSING], dtype=object)
    values = pd.to_numeric(filled, errors="coerce").to_numpy(np.float64)
    in_range = (values >= LOWEST) & (values <= HIGHEST)
    return float(in_range.mean()) if (values[in_range] < 0).any() else 0.0


def _scores(rows: list[list[str]], numbers: list[int], column: int, path: str) -> dict[str, float]:
    """Contiguous 8-mers alone; gapped ones are left out."""
    scores: dict[str, float] = {}
    for row, number in zip(rows, numbers, strict=True):
        kmer = row[0].upper()
        if not _KMER.match(kmer):
            continue
        try:
            score = parse_float(row[column])
        except ValueError:
            score = np.nan
        if not LOWEST <= score <= HIGHEST:
            raise InputError(
                f"the E-score of {kmer} is {row[column]!r}: give a number between -0.5 and 0.5",
                path,
                number,
            )
        kmer = canonical_sequence(kmer)
        if scores.setdefault(kmer, score) != score:
            raise InputError(
                f"{kmer} (or its reverse complement) has two E-scores: keep one", path, number
            )
    if not scores:
        raise InputError("no contiguous 8-mer in it: give the table of contiguous 8-mers", path)
    return scores
