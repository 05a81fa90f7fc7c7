"""Start-up time of the command: `--help`, and `predict` on the example data.

    python benchmarks/startup.py [--model NAME] [--threads 2]

Each round starts a new process, imports and loading included. Prints medians over the rounds:
seconds by the clock, and seconds of the processor, which depend less on other work of the machine.
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
    """Seconds of one call of the command, by the clock and of the processor."""
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
        times = [seconds(arguments) for _ in range(1 if args.smoke else args.rounds)]
        clock, busy = (statistics.median(values) for values in zip(*times, strict=True))
        print(f"{name}\t{clock:.2f}\t{busy:.2f}", flush=True)


if __name__ == "__main__":
    main()
