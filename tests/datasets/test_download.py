"""Downloads, from a server on this machine: whole, resumed, checked, and without a network."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dna_protein_bca.datasets.download import CACHE, download
from dna_protein_bca.errors import InputError

pytest.importorskip("pooch")

BODY = bytes(range(256)) * 4096
"""A megabyte."""

SHA = "sha256:" + hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY at /file.txt with ranges; breaks off after `breaks_at` bytes where told to."""

    breaks_at: int | None = None
    tag = '"one"'
    asked: list[str | None]
    sent: list[int]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path != "/file.txt":
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        begin = 0
        if asked and self.headers.get("If-Range") == self.server.tag:
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if begin else 200)
        self.send_header("ETag", self.server.tag)
        self.send_header("Content-Length", str(len(BODY) - begin))
        self.end_headers()
        part = BODY[begin : self.server.breaks_at]
        self.server.sent.append(len(part))
        self.wfile.write(part)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    server = Server(("127.0.0.1", 0), Handler)
    server.asked, server.sent = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: Server, name: str = "file.txt") -> str:
    return f"http://127.0.0.1:{server.server_port}/{name}"


def test_a_file_is_fetched_once(server: Server, tmp_path: Path) -> None:
    first = download(address(server), SHA)
    assert first.read_bytes() == BODY and first.parent == tmp_path / "cache"
    assert download(address(server), SHA) == first
    assert server.asked == [None]


def test_a_download_that_broke_off_is_resumed(server: Server) -> None:
    server.breaks_at = 300_000
    with pytest.raises(InputError, match=r"broke off.*run it again"):
        download(address(server), SHA)
    server.breaks_at = None
    assert download(address(server), SHA).read_bytes() == BODY
    begun = int((server.asked[1] or "").removeprefix("bytes=").rstrip("-"))
    assert 0 < begun <= 300_000
    assert server.sent[1] == len(BODY) - begun


def test_a_file_that_changed_is_fetched_anew(server: Server) -> None:
    server.breaks_at = 300_000
    with pytest.raises(InputError):
        download(address(server), SHA)
    server.breaks_at, server.tag = None, '"two"'
    assert download(address(server), SHA).read_bytes() == BODY
    assert server.sent[1] == len(BODY)


def test_another_checksum_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not have the checksum"):
        download(address(server), "sha256:" + "0" * 64)
    assert not (tmp_path / "cache" / "file.txt").exists()


def test_a_file_that_is_not_there(server: Server) -> None:
    with pytest.raises(InputError, match="the server answers 404"):
        download(address(server, "other.txt"))


def test_no_network(server: Server) -> None:
    url = address(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match="cannot be reached: is there a network"):
        download(url)
