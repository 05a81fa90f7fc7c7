"""Genomes: opened by an index that is checked, whatever became of the file since it was made."""

from __future__ import annotations

import gzip
import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from Bio.bgzf import BgzfWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import open_text
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.io.genome.index import build_index

Write = Callable[[str, str], Path]

CHROMS = {"chr1": "ACGTTGCAAC" * 30 + "GATTACA", "chr2": "GGGCCCTTTA" * 9}


def fasta(chroms: dict[str, str], width: int = 60, end: str = "\n") -> str:
    parts = []
    for name, bases in chroms.items():
        lines = [bases[at : at + width] for at in range(0, len(bases), width)]
        parts += [f">{name} of a test", *lines]
    return end.join(parts) + end


def check(path: Path, chroms: dict[str, str]) -> None:
    genome = Genome(path)
    assert genome.lengths == {name: len(bases) for name, bases in chroms.items()}
    for name, bases in chroms.items():
        assert genome.fetch(name, 0, len(bases)) == bases
        for start in (0, 1, 58, 59, 60, 61, 80):
            assert genome.fetch(name, start, start + 7) == bases[start : start + 7]


def bgzip(path: Path, text: str, block: int = 1000) -> Path:
    with open(path, "wb") as raw, BgzfWriter(fileobj=raw) as file:
        for at in range(0, len(text), block):
            file.write(text[at : at + block].encode())
            file.flush()
    return path


PLAIN = fasta(CHROMS)
OTHERS = {
    "other lengths": fasta({"chr1": "TTGGCCAATT" * 31, "chr2": "ACACACACAC" * 8}),
    "other width": fasta(CHROMS, 50),
    "other line ends": fasta(CHROMS, end="\r\n"),
    "other order": fasta({"chr2": CHROMS["chr2"], "chr1": CHROMS["chr1"]}),
    "other names": fasta({"1": CHROMS["chr1"], "2": CHROMS["chr2"]}),
    "names of the same length": fasta({"chrA": CHROMS["chr1"], "chrB": CHROMS["chr2"]}),
    "one more": fasta(CHROMS | {"chr3": "ACGTA"}),
    "one less": fasta({"chr1": CHROMS["chr1"]}),
    "longer at its end": PLAIN.rstrip("\n") + "ACGTACGTA\n",
    "a header longer": PLAIN.replace(">chr1 of a test", ">chr1 of another test"),
    "a base moved": fasta({"chr1": CHROMS["chr1"][1:], "chr2": CHROMS["chr2"] + "A"}),
}


@pytest.mark.parametrize("older", [True, False], ids=["file older", "file newer"])
@pytest.mark.parametrize("name", OTHERS)
def test_an_index_of_another_file_is_built_anew(write: Write, name: str, older: bool) -> None:
    index = Path(f"{write('other.fa', OTHERS[name])}.fai")
    Genome(index.with_suffix(""))
    path = write("g.fa", PLAIN)
    target = Path(f"{path}.fai")
    index.rename(target)
    wrong = target.read_bytes()
    os.utime(path, (0, 0) if older else None)
    os.utime(target, None if older else (0, 0))
    check(path, CHROMS)
    assert target.read_bytes() != wrong
    check(path, CHROMS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "chr1\t307\n",
        "chr1\tx\t1\t2\t3\n",
        PLAIN,
        "chr1\t-5\t16\t60\t61\n",
        "chr1\t307\t16\t0\t0\n",
        "chr1\t307\t16\t60\t61\n",
        "chr1\t9999999999999\t16\t60\t61\nchr2\t90\t345\t60\t61\n",
        "chr1\t307\t16\t60\t61\n" * 2,
    ],
)
def test_what_is_no_index_is_built_anew(write: Write, text: str) -> None:
    path = write("g.fa", PLAIN)
    write("g.fa.fai", text)
    check(path, CHROMS)
    assert Path(f"{path}.fai").read_text() == "chr1\t307\t16\t60\t61\nchr2\t90\t345\t60\t61\n"


def test_an_index_that_is_right_is_left_alone(write: Write) -> None:
    path = write("g.fa", PLAIN)
    Genome(path)
    index = Path(f"{path}.fai")
    os.utime(index, (0, 0))
    check(path, CHROMS)
    assert index.stat().st_mtime == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="a folder cannot be protected")
@pytest.mark.parametrize("stale", [True, False])
def test_a_folder_that_cannot_be_written_to(write: Write, stale: bool) -> None:
    path = write("place/g.fa", PLAIN)
    if stale:
        write("place/g.fa.fai", "chr1\t5\t16\t5\t6\n").chmod(0o444)
    path.parent.chmod(0o555)
    try:
        check(path, CHROMS)
        assert len(list(path.parent.iterdir())) == 1 + stale
    finally:
        path.parent.chmod(0o755)


@pytest.mark.parametrize("stale", [True, False])
def test_an_index_that_cannot_be_written(write: Write, stale: bool) -> None:
    path = write("g.fa", PLAIN)
    (path.parent / "g.fa.fai").mkdir()
    check(path, CHROMS)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN + "\n\n",
        PLAIN.replace(">chr2", "\n>chr2"),
        PLAIN.replace(" of a test\n", "\n\n", 1),
        "; a comment\n" + PLAIN,
        fasta(CHROMS, 1000),
        fasta(CHROMS, 1000).rstrip("\n"),
        fasta(CHROMS, 1),
    ],
)
def test_variants_of_fasta(write: Write, text: str) -> None:
    path = write("g.fa", text)
    check(path, CHROMS)
    check(path, CHROMS)


def test_a_record_without_a_base(write: Write) -> None:
    path = write("g.fa", ">chr0\n>chr1\nACGT\n>chr9")
    for _ in range(2):
        assert Genome(path).lengths == {"chr0": 0, "chr1": 4, "chr9": 0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">a\nACGTAC\nACG\nACGTAC\n", r"g\.fa:4: the lines of 'a' differ in length"),
        (">a\nACGT\n\nACGT\n", r"g\.fa:4: the lines of 'a' differ in length"),
        (">a\nACGT\nACGTA\n", r"g\.fa:3: the lines of 'a' differ in length"),
        (">a\nACGT\nACGT\r\nACGT\n", r"g\.fa:3: the lines of 'a' differ in length"),
        (">a\nACGT\r\nACGTA\nACGT\r\n", r"g\.fa:3: the lines of 'a' differ in length"),
        (">a\nACGT\nACG\r\nACGT\n", r"g\.fa:4: the lines of 'a' differ in length"),
        (">a\nACGT\n>a x\nACGT\n", r"g\.fa:3: a second record 'a' \(the first is at line 1"),
        (">a\nACGT\n> \nACGT\n", r"g\.fa:3: a record without a name"),
        ("ACGT\n", r"g\.fa:1: not FASTA"),
        ("", "holds no sequence"),
        (">a\n", "holds no sequence"),
        (">a\nACGT  \nACGT  \n", r"g\.fa:2: the line ends in a blank"),
        (">a\rACGT\rACGT\r>b\rAC\r", "end as on old Macs, in CR alone: convert them"),
    ],
)
def test_a_broken_genome_fails_alike_each_time(write: Write, text: str, message: str) -> None:
    path = write("g.fa", text)
    for _ in range(2):
        with pytest.raises(InputError, match=message):
            Genome(path)


@pytest.mark.parametrize(
    ("letter", "advice"),
    [
        ("-", "give an assembly without gaps"),
        (".", "give an assembly without gaps"),
        (" ", "remove the blanks"),
        ("*", "give DNA"),
        ("E", "give DNA"),
    ],
)
def test_what_is_no_base_is_refused_where_it_is_read(
    write: Write, letter: str, advice: str
) -> None:
    bases = "ACGTR" * 20
    path = write("g.fa", fasta({"chr1": bases[:70] + letter + bases[71:]}))
    genome = Genome(path)
    assert genome.fetch("chr1", 0, 70) == bases[:70]
    with pytest.raises(InputError, match=f"at chr1:70-71 is not a base: {advice}"):
        genome.fetch("chr1", 65, 80)


def test_lines_that_changed_inside_are_refused(write: Write) -> None:
    """Two neighbouring lines of a large file, between the line ends that are looked at."""
    bases = "ACGTTGCAAC" * 60_000
    text = fasta({"chr1": bases})
    path = write("g.fa", text)
    Genome(path)
    lines = text.split("\n")
    lines[2], lines[3] = lines[2][:-1], lines[2][-1] + lines[3]
    path.write_text("\n".join(lines))
    genome = Genome(path)
    with pytest.raises(InputError, match="not those of its index"):
        genome.fetch("chr1", 110, 190)


@pytest.mark.parametrize("name", ["g.fa.gz", "g.fa.bgz", "g.fa"])
@pytest.mark.parametrize("block", [1000, 64, 65536])
def test_bgzip(tmp_path: Path, name: str, block: int) -> None:
    chroms = {"chr1": "ACGTTGCAAC" * 20_000, "chr2": "GATTACA" * 9}
    path = bgzip(tmp_path / name, fasta(chroms), block)
    check(path, chroms)
    other = {"chr1": "TTGGCCAATT" * 500, "chr2": "GATTACA" * 100}
    bgzip(path, fasta(other), block)
    Path(f"{path}.gzi").write_bytes(b"of another file")
    check(path, other)


def test_damaged_bgzip(tmp_path: Path) -> None:
    path = bgzip(tmp_path / "g.fa.gz", PLAIN * 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(InputError, match="cut off or damaged"):
        Genome(path)
    path.write_bytes(whole[:60] + bytes([whole[60] ^ 255]) + whole[61:])
    with pytest.raises(InputError, match="damaged"):
        Genome(path)


@pytest.mark.parametrize(
    ("name", "pack", "tool"), [("g.fa.gz", gzip.compress, "gunzip"), ("g.fa", gzip.compress, "gu")]
)
def test_other_compressions_are_refused(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes], tool: str
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(PLAIN.encode()))
    with pytest.raises(InputError, match=f"unpack it \\({tool}"):
        Genome(path)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_stream_is_refused() -> None:
    with pytest.raises(InputError, match="give a file, not a stream"):
        Genome("-")


chromosomes = st.dictionaries(
    st.text("abc1", min_size=1, max_size=3), st.text("ACGTNacgt", min_size=1, max_size=90),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(chromosomes, chromosomes, st.integers(1, 40), st.integers(1, 40))
def test_no_index_of_one_file_gives_wrong_bases_of_another(
    tmp_path_factory: pytest.TempPathFactory,
    one: dict[str, str],
    two: dict[str, str],
    width: int,
    other: int,
) -> None:
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    for chroms, wide in ((one, width), (two, other)):
        path.write_text(fasta(chroms, wide))
        genome = Genome(path)
        for name, bases in chroms.items():
            for start in range(0, len(bases), 7):
                assert genome.fetch(name, start, start + 20) == bases[start : start + 20]


def test_the_index_is_that_of_the_format() -> None:
    found = build_index("g.fa", io.BytesIO(b">a x\nACGT\nAC\n>b\r\nACG\r\n"))
    assert [tuple(one) for one in found] == [("a", 6, 5, 4, 5), ("b", 3, 17, 3, 5)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04" + b"\0" * 30, "binary, a ZIP archive"),
        (b"\x28\xb5\x2f\xfd" + b"\1" * 30, "compressed with zstd"),
        (PLAIN.encode("utf-16"), "UTF-16, not UTF-8"),
        (PLAIN.encode("utf-16-le"), "UTF-16, not UTF-8"),
        (PLAIN.replace("chr2", "\xc4").encode("latin-1"), "'.*' is not UTF-8: save the file"),
    ],
)
def test_a_genome_that_is_no_text(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "g.fa"
    path.write_bytes(data)
    for _ in range(2):
        with pytest.raises(InputError, match=f"^{path}: {message}"):
            Genome(path)


def test_blanks_that_an_index_cannot_show_are_named_where_they_are_read(write: Write) -> None:
    genome = Genome(write("g.fa", ">a\nACGTAC\nACGT  \nACGTAC\n"))
    with pytest.raises(InputError, match="' ' at a:10-11 is not a base: remove the blanks"):
        genome.fetch("a", 0, 18)


@pytest.mark.parametrize("target", ["shared.fa.fai", "missing.fa.fai"])
def test_an_index_that_is_a_link_is_never_written(write: Write, target: str) -> None:
    index = write("shared.fa.fai", "chr9\t5\t6\t5\t6\n")
    path = write("mine.fa", PLAIN)
    link = path.with_name("mine.fa.fai")
    link.symlink_to(target)
    check(path, CHROMS)
    assert link.is_symlink() and index.read_text() == "chr9\t5\t6\t5\t6\n"
    assert not path.with_name("missing.fa.fai").exists()


def test_bgzip_that_is_cut_between_two_blocks(tmp_path: Path) -> None:
    path = bgzip(tmp_path / "g.fa.gz", PLAIN * 1, 100)
    whole = path.read_bytes()
    ends = [match.start() for match in re.finditer(rb"\x1f\x8b\x08\x04", whole)]
    for end in ends[1:]:
        path.write_bytes(whole[:end])
        with pytest.raises(InputError, match="without the empty block that bgzip writes last"):
            Genome(path)
        with pytest.raises(InputError, match="without the empty block that bgzip writes last"):
            open_text(path)
    path.write_bytes(whole)
    with open_text(path) as file:
        assert file.read() == PLAIN
