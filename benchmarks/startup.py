"""How long the command takes to answer: `--help`, and `predict` on the example data.

    python benchmarks/startup.py [--model NAME] [--threads 2]

Every run is a process of its own, imports and loading included. Prints the median of the rounds:
seconds by the clock, and seconds of the processor, which a busy machine does not lengthen as much.
Linux and macOS.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time

from dna_protein_bca.resources import data_path


def seconds(arguments: list[str]) -> tuple[float, float]:
    """Of one run, by the clock and of the processor."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "dna_protein_bca", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    elapsed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return elapsed, busy


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="one round")
    args = parser.parse_args()
    proteins, dna = (str(data_path(f"example_{name}.fa")) for name in ("proteins", "dna"))
    predict = ["predict", "--proteins", proteins, "--dna", dna, "--threads", args.threads]
    predict += ["--model", args.model] if args.model else []
    print("command\tclock (s)\tprocessor (s)")
    for name, arguments in (("--help", ["--help"]), ("predict on data/", predict)):
        runs = [seconds(arguments) for _ in range(1 if args.smoke else args.rounds)]
        clock, busy = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"{name}\t{clock:.2f}\t{busy:.2f}", flush=True)


if __name__ == "__main__":
    main()
