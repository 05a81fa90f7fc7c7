"""Variants of every source, and what is said of those that are broken."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.variants import as_variants, open_variants, parse_variant

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
LINES = "chr2\t30\trs1\tA\tG,<DEL>,*\t.\tPASS\tAC=1\nchr1\t7\t.\tCA\t.\t.\t.\t.\n"


def test_a_vcf_file_is_read_in_its_order(write: Callable) -> None:
    source = open_variants(write("a.vcf", HEAD + LINES))
    first, second = source
    assert list(source.header) == HEAD.splitlines()
    assert (first.chrom, first.pos, first.id, first.ref) == ("chr2", 30, "rs1", "A")
    assert first.alts == ("G", "<DEL>", "*") and first.line == 3
    assert first.text == LINES.splitlines()[0]
    assert (second.chrom, second.id, second.alts) == ("chr1", "", ())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lambda data: data])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_compressed_files_and_windows_line_ends(
    tmp_path: Path, pack: Callable[[bytes], bytes], end: str
) -> None:
    text = (HEAD + LINES + "\n").replace("\n", end)
    (tmp_path / "x").write_bytes(pack(text.encode()))
    found = list(open_variants(tmp_path / "x"))
    assert [variant.text for variant in found] == LINES.splitlines()


def test_a_vcf_file_may_have_no_records(write: Callable) -> None:
    assert list(open_variants(write("a.vcf", HEAD))) == []


def test_samples_are_no_part_of_a_variant(write: Callable) -> None:
    head = HEAD.rstrip("\n") + "\tFORMAT\tS1\tS2\n"
    line = "chr1\t7\t.\tCA\tC\t.\t.\t.\tGT\t0/1\t1/1\n"
    (variant,) = open_variants(write("a.vcf", head + line))
    assert variant.alts == ("C",) and variant.text == line.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (HEAD + LINES + "chr1\tx7\t.\tA\tG\t.\t.\t.\n", 5, "position 'x7'"),
        (HEAD + LINES + "chr1\t-7\t.\tA\tG\t.\t.\t.\n", 5, "position '-7'"),
        (HEAD + "chr1\t7\t.\tA\n", 3, "4 columns"),
        (HEAD + "chr1 7 . A G . . .\n", 3, "1 columns"),
        (HEAD + "chr1\t7\t.\tA\tG7\t.\t.\t.\n", 3, "'G7'"),
        (HEAD + "chr1\t7\t.\tA!\tG\t.\t.\t.\n", 3, "'A!'"),
        (HEAD + "\t7\t.\tA\tG\t.\t.\t.\n", 3, "chromosome is empty"),
        ("##fileformat=VCFv4.2\nchr1\t7\t.\tA\tG\t.\t.\t.\n", 2, "#CHROM"),
        ("##fileformat=VCFv4.2\n", 0, "within the header"),
        (">seq1\nACGT\n", 1, "neither a VCF file"),
        ("", 1, "empty"),
        ("chrom\tpos\tref\nchr1\t7\tA\n", 1, "lacks alt"),
        ("chrom\tpos\tref\talt\nchr1\t7\tA\n", 2, "3 columns"),
        ("chrom\tpos\tref\talt\nchr1\t7\tA\t-\n", 2, "with the base before it"),
    ],
)
def test_what_is_broken_is_named_with_its_line(
    write: Callable, text: str, line: int, what: str
) -> None:
    path = write("broken.vcf", text)
    with pytest.raises(InputError, match=what) as caught:
        list(open_variants(path))
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")


def test_bcf_is_told_from_vcf(tmp_path: Path) -> None:
    (tmp_path / "x.bcf").write_bytes(gzip.compress(b"BCF\2\2" + b"\0" * 50, mtime=0))
    with pytest.raises(InputError, match="bcftools view"):
        open_variants(tmp_path / "x.bcf")


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_table_in_any_order_of_columns(write: Callable, delimiter: str) -> None:
    rows = [["alt", "note", "Chrom", "POS", "ref", "id"], ["G", "", '"chr1"', "7", "A", "rs5"]]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n\n"
    (variant,) = open_variants(write("x.tsv", text))
    assert variant[:5] == ("chr1", 7, "rs5", "A", ("G",)) and variant.line == 2


def test_a_name_with_colons_and_pipes() -> None:
    variant = parse_variant("HLA:A|1:01:12:A:GT")
    assert variant[:5] == ("HLA:A|1:01", 12, "", "A", ("GT",))


@pytest.mark.parametrize("text", ["chr1:12:A", "chr1", "chr1:x:A:G", "chr1:1:A:G?"])
def test_a_text_of_another_form_is_named(text: str) -> None:
    with pytest.raises(InputError, match=text.replace("?", r"\?")):
        parse_variant(text)


def test_rows_from_python() -> None:
    frame = pd.DataFrame({"pos": [7], "chrom": ["chr1"], "alt": ["G"], "ref": ["A"]})
    expected = ("chr1", 7, "", "A", ("G",))
    sources = (frame, ["chr1:7:A:G"], [("chr1", 7, "A", "G")])
    for source in sources:
        (variant,) = as_variants(source)
        assert variant[:5] == expected
    with pytest.raises(InputError, match="no column alt"):
        as_variants(frame.drop(columns="alt"))


def test_genotypes_of_many_people_are_read(tmp_path: Path) -> None:
    """Their lines are long, and unpack to hundreds of times their size."""
    path = tmp_path / "many.vcf.gz"
    line = "chr1\t100\t.\tC\tG\t.\t.\tAC=1" + ";0/0" * 5_000_000 + "\n"
    path.write_bytes(gzip.compress((HEAD + line * 4).encode(), 6))
    assert len(line) * 4 > 200 * path.stat().st_size
    assert [variant.alts for variant in open_variants(path)] == [("G",)] * 4
