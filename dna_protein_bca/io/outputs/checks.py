"""What outputs could not be written, said before anything is computed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dna_protein_bca.errors import STDIN, InputError
from dna_protein_bca.io.files import PathLike

from .writing import (
    create,
    name_output,
    output_mode,
    refuse_missing_target,
    refuse_taken,
    sibling_of,
)


def check_output(output: PathLike, inputs: Iterable[object] = ()) -> None:
    """Raise InputError where a file could not be written, before anything is computed.

    Args:
        output: file to write; `-` is standard output.
        inputs: see `refuse_inputs`.

    Raises:
        InputError: the output is an input, or see `atomic_path`.
    """
    refuse_inputs(output, inputs)
    name = os.fspath(output)
    if name == STDIN:
        return
    mode = output_mode(name)
    if mode is None or stat.S_ISREG(mode):
        _try(Path(os.path.realpath(name)), name)


def check_output_folder(
    output: PathLike, kind: str, inputs: Iterable[object] = (), writes: Iterable[str] = ()
) -> None:
    """Raise InputError where files could not be written into a folder; the folder is not made.

    Args:
        output: folder, which may be there or not, and so may those that it lies in.
        kind: what it is for, such as `report`.
        inputs, writes: see `refuse_inputs`.

    Raises:
        InputError: the folder or one of its files is an input; a file or a link to nothing stands
            in its place; nothing can be written there.
    """
    refuse_inputs(output, inputs, writes)
    name = os.fspath(output)
    if not name:
        raise InputError(f"an empty name was given for the folder of the {kind}")
    _check_place(Path(name), kind, name)


def check_new_folder(output: PathLike, inputs: Iterable[object] = ()) -> None:
    """Raise InputError where a new folder could not be made; see `new_folder`.

    Args:
        inputs: see `refuse_inputs`.

    Raises:
        InputError: it is an input, is there already, or cannot be made.
    """
    refuse_inputs(output, inputs)
    target = Path(output)
    refuse_taken(target)
    _check_place(target.parent, "output", os.fspath(output))


def _check_place(folder: Path, kind: str, name: str) -> None:
    """Raise InputError where nothing can be written into a folder, nor where it is to be made.

    Args:
        name: what was asked for.
    """
    # Of a folder that is not there, the first one above it decides.
    there = next((each for each in (folder, *folder.parents) if os.path.lexists(each)), folder)
    refuse_missing_target(there)
    if not there.is_dir():
        raise InputError(f"is a file: give a folder for the {kind}", there)
    _try(there / "output", name)


def _try(target: Path, name: str) -> None:
    """Raise InputError, with the name that was asked for, where no file can be made beside it."""
    sibling = sibling_of(target)
    try:
        with name_output(name):
            create(sibling)
    finally:
        with suppress(OSError):
            os.unlink(sibling)


def refuse_inputs(output: PathLike, inputs: Iterable[object], writes: Iterable[str] = ()) -> None:
    """Raise InputError where the output is one of the inputs; opens nothing.

    All names of a file or folder count as the same, those that are links included.

    Args:
        output: file or folder to write; `-` is standard output.
        inputs: files and folders that are read, `-` for standard input; what is no path (None, or
            records from Python) is passed over.
        writes: where `output` is a folder, the names in it of the files that are written, and of
            the folders that are written into.

    Raises:
        InputError: naming the output and the input.
    """
    paths = [os.fspath(path) for path in inputs if isinstance(path, str | os.PathLike)]
    read = {_file_number(path, 0): path for path in paths}
    read.pop(None, None)
    if not read:
        return
    name = os.fspath(output)
    inside = (path for part in writes for path in _with_contents(os.path.join(name, part)))
    for path in (name, *inside):
        source = read.get(_file_number(path, 1))
        if source is not None:
            raise InputError(_same_file(path, source), "stdout" if path == STDIN else path)


def _same_file(path: str, source: str) -> str:
    kind = "folder" if os.path.isdir(path) else "file"
    if source == STDIN:
        what = f"the output is the {kind} that standard input is read from"
    elif source == path:
        what = f"the output is also an input, and this {kind} would be overwritten"
    else:
        what = f"the output is the same {kind} as the input {source}, which would be overwritten"
    return f"{what}: give another name for the output"


def _with_contents(path: str) -> Iterator[str]:
    """A file or folder, and everything inside it."""
    yield path
    for folder, folders, files in os.walk(path):
        yield from (os.path.join(folder, name) for name in (*folders, *files))


def _file_number(path: str, stream: int) -> tuple[int, int] | None:
    """What all names of a file or folder share; None where nothing could be overwritten.

    Args:
        stream: file descriptor that `-` stands for.
    """
    try:
        status = os.fstat(stream) if path == STDIN else os.stat(path)
    except (OSError, ValueError):
        return None
    # A device or a pipe is not replaced, and may be read and written at once.
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return None
    return status.st_dev, status.st_ino
