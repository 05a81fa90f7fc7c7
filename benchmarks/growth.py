"""How the cost of a scan grows with proteins, DNA and cores, and where its time goes.

    python benchmarks/growth.py [--bases 50000] [--threads 1] [--cores 1 2 4] [--genome ecoli.fa]

Speeds are in bp x proteins a second of the processor. Encoding and backgrounds, which are needed
once a protein, are not counted. Shares are of one forward pass of the model: what the motifs'
match takes, the joint transformer, and the rest.

`--cores` lets so many processes of one thread each scan the same DNA at once, as shards do, and
prints what they do together in a second of the clock, beside one of them: the machine has to be
free of other work. `--genome` prints what fast scans of it do, from FASTA to sites,
by the number of proteins and `--max-p`; tables are made before that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import time
from multiprocessing.synchronize import Barrier

import torch

from dna_protein_bca.inference.kmer_tables import kmer_tables
from dna_protein_bca.inference.reducers import tracks
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.model import binding
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.resources import data_path

PATIENCE = 600.0
"""Seconds that processes may take to load."""


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


def process(model: str | None, sequence: str, bases: int, ready: Barrier) -> None:
    """Scan in a process of one thread: once all are ready, and until all are done."""
    predictor = BindingPredictor.from_pretrained(model, "cpu", threads=1)
    encoded = predictor.encode({"one": sequence})
    dna = "".join(random.Random(0).choices("ACGT", k=bases))
    seconds(predictor, encoded, dna[:2000])
    ready.wait()
    seconds(predictor, encoded, dna)
    ready.wait()


def cores(model: str | None, sequence: str, bases: int, counts: list[int]) -> None:
    """Print what so many processes do at once, of one protein."""
    programs = multiprocessing.get_context("spawn")
    first = None
    print("processes\tkbp x proteins a second of the clock\trelative to the first row")
    for count in counts:
        ready = programs.Barrier(count + 1)
        given = (model, sequence, bases, ready)
        started = [programs.Process(target=process, args=given, daemon=True) for _ in range(count)]
        for each in started:
            each.start()
        ready.wait(PATIENCE)
        begun = time.perf_counter()
        ready.wait()
        speed = count * bases / (time.perf_counter() - begun) / 1000
        for each in started:
            each.join()
        first = first or speed
        print(f"{count}\t{speed:.0f}\t{speed / first:.2f}", flush=True)


def fast(predictor: BindingPredictor, sequences: list[str], genome: str) -> None:
    """Print the speed of fast scans of a genome, from FASTA to sites."""
    bases = sum(Genome(genome).lengths.values())
    print(f"fast scans of {bases:,} bp")
    print("proteins\tmax-p\tsites\tMbp a second\tMbp x proteins a second")
    for count in (1, len(sequences)):
        encoded = predictor.encode({str(row): one for row, one in enumerate(sequences[:count])})
        kmer_tables(predictor.scorer, encoded)
        for p in (1e-4, 1e-5, 1e-6):
            begun = time.process_time()
            found = predictor.scan(encoded, genome, max_p=p, fast=True)
            sites = sum(len(table) for table in found)
            speed = bases / (time.process_time() - begun) / 1e6
            print(f"{count}\t{p:g}\t{sites}\t{speed:.1f}\t{count * speed:.0f}", flush=True)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bases", type=int, default=50_000)
    parser.add_argument("--cores", type=int, nargs="+", metavar="N", help="processes at once")
    parser.add_argument("--genome", metavar="FASTA", help="fast scans of it as well")
    parser.add_argument("--smoke", action="store_true", help="a few kbp, to check that it runs")
    args = parser.parse_args()
    if args.smoke:
        args.bases, args.cores = 4_000, [2]
    torch.manual_seed(0)
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=args.threads)
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    sequences = [record.sequence for record in records]
    growth(predictor, sequences, args.bases)
    shares(predictor, sequences, args.bases)
    if args.cores:
        cores(args.model, sequences[0], args.bases, args.cores)
    if args.genome:
        fast(predictor, sequences, args.genome)


if __name__ == "__main__":
    main()
