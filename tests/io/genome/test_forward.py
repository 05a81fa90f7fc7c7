"""Genomes that are read from front to back: any compression, streams, and sequences from Python."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import Genome, as_contigs
from dna_protein_bca.io.genome.forward import KEPT

Write = Callable[[str, str], Path]


def bases(length: int, seed: int = 0) -> str:
    letters = np.frombuffer(b"ACGT", np.uint8)
    return bytes(np.random.default_rng(seed).choice(letters, length)).decode()


def fasta(chroms: dict[str, str], width: int) -> str:
    lines = []
    for name, text in chroms.items():
        lines += [f">{name} a test", *(text[at : at + width] for at in range(0, len(text), width))]
    return "\n".join(lines) + "\n"


CHROMS = {"chr1": bases(KEPT + KEPT // 2), "chr2": bases(999, 1), "chr3": bases(70_000, 2)}


@pytest.mark.parametrize(
    "pack",
    [partial(gzip.compress, compresslevel=1), bz2.compress, partial(lzma.compress, preset=0)],
)
def test_any_compression_is_read_from_front_to_back(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "g.fa.packed"
    path.write_bytes(pack(fasta(CHROMS, 60).encode()))
    genome = Genome(path, forward=True)
    assert genome.lengths == {name: len(text) for name, text in CHROMS.items()}
    for name, text in CHROMS.items():
        for start in range(0, len(text), 100_000):
            # Stretches overlap a little.
            begin = max(0, start - 500)
            assert genome.fetch(name, begin, start + 100_000) == text[begin : start + 100_000]
    assert genome.fetch("chr1", 7, 99) == CHROMS["chr1"][7:99]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_pipe_is_copied(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = gzip.compress(fasta(CHROMS, 60).encode(), 1, mtime=0)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    genome = Genome(pipe, forward=True)
    writer.join()
    assert genome.fetch("chr2", 0, 999) == CHROMS["chr2"]
    assert genome.fetch("chr1", 5, 9) == CHROMS["chr1"][5:9]


def test_a_plain_file_has_an_index_and_needs_no_order(write: Write) -> None:
    path = write("g.fa", fasta(CHROMS, 60))
    assert Genome(path, forward=True).fetch("chr3", 3, 9) == CHROMS["chr3"][3:9]
    assert Path(f"{path}.fai").is_file()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("width", [1 << 16, (1 << 16) - 1, (1 << 16) - 2, 1 << 17, 10**9])
def test_lines_longer_than_what_is_read_at_once(width: int, end: str, tmp_path: Path) -> None:
    path = tmp_path / "g.fa"
    path.write_bytes(fasta(CHROMS, width).replace("\n", end).encode())
    for text in (path.read_bytes(), path.read_bytes().rstrip()):
        path.write_bytes(text)
        Path(f"{path}.fai").unlink(missing_ok=True)
        for _ in ("built", "read again"):
            genome = Genome(path)
            for name, sequence in CHROMS.items():
                assert genome.lengths[name] == len(sequence)
                for start in (0, 65_500, 131_060, len(sequence) - 5):
                    assert genome.fetch(name, start, start + 80) == sequence[start : start + 80]


def test_a_long_line_that_ends_in_a_blank(write: Write) -> None:
    path = write("g.fa", f">chr1\n{'A' * 200_000} \n>chr2\nACGT\n")
    with pytest.raises(InputError, match=r"g\.fa:2: the line ends in a blank"):
        Genome(path)


def test_sequences_from_python_and_genomes_are_contigs(write: Write) -> None:
    path = write("g.fa", fasta(CHROMS, 60))
    genome = Genome(path)
    assert as_contigs(genome) is genome
    for source in (path, str(path), CHROMS, list(CHROMS.items())):
        contigs = as_contigs(source)
        assert list(contigs.lengths) == list(CHROMS)
        assert contigs.fetch("chr2", 10, 20) == CHROMS["chr2"][10:20]
    with pytest.raises(InputError, match="duplicate id"):
        as_contigs([("a", "ACGT"), ("a", "ACGT")])
    with pytest.raises(InputError, match="holds no sequence"):
        as_contigs({})
