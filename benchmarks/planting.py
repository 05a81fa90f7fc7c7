"""Classic binding sites planted in windows of a real genome, for the benchmarks of p-values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import data_path


class Factor(NamedTuple):
    """A protein and a classic element that it binds.

    Attributes:
        protein_id: in UniProt; family: of its domain.
        site: the element with a few bases beside it, from textbooks.
    """

    protein_id: str
    family: str
    site: str


FACTORS = {
    "TP53": Factor("P04637", "P53", "GAACATGTCCCAACATGTTGAG"),
    "SRF": Factor("P11831", "SRF-TF", "GATGTCCATATTAGGACATCT"),
    "ESR1": Factor("P03372", "zf-C4", "CAGGTCACAGTGACCTGATCAA"),
    "NFKB1": Factor("P19838", "RHD_DNA_bind", "AGTTGAGGGGACTTTCCCAGGC"),
    "HNF1A": Factor("P20823", "Homeodomain", "TGGTTAATGATTAACCAGGACT"),
    "CREB1": Factor("P16220", "bZIP_1", "AGAGATTGACGTCAATGGAGC"),
}
"""Six human factors of six families."""

OF_THE_EXAMPLE = {
    "TP53": FACTORS["TP53"],
    "MAX": Factor("P61244", "HLH", "GGAAGCACCACGTGGTGACTCA"),
}
"""Two that come with the package, for a short run without the data set."""

_TURNED = str.maketrans("ACGT", "TGCA")


def read_factors(data: Path | None) -> dict[str, str]:
    """Name -> sequence: of `FACTORS` from the data set, or without one of `OF_THE_EXAMPLE`."""
    if data is None:
        known = read_fasta(data_path("example_proteins.fa"), "protein")
        return {one.id: one.sequence for one in known if one.id in OF_THE_EXAMPLE}
    splits = ("train", "excluded", "validation", "reserved")
    table = specificity.read_proteins(data, splits)["sequence"]
    return {name: table[factor.protein_id] for name, factor in FACTORS.items()}


def factor(name: str) -> Factor:
    """A factor by its name."""
    return (FACTORS | OF_THE_EXAMPLE)[name]


def read_genome(path: Path | None, bases: int = 200_000) -> str:
    """The first record of a genome; without a path random DNA, which is no genome."""
    if path is None:
        return "".join(np.random.default_rng(1).choice(list("ACGT"), bases))
    return next(iter(read_fasta(path, "dna"))).sequence.upper()


def cut(genome: str, lengths: np.ndarray, rng: np.random.Generator) -> list[str]:
    """A window of each length, from anywhere in the genome, without N."""
    windows = []
    for length in lengths.tolist():
        while True:
            start = int(rng.integers(0, len(genome) - length + 1))
            if "N" not in genome[start : start + length]:
                break
        windows.append(genome[start : start + length])
    return windows


def plant(window: str, site: str, rng: np.random.Generator) -> str:
    """The window with the site in place of some of its bases, anywhere and on either strand."""
    start = int(rng.integers(0, len(window) - len(site) + 1))
    if rng.random() < 0.5:
        site = site[::-1].translate(_TURNED)
    return window[:start] + site + window[start + len(site) :]


def need(path: Path | None, smoke: bool, what: str) -> None:
    """Stop where a file is needed that was not given."""
    if path is None and not smoke:
        sys.exit(f"give {what}")


def show(table: pd.DataFrame) -> None:
    """Print a table with three decimals."""
    print(table.to_string(float_format=lambda value: f"{value:.3f}"))
