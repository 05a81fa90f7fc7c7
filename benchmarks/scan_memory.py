"""Peak memory of `scan` on genomes of different length and with different numbers of contigs.

    python benchmarks/scan_memory.py [--model NAME] [--contigs]

Runs the command with one protein on random DNA: one contig of 5 and of 50 Mbp, each on a single
line, and, with `--contigs`, 50 Mbp in 100,000 contigs. Prints the peak resident memory of each and
what it grows by. Small random weights take the place of the bundled ones unless `--model` is given:
what grows with a genome is not the model, and the measurement takes minutes instead of an hour.
Linux and macOS.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import torch
from predict_memory import peak

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.resources import data_path

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


def small_weights(folder: Path) -> None:
    """Random weights of a small model, none of them zero: positions differ in their scores."""
    small = {"dim": 16, "heads": 2, "encoder_depth": 1, "decoder_depth": 1, "latents": 4}
    joint = {"joint_dim": 16, "joint_heads": 2, "joint_depth": 1, "reach": 2, "temper": 0.5}
    config = BindingConfig(tuple(profile_lengths().values())).replace(**small, **joint)
    torch.manual_seed(1)
    model = BindingModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.2 * torch.randn(parameter.shape)
    model.save_pretrained(folder)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="in place of small random weights")
    parser.add_argument("--contigs", action="store_true", help="100,000 contigs as well")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--smoke", action="store_true", help="genomes a hundred times smaller")
    args = parser.parse_args()
    scale = 100 if args.smoke else 1
    genomes = [(5_000_000 // scale, 1), (50_000_000 // scale, 1)]
    if args.contigs or args.smoke:
        genomes.append((50_000_000 // scale, 100_000 // scale))
    print("Mbp\tcontigs\tpeak memory (MB)\tseconds")
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        proteins, genome = Path(folder, "protein.fa"), Path(folder, "genome.fa")
        first = data_path("example_proteins.fa").read_text(encoding="ascii").split(">")[1]
        proteins.write_text(f">{first}", encoding="ascii")
        model = args.model or str(Path(folder, "weights"))
        if args.model is None:
            small_weights(Path(model))
        for bases, contigs in genomes:
            write_genome(genome, bases, contigs)
            Path(f"{genome}.fai").unlink(missing_ok=True)
            command = [sys.executable, "-m", "dna_protein_bca", "scan", "-q", "--model", model]
            command += ["--proteins", str(proteins), "--genome", str(genome)]
            command += ["--threads", args.threads, "-o", str(Path(folder, "hits.bed"))]
            memory, seconds = peak(command)
            peaks.append(memory)
            print(f"{bases / 1e6:g}\t{contigs}\t{memory:.0f}\t{seconds:.0f}", flush=True)
    print(f"growth from the first: {', '.join(f'{each - peaks[0]:.0f} MB' for each in peaks[1:])}")


if __name__ == "__main__":
    main()
