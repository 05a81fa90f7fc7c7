"""Tables of pairs, read and checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.tables.reader import RawTable, Values, read_table, table_of_frame

from .fields import is_utf8
from .files import PathLike

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

PairsSource: TypeAlias = "PathLike | pd.DataFrame | Iterable[tuple[str, str]]"
"""Path of a table, a DataFrame, or (protein_id, dna_id) tuples."""


class TableWithNames(str):
    """Path of a table that has names of its own for its columns.

    Attributes:
        columns: what the table calls a column -> its own name; see `read_pairs`.
    """

    columns: Mapping[str, str]

    def __new__(cls, path: str, columns: Mapping[str, str] | None = None) -> TableWithNames:
        """A path and its columns; a copy gets its columns afterwards."""
        table = super().__new__(cls, path)
        table.columns = columns or {}
        return table


IDS = ("protein_id", "dna_id")
"""Columns of every table of pairs."""

TARGETS = ("label", "affinity")
"""Columns of measurements, which models are trained on and judged by."""

NUMBERS = (*TARGETS, "weight")
"""Columns that hold numbers, where they are read."""

SPLITS = ("train", "validation", "test")
"""Values of the column `split`, in their order."""

COLUMNS = {
    "protein": "protein_id",
    "dna": "dna_id",
    **{name: name for name in (*IDS, *NUMBERS, "split", "assay")},
}
"""Names that `--columns` knows -> the columns that they stand for."""

FROM_PYTHON = "pairs"
"""How messages name a table that is no file."""

SHOWN_CONFLICTS = 10
"""Pairs that an error about contradicting labels names."""


def read_pairs(
    source: PairsSource,
    *,
    need: Sequence[str] = IDS,
    one_of: Sequence[str] = (),
    optional: Sequence[str] = (),
    bare: bool = False,
    compact: bool = False,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read a table of pairs; a column that is not asked for is left out unread.

    Args:
        source: path of a TSV, CSV or Parquet file (`-` is standard input; compression and format
            are recognised by content, and by the ending where both delimiters are possible), maybe
            with names of its own (`TableWithNames`), a DataFrame, or (protein_id, dna_id) tuples.
        need: columns that must be there.
        one_of: columns of numbers of which at least one must be there, such as `label` and
            `affinity`. Where several are, a row may leave some of them blank, but not all.
        optional: columns that are read where they are there.
        bare: none of `one_of` will do, too.
        compact: hold texts as categories, each once: 10 million rows of a Parquet file then take
            a quarter of a GB.
        columns: what the table calls a column -> its own name, such as `protein_id` -> `TF`; a
            column that is named here is read under no other name.

    Returns:
        The rows in their order with the columns asked for, as far as they are there, and with two
        for messages. `protein_id`, `dna_id`: str. `label`: int8, 0 or 1, or float64 with NaN where
        some are blank. `affinity`, `weight`: float64, finite (an affinity NaN where blank), the
        weight not negative. `split`: one of `SPLITS`. It, and any of `one_of`, is left out where it
        is blank in all rows. Others (`group`, `assay`): str, None where empty. With `compact`,
        categories of str. `path`: str. `line`: int64, 1-based; the row of a Parquet file or a
        DataFrame.

    Raises:
        InputError: no header, a missing column, no rows (a DataFrame or tuples of ids alone may
            have none), rows of different widths, a field that runs over the end of its line, a
            blank id, a label other than 0 and 1, text in place of a number or one that is not
            finite, a `split`
            that is none of `SPLITS`, a pair with both labels (in one assay, where that column is
            read).
        TypeError: `source` holds something else.
    """
    if columns is None and isinstance(source, TableWithNames):
        columns = source.columns
    wanted = [*dict.fromkeys([*need, *one_of, *optional])]
    raw = _load(source, wanted, compact, columns or {})
    missing = [name for name in need if name not in raw.columns]
    if one_of and not bare and not any(name in raw.columns for name in one_of):
        missing.append(" or ".join(one_of))
    if missing:
        raise InputError(
            f"no column {', '.join(missing)}: the first line must be a header that names it "
            f"(it is {_shown(', '.join(raw.header))})",
            raw.path,
            1,
        )
    if not len(raw.lines) and (one_of or raw.path != FROM_PYTHON):
        raise InputError("no rows under the header: give a row for each pair", raw.path)
    return _checked(raw, compact, [name for name in one_of if name in raw.columns])


def refuse_conflicts(table: pd.DataFrame) -> None:
    """Check labels across tables, such as those of several files.

    Args:
        table: from `read_pairs`, with a label, or several of them together.

    Raises:
        InputError: a pair has both labels (in one assay, where there is that column).
    """
    key = [*IDS, *(["assay"] if "assay" in table else [])]
    if all(table[name].dtype == "category" for name in key) and not _any_in_both(table, key):
        return
    table = table[table["label"].notna()]
    twice = table[table.duplicated(key, keep=False)]
    twice = twice[~twice.duplicated([*key, "label"])]
    where = list(zip(twice["path"], twice["line"], strict=True))
    pairs = twice.assign(where=where).groupby(key, sort=False, dropna=False, observed=True)
    conflicts = [(pair, rows) for pair, rows in pairs["where"].agg(list).items() if len(rows) > 1]
    if not conflicts:
        return
    one_file = len({path for _, rows in conflicts for path, _ in rows}) == 1
    shown = "; ".join(
        f"{pair[0]} {pair[1]} ({'lines ' if one_file else ''}"
        + ", ".join(str(line) if one_file else f"{path}:{line}" for path, line in rows)
        + ")"
        for pair, rows in conflicts[:SHOWN_CONFLICTS]
    )
    more = ", the first of them" if len(conflicts) > SHOWN_CONFLICTS else ""
    raise InputError(
        f"both labels for {len(conflicts)} pair{'s' * (len(conflicts) > 1)}{more}: {shown}. "
        "Keep one label for each",
        *conflicts[0][1][1],
    )


def count_targets(pairs: pd.DataFrame) -> dict[str, int]:
    """How many pairs have a label and how many an affinity, as far as the columns are there."""
    plural = dict(zip(TARGETS, ("labels", "affinities"), strict=True))
    return {plural[name]: int(pairs[name].notna().sum()) for name in TARGETS if name in pairs}


def _load(
    source: PairsSource, wanted: Sequence[str], compact: bool, columns: Mapping[str, str]
) -> RawTable:
    """The columns that are wanted, under the names by which they are known here."""
    known = {columns.get(name, name): name for name in wanted}
    texts = [there for there, name in known.items() if name not in NUMBERS]
    raw = _load_named(source, [*known], texts if compact else ())
    for name in wanted:
        if name in columns and columns[name] not in raw.header:
            raise InputError(
                f"no column {_shown(columns[name])}, which is to be read as {name}: the header is "
                f"{_shown(', '.join(raw.header))}",
                raw.path,
                1,
            )
    return raw._replace(columns={known[name]: values for name, values in raw.columns.items()})


def _load_named(source: PairsSource, wanted: Sequence[str], categories: Sequence[str]) -> RawTable:
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return table_of_frame(source, wanted, FROM_PYTHON)
    if not isinstance(source, str | os.PathLike):
        pairs = [(pair,) if isinstance(pair, str) else tuple(pair) for pair in source]
        if any(len(pair) != len(IDS) for pair in pairs):
            raise TypeError("pairs given from Python are (protein_id, dna_id) tuples")
        frame = pd.DataFrame(pairs, columns=list(IDS), dtype=object)
        return table_of_frame(frame, wanted, FROM_PYTHON)
    return read_table(source, wanted, categories)


def _checked(raw: RawTable, compact: bool, one_of: Sequence[str]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    columns: dict[str, object] = {}
    blank = _blanks(raw, one_of) if len(one_of) > 1 else {}
    for name, values in raw.columns.items():
        if name in blank and blank[name].all():
            continue
        if name in NUMBERS:
            columns[name] = _numbers(name, values, raw, blank.get(name))
        elif compact:
            columns[name] = _categories(name, values, raw)
        else:
            columns[name] = _texts(name, values, raw)
    count = len(raw.lines)
    columns["path"] = pd.Categorical.from_codes(np.zeros(count, np.int8), [raw.path])
    columns["line"] = np.fromiter(raw.lines, np.int64, count)
    table = pd.DataFrame(columns)
    if "label" in table:
        refuse_conflicts(table)
    return _with_splits(table) if "split" in table else table


def _blanks(raw: RawTable, one_of: Sequence[str]) -> dict[str, np.ndarray]:
    """Which rows leave each of these columns blank, bool [rows]; no row may leave all blank."""
    import numpy as np
    import pandas as pd

    blank = {}
    for name in one_of:
        values = raw.columns[name]
        if isinstance(values, pd.Series) and pd.api.types.is_numeric_dtype(values):
            blank[name] = values.isna().to_numpy()
        else:
            empty = (value is None or not str(value).strip() for value in values)
            blank[name] = np.fromiter(empty, bool, len(values))
    nothing = np.all(list(blank.values()), axis=0)
    if nothing.any():
        raise InputError(
            f"no {' and no '.join(one_of)}: give one of them, or remove the row",
            raw.path,
            raw.lines[int(nothing.argmax())],
        )
    return blank


def _with_splits(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a split in every row, or without the column where it is blank throughout."""
    if table["split"].isna().all():
        return table.drop(columns="split")
    right = table["split"].isin(SPLITS).to_numpy()
    if not right.all():
        row = table.iloc[int(right.argmin())]
        value = row["split"] if isinstance(row["split"], str) else ""
        raise InputError(
            f"the split is {_shown(value)}: give {', '.join(SPLITS[:-1])} or {SPLITS[-1]}",
            row["path"],
            int(row["line"]),
        )
    return table


def _texts(name: str, values: Values, raw: RawTable) -> list[str | None]:
    texts = [None if value is None else _text(value) or None for value in values]
    if name in IDS and None in texts:
        raise _blank(name, texts.index(None), raw)
    try:
        "".join(filter(None, set(texts))).encode()
    except UnicodeEncodeError:
        row = next(row for row, text in enumerate(texts) if text and not is_utf8(text))
        raise _not_utf8(name, texts[row], row, raw) from None
    return texts


def _categories(name: str, values: Values, raw: RawTable) -> pd.Categorical:
    """The same texts, each held once."""
    import numpy as np
    import pandas as pd

    try:
        unstripped = pd.Categorical(values)
    except UnicodeEncodeError:  # pandas may hold texts in Arrow, which knows UTF-8 alone
        _texts(name, values, raw)
        raise
    stripped = np.array([_text(value) for value in unstripped.categories], dtype=object)
    # Texts that differ by the blanks around them are equal; a blank text is a missing value.
    codes, texts = pd.factorize(np.append(stripped, ""))
    at = codes.astype(np.int32)[unstripped.codes]
    at[at == codes[-1]] = -1
    if name in IDS and (at < 0).any():
        raise _blank(name, int((at < 0).argmax()), raw)
    for code, text in enumerate(texts):
        if not is_utf8(text):
            raise _not_utf8(name, text, int((at == code).argmax()), raw)
    return pd.Categorical.from_codes(at, texts).remove_categories([""])


def _text(value: object) -> str:
    # Some programs store the texts of a Parquet file as bytes.
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
    return text.strip()


def _blank(name: str, row: int, raw: RawTable) -> InputError:
    return InputError(f"a blank {name}: give an id, or remove the row", raw.path, raw.lines[row])


def _not_utf8(name: str, text: str | None, row: int, raw: RawTable) -> InputError:
    return InputError(
        f"the {name} {_shown(text)} is not UTF-8: save the file as UTF-8", raw.path, raw.lines[row]
    )


def _numbers(
    name: str, values: Values, raw: RawTable, blank: np.ndarray | None = None
) -> np.ndarray:
    """Float64 [rows], or int8 for labels; raises InputError for a value that is not allowed.

    Args:
        blank: bool [rows], values that may be missing; None where none may.
    """
    import numpy as np
    import pandas as pd

    if not isinstance(values, pd.Series):
        values = pd.Series(values, dtype=object)
    if values.dtype.kind in "mM":
        # Dates and durations would become their nanoseconds.
        numbers = np.full(len(values), np.nan)
    else:
        converted = pd.to_numeric(values, errors="coerce")
        numbers = converted.to_numpy(dtype=np.float64, na_value=np.nan)
    right, rule = np.isfinite(numbers), "a finite number"
    if name == "label":
        right, rule = np.isin(numbers, (0, 1)), "0 or 1"
    elif name == "weight":
        right, rule = right & (numbers >= 0), "a finite number, not negative"
    if blank is not None and blank.any():
        right, rule = right | blank, f"{rule}, or leave it blank where the row has another"
    if not right.all():
        row = int(right.argmin())
        value = "" if pd.isna(values[row]) else str(values[row])
        raise InputError(f"the {name} is {_shown(value)}: give {rule}", raw.path, raw.lines[row])
    whole = name == "label" and not np.isnan(numbers).any()
    return numbers.astype(np.int8) if whole else numbers


def _any_in_both(table: pd.DataFrame, key: list[str]) -> bool:
    """Whether some pair has both labels, in a third of the memory that finding it takes."""
    import numpy as np

    code = np.zeros(len(table), dtype=np.int64)
    for name in key:
        code *= len(table[name].cat.categories) + 1
        code += table[name].cat.codes.to_numpy() + 1
    label = table["label"].to_numpy()
    bound, unbound = np.sort(code[label == 1]), code[label == 0]
    if not len(bound):
        return False
    nearest = np.minimum(np.searchsorted(bound, unbound), len(bound) - 1)
    return bool((bound[nearest] == unbound).any())


def _shown(text: str | None) -> str:
    text = text or ""
    return repr(text if len(text) <= 200 else text[:197] + "...")
