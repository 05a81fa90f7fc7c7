"""How the cost of an exact scan grows with proteins and with DNA, and where its time goes.

    python benchmarks/growth.py [--bases 50000] [--threads 1]

Speeds are in bp x proteins a second of the processor. Encoding and backgrounds, which are needed
once a protein, are not counted. Shares are of one forward pass of the model: what the motifs'
match takes, the joint transformer, and the rest.
"""

from __future__ import annotations

import argparse
import random
import time

import torch

from dna_protein_bca.inference.reducers import tracks
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.model import binding
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.resources import data_path


def seconds(predictor: BindingPredictor, proteins: object, dna: str) -> float:
    """Of the processor, for the scores of all positions."""
    begun = time.process_time()
    for _, meeting in predictor.positions(proteins, {"x": dna}):
        tracks(meeting)
    return time.process_time() - begun


def growth(predictor: BindingPredictor, sequences: list[str], bases: int) -> None:
    """Print a row for each number of proteins and each length."""
    rng = random.Random(0)
    print("proteins\tbp\tCPU seconds\tkbp x proteins a second")
    for count, length in ((1, bases // 4), (1, bases), (4, bases // 4), (16, bases // 4)):
        some = {str(number): sequences[number % len(sequences)] for number in range(count)}
        encoded = predictor.encode(some)
        dna = "".join(rng.choices("ACGT", k=length))
        seconds(predictor, encoded, dna[:2000])
        took = seconds(predictor, encoded, dna)
        print(f"{count}\t{length}\t{took:.2f}\t{count * length / took / 1000:.0f}", flush=True)


def shares(predictor: BindingPredictor, sequences: list[str], bases: int) -> None:
    """Print where the time of one protein's scan goes."""
    spent = {"match of the motifs": 0.0, "joint transformer": 0.0}
    plain, joint = binding.match, type(predictor.model.joint).forward

    def timed(name: str, function):  # type: ignore[no-untyped-def]
        def call(*arguments, **options):  # type: ignore[no-untyped-def]
            begun = time.process_time()
            try:
                return function(*arguments, **options)
            finally:
                spent[name] += time.process_time() - begun

        return call

    encoded = predictor.encode({"one": sequences[0]})
    dna = "".join(random.Random(0).choices("ACGT", k=bases))
    binding.match = timed("match of the motifs", plain)
    type(predictor.model.joint).forward = timed("joint transformer", joint)  # type: ignore[method-assign]
    try:
        seconds(predictor, encoded, dna[:2000])
        spent.update(dict.fromkeys(spent, 0.0))
        whole = seconds(predictor, encoded, dna)
    finally:
        binding.match = plain
        type(predictor.model.joint).forward = joint  # type: ignore[method-assign]
    spent["rest"] = whole - sum(spent.values())
    print("part\tshare of the time")
    for name, took in spent.items():
        print(f"{name}\t{took / whole:.2f}")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bases", type=int, default=50_000)
    parser.add_argument("--smoke", action="store_true", help="a few kbp, to check that it runs")
    args = parser.parse_args()
    if args.smoke:
        args.bases = 4_000
    torch.manual_seed(0)
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=args.threads)
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    sequences = [record.sequence for record in records]
    growth(predictor, sequences, args.bases)
    shares(predictor, sequences, args.bases)


if __name__ == "__main__":
    main()
