"""VCF files with more in them than was read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.io.compression import BGZIP_HEAD, lacks_bgzip_end
from dna_protein_bca.io.variants import (
    AnnotatedVCF,
    HeldVariants,
    encode,
    open_variants,
    parse_variant,
)

FIELDS = {"X": 'Number=.,Type=String,Description="x"'}
HEAD = [
    "##fileformat=VCFv4.2",
    "##contig=<ID=chr1,length=9>",
    '##INFO=<ID=X,Number=1,Type=Float,Description="old">',
    "##made=before",
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1",
]
LINES = [
    "chr1\t3\ta;b\tA\tG\t1e-3\tq10\tAC=1;X=4;FLAG\tGT\t0/1",
    "chr1\t4\t.\tA\tG\t.\t.\t.\tGT\t./.",
]


def test_lines_stay_and_fields_of_the_same_name_are_replaced(
    write: Callable, tmp_path: Path
) -> None:
    source = open_variants(write("in.vcf", "\n".join([*HEAD, *LINES]) + "\n"))
    lengths = {"chr1": 9, "gi|7|ref|N.1|": 5, "a,b": 4}
    with AnnotatedVCF(tmp_path / "out.vcf", source.header, lengths, FIELDS, {"made": "now"}) as out:
        out.write((variant, {"X": "7"}) for variant in source)
    assert (tmp_path / "out.vcf").read_text().splitlines() == [
        *HEAD[:2],
        "##contig=<ID=gi|7|ref|N.1|,length=5>",
        "##made=now",
        f"##INFO=<ID=X,{FIELDS['X']}>",
        HEAD[-1],
        "chr1\t3\ta;b\tA\tG\t1e-3\tq10\tAC=1;FLAG;X=7\tGT\t0/1",
        "chr1\t4\t.\tA\tG\t.\t.\tX=7\tGT\t./.",
    ]


@pytest.mark.parametrize("count", [1, 20_000])
def test_gz_is_compressed_in_blocks(tmp_path: Path, count: int) -> None:
    path = tmp_path / "out.vcf.gz"
    variants = HeldVariants([parse_variant("chr1:3:A:G")] * count)
    with AnnotatedVCF(path, (), {"chr1": 9}, FIELDS, {}) as out:
        out.write((variant, {"X": "1"}) for variant in variants)
    assert BGZIP_HEAD.match(path.read_bytes())
    with path.open("rb") as file:
        assert not lacks_bgzip_end(file)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert lines[0].startswith("##fileformat=VCF")
    assert lines[-1] == "chr1\t3\t.\tA\tG\t.\t.\tX=1" and len(lines) == count + 4


def test_nothing_is_left_of_what_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.vcf.gz"
    with (
        pytest.raises(RuntimeError),
        AnnotatedVCF(path, (), {"chr1": 9}, FIELDS, {}) as out,
    ):
        out.write([(parse_variant("chr1:3:A:G"), {"X": "1"})])
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_what_has_a_meaning_in_info_is_encoded() -> None:
    assert encode("sp|P1;a=b,c d") == "sp%7CP1%3Ba%3Db%2Cc%20d"
