"""Inputs in which fuzzing has found faults, all mended since: each is tried again by every test."""

from __future__ import annotations

import io
import zipfile

from samples import parquet_file, relatives, zipped


def _entry(at: int, value: int) -> bytes:
    """An archive with another byte in the entry of its directory."""
    data = bytearray(zipped())
    data[data.rindex(b"PK\1\2") + at] = value
    return bytes(data)


def _arrays(member: bytes) -> bytes:
    """An archive of arrays in which all members are these bytes."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name in ("keys", "lengths", "knots", "score", "level"):
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member)
    return raw.getvalue()


ARRAY = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}"
PAIRS = parquet_file(
    {"protein_id": ["max", "max"], "dna_id": ["c", "d"], "label": [0, 1], "assay": ["a", "b"]}
)

FOUND: dict[str, tuple[bytes, ...]] = {
    "background": (b"\0",),
    # An array in place of an archive, members that are no arrays, and a header that is no text.
    "backgrounds": (
        b"\x93NUMPY\1\0\x76\0" + ARRAY.ljust(117) + b"\n\0",
        _arrays(b"x"),
        _arrays(b"\x93NUMPY\1\0\2\0(\n"),
    ),
    "bed": (b"chr1\t1\t" + b"9" * 5000 + b"\t1\t1\n", b"c\t1\t9\t\xd9\xa1\t" + b"9" * 5000 + b"\n"),
    "cisbp_information": (b"\x01", b"\x1b[31mTF_ID\n"),
    "config_file": (
        b"[[columns]]",
        b"steps = inf\n",
        b'{"epochs": {}}',
        b"[epochs]\n",
        b'{"settings": 1}',
        b'{"a":' * 3000,
        b"a = " + b"[" * 3000,
    ),
    "fitted": (
        b'{"slope": "a", "intercept": NaN, "threshold": 0}',
        b"[" * 3000,
    ),
    "index": (
        # One record that reaches over the header of the next.
        b"chr1\t25\t6\t10\t11\n",
        b"chr1\t145555555555555555555555555555\t6\t10\t11\nchr2\t5\t28\t5\t6\n",
        # One that ends where no file system has a place.
        b"chr1\t555555555555555555\t6\t10\t11\nchr2\t5\t28\t5\t6\n",
    ),
    # Archives that Python cannot unpack: a later version, another method, patches, a password.
    "kmers": (
        *(_entry(at, value) for at, value in ((6, 95), (10, 49), (8, 32), (8, 1))),
        # A name that is not UTF-8, and is said to be.
        zipped()
        .replace(b"_contig", b"\xf3contig")
        .replace(b"\x14\3\x14\0\0\0", b"\x14\3\x14\0\0\x08"),
    ),
    "mutation": (b"R" + b"9" * 5000 + b"W",),
    # Texts and a name of a column that are not UTF-8.
    "parquet": tuple(
        PAIRS.replace(old, new) for old, new in ((b"max", b"\xff\xfe\xfd"), (b"assay", b"ass\x94y"))
    ),
    # A name of a column that is not UTF-8.
    "relatives": (relatives().replace(b"protein_id", b"protei\xb2_id"),),
    "shard_file": (b"null", b'{"identity": 1, "finish": {}, "notes": {}, "units": 3}', b"[" * 3000),
    "variant": (b"\x80chr1:12345:A:G",),
    "weights": (
        b'{"profile_lengths": [5], "joint": {"dim": 2, "heads": 3, "form": "sites"}}\n---\n{}',
    ),
}
"""Parser -> inputs."""
