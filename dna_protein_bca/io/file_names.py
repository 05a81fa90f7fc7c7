"""Names of files that are made of ids, of which a user's may hold anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 100
"""Characters of a name that are kept; file systems take 255 bytes."""


def file_names(ids: Sequence[str]) -> list[str]:
    """A file name, without an ending, for each id.

    Letters, digits and `. _ + = @ -` stay as they are, and all else becomes `_`. Names that would
    be equal (in upper or lower case alike, as some file systems have it) get a number.
    """
    names, taken = [], set()
    for id in ids:
        stem = re.sub(r"[^\w.+=@-]+", "_", id)[:LONGEST].lstrip(".") or "_"
        name, number = stem, 2
        while name.lower() in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.lower())
        names.append(name)
    return names
