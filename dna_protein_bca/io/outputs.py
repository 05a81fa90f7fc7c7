"""No command writes over what it reads."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from dna_protein_bca.errors import STDIN, InputError

from .files import PathLike


def refuse_inputs(output: PathLike, inputs: Iterable[object], writes: Iterable[str] = ()) -> None:
    """Raise InputError where what is to be written is one of the inputs; opens nothing.

    All names of a file or folder count as one, those that are links included.

    Args:
        output: file or folder to write; `-` is standard output.
        inputs: files and folders that are read, `-` for standard input; what is no path (None, or
            records from Python) is passed over.
        writes: where `output` is a folder, the names in it of the files that are written, and of
            the folders that are written into.

    Raises:
        InputError: naming the output and the input.
    """
    paths = [os.fspath(one) for one in inputs if isinstance(one, str | os.PathLike)]
    read = {_identity(path, 0): path for path in paths}
    read.pop(None, None)
    if not read:
        return
    name = os.fspath(output)
    for place in (name, *(one for part in writes for one in _inside(os.path.join(name, part)))):
        source = read.get(_identity(place, 1))
        if source is not None:
            raise InputError(_message(place, source), "stdout" if place == STDIN else place)


def _message(place: str, source: str) -> str:
    kind = "folder" if os.path.isdir(place) else "file"
    if source == STDIN:
        what = f"the output is the {kind} that standard input is read from"
    elif source == place:
        what = f"the output is also an input, and this {kind} would be written over"
    else:
        what = f"the output is the same {kind} as the input {source}, which would be written over"
    return f"{what}: give another name for the output"


def _inside(path: str) -> Iterator[str]:
    """A file or folder, and everything inside it."""
    yield path
    for folder, folders, files in os.walk(path):
        yield from (os.path.join(folder, name) for name in (*folders, *files))


def _identity(path: str, stream: int) -> tuple[int, int] | None:
    """What all names of a file or folder have in common; None where there is nothing to spoil.

    Args:
        stream: file descriptor that `-` stands for.
    """
    try:
        found = os.fstat(stream) if path == STDIN else os.stat(path)
    except (OSError, ValueError):
        return None
    # A device or a pipe is not replaced, and may be read and written at once.
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return None
    return found.st_dev, found.st_ino
