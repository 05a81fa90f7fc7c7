"""Files that are read: any compression, and what is not text."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import (
    check_readable,
    check_rereadable,
    is_stream,
    open_bytes,
    open_text,
)

TEXT = "first\nsecond\n" + "".join(f"line {number}\n" for number in range(5000))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


class _Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("text", [TEXT, "", "x"])
def test_compression_is_told_by_content(packer: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "misnamed.gz"
    path.write_bytes(PACKERS[packer](text.encode()))
    with open_text(path) as handle:
        assert handle.read() == text
    with open_bytes(str(path)) as stream:
        assert stream.peek(3)[:3] == text.encode()[:3]
        assert stream.read() == text.encode()


@pytest.mark.parametrize("packer", PACKERS)
def test_stdin(packer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = _Stdin(PACKERS[packer](TEXT.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    with open_text("-") as handle:
        assert handle.read() == TEXT
    assert not stdin.buffer.closed


def test_closed_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="stdin: "):
        open_text("-")


def test_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(
        target=lambda: path.write_bytes(gzip.compress(TEXT.encode(), mtime=0))
    )
    writer.start()
    with open_text(path) as handle:
        assert handle.read() == TEXT
    writer.join()


def test_gzip_of_several_members(tmp_path: Path) -> None:
    path = tmp_path / "blocks.gz"
    path.write_bytes(gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0))
    with open_text(path) as handle:
        assert list(handle) == ["one\n", "two\n"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(end: str, mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(mark + "eins\nzwölf\n".replace("\n", end).encode())
    with open_text(path) as handle:
        assert list(handle) == ["eins\n", "zwölf\n"]


def test_text_that_begins_like_bzip2(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("BZh9 is a gene\n")
    with open_text(path) as handle:
        assert handle.read() == "BZh9 is a gene\n"


@pytest.mark.parametrize("packer", ["gzip", "bzip2", "xz"])
@pytest.mark.parametrize("kept", [0.5, 12])
def test_truncated(packer: str, kept: float, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    data = PACKERS[packer](TEXT.encode())
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(InputError) as caught, open_text(path) as handle:
        handle.read()
    assert str(caught.value).startswith(f"{path}: the compressed data end too early")


@pytest.mark.parametrize("packer", ["gzip", "bzip2", "xz"])
def test_damaged(packer: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged"
    data = bytearray(PACKERS[packer](os.urandom(20_000)))
    data[10_000:10_100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"), open_bytes(path) as stream:
        stream.read()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (">one\nACGT\n".encode("utf-16"), "UTF-16"),
        (">one\nACGT\n".encode("utf-16-le"), "UTF-16"),
        (">one\nACGT\n".encode("utf-16-be"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (gzip.compress(bytes(range(256)), mtime=0), "binary"),
    ],
)
def test_not_text(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        open_text(path)


def test_not_there(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    for path, message in [
        (tmp_path / "absent", "absent: no such file"),
        (tmp_path, "is a folder"),
        (link, "link: a link to nowhere, which is missing"),
        (tmp_path / "file" / "below", "no such file"),
        ("", "an empty file name"),
        ("x" * 5000, "name too long"),
    ]:
        for function in (check_readable, open_bytes, open_text):
            with pytest.raises(InputError, match=message):
                function(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04\x14\x00", "binary, a ZIP archive or a workbook: "),
        (b"\x28\xb5\x2f\xfd$\x01>MAX", "compressed with zstd, .*: unpack it"),
        (b"%PDF-1.7\n", "a PDF"),
    ],
)
def test_files_that_are_known_to_be_no_text(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^{path}: {message}"):
        open_text(path)


def test_what_can_be_read_only_once(tmp_path: Path) -> None:
    file, link, pipe = (tmp_path / name for name in ("file", "link", "pipe"))
    file.write_text("x")
    link.symlink_to(pipe)
    os.mkfifo(pipe)
    assert [is_stream(path) for path in (file, link, pipe, "-", "absent")] == [
        False,
        True,
        True,
        True,
        False,
    ]
    check_rereadable(file)
    for path, what in ((link, "a pipe"), (pipe, "a pipe"), ("-", "standard input")):
        with pytest.raises(InputError, match=f": {what} can be read only once"):
            check_rereadable(path)
    with pytest.raises(InputError, match="no such file"):
        check_rereadable(tmp_path / "absent")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_file_that_shrinks_while_it_is_read(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "dna.fa"
    path.write_bytes(compress(np.random.default_rng(0).bytes(3_000_000).replace(b"\0", b"A")))
    with open_bytes(path) as file:
        assert file.read(1000)
        os.truncate(path, 1_000_000)
        with pytest.raises(InputError, match=r"dna\.fa: (became shorter|the compressed data end)"):
            file.read()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_is_too_long_is_named(end: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    lines = ["short", "a" * 100, "b" * 400_000, "short"]
    path.write_bytes(end.join(lines).encode())
    with open_text(path, 400_000) as file:
        assert file.read().splitlines() == lines
    with (
        open_text(path, 300_000) as file,
        pytest.raises(InputError, match=r"a\.tsv:3: a line of more than 300,000 bytes: "),
    ):
        file.read()
    with open_text(path, None) as file:
        assert len(file.read()) > 400_000


def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.fa.gz"
    path.write_bytes(gzip.compress(b">a\n" + b"A" * 80_000_000, 1))
    with open_bytes(path) as file, pytest.raises(InputError, match=r"gz: unpacks to more than 200"):
        while file.read(1 << 20):
            pass
    # Less is read whatever it unpacks to.
    path.write_bytes(gzip.compress(b">a\n" + b"A" * 60_000_000, 1))
    with open_bytes(path) as file:
        assert len(file.read()) == 60_000_003
