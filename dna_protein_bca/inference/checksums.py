"""Checksums of the files of weights: written with the weights, compared when they are loaded.

They tell a file that was cut off, mixed up or changed, not one that somebody made on purpose. Where
a file is changed on purpose: `python -m dna_protein_bca.inference.checksums FOLDER ...`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import CARD, CHECKSUMS, WEIGHTS_FILES
from dna_protein_bca.io.outputs import write_json

from .weights import locate, read_config

CHECKED = tuple(name for name in WEIGHTS_FILES if name not in (CARD, CHECKSUMS))
"""Files that have a checksum: all that predictions hang on, and none that people write by hand."""

COMMAND = "python -m dna_protein_bca.inference.checksums"


def write_checksums(folder: Path) -> None:
    """Write `checksums.json`: file name -> SHA-256 in hexadecimal, of those of `CHECKED` there are.

    Raises:
        InputError, OSError: a file cannot be read, or the folder not written to.
    """
    sums = {name: _sha256(folder / name) for name in CHECKED if (folder / name).is_file()}
    write_json(folder / CHECKSUMS, sums)


@contextmanager
def rewritten(folder: Path) -> Iterator[None]:
    """What changes the files of weights: their checksums are taken away, and written at its end.

    Whatever stops it leaves weights without checksums, and none with those of other files.
    """
    (folder / CHECKSUMS).unlink(missing_ok=True)
    yield
    write_checksums(folder)


def check_files(folder: Path) -> None:
    """Compare the files of weights with their checksums; there need not be any.

    Raises:
        InputError: a file that has a checksum is another one, or is missing; `checksums.json` is
            damaged.
    """
    path = folder / CHECKSUMS
    if not path.is_file():
        return
    for name, expected in read_config(folder, CHECKSUMS).items():
        if name not in CHECKED:
            raise InputError(f"names {name!r:.60}, which is no file of weights", path)
        file = folder / name
        if not file.is_file():
            raise InputError(
                f"a file of these weights is missing, which {CHECKSUMS} names: install or copy "
                f"them again (or, if it is to be missing: {COMMAND} {folder})",
                file,
            )
        if _sha256(file) != expected:
            raise InputError(
                f"cut off, or another file than the one that {CHECKSUMS} was made with: install or "
                f"copy these weights again (or, if you changed it: {COMMAND} {folder})",
                file,
            )


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(folders: Sequence[str]) -> None:
    """Write the checksums of folders of weights, or of bundled ones by name."""
    if not folders:
        raise InputError(f"{COMMAND} FOLDER ...: give folders of weights")
    for name in folders:
        folder = locate(name)
        write_checksums(folder)
        print(folder / CHECKSUMS)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (InputError, OSError) as error:
        sys.exit(f"Error: {error}")
