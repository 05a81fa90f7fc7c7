"""Files and folders that appear when they are complete."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

from dna_protein_bca.errors import STDIN, InputError
from dna_protein_bca.io.compression import compression_named
from dna_protein_bca.io.files import PathLike

NO_ROOM = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG")}
"""Errors of writing that Python reports without the name of the file."""


@contextmanager
def atomic_path(path: PathLike) -> Iterator[Path]:
    """A temporary sibling of `path`: renamed to it on success, removed on any failure.

    The sibling is created at once, so that an output which cannot be written is reported before any
    work. Its name ends like that of `path`. A link stays a link; a device or a pipe is written
    directly.

    Raises:
        InputError: no such folder, no permission, a folder in the file's place.
    """
    name = os.fspath(path)
    mode = output_mode(name)
    if mode is not None and not stat.S_ISREG(mode):
        yield Path(name)
        return
    target = Path(os.path.realpath(name))
    sibling = sibling_of(target)
    try:
        with name_output(name):
            create(sibling)
            if mode is not None:
                os.chmod(sibling, stat.S_IMODE(mode))
        yield sibling
        with name_output(name):
            os.replace(sibling, target)
    except BaseException as error:
        # A read-only file system refuses even to remove what is not there.
        with suppress(OSError):
            os.unlink(sibling)
        if isinstance(error, OSError) and error.errno in NO_ROOM and error.filename is None:
            error.filename = name
        raise


@contextmanager
def new_folder(path: PathLike) -> Iterator[Path]:
    """A temporary sibling folder: renamed to `path` on success, removed on any failure.

    Raises:
        InputError: `path` is a file, or a folder that holds something; no permission.
    """
    target = Path(os.fspath(path))
    refuse_taken(target)
    work = target.with_name(f".{token_hex(6)}.{target.name}")
    try:
        with name_output(os.fspath(target)):
            work.mkdir(parents=True)
        yield work
        if target.is_dir():
            target.rmdir()
        work.rename(target)
    except BaseException as error:
        shutil.rmtree(work, ignore_errors=True)
        # A message names the folder that was asked for, and not the temporary one.
        if isinstance(error, InputError) and Path(error.path or "").is_relative_to(work):
            inside = target / Path(error.path or "").relative_to(work)
            raise InputError(error.message, inside, error.line, error.record) from None
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            inside = Path(error.filename or work)
            if inside.is_relative_to(work):
                error.filename = str(target / inside.relative_to(work))
        raise


@contextmanager
def open_folder(path: PathLike) -> Iterator[Path]:
    """A folder to write into: made where there is none, and not left empty by a failure.

    The same holds for the folders that it lies in.
    """
    folder = Path(os.fspath(path))
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    except BaseException:
        with suppress(OSError):
            for each in made:
                each.rmdir()
        raise


def write_json(path: PathLike, values: object) -> None:
    """Write JSON, which appears when it is complete."""
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


@contextmanager
def open_output(path: PathLike) -> Iterator[io.BufferedIOBase]:
    """A file for writing bytes, which appears under its name when the block ends well.

    What is written is compressed where the name ends in `.gz`, `.bz2` or `.xz`.

    Raises:
        InputError: see `atomic_path`.
    """
    compression = compression_named(path)
    with ExitStack() as stack:
        file = stack.enter_context(open(stack.enter_context(atomic_path(path)), "wb"))
        yield stack.enter_context(compression.writer(file)) if compression else file


class StandardOutput:
    """`sys.stdout` for bytes, as it is at this moment; never closed, flushed at every write."""

    def write(self, data: bytes, /) -> int:
        """Write UTF-8 text, whatever encoding standard output is set to.

        Raises:
            InputError: it is closed.
            OSError: it cannot be written.
        """
        stream = sys.stdout
        if stream is None:
            raise InputError("standard output is closed: give a file with -o")
        stream.flush()
        if hasattr(stream, "buffer"):
            stream.buffer.write(data)
        else:  # a notebook's
            stream.write(data.decode("utf-8", "surrogateescape"))
        stream.flush()
        return len(data)


def write_stdout(text: str) -> None:
    """Write text to standard output as UTF-8, whatever encoding it is set to.

    Raises:
        InputError: it is closed, or cannot be written.
    """
    with name_output(STDIN):
        StandardOutput().write(text.encode("utf-8", "surrogateescape"))


@contextmanager
def name_output(name: str) -> Iterator[None]:
    """Raise InputError, with the name of the output, where the operating system cannot write it."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of a pipe has left, which is not the user's error
    except OSError as error:
        path = "stdout" if name == STDIN else name
        raise InputError(f"cannot be written: {error.strerror or error}", path) from None


class Output:
    """A context manager that writes a file in parts; a class that inherits from it says how.

    Args:
        path: of the file; `-` is standard output.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = os.fspath(path)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack, name_output(self.path):
            self._open(stack)
            stack.push(self._end)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with name_output(self.path):
            self._stack.__exit__(kind, error, trace)

    def _end(self, kind: type[BaseException] | None, *_: object) -> None:
        self._finish() if kind is None else self._abandon()

    def _open(self, stack: ExitStack) -> None:
        """Open what the block writes to; `stack` closes it."""
        raise NotImplementedError

    def _finish(self) -> None:
        """Write what is still missing, where the block ended well; then all is closed."""
        raise NotImplementedError

    def _abandon(self) -> None:
        """Leave what was written, where the block did not end well; then all is closed."""


def output_mode(name: str) -> int | None:
    """Mode of the file that is there already, or None."""
    if not name:
        raise InputError("an empty file name was given for the output")
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        folder = os.path.dirname(os.path.realpath(name))
        if not os.path.isdir(folder):
            raise InputError(f"cannot be written: there is no folder {folder}", name) from None
        return None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", name) from None
    if stat.S_ISDIR(mode):
        raise InputError("is a folder: give a file name for the output", name)
    if not os.access(name, os.W_OK):
        raise InputError("cannot be written: the file is write-protected", name)
    return mode


def refuse_missing_target(folder: Path) -> None:
    """Raise InputError where a folder is a link to what is missing, and cannot be made."""
    if folder.is_symlink() and not folder.exists():
        raise InputError(
            f"a link to {os.readlink(folder)}, which is missing: make that folder, or give another",
            folder,
        )


def refuse_taken(target: Path) -> None:
    """Raise InputError where a folder to be made is there already, unless it is empty."""
    refuse_missing_target(target)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        kind = "holds files already" if target.is_dir() else "is a file"
        raise InputError(f"{kind}: give the name of a new folder", target)


def sibling_of(target: Path) -> Path:
    """A hidden name beside a file."""
    # Short enough for a file system's limit on names, wherever the target's own name is.
    return target.with_name(f".{token_hex(6)}.{target.name[-200:]}")


def create(path: Path) -> None:
    """Make an empty file where there is none; raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
