"""Peak memory of `scan` on genomes of different length and with different numbers of contigs.

    python benchmarks/scan_memory.py [--model NAME] [--contigs]

Runs the command with one protein on random DNA: one contig of 5 and of 50 Mbp, each on a single
line, and, with `--contigs`, 50 Mbp in 100,000 contigs. Prints the peak resident memory of each and
what it grows by. Needs some five minutes of one CPU core. Linux and macOS.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from predict_memory import peak

from dna_protein_bca.resources import CACHE_VARIABLE, data_path

PIECE = 1 << 16


def write_genome(path: Path, bases: int, contigs: int) -> None:
    """Random DNA, seed 0, a contig a line."""
    rng = random.Random(0)
    with open(path, "w", encoding="ascii") as file:
        for number in range(contigs):
            file.write(f">contig_{number}\n")
            left = bases // contigs
            while left:
                size = min(left, PIECE)
                file.write("".join(rng.choices("ACGT", k=size)))
                left -= size
            file.write("\n")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="release", help="name or folder of weights")
    parser.add_argument("--contigs", action="store_true", help="100,000 contigs as well")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--smoke", action="store_true", help="genomes a hundred times smaller")
    args = parser.parse_args()
    scale = 100 if args.smoke else 1
    genomes = [(5_000_000 // scale, 1), (50_000_000 // scale, 1)]
    if args.contigs or args.smoke:
        genomes.append((50_000_000 // scale, 100_000 // scale))
    print("Mbp\tcontigs\tpeak memory (MB)\tseconds")
    peaks = []
    # The first genome is not measured: then the background of the p-values is in the cache.
    genomes = [(1_000, 1), *genomes]
    with tempfile.TemporaryDirectory() as folder:
        proteins, genome = Path(folder, "protein.fa"), Path(folder, "genome.fa")
        first = data_path("example_proteins.fa").read_text(encoding="ascii").split(">")[1]
        proteins.write_text(f">{first}", encoding="ascii")
        os.environ[CACHE_VARIABLE] = str(Path(folder, "cache"))
        for bases, contigs in genomes:
            write_genome(genome, bases, contigs)
            Path(f"{genome}.fai").unlink(missing_ok=True)
            command = [sys.executable, "-m", "dna_protein_bca", "scan", "-q", "--model", args.model]
            command += ["--proteins", str(proteins), "--genome", str(genome)]
            command += ["--threads", args.threads, "-o", str(Path(folder, "hits.bed"))]
            memory, seconds = peak(command)
            if bases == genomes[0][0]:
                continue
            peaks.append(memory)
            print(f"{bases / 1e6:g}\t{contigs}\t{memory:.0f}\t{seconds:.0f}", flush=True)
    print(f"growth from the first: {', '.join(f'{each - peaks[0]:.0f} MB' for each in peaks[1:])}")


if __name__ == "__main__":
    main()
