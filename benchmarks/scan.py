"""Speed and memory of `scan`, beside `predict` and plain motif scanners, and its first lines.

    pip install lightmotif MOODS-python memelite
    python benchmarks/scan.py [--model NAME] [--threads 1] [--dna ecoli.fa] [--everything]
    python benchmarks/scan.py --genome lambda_virus.fa.gz [--write]

The first form prints three things.

1. A contig is scored with one protein by `scan` and by `predict`, in rounds that run the two in
   turn: medians of kbp a CPU second, and their ratio. `--track` writes a bigWig file as well.
2. Mbp a CPU second on the same DNA, of lightmotif, MOODS and memelite (those that are installed)
   with the best predicted motif of the protein and with those of twenty proteins, of `scan --fast`
   and of exact scans with these proteins. All look at both strands, at p 1e-4 for each position
   (the plain scanners: of a strand); what is made once a motif or a protein (thresholds, tables,
   backgrounds) is not counted. The DNA is random, or the first bases of the genome of `--dna`.
3. Peak memory on genomes of 5 and 50 Mbp: what `scan_memory.py` prints.

`--everything` adds what the scripts beside it print: what fast scans find of the best sites of an
exact one (`scan_fast.py`), pairs a second of `predict` beside the reference's transformer
(`predict.py`), how the cost grows (`growth.py`), and fast scores of variants
(`variants_speed.py`).

The second form runs the command on a genome with data/example_proteins.fa, and prints its first
lines and how many sites there are, beside how many background DNA of that length would have. The
documentation shows the genome of phage lambda (RefSeq NC_001416, `lambda_virus.fa.gz` in Debian's
package bowtie2-examples), which no such protein ever meets: `--write` puts it there.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from page import put
from scan_others import compare, first_bases

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.resources import data_path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "scan.md")
PROTEIN, MAX_P, LINES = "TP53", 1e-4, 6


def protein() -> dict[str, str]:
    """The protein of all measurements."""
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    return {record.id: record.sequence for record in records if record.id == PROTEIN}


def rates(args: argparse.Namespace) -> None:
    """Print kbp a CPU second of both, and their ratio."""
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=args.threads)
    encoded = predictor.encode(protein())
    known = predictor.background(encoded)
    # Both are measured without the simulation of the background, which is cached.
    predictor.background = lambda *_, **__: known  # type: ignore[method-assign]
    rng = random.Random(0)
    dna = {"contig": "".join(rng.choices("ACGT", k=args.bases))}
    seconds: dict[str, list[float]] = {"predict": [], "scan": []}
    with TemporaryDirectory() as folder:
        track = Path(folder, "x.bw") if args.track else None
        for _ in range(args.rounds):
            runs: dict[str, Callable[[], object]] = {
                "predict": lambda: predictor.score_matrix(encoded, dna),
                "scan": lambda: list(predictor.scan(encoded, dna, track=track)),
            }
            for name, run in runs.items():
                begun = time.process_time()
                run()
                seconds[name].append(time.process_time() - begun)
    print(f"one protein, {args.bases} bp, {args.rounds} rounds, {args.threads} threads")
    print("kbp a CPU second (median): ", end="")
    speed = {name: args.bases / 1000 / statistics.median(each) for name, each in seconds.items()}
    print(", ".join(f"{name} {value:.1f}" for name, value in speed.items()))
    print(f"scan relative to predict: {speed['scan'] / speed['predict']:.2f}")


def others(args: argparse.Namespace) -> None:
    """Print the speeds of other scanners, and of this one."""
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=args.threads)
    human = read_collection(predictor.folder, "Homo_sapiens")
    step = max(1, len(human) // args.proteins)
    further = {record.id: record.sequence for record in human[::step] if record.id != PROTEIN}
    some = {**protein(), **dict([*further.items()][: args.proteins - 1])}
    compare(predictor, some, first_bases(args.dna, args.fast_bases), args.bases)


def beside(script: str, *options: object) -> None:
    """Print what a script of this folder prints."""
    print(f"\n{script}", flush=True)
    command = [sys.executable, str(ROOT / "benchmarks" / script), *map(str, options)]
    subprocess.run(command, check=True)


def everything(args: argparse.Namespace) -> None:
    """Print what the other scripts of speed do."""
    model = ("--model", args.model) if args.model else ()
    threads = ("--threads", args.threads, *model)
    genome = ("--genome", args.dna) if args.dna else ()
    beside("scan_fast.py", *threads, *genome)
    beside("predict.py", *threads, "--clock", "cpu" if args.threads == 1 else "wall")
    cores = [count for count in (1, 2, 4, 8, 16, 32, 64) if count <= (os.cpu_count() or 1)]
    beside("growth.py", *threads, *genome, "--cores", *cores)
    beside("variants_speed.py", "--dna", *model, *genome)


def first_sites(args: argparse.Namespace) -> None:
    """Print the first lines of a scan of a genome, and how many sites it has."""
    with TemporaryDirectory() as folder:
        hits, proteins = Path(folder, "sites.bed"), data_path("example_proteins.fa")
        command = [sys.executable, "-m", "dna_protein_bca", "scan", "--proteins", str(proteins)]
        command += ["--genome", args.genome, "--max-p", f"{MAX_P:g}", "-o", str(hits)]
        command += ["--threads", str(args.threads)]
        command += ["--model", args.model] if args.model else []
        subprocess.run(command, check=True)
        lines = hits.read_text("utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    sites = [line.split("\t") for line in lines if not line.startswith("#")]
    shown = sites[:LINES]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    rows = ("  ".join(f"{c:<{w}}" for c, w in zip(r, widths, strict=True)).rstrip() for r in shown)
    head = "\n".join(["```", *comments, *rows, "```"])
    bases = sum(Genome(args.genome, forward=True).lengths.values())
    tested = sum(1 for _ in read_fasta(proteins, "protein"))
    count = (
        f"{len(sites)} sites of {tested} proteins in {bases:,} bp at p <= {MAX_P:g}; uniform DNA "
        f"of that length has {tested * bases * MAX_P:.0f} such positions on average."
    )
    print(f"{head}\n\n{count}")
    if args.write:
        for page in PAGES:
            put(page, "sites", f"{head}\n\n{count}")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bases", type=int, default=400_001)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--track", action="store_true", help="write a bigWig file as well")
    parser.add_argument("--dna", type=Path, metavar="FASTA", help="genome for 2 and --everything")
    parser.add_argument("--fast-bases", type=int, default=4_000_000, help="bp of 2 but exact scans")
    parser.add_argument("--proteins", type=int, default=20, help="of 2")
    parser.add_argument("--no-memory", action="store_true", help="leave out 3")
    parser.add_argument("--everything", action="store_true", help="the other scripts as well")
    parser.add_argument("--genome", metavar="FASTA", help="print the first sites of a genome")
    parser.add_argument("--write", action="store_true", help="put them into the documentation")
    parser.add_argument("--smoke", action="store_true", help="a few kbp, to check that it runs")
    args = parser.parse_args()
    torch.manual_seed(0)
    if args.genome:
        first_sites(args)
        return
    if args.smoke:
        args.bases, args.rounds = 5_001, 1
        args.fast_bases, args.proteins, args.no_memory = 100_000, 2, True
    rates(args)
    print()
    others(args)
    if not args.no_memory:
        beside("scan_memory.py", "--threads", args.threads)
    if args.everything:
        everything(args)


if __name__ == "__main__":
    main()
