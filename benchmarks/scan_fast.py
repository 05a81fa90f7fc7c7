"""What `scan --fast` finds of the best sites of an exact scan, and how much faster it is.

    python benchmarks/scan_fast.py --genome ecoli.fa [--bases 1000000] [--threads 1]

For proteins of ten families (`data/example_proteins.fa`, and measured human proteins that come
with the weights), the best sites of an exact scan of the genome's first bases are sought among
those of a fast scan: as many as 1,000 are in 4.6 Mbp, in proportion. The table gives the share of
them that is found

- among the same number of the fast scan's best sites (`same number`), and
- among all that the fast scan reports when it is asked for up to 4 times as many by `--max-p`.

A site counts as found where a site of the same protein overlaps it by half. Speeds are in bp a
second of the processor, without the tables and backgrounds, which are kept: what a table takes is
given, too. The genome of E. coli is in Debian's package bowtie-examples.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background.find import undamaged_member
from dna_protein_bca.inference.kmer_tables.table import build_table
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.resources import data_path

BEST, OF = 1_000, 4_639_675
"""The best sites that are sought, in the genome of E. coli K-12."""

WIDER = 4

EXAMPLES = ("MAX", "GATA1", "CTCF", "LHX2", "TP53", "RUNX1")

FAMILIES = ("HMG_box", "Forkhead", "Ets", "bZIP_1", "zf-C4", "SRF-TF", "T-box", "RHD_DNA_bind")


def proteins(predictor: BindingPredictor, count: int) -> dict[str, str]:
    """One protein a family."""
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    known = {record.id: record.sequence for record in records}
    chosen = {name: known[name] for name in EXAMPLES[:count]}
    if len(chosen) == count:
        return chosen
    human = [(r.id, r.sequence) for r in read_collection(predictor.folder, "Homo_sapiens")]
    taken: set[str] = set()
    for (name, sequence), domains in zip(human, find_domains(human), strict=True):
        families = {domain.family for domain in domains}
        family = next((each for each in FAMILIES if {each} == families), None)
        if family is not None and family not in taken and len(chosen) < count:
            taken.add(family)
            chosen[name] = sequence
    return chosen


def found(exact: pd.DataFrame, fast: pd.DataFrame) -> float:
    """The share of some sites that others overlap by half."""
    if not len(fast):
        return 0.0
    fast = fast.sort_values("start")
    start, end = fast["start"].to_numpy(), fast["end"].to_numpy()
    width = int((end - start).max())
    hits = 0
    for first, last in zip(exact["start"], exact["end"], strict=True):
        low, high = np.searchsorted(start, (first - width, last))
        overlap = np.minimum(end[low:high], last) - np.maximum(start[low:high], first)
        hits += bool((overlap >= (last - first) / 2).any())
    return hits / len(exact)


def best(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """The best sites, of those that overlap the best one."""
    return table.sort_values("score", ascending=False, kind="stable").head(count)


def compare(predictor: BindingPredictor, dna: str, count: int) -> None:
    """Print a row for each protein, and the mean."""
    wanted = max(1, BEST * len(dna) // OF)
    p = 2 * wanted / len(dna)
    print(f"{len(dna):,} bp, the best {wanted} sites of each protein")
    print(
        "protein\tfamily\ttable (s)\texact (kbp/s)\tfast (Mbp/s)\tfound: same number\tall reported"
    )
    shares = []
    for name, sequence in proteins(predictor, count).items():
        encoded = predictor.encode({name: sequence})
        member = undamaged_member(predictor.scorer, encoded, 0)
        if member is None:
            continue
        begun = time.process_time()
        build_table(member, BackgroundDNA.parse("uniform"))
        made = time.process_time() - begun
        tables, seconds = [], []
        for fast in (False, True):
            options = {"max_p": p * (WIDER if fast else 1), "overlaps": False, "fast": fast}
            list(predictor.scan(encoded, {"x": dna[:1000]}, **options))
            begun = time.process_time()
            tables.append(pd.concat(predictor.scan(encoded, {"x": dna}, **options)))
            seconds.append(time.process_time() - begun)
        exact = best(tables[0], wanted)
        same, every = found(exact, best(tables[1], len(exact))), found(exact, tables[1])
        shares.append((same, every))
        exact_speed, fast_speed = (len(dna) / each for each in seconds)
        print(
            f"{name}\t{encoded.dbd[0].split(':')[0]}\t{made:.1f}\t{exact_speed / 1e3:.0f}\t"
            f"{fast_speed / 1e6:.1f}\t{same:.3f}\t{every:.3f} of {len(tables[1])}",
            flush=True,
        )
    same, every = np.mean(shares, axis=0)
    print(f"mean\t\t\t\t\t{same:.3f}\t{every:.3f}")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--genome", type=Path, metavar="FASTA", help="without it, random DNA")
    parser.add_argument("--bases", type=int, default=1_000_000)
    parser.add_argument("--proteins", type=int, default=10)
    parser.add_argument("--smoke", action="store_true", help="a few kbp, to check that it runs")
    args = parser.parse_args()
    torch.manual_seed(0)
    if args.smoke:
        args.bases, args.proteins = 20_000, 1
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=args.threads)
    if args.genome is None:
        dna = "".join(random.Random(0).choices("ACGT", k=args.bases))
    else:
        genome = Genome(args.genome)
        dna = genome.fetch(next(iter(genome.lengths)), 0, args.bases)
    compare(predictor, dna, args.proteins)


if __name__ == "__main__":
    main()
