"""Proteins from a server on this machine that answers like UniProt's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dna_protein_bca.commands.group import main
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import as_records, read_fasta
from dna_protein_bca.io.remote import OFFLINE_VARIABLE, asked_accessions, fetch_proteins
from dna_protein_bca.resources import data_path

MAX = next(
    r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein") if r.id == "MAX"
)
ANSWERS = {
    "P61244": (200, f">sp|P61244|MAX_HUMAN Protein max OS=Homo sapiens\n{MAX[:60]}\n{MAX[60:]}\n"),
    "P04637-2": (200, ">sp|P04637-2|P53_HUMAN Isoform 2 of p53\nMEEPQSDPSV\n"),
    "P00001": (200, ""),
    "P00003": (503, "busy"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        accession = self.path.removeprefix("/uniprotkb/").removesuffix(".fasta")
        status, text = ANSWERS.get(accession, (404, "no entry"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv(OFFLINE_VARIABLE, "")  # what the commands set is undone after a test
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv("DNA_PROTEIN_BCA_UNIPROT", f"http://127.0.0.1:{server.server_port}/")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_accessions_are_told_from_files() -> None:
    assert asked_accessions("uniprot:P61244, p04637-2,P61244") == ["P61244", "P04637-2"]
    assert asked_accessions("proteins.fa") is None
    assert asked_accessions({"uniprot:P61244": "MAD"}) is None


@pytest.mark.parametrize("wrong", ["", "MAX_HUMAN", "P61244,", "P61244;P04637", "../P61244"])
def test_what_is_no_accession_is_named(wrong: str) -> None:
    with pytest.raises(InputError, match="is no accession of UniProt"):
        asked_accessions(f"uniprot:{wrong}")


def test_sequences_come_in_order_with_their_ids() -> None:
    assert fetch_proteins(["P04637-2", "P61244"]) == [
        ("sp|P04637-2|P53_HUMAN", "MEEPQSDPSV"),
        ("sp|P61244|MAX_HUMAN", MAX),
    ]
    assert [r.sequence for r in as_records("uniprot:P61244", "protein")] == [MAX]


@pytest.mark.parametrize(
    ("accession", "reason"),
    [
        ("P00001", "no sequence under this accession"),
        ("P00002", "answers 404: there is no such entry"),
        ("P00003", "answers 503: try again later"),
    ],
)
def test_what_uniprot_lacks_is_one_line(accession: str, reason: str) -> None:
    with pytest.raises(InputError, match=f"^uniprot:{accession}: .*{reason}") as raised:
        fetch_proteins(["P61244", accession])
    assert "\n" not in str(raised.value)


def test_without_a_network_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DNA_PROTEIN_BCA_UNIPROT", "http://127.0.0.1:1")
    with pytest.raises(InputError, match=r"cannot be reached \(.*refused.*\).*FASTA file"):
        fetch_proteins(["P61244"])


def test_dna_is_never_fetched() -> None:
    with pytest.raises(InputError, match="no such file"):
        as_records("uniprot:P61244", "dna")


def test_a_command_takes_accessions_and_offline_forbids_them(tmp_path: Path) -> None:
    out = tmp_path / "census.tsv"
    asked = ["domains", "--proteins", "uniprot:P61244", "-o", str(out)]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    assert "sp|P61244|MAX_HUMAN\tHLH" in out.read_text(encoding="utf-8")
    out.unlink()
    result = CliRunner().invoke(main, [*asked, "--offline"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: uniprot:P61244: needs the network, which --offline")
    assert not out.exists()
