"""Which sources of the data set weights may be made from, for those whose licence forbids some."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

TABLES = ("proteins.tsv.gz", "motifs.tsv.gz", "zinc_finger_helices.tsv.gz")
"""What weights are made from; each row says in its column `source` where it is from."""

_PARTS = re.compile(r" / |; ")
"""A row may name several: `JASPAR 2026 / UniProt`."""


@dataclass(frozen=True)
class Sources:
    """A choice among the sources that the rows of the data set name.

    Attributes:
        only: beginnings of the sources that count, in lower case; none for all.
        without: beginnings of those that are left out.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Sources:
        """Read `JASPAR,CIS-BP` (these alone) or `-HOCOMOCO,-Chu` (all but these).

        Raises:
            ValueError: both kinds in one, which would leave open what counts.
        """
        names = [name.strip().lower() for name in text.split(",") if name.strip(" -")]
        only = tuple(name for name in names if not name.startswith("-"))
        without = tuple(name.lstrip("- ") for name in names if name.startswith("-"))
        if only and without:
            raise ValueError(
                f"{text!r} both names sources and leaves sources out: do one of the two"
            )
        return cls(only, without)

    def keep(self, source: str) -> bool:
        """Whether a row counts: some part of its source is chosen, and none is left out."""
        parts = _PARTS.split(source.lower())
        if any(part.startswith(name) for part in parts for name in self.without):
            return False
        return not self.only or any(part.startswith(self.only) for part in parts)

    def check(self, sources: Iterable[str]) -> None:
        """Refuse a name with which none of the sources begins, as it would choose nothing.

        Raises:
            ValueError: it names the sources that there are.
        """
        parts = {part for source in sources for part in _PARTS.split(source)}
        for name in (*self.only, *self.without):
            if not any(part.lower().startswith(name) for part in parts):
                names = ", ".join(sorted(parts))
                raise ValueError(f"no source begins with {name!r}; there are {names}")


ALL = Sources()


def choose_sources(folder: Path, text: str) -> Sources:
    """`Sources.parse`, checked against what the tables of the data set in `folder` name.

    Raises:
        ValueError: the text is of both kinds, or names a source that is not there.
    """
    import pandas as pd

    chosen = Sources.parse(text)
    if chosen != ALL:
        read = partial(pd.read_csv, sep="\t", usecols=["source"], keep_default_na=False)
        chosen.check(source for name in TABLES for source in read(folder / name)["source"])
    return chosen
