"""Correct inputs of every format, which edits begin from, and words that edits put into them."""

from __future__ import annotations

import json


def gzipped(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)


def bgzipped(data: bytes) -> bytes:
    import io

    from Bio.bgzf import BgzfWriter

    raw = io.BytesIO()
    writer = BgzfWriter(fileobj=raw)
    writer.write(data)
    writer.flush()
    value = raw.getvalue()
    end = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
    return value + end


def packed(data: bytes) -> tuple[bytes, ...]:
    import bz2
    import lzma

    return gzipped(data), bgzipped(data), bz2.compress(data), lzma.compress(data)


def zipped() -> bytes:
    import io
    import zipfile

    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a/Lhx1_2240_contig8mers.txt"), KMERS)
    return raw.getvalue()


def parquet_file(columns: dict[str, list[object]]) -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = io.BytesIO()
    pq.write_table(pa.table(columns), raw)
    return raw.getvalue()


def relatives() -> bytes:
    """A measured protein with its domain and motif."""
    import tempfile
    from pathlib import Path

    import numpy as np

    from dna_protein_bca.proteins.identity import parse_states
    from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins

    motif = np.full((5, 4), 0.25, np.float32)
    domains = {"HLH": parse_states(["ACDW"])}
    protein = MeasuredProtein("a", "Homo_sapiens", "b", domains, (motif,), ("c",))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.parquet"
        MeasuredProteins([protein]).save(path)
        return path.read_bytes()


def tensors() -> bytes:
    import torch
    from safetensors.torch import save

    return save({"a": torch.zeros(2, 3)})


def bundle() -> bytes:
    """Backgrounds of one protein."""
    import io

    import numpy as np

    curve = np.array([0.0, 1.0])
    raw = io.BytesIO()
    np.savez(
        raw,
        keys=np.array(["a"]),
        lengths=np.array([101], np.int32),
        knots=np.array([[2, 2]], np.int16),
        score=np.concatenate([curve, curve]),
        level=-np.concatenate([curve, curve]),
    )
    return raw.getvalue()


PROTEINS = b">max a comment\nMSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSL\n>two\nMAAK*\n"
DNA = b">one\nACGTACGTCACGTGACGTACGT\n>two\nGGGGTTTTTTTTCCCCNNRY\n"
GENOME = b">chr1\nACGTTGCAAC\nACGTTGCAAC\nACGT\n>chr2 more\nGGATC\n"
BED = b"track name=a\n#comment\nchr1\t10\t80\tname\t0\t+\nchr2\t0\t5\tb\t0\t-\n"
NARROW = b"chr1\t10\t80\ta\t0\t.\t1.5\t2.5\t-1\t30\nchr2\t0\t50\tb\t0\t+\t1\t2\t3\t-1\n"
VCF = (
    b"##fileformat=VCFv4.2\n##contig=<ID=chr1,length=300>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    b"chr1\t100\trs1\tC\tG,<DEL>,*\t.\t.\tA=1\nchr1\t7\t.\tA\tA[chr2:3[\t.\t.\t.\n"
)
VARIANTS = b'chrom,pos,ref,alt,id\nchr1,100,C,G,rs1\n"chr,1",7,A,"AT,G",\n'
MEME = (
    b"MEME version 4\n\nALPHABET= ACGT\n\nMOTIF max share=0.5\n"
    b"letter-probability matrix: alength= 4 w= 2\n0.7 0.1 0.1 0.1\n0.1 0.7 0.1 0.1\n"
)
JASPAR = (
    b">MA0002.3\tRunx1\nA  [ 10 12 4 1 2 ]\nC  [ 2 2 7 1 0 ]\n"
    b"G  [ 3 1 1 0 23 ]\nT  [11 11 14 24 1]\n"
)
TRANSFAC = (
    b"AC MA0002.3\nXX\nID Runx1\nXX\nDE MA0002.3 Runx1\nP0      A      C      G      T\n"
    b"01 10 2 3 11\n02 12 2 1 11\nXX\nCC uniprot_ids:Q03347; P1\nXX\n//\n"
)
CISBP = (
    b"TF\tRunx1\nMotif\tM1\nPos\tA\tC\tG\tT\n1\t0.7\t0.1\t0.1\t0.1\n2\t0.25\t0.25\t0.25\t0.25\n\n"
)
INFORMATION = (
    b"TF_ID\tMotif_ID\tTF_Status\tTF_Species\tProtein_seq\nT1\tM1\tD\tHomo_sapiens\tMAAK\n"
)
KMERS = b"8-mer\t8-mer\tE-score\nAAAAAAAA\tTTTTTTTT\t-0.2\nAAAAAAAC\tGTTTTTTT\t0.41\n"
PAIRS = (
    b"protein_id\tdna_id\tlabel\taffinity\tweight\tsplit\tassay\n"
    b"max\tone\t1\t0.5\t1\ttrain\ta\nmax\ttwo\t0\t\t2.5\ttest\tb\n"
)
MUTATIONS = b"protein_id\tmutation\nmax\tR17W\nmax\tp.Arg17Trp\nmax\tK24_R25insGA\n"
TOML = (
    b'rate = 0.001\nepochs = 3\n[loss]\nlabel = 1.0\n[set]\ndim = 16\n[columns]\nprotein = "TF"\n'
)
RUN = json.dumps(
    {
        "settings": {"precision": "no", "label": 1.0, "epochs": 3, "architecture": {"dim": 16}},
        "given": {"columns": {"protein": "TF"}},
        "inputs": {"proteins": "p.fa", "pairs": "pairs.tsv"},
    }
).encode()
CONFIG = json.dumps(
    {
        "profile_lengths": [5, 3],
        "members": 1,
        "protein": {"dim": 8, "heads": 2, "latents": 2, "width": 5, "encoder_depth": 1},
        "joint": {"dim": 8, "heads": 2, "depth": 1, "form": "sites", "width": 5, "kernel": 3},
    }
).encode()
FITTED = (
    b'{"slope": 1.5, "intercept": -1.0, "threshold": 0.05, "background": "uniform"}',
    b'{"slope": 1.5, "intercept": -1.0, "rmse": 0.5, "proteins": 3, "pairs": 10}',
    b'{"weights": [1, 2, 3], "intercept": 0, "high": 1, "medium": 0.5, "inverse_temperature": 1}',
    b'{"members": ["0", "1"]}',
)
SHARD_FILE = b'{"identity": {"a": "b"}, "finish": {}, "notes": {}, "units": [0]}'
WORDS = b"nan inf -1 1e999 0 1_0 \xc2\xb2 \xff \x00 \x1b[31m \xe2\x80\xa8 \r\n \t\t".split(b" ")
JSON = (
    b"null",
    b"true",
    b"[" * 3000,
    b'{"a":' * 3000,
    b"1" * 5000,
    b"NaN",
    b"Infinity",
    b'"\\ud800"',
)
