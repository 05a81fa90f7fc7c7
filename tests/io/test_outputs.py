"""Files that are written: whole or not at all, compressed as their names say."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import re
import stat
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import (
    atomic_path,
    check_new_folder,
    check_output,
    check_output_folder,
    new_folder,
    open_folder,
    open_output,
    write_stdout,
)


def test_new_file(tmp_path: Path) -> None:
    path = tmp_path / "out.tsv.gz"
    with atomic_path(path) as sibling:
        assert sibling.parent == tmp_path
        assert sibling.name.endswith("out.tsv.gz")
        sibling.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert os.listdir(tmp_path) == ["out.tsv.gz"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "out"
    for before in (None, "precious"):
        if before is not None:
            path.write_text(before)
        names = os.listdir(tmp_path)
        with pytest.raises(error), atomic_path(path) as sibling:
            sibling.write_text("half")
            raise error
        assert os.listdir(tmp_path) == names
    assert path.read_text() == "precious"


def test_a_full_disk_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OSError) as of_file, atomic_path(tmp_path / "out"):
        raise full
    assert of_file.value.filename == str(tmp_path / "out")
    for name in ("a.npz", "b/c.tsv"):
        full.filename = None
        with pytest.raises(OSError) as of_folder, new_folder(tmp_path / "set") as work:
            (work / name).parent.mkdir(exist_ok=True)
            with atomic_path(work / name):
                raise full
        assert of_folder.value.filename == str(tmp_path / "set" / name)
        with (
            pytest.raises(InputError, match=re.escape(f"{tmp_path / 'set' / name}: no")),
            new_folder(tmp_path / "set") as work,
        ):
            raise InputError("no", work / name)
    full.filename = None
    with pytest.raises(OSError) as of_whole, new_folder(tmp_path / "set"):
        raise full
    assert of_whole.value.filename == str(tmp_path / "set")
    assert not os.listdir(tmp_path)


def test_a_failure_leaves_no_new_folder_that_is_empty(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.mkdir()
    for folder in (new, old, new / "a" / "b", old / "a"):
        with pytest.raises(OSError), open_folder(folder), atomic_path(folder / "page"):
            raise OSError
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]
    with pytest.raises(OSError), open_folder(new):
        with atomic_path(new / "first") as sibling:
            sibling.write_text("whole")
        raise OSError
    assert os.listdir(new) == ["first"]


def test_mode_of_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    with atomic_path(path) as sibling:
        sibling.write_text("new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    for target in (tmp_path / "folder" / "out", tmp_path / "folder" / "out"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with atomic_path(link) as sibling:
            sibling.write_text("new")
        assert link.is_symlink()
        assert target.read_text() == "new"


def test_device_is_written_directly() -> None:
    with atomic_path(os.devnull) as path:
        assert path == Path(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_long_name(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".tsv")
    with atomic_path(path) as sibling:
        sibling.write_text("whole")
    assert path.read_text() == "whole"


def test_unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = False
    for path, message in [
        (tmp_path / "absent" / "out", f"there is no folder {tmp_path / 'absent'}"),
        (tmp_path, "is a folder"),
        ("", "an empty file name"),
        (tmp_path / ("x" * 300), "name too long"),
    ]:
        with pytest.raises(InputError, match=message), atomic_path(path):
            entered = True
    protected = tmp_path / "protected"
    protected.write_text("old")
    # Permissions do not bind the superuser, who may be running this.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(InputError, match="write-protected"), atomic_path(protected):
        entered = True
    assert not entered
    assert os.listdir(tmp_path) == ["protected"]


def test_a_read_only_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path / ".hidden"))

    for name in ("open", "mkdir", "unlink"):  # which says so even of a file that is not there
        monkeypatch.setattr(os, name, refuse)
    path = tmp_path / "out"
    said = f"{path}: cannot be written: Read-only file system"
    for call in (atomic_path, new_folder, check_output, check_new_folder):
        with pytest.raises(InputError) as caught, ExitStack() as stack:
            entered = call(path)
            stack.enter_context(entered or nullcontext())
        assert str(caught.value) == said


def test_what_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("new")
    for name in ("file", "link", "absent"):
        check_output(tmp_path / name)
    check_output("-")
    check_output(os.devnull)
    for name in ("", "a/b"):
        check_output_folder(tmp_path / name, "report")
    check_new_folder(tmp_path / "a" / "b")
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]
    assert (tmp_path / "file").read_text() == "old"


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(InputError, match="no folder"):
        check_output(tmp_path / "absent" / "out")
    with pytest.raises(InputError, match="also an input"):
        check_output(tmp_path / "file", [tmp_path / "file"])
    for check in (check_new_folder, lambda path: check_output_folder(path, "report")):
        for name, why in (("file", "is a file"), ("link", "a link to nowhere, which is missing")):
            with pytest.raises(InputError, match=f"{re.escape(str(tmp_path / name))}: {why}"):
                check(tmp_path / name)
            with pytest.raises(InputError, match=f"{re.escape(str(tmp_path / name))}: {why}"):
                check(tmp_path / name / "inside")
    with pytest.raises(InputError, match="an empty name was given for the folder of the run"):
        check_output_folder("", "run")
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "out": bytes,
    "out.gz": gzip.decompress,
    "out.BZ2": bz2.decompress,
    "out.xz": lzma.decompress,
}


@pytest.mark.parametrize("name", UNPACK)
def test_the_name_asks_for_compression(name: str, tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        with open_output(tmp_path / name) as file:
            file.write(b"one\n")
            file.write(b"two\n")
            assert len(os.listdir(tmp_path)) == 1 + len(written)
        written.append((tmp_path / name).read_bytes())
        (tmp_path / name).rename(tmp_path / f"earlier {len(written)}")
    assert UNPACK[name](written[0]) == b"one\ntwo\n"
    assert written[0] == written[1]


@pytest.mark.parametrize("name", UNPACK)
def test_an_output_that_fails_leaves_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_output(tmp_path / name) as file:
        file.write(b"one\n")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_closed_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(InputError, match="standard output is closed: give a file with -o"):
        write_stdout("x")
