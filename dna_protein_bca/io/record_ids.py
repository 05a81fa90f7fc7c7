"""Ids of a table that no record has: which record is most likely meant, and what an id is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property

from dna_protein_bca.errors import InputError

from .fasta import SequenceRecord, shown

MOST_OTHERS = 100_000
"""Ids of records that are not wanted, kept to look for the one that is most likely meant."""

MOST_COMPARED = 2_000
"""Ids among which spelling is compared letter by letter."""

SHOWN = 3
"""Ids of a file that a message shows."""

_DATABASES = {"sp", "tr", "gi", "ref", "gb", "emb", "dbj", "pdb", "lcl", "gnl"}

_VERSION = re.compile(r"(\.\d+|-\d{1,2})$")

_ENTRY = re.compile(r"([A-Z0-9]+)_[A-Z0-9]*[A-Z][A-Z0-9]*$")
"""UniProt's entry names, such as MAX_HUMAN, and the gene in them."""

_RULE = "an id is the header up to the first blank"


def select_records(
    records: Iterable[SequenceRecord], wanted: set[str]
) -> tuple[list[SequenceRecord], list[str]]:
    """The records that are wanted, in their order, and ids of others, `MOST_OTHERS` at most."""
    selected: list[SequenceRecord] = []
    others: list[str] = []
    for record in records:
        if record.id in wanted:
            selected.append(record)
        elif len(others) < MOST_OTHERS:
            others.append(record.id)
    return selected, others


class RecordIds:
    """The ids of a file's records.

    Args:
        column: `protein_id` or `dna_id`, the column of tables that names them.
        ids: of the records that were read.
        left_out: errors of records that were skipped.
    """

    def __init__(
        self, column: str, ids: Iterable[str], left_out: Iterable[InputError] = ()
    ) -> None:
        self._column = column
        self._file = f"{column.removesuffix('_id')} file"
        self._ids = list(ids)
        self._left_out = {error.record for error in left_out if error.record}

    def error(self, id: str, path: str | None = None, line: int | None = None) -> InputError:
        """The error for an id in a row of a table that no record has."""
        return InputError(f"{self._column} {shown(id)} {self._fault(id)}", path, line)

    def _fault(self, id: str) -> str:
        if id in self._left_out:
            return f"is of a record that was left out of the {self._file}"
        near = self.nearest(id)
        if near is None:
            names = ", ".join(shown(name) for name in self._ids[:SHOWN])
            more = " and others" * (len(self._ids) > SHOWN)
            there = f", which has {names}{more}" if names else ""
            return f"is not in the {self._file}{there}: add its sequence, or remove the row"
        there = f"is not in the {self._file}, and {shown(near)} is"
        if near == id.split()[0]:
            return f"{there}: {_RULE}"
        if near.casefold() == id.casefold():
            return f"{there}: write it with the same upper-case and lower-case letters"
        return f"{there}: if you mean that record, write its id ({_RULE})"

    def nearest(self, id: str) -> str | None:
        """The id that is nearly the same: without a comment, a database's prefix or a version, in
        upper or lower case, or with a spelling mistake; None where there is none."""
        for form in _forms(id):
            if form in self._index:
                return self._index[form]
        if len(self._ids) > MOST_COMPARED:
            return None
        close = get_close_matches(id, self._ids, 5, 0.8)
        # Another number is another record, and not a spelling mistake.
        return next((name for name in close if _digits(name) == _digits(id)), None)

    @cached_property
    def _index(self) -> dict[str, str]:
        """Every form of every id -> the first id that has it."""
        index: dict[str, str] = {}
        for id in self._ids:
            for form in _forms(id):
                index.setdefault(form, id)
        return index


def _forms(id: str) -> Iterator[str]:
    """Ways to write an id, the most exact first; without parts that only name a database."""
    words = [id, *id.split()[:1]]
    parts = [part for part in words[-1].split("|") if part.lower() not in _DATABASES]
    words += parts
    words += [entry[1] for part in parts if (entry := _ENTRY.match(part))]
    words += [_VERSION.sub("", word) for word in words if ":" not in word]
    words = [word for word in dict.fromkeys(words) if len(word) > 2 or word == id]
    yield from words
    for word in words:
        yield word.casefold()
        plain = re.sub(r"[\W_]", "", word).casefold()
        if plain:
            yield plain


def _digits(id: str) -> str:
    return re.sub(r"\D", "", id)
