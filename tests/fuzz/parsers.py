"""Every parser of a user's input as a function of bytes, for hypothesis and atheris alike.

What a parser is given it reads to the end. It returns, or raises one of `readers.REFUSALS`; any
other error is a fault of the parser.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import readers
import samples
from found import FOUND

CASES = Path(__file__).resolve().parents[1] / "bad_input" / "cases"


@dataclass(frozen=True)
class Parser:
    """One parser.

    Attributes:
        read: reads a file to its end.
        ending: of the file's name.
        seeds: correct inputs, to begin from.
        files: names of files in the cases of `tests/bad_input` that are read as this one is.
        tokens: texts that have a meaning in the format.
    """

    read: Callable[[Path], object]
    ending: str
    seeds: tuple[bytes, ...]
    files: tuple[str, ...] = ()
    tokens: tuple[bytes, ...] = ()

    def __call__(self, data: bytes, folder: Path) -> None:
        """Read these bytes as a file of a folder.

        Raises:
            AssertionError: what refuses them is not one line of text.
        """
        path = folder / f"input{self.ending}"
        path.write_bytes(data)
        try:
            exhaust(self.read(path))
        except readers.REFUSALS as error:
            readers.check_one_line(error)


def exhaust(value: object) -> None:
    """Iterate over what a parser gives as a stream."""
    if not isinstance(value, str | bytes | dict) and isinstance(value, Iterable):
        for _ in value:
            pass


PARSERS = {
    "fasta": Parser(
        readers.fasta,
        ".fa",
        (samples.PROTEINS, samples.DNA),
        ("p.fa", "d.fa"),
        (b">", b">P1;a\n", b"*", b"-"),
    ),
    "compressed": Parser(readers.fasta, ".gz", samples.packed(samples.PROTEINS), ("p.fa", "d.fa")),
    "bed": Parser(
        readers.bed,
        ".bed",
        (samples.BED, samples.NARROW),
        ("r.bed", "r.narrowPeak"),
        (b"browser", b"9" * 5000, b"\xc2\xb2"),
    ),
    "variants": Parser(
        readers.variants,
        ".vcf",
        (samples.VCF, samples.VARIANTS, *samples.packed(samples.VCF)),
        ("v.vcf", "v.tsv"),
        (b"<DEL>", b"A]2:1]", b".", b"*", b"9" * 5000, b'"'),
    ),
    "variant": Parser(
        readers.of_text(readers.variant),
        "",
        (b"chr1:12345:A:G", b"HLA:A:1:1:AC:."),
        (),
        (b":", b",", b"*", b"<"),
    ),
    "mutation": Parser(
        readers.of_text(readers.mutation),
        "",
        (
            b"R17W",
            b"p.(Arg17Trp)",
            b"p.[Arg17Trp;Lys24del]",
            b"R17*",
            b"K24_R25insGA",
            b"D3_I7dup+R17=",
            b"D6_I7delinsAla*",
            b"R17fs*4",
        ),
        (),
        (b"Ter", b"*", b"delins", b"ins", b"dup", b"fs", b"X", b"Sec", b"+", b"9" * 5000, b"_"),
    ),
    "mutations": Parser(
        readers.mutations, ".tsv", (samples.MUTATIONS,), (), (b"max\t", b'"', b"9" * 5000)
    ),
    "meme": Parser(
        readers.meme,
        ".meme",
        (samples.MEME,),
        ("m.meme",),
        (b"MOTIF", b"w= 0", b"w= 1e99", b"ALPHABET", b"1e400"),
    ),
    "jaspar": Parser(
        readers.jaspar,
        ".jaspar",
        (samples.JASPAR, samples.TRANSFAC),
        (),
        (b"//", b"AC ", b"P0 ", b"XX", b"[", b"]", b"1e12"),
    ),
    "cisbp": Parser(readers.cisbp, ".txt", (samples.CISBP,), (), (b"Pos", b"Motif\t", b"\xc2\xb2")),
    "cisbp_information": Parser(
        readers.cisbp_information, ".txt", (samples.INFORMATION,), (), (b",", b".")
    ),
    "kmers": Parser(
        readers.kmers,
        ".zip",
        (samples.KMERS, samples.zipped()),
        (),
        (b"E-score", b"0.5", b"AAAAAAAA"),
    ),
    "pairs": Parser(
        readers.pairs,
        ".tsv",
        (samples.PAIRS, samples.PAIRS.replace(b"\t", b",")),
        ("pairs.tsv",),
        (b'"', b"label", b";"),
    ),
    "parquet": Parser(
        readers.pairs,
        ".parquet",
        (samples.parquet_file({"protein_id": ["a", "b"], "dna_id": ["c", "d"], "label": [0, 1]}),),
        ("pairs.parquet",),
    ),
    "genome": Parser(
        readers.genome,
        ".fa",
        (samples.GENOME, samples.GENOME.replace(b"\n", b"\r\n"), *samples.packed(samples.GENOME)),
        ("g.fa",),
        (b">",),
    ),
    "index": Parser(
        readers.index, ".fai", (b"chr1\t14\t6\t10\t11\nchr2\t5\t28\t5\t6\n",), (), (b"9" * 5000,)
    ),
    "aliases": Parser(readers.aliases, ".txt", (b"#c\nchr1\t1\tNC_1\n2\tchr2\n",)),
    "config_file": Parser(
        readers.config_file,
        ".toml",
        (samples.TOML, samples.RUN),
        ("c.toml",),
        (*samples.JSON, b"[a]\n", b"[[a]]\n", b"'''", b"settings", b"given", b"inputs"),
    ),
    "weights": Parser(
        readers.weights,
        "",
        (
            samples.CONFIG + b"\n---\n" + samples.tensors(),
            samples.CONFIG.replace(b'"sites"', b'"latents"') + b"\n---\n",
        ),
        ("w/config.json", "w/model.safetensors"),
        (
            *samples.JSON,
            b"\x80\x02}q\x00.",
            b"PK\x03\x04",
            b"8192",
            b"64",
            b"members",
            b"esm2:facebook/esm2",
        ),
    ),
    "fitted": Parser(readers.fitted, "", samples.FITTED, (), samples.JSON),
    "relatives": Parser(
        readers.relatives,
        ".parquet",
        (samples.relatives(), samples.parquet_file({"protein_id": ["a"]})),
    ),
    "collection": Parser(
        readers.collection, "", (*samples.packed(b">A|a Homo_sapiens b\nMAAK\n"),)
    ),
    "backgrounds": Parser(readers.backgrounds, ".npz", (samples.bundle(),)),
    "background": Parser(
        readers.of_text(readers.background),
        "",
        (b"uniform", b"0.3,0.2,0.2,0.3", b"nan,0.2,0.2,0.3", b"g.fa"),
        (),
        (b",", b"1e-400", b"0.25"),
    ),
    "shard": Parser(
        readers.of_text(readers.shard),
        "",
        (b"1/4", b"4/4", b"\xd9\xa1/4", b"1/99999999999999999999"),
    ),
    "shard_file": Parser(readers.shard_file, "", (samples.SHARD_FILE,), (), samples.JSON),
}
"""By name."""


@cache
def seeds(name: str) -> list[bytes]:
    """What a parser's corpus begins from: its own seeds, and files of `tests/bad_input`."""
    parser = PARSERS[name]
    found = dict.fromkeys((*parser.seeds, *FOUND.get(name, ())))
    for path in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            for file, content in case.get("files", {}).items():
                if file in parser.files and (data := _content(content)) is not None:
                    found.setdefault(data)
    return list(found)


def _content(content: object) -> bytes | None:
    """What a case writes into a file; None for no file, and for millions of bytes."""
    if isinstance(content, str):
        return content.encode()
    if not isinstance(content, dict) or "begin" in content:
        return None
    if "hex" in content:
        return bytes.fromhex(content["hex"])
    if "gz" in content:
        return samples.gzipped(content["gz"].encode())
    return str(content["text"]).encode(content["encoding"])


@cache
def tokens(name: str) -> list[bytes]:
    """Words of a parser's format, and some that are no words of any."""
    own = [
        word for seed in PARSERS[name].seeds for word in re.split(rb"[\s,:]+", seed)[:40] if word
    ]
    return [*dict.fromkeys([*PARSERS[name].tokens, *samples.WORDS, *own])]
