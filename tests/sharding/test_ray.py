"""Runs on a Ray cluster of two workers, of which some are killed: no row is missing or doubled."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.slow

SHARDS = 3
PATIENCE = 900

METHODS = (
    "NodeInfoGcsService/GetAllNodeInfo",
    "NodeManagerService/GetNodeStats",
    "CoreWorkerService/GetCoreWorkerStats",
    "ObjectManagerService/Pull",
)
"""One of each kind of server that Ray starts."""


@pytest.fixture(scope="module")
def command(
    data_dir: Path, tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    folder = tmp_path_factory.mktemp("inputs")
    rng = random.Random(1)
    text = "".join(f">c{n}\n{''.join(rng.choices('ACGT', k=600_000))}\n" for n in range(3))
    (folder / "g.fa").write_text(text)
    inputs = ["--proteins", str(data_dir / "example_proteins.fa"), "--genome", str(folder / "g.fa")]
    program = [sys.executable, "-m", "dna_protein_bca", "scan", *inputs, "--model", tiny_weights]
    return [str(part) for part in (*program, "--device", "cpu", "--fast", "--max-p", "1e-3")]


@pytest.fixture(scope="module")
def expected(command: list[str], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What one run without Ray writes."""
    path = tmp_path_factory.mktemp("one") / "one.bed"
    subprocess.run([*command, "-o", str(path)], check=True)
    return path.read_bytes()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.bed"


@pytest.fixture
def driver(command: list[str], out: Path) -> Iterator[subprocess.Popen]:
    process = start(command, out)
    yield process
    process.kill()
    process.wait()


def start(command: list[str], out: Path) -> subprocess.Popen:
    options = ("-o", str(out), "--engine", "ray", "--shards", str(SHARDS))
    return subprocess.Popen([*command, *options], stderr=subprocess.PIPE)


def workers(driver: subprocess.Popen) -> list[psutil.Process]:
    """The processes that compute shards."""
    return [
        process
        for process in psutil.Process(driver.pid).children(recursive=True)
        if "MapWorker" in " ".join(process.cmdline())
    ]


def until(found: object) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_killed_worker_costs_nothing(
    driver: subprocess.Popen, out: Path, expected: bytes
) -> None:
    until(lambda: workers(driver))
    os.kill(workers(driver)[0].pid, signal.SIGKILL)
    said = driver.communicate(timeout=PATIENCE)[1].decode()
    assert driver.returncode == 0, said
    assert out.read_bytes() == expected


def test_a_killed_driver_goes_on_where_it_was(
    driver: subprocess.Popen, command: list[str], out: Path, expected: bytes
) -> None:
    folder = Path(f"{out}.shards")
    until(lambda: list(folder.glob("*.parquet")))
    driver.kill()
    driver.wait()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
    assert not out.exists()
    again = start(command, out)
    said = again.communicate(timeout=PATIENCE)[1].decode()
    assert again.returncode == 0, said
    assert out.read_bytes() == expected
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_strangers_are_refused(driver: subprocess.Popen) -> None:
    until(lambda: workers(driver))
    server = next(
        process
        for process in psutil.Process(driver.pid).children(recursive=True)
        if "gcs_server" in process.name()
    )
    ports = {one.laddr.port for one in server.net_connections("tcp") if one.status == "LISTEN"}
    asked = "import ray, sys; ray.init(address=f'127.0.0.1:{sys.argv[1]}')"
    for port in ports:
        wrong = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}
        done = subprocess.run(
            [sys.executable, "-c", asked, str(port)],
            env={**os.environ, **wrong},
            capture_output=True,
            timeout=PATIENCE,
        )
        assert done.returncode != 0


def test_no_port_answers_without_the_token(driver: subprocess.Popen) -> None:
    pytest.importorskip("grpc", reason="grpcio is not installed")
    until(lambda: workers(driver))
    main = psutil.Process(driver.pid)
    ports = {
        connection.laddr
        for process in (main, *main.children(recursive=True))
        for connection in process.net_connections("tcp")
        if connection.status == "LISTEN"
    }
    assert len(ports) > 4
    answers = {address: said_to_a_stranger(*address) for address in ports}
    assert {address for address, said in answers.items() if "OK" in said} == set()
    # Each is asked for something that it has.
    assert {address for address, said in answers.items() if "UNAUTHENTICATED" not in said} == set()


def said_to_a_stranger(host: str, port: int) -> set[str]:
    """What a server says to each method that it may have, and to a request by HTTP."""
    import grpc

    host = "127.0.0.1" if host in ("::", "0.0.0.0") else host
    said = set()
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        for method in METHODS:
            try:
                channel.unary_unary(f"/ray.rpc.{method}")(b"", timeout=5)
                said.add("OK")
            except grpc.RpcError as error:
                said.add(error.code().name)
    with socket.create_connection((host, port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = connection.recv(100)
    if answer.startswith(b"HTTP/1.1 401"):
        said.add("UNAUTHENTICATED")
    elif answer.startswith(b"HTTP/1.1 2"):
        said.add("OK")
    return said
