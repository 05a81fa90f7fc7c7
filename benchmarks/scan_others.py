"""Exact and fast scans beside plain motif scanners: a part of `scan.py`, which runs it."""

from __future__ import annotations

import importlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from dna_protein_bca import __version__
from dna_protein_bca.inference.kmer_tables import kmer_tables
from dna_protein_bca.inference.kmer_tables.lookup import Lookup
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.predictor import BindingPredictor

P = 1e-4
"""The p-value of a position and strand from which on all of them report sites."""

ROUNDS = 5
"""Times that each is measured."""

SCANNERS = {"lightmotif": "lightmotif", "MOODS": "MOODS-python", "memelite": "memelite"}
"""Modules, and the packages that hold them."""


def compare(
    predictor: BindingPredictor, proteins: dict[str, str], dna: str, exact_bases: int
) -> None:
    """Print Mbp a CPU second of each scanner, with one motif and with all.

    Args:
        proteins: one or more; each scanner has their best predicted motifs, one a protein.
        exact_bases: of the DNA that is scanned exactly, which takes long.
    """
    motifs = [found[0].astype(np.float64) for found in predictor.motif(proteins).values()]
    encoded = predictor.encode(proteins)
    one = predictor.encode(dict([*proteins.items()][:1]))
    print(f"{len(dna):,} bp, p {P:g}; Mbp a CPU second, one thread")
    print(f"scanner\tversion\t1 motif or protein\t{len(motifs)}")
    # First, for torch runs many times slower in a process that has run memelite.
    ours = (
        ("scan --fast, look-up in memory", lookups, len(dna)),
        ("scan --fast, FASTA to BED", fast_scan, len(dna)),
        ("scan, exact", exact_scan, exact_bases),
    )
    for name, make, bases in ours:
        sizes = (bases, bases // len(motifs) if make is exact_scan else bases)
        speeds = [
            speed(make(predictor, some, dna[:size]), size)
            for some, size in zip((one, encoded), sizes, strict=True)
        ]
        print(f"{name}\t{__version__}\t{speeds[0]:.3g}\t{speeds[1]:.3g}", flush=True)
    for name, package in SCANNERS.items():
        try:
            module, number = importlib.import_module(name), version(package)
        except (ImportError, PackageNotFoundError):
            print(f"{name}\tnot installed: pip install {package}", flush=True)
            continue
        scan = _SCANS[name]
        speeds = [speed(scan(module, some, dna), len(dna)) for some in (motifs[:1], motifs)]
        print(f"{name}\t{number}\t{speeds[0]:.1f}\t{speeds[1]:.2f}", flush=True)


def speed(work: Callable[[], object], bases: int) -> float:
    """Mbp a second of the processor: the median of `ROUNDS`, after one that is not timed."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return bases / 1e6 / max(statistics.median(seconds), 1e-9)


def with_lightmotif(module, motifs: Sequence[np.ndarray], dna: str) -> Callable[[], object]:
    matrices = []
    for motif in motifs:
        counts = {base: (1e4 * motif[:, at]).round().astype(int) for at, base in enumerate("ACGT")}
        forward = module.CountMatrix({base: each.tolist() for base, each in counts.items()})
        scoring = forward.normalize(0.1).log_odds()
        matrices += [scoring, scoring.reverse_complement()]
    limits = [matrix.score(P) for matrix in matrices]
    striped = module.stripe(dna)

    def work() -> int:
        return sum(
            sum(1 for _ in module.scan(matrix, striped, threshold=limit))
            for matrix, limit in zip(matrices, limits, strict=True)
        )

    return work


def with_moods(module, motifs: Sequence[np.ndarray], dna: str) -> Callable[[], object]:
    tools, scan = (importlib.import_module(f"{module.__name__}.{n}") for n in ("tools", "scan"))
    background = tools.flat_bg(4)
    matrices = []
    for motif in motifs:
        rows = tools.log_odds((1e4 * motif.T).tolist(), background, 0.1)
        matrices += [rows, tools.reverse_complement(rows)]
    limits = [tools.threshold_from_p(matrix, background, P) for matrix in matrices]
    scanner = scan.Scanner(7)
    scanner.set_motifs(matrices, background, limits)
    return lambda: sum(map(len, scanner.scan(dna)))


def with_memelite(module, motifs: Sequence[np.ndarray], dna: str) -> Callable[[], object]:
    codes = DNATokenizer().encode([dna]).ids[0].numpy() & 3
    one_hot = np.eye(4, dtype=np.int8)[codes].T[None]
    named = {str(number): np.ascontiguousarray(m.T) for number, m in enumerate(motifs)}
    return lambda: module.fimo(named, one_hot, threshold=P)


def lookups(predictor: BindingPredictor, encoded, dna: str) -> Callable[[], object]:
    known = [table for table in kmer_tables(predictor.scorer, encoded) if table is not None]
    limits = [table.background().site_threshold(P) for table in known]
    lookup = Lookup(known, limits)
    bases = DNATokenizer().encode([dna]).ids[0].numpy() & 3
    return lambda: sum(len(at) for _, at in lookup.find(bases))


def fast_scan(predictor: BindingPredictor, encoded, dna: str) -> Callable[[], object]:
    folder = tempfile.mkdtemp()
    genome, hits = Path(folder, "g.fa"), Path(folder, "hits.bed")
    genome.write_text(f">chr\n{dna}\n")

    def work() -> None:
        tables = predictor.scan(encoded, Genome(genome), max_p=P, fast=True)
        pd.concat(tables).to_csv(hits, sep="\t", header=False, index=False)

    return work


def exact_scan(predictor: BindingPredictor, encoded, dna: str) -> Callable[[], object]:
    predictor.background(encoded)
    return lambda: [len(table) for table in predictor.scan(encoded, {"chr": dna}, max_p=P)]


_SCANS = {"lightmotif": with_lightmotif, "MOODS": with_moods, "memelite": with_memelite}


def first_bases(genome: Path | None, bases: int) -> str:
    """The first bases of a genome, or random DNA."""
    if genome is None:
        return "".join(random.Random(0).choices("ACGT", k=bases))
    known = Genome(genome)
    return known.fetch(next(iter(known.lengths)), 0, bases).upper()
