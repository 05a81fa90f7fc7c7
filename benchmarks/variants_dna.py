"""`variant dna`: its speed, its memory, and measured changes of DNA.

    python benchmarks/variants_dna.py [--variants 1000] [--proteins 20]
    python benchmarks/variants_dna.py --memory
    python benchmarks/variants_dna.py --data DIR [--model heldout]

The first form scores single-base changes with proteins of the collection on one thread, and prints
how long 100,000 of them would take with 20 proteins, beside how long `predict` takes for the same
windows. Encoding and what is simulated of background DNA, once a protein, are not counted.

The second form runs the command on two VCF files, one ten times as long, and prints the ratio of
their peak memory. Few contigs of 20 bp keep that short: the windows of a batch repeat.

The third form compares changes of the score with measured ones. DIR is the folder of all shared
data. Of 14 microarrays (`arrays/`) of proteins that `heldout` was not trained on, every 8-mer that
is bound (E of 0.45 or more) is a contig of its own, and all of its 24 single-base changes are
variants: Spearman's correlation of the change of E with delta_score, a protein at a time. Of 31
sequences of `sequences/ddg_max_pho4.tsv`, the first is the contig and all others are alleles of it:
Spearman's correlation of the measured ddG with -delta_score; then the E-boxes that differ by one
base in the same flanks: how many of the changes have the measured sign.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import bound_dna, specificity
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.resources import data_path
from dna_protein_bca.variant.genomic import DNAVariantStream

BOUND, MOST = 0.45, 1000
ASKED = 100_000, 20, 120
"""Changes, proteins and minutes of one core."""

Change: TypeAlias = "tuple[str, int, str, str]"
"""Contig, 1-based position, reference and alternative allele."""

SPLITS = ("validation", "excluded")


def single_changes(dna: str, count: int, rng: random.Random) -> list[Change]:
    """Random changes of single bases of the contig `chr1`."""
    places = sorted(rng.sample(range(len(dna)), count))
    others = {base: "ACGT".replace(base, "") for base in "ACGT"}
    return [("chr1", at + 1, dna[at], rng.choice(others[dna[at]])) for at in places]


def unrated(
    predictor: BindingPredictor, proteins: object, changes: Sequence[Change], genome: dict[str, str]
) -> DNAVariantStream:
    """A stream without p-values, for which backgrounds would be simulated once a protein."""
    stream = DNAVariantStream(predictor, proteins, changes, genome, change_p=False)
    stream.scoring.rating.p_values = lambda protein, score, length: np.ones(len(score))  # type: ignore[method-assign]
    return stream


def deltas(
    predictor: BindingPredictor,
    protein: dict[str, str],
    changes: Sequence[Change],
    genome: dict[str, str],
) -> np.ndarray:
    """Changes of one protein's score: float64 [n]."""
    tables = [batch.table for batch in unrated(predictor, protein, changes, genome)]
    return pd.concat(tables)["delta_score"].to_numpy(np.float64)


def speed(args: argparse.Namespace) -> dict[str, float]:
    """Print and return how fast changes are scored."""
    rng = random.Random(0)
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=1)
    records = read_collection(locate(args.model), "")[: args.proteins]
    encoded = predictor.encode([(record.id, record.sequence) for record in records])
    dna = "".join(rng.choices("ACGT", k=100 * args.variants))
    changes = single_changes(dna, args.variants, rng)
    stream = unrated(predictor, encoded, changes, {"chr1": dna})
    begun = time.process_time()
    rows = sum(len(batch.table) for batch in stream)
    mine = time.process_time() - begun
    windows = {
        f"{at} {base}": dna[max(0, at - 64) : at - 1] + base + dna[at : at + 64]
        for _, at, ref, alt in changes
        for base in (ref, alt)
    }
    begun = time.process_time()
    predictor.score_matrix(encoded, windows)
    theirs = time.process_time() - begun
    number, proteins, asked = ASKED
    minutes = number * proteins * mine / rows / 60
    print(f"{args.variants} single-base changes, {len(encoded)} proteins, one thread")
    print(f"rows a CPU second: {rows / mine:.0f}")
    print(f"{number:,} changes x {proteins} proteins, extrapolated: {minutes:.0f} CPU minutes")
    print(f"relative to {asked} minutes: {minutes / asked:.2f}")
    print(f"relative to predict on the same windows: {mine / theirs:.2f}")
    return {"minutes": minutes, "relative to predict": mine / theirs}


def memory(counts: tuple[int, int]) -> dict[str, float]:
    """Print and return the peak memory of the command on VCF files of two lengths."""
    rng = random.Random(0)
    peaks = []
    with TemporaryDirectory() as folder:
        for count in counts:
            contigs = {f"c{n}": "".join(rng.choices("ACGT", k=20)) for n in range(10)}
            genome, vcf = Path(folder, "g.fa"), Path(folder, "v.vcf")
            genome.write_text("".join(f">{name}\n{dna}\n" for name, dna in contigs.items()))
            with vcf.open("w") as file:
                file.write("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
                for number in range(count):
                    name, at = f"c{rng.randrange(10)}", rng.randrange(20)
                    ref = contigs[name][at]
                    alt = rng.choice("ACGT".replace(ref, ""))
                    file.write(f"{name}\t{at + 1}\tv{number}\t{ref}\t{alt}\t.\t.\t.\n")
            peaks.append(_peak(genome, vcf, Path(folder, "out.vcf.gz")))
    for count, peak in zip(counts, peaks, strict=True):
        print(f"{count:,} variants: {peak / 1024:.0f} MB at most")
    print(f"ratio of the peaks: {peaks[1] / peaks[0]:.2f}")
    return {"ratio": peaks[1] / peaks[0]}


def _peak(genome: Path, vcf: Path, out: Path) -> int:
    """Peak memory in kB of the command, in a process of its own."""
    proteins = Path(vcf.parent, "p.fa")
    text = data_path("example_proteins.fa").read_text(encoding="utf-8")
    proteins.write_text(">" + next(part for part in text.split(">") if part.startswith("MAX")))
    arguments = ["variant", "dna", "--proteins", str(proteins), "--genome", str(genome)]
    arguments += ["--vcf", str(vcf), "-o", str(out), "--threads", "1", "--device", "cpu"]
    run = "import resource, sys; from dna_protein_bca.commands import main; "
    run += "main(sys.argv[1:], standalone_mode=False); "
    run += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    command = [sys.executable, "-c", run, *arguments, "--no-change-p", "-q"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) // (1 if sys.platform == "linux" else 1024)


def arrays(predictor: BindingPredictor, data: Path, most: int) -> dict[str, float]:
    """Print and return the correlations of single-base changes of bound 8-mers."""
    proteins = specificity.read_proteins(data / "specificity", SPLITS)
    found = {}
    for split in SPLITS:
        for array in bound_dna.read_arrays(data, split):
            escores = dict(zip(array.kmers, array.escores.tolist(), strict=True))
            bound = [kmer for kmer, e in escores.items() if e >= BOUND]
            bound = random.Random(0).sample(bound, min(most, len(bound)))
            changes = [
                (kmer, at + 1, kmer[at], base)
                for kmer in bound
                for at in range(8)
                for base in "ACGT".replace(kmer[at], "")
            ]
            sequence = {array.protein_id: proteins.sequence[array.protein_id]}
            genome = {kmer: kmer for kmer in bound}
            delta = deltas(predictor, sequence, changes, genome)
            measured = [
                _escore(escores, kmer[: at - 1] + base + kmer[at:]) - escores[kmer]
                for kmer, at, _, base in changes
            ]
            found[array.name] = float(spearmanr(delta, measured).statistic)
            print(f"  {array.name:24}{len(bound):4} bound 8-mers  {found[array.name]:.3f}")
    print(f"  mean of {len(found)} arrays: {np.mean(list(found.values())):.3f}")
    return found


def _escore(escores: dict[str, float], kmer: str) -> float:
    turned = kmer[::-1].translate(str.maketrans("ACGT", "TGCA"))
    return escores[kmer] if kmer in escores else escores[turned]


def ddg(predictor: BindingPredictor, data: Path) -> dict[str, float]:
    """Print and return how measured ddG agree with changes of the score."""
    proteins = specificity.read_proteins(data / "specificity", ("train", *SPLITS))
    table = pd.read_csv(data / "sequences" / "ddg_max_pho4.tsv", sep="\t")
    found = {}
    for name, part in table.groupby("protein_id"):
        measured = dict(zip(part["sequence"], part["ddG_kcal_mol"], strict=True))
        first, *others = measured
        changes = [("first", 1, first, other) for other in others]
        protein = {str(name): proteins.sequence[name]}
        delta = deltas(predictor, protein, changes, {"first": first})
        truth = [measured[other] for other in others]
        found[str(name)] = float(spearmanr(-delta, truth).statistic)
        pairs = [(s, s.replace("CACGTG", "CACGCG")) for s in measured if "CACGTG" in s]
        pairs = [(one, two) for one, two in pairs if two in measured]
        changes = [(one, one.index("CACGTG") + 5, "T", "C") for one, _ in pairs]
        genome = {one: one for one, _ in pairs}
        delta = deltas(predictor, protein, changes, genome)
        weaker = np.array([measured[two] > measured[one] for one, two in pairs])
        right = int((weaker == (delta < 0)).sum())
        print(
            f"  {name}: ddG of {len(others)} sequences, Spearman {found[str(name)]:.3f}; CACGTG to "
            f"CACGCG in {len(pairs)} flanks, {right} with the measured sign"
        )
    return found


def accuracy(model: str, data: Path, most: int = MOST) -> dict[str, dict[str, float]]:
    """Print and return how changes of the score agree with measured ones."""
    predictor = BindingPredictor.from_pretrained(model, "cpu", threads=1)
    print("Single-base changes of bound 8-mers: Spearman of the changes of E and of the score")
    figures = {"arrays": arrays(predictor, data, most)}
    print("Measured ddG of E-boxes")
    return {**figures, "ddg": ddg(predictor, data)}


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="weights  [default: release, and heldout with --data]")
    parser.add_argument("--variants", type=int, default=1000)
    parser.add_argument("--proteins", type=int, default=20)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of all shared data")
    parser.add_argument("--most", type=int, default=MOST, help="bound 8-mers of an array at most")
    parser.add_argument("-o", "--output", type=Path, help="figures as JSON")
    parser.add_argument("--smoke", action="store_true", help="a few, to check that it runs")
    args = parser.parse_args()
    torch.manual_seed(0)
    figures: dict[str, dict[str, float]] = {}
    if args.data is not None:
        if not (args.data / "arrays").is_dir():
            sys.exit(f"No microarrays in {args.data}: give --data DIR")
        figures |= accuracy(args.model or "heldout", args.data, args.most)
    elif args.memory:
        figures["memory"] = memory((10_000, 100_000))
    else:
        if args.smoke:
            args.variants, args.proteins = 20, 3
        figures["speed"] = speed(args)
    if args.output:
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
