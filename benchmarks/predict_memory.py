"""Peak memory of `predict` on streams of DNA of different length.

    python benchmarks/predict_memory.py [--model NAME | --small]

Runs the command with one protein on FASTA files of 10 MB and of 100 MB (a million records), and
prints the peak resident memory of each and the difference. Linux and macOS. With `--small`, small
random weights are used in place of the bundled ones: memory grows with the number of records in the
same way, and the measurement takes minutes instead of an hour.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dna_protein_bca.resources import data_path

RECORD_BASES = 88
"""About a hundred bytes a record with its header."""


def write_dna(path: Path, records: int) -> None:
    """Random DNA, seed 0."""
    rng = random.Random(0)
    letters = "".join(rng.choices("ACGT", k=1 << 20))
    with open(path, "w", encoding="ascii") as file:
        for index in range(records):
            first = rng.randrange(len(letters) - RECORD_BASES)
            file.write(f">window_{index}\n{letters[first : first + RECORD_BASES]}\n")


def peak(command: list[str]) -> tuple[float, float]:
    """Peak resident memory in MB, and seconds, of a command."""
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    begun = time.perf_counter()
    arguments = [sys.executable, "-c", script, *command]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return int(done.stdout.split()[-1]) / unit, time.perf_counter() - begun


def small_weights(folder: Path) -> None:
    """Random weights of a small model."""
    from dna_protein_bca.model.binding import BindingModel
    from dna_protein_bca.model.config import BindingConfig
    from dna_protein_bca.proteins.domains import profile_lengths

    lengths = tuple(profile_lengths().values())
    small = {"dim": 16, "motifs": 1, "width": 5, "latents": 2, "stem": 1}
    joint = {"joint_dim": 8, "joint_heads": 2, "joint_depth": 1}
    BindingModel(
        BindingConfig.from_dict({"profile_lengths": lengths, **small, **joint})
    ).save_pretrained(folder)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--small", action="store_true", help="small random weights")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--smoke", action="store_true", help="files a hundred times smaller")
    args = parser.parse_args()
    sizes = (1_000, 10_000) if args.smoke else (100_000, 1_000_000)
    print("records\tmegabytes of FASTA\tpeak memory (MB)\tseconds")
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        proteins, dna = Path(folder, "protein.fa"), Path(folder, "dna.fa")
        first = data_path("example_proteins.fa").read_text(encoding="ascii").split(">")[1]
        proteins.write_text(f">{first}", encoding="ascii")
        if args.small:
            args.model = str(Path(folder, "weights"))
            small_weights(Path(args.model))
        for records in sizes:
            write_dna(dna, records)
            command = [sys.executable, "-m", "dna_protein_bca", "predict", "-q", "--no-p-values"]
            command += ["--proteins", str(proteins), "--dna", str(dna), "--threads", args.threads]
            command += ["-o", str(Path(folder, "out.tsv"))]
            command += ["--model", args.model] if args.model else []
            memory, seconds = peak(command)
            peaks.append(memory)
            size = dna.stat().st_size / 1e6
            print(f"{records}\t{size:.0f}\t{memory:.0f}\t{seconds:.0f}", flush=True)
    print(f"difference: {peaks[1] - peaks[0]:.0f} MB")


if __name__ == "__main__":
    main()
