"""A long run of `predict` in one process: does its memory stay flat?

    python benchmarks/soak.py [--pairs 10000000] [--minutes 60] [--model NAME] [--smoke]

Random DNA is made and sent to the standard input of one `predict`, and the rows that it writes are
counted and thrown away, until there are that many pairs or the time is over. The resident
memory of the process is sampled; the slope is that of a line through the samples after the warm-up,
which is the first quarter. Without `--model`, small random weights are used, which go through the
same code at a higher rate. No field of any row may be NaN or Inf. Linux.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from predict_memory import small_weights

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import data_path

LENGTHS = (20, 101, 101, 101, 150, 300)
"""Of the DNA, bp; each record has one of them."""

PIECE = 1 << 20
NO_NUMBER = re.compile(rb"[\t\n](?:nan|[-+]?inf(?:inity)?)(?=[\t\n])", re.IGNORECASE)


def write_proteins(path: Path, count: int) -> int:
    """Those of the examples that have a domain, and copies of them with a changed tail."""
    known = [r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein")]
    rng = random.Random(0)
    tails = ("".join(rng.choices("AGSTPQ", k=10)) for _ in range(count))
    texts = (f"{known[n % len(known)]}{tail}" for n, tail in enumerate(tails))
    path.write_text("".join(f">p{n}\n{text}\n" for n, text in enumerate(texts)), encoding="ascii")
    return count


class Feeder(threading.Thread):
    """Sends random DNA to a process until it is told to stop, or there is enough.

    Args:
        process: whose standard input it is.
        records: as many as are sent at most.
    """

    def __init__(self, process: subprocess.Popen[bytes], records: int) -> None:
        super().__init__(daemon=True)
        self._process, self._records = process, records
        self.stop = threading.Event()

    def run(self) -> None:
        """Write records, a few at a time, for the pipe to fill; then close it."""
        rng = random.Random(1)
        letters = "".join(rng.choices("ACGT", k=PIECE))
        assert self._process.stdin is not None
        for number in range(self._records):
            if self.stop.is_set():
                break
            length = LENGTHS[number % len(LENGTHS)]
            first = rng.randrange(PIECE - length)
            record = f">dna_{number}\n{letters[first : first + length]}\n"
            self._process.stdin.write(record.encode())
        self._process.stdin.close()


class Reader(threading.Thread):
    """Counts the rows that a process writes.

    Attributes:
        rows: so far, with the header.
        wrong: the first field that is no number, or None.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.rows, self.wrong = 0, None

    def run(self) -> None:
        """Read until the process closes its output."""
        assert self._process.stdout is not None
        rest = b""
        while piece := self._process.stdout.read1(PIECE):
            self.rows += piece.count(b"\n")
            found = NO_NUMBER.search(rest + piece)
            self.wrong = self.wrong or (found and found[0])
            rest = piece[-32:]


def resident(process: int) -> float:
    """Resident memory of a process, MiB; 0 after its end."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def soak(folder: Path, options: argparse.Namespace) -> tuple[np.ndarray, Reader]:
    """Run until enough is done; samples [n, 3] of minutes, pairs and MiB."""
    count = write_proteins(folder / "proteins.fa", options.proteins)
    model = options.model
    if model is None:
        model = str(folder / "weights")
        small_weights(Path(model))
    command = [sys.executable, "-m", "dna_protein_bca", "predict", "-q", "--model", model]
    command += ["--proteins", str(folder / "proteins.fa"), "--dna", "-", "-o", "-"]
    command += ["--threads", str(options.threads)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    feeder, reader = Feeder(process, -(-options.pairs // count)), Reader(process)
    feeder.start()
    reader.start()
    begun, samples = 0.0, []
    while process.poll() is None:
        time.sleep(options.every)
        # The time begins with the first rows: before, weights are loaded and backgrounds made.
        if reader.rows and not begun:
            begun = time.monotonic()
        if begun and (memory := resident(process.pid)):
            minutes = (time.monotonic() - begun) / 60
            samples.append((minutes, reader.rows - 1, memory))
            if len(samples) % options.show == 1:
                print(f"{minutes:.1f}\t{reader.rows - 1}\t{memory:.1f}", flush=True)
            if minutes > options.minutes:
                feeder.stop.set()
    reader.join()
    if process.returncode:
        raise SystemExit(f"predict ended with {process.returncode}")
    return np.array(samples), reader


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--proteins", type=int, default=100)
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=float, default=2, help="seconds between samples")
    parser.add_argument("--smoke", action="store_true", help="some seconds")
    options = parser.parse_args()
    options.show = 30
    if options.smoke:
        options.pairs, options.proteins, options.every, options.show = 2_000, 2, 0.1, 10
    print("minutes\tpairs\tresident memory (MiB)")
    with tempfile.TemporaryDirectory() as name:
        samples, reader = soak(Path(name), options)
    if reader.wrong is not None:
        raise SystemExit(f"a field is {reader.wrong!r}")
    warm = samples[len(samples) // 4 :]
    print("pairs\tminutes\tfirst (MiB)\thighest (MiB)\tslope after warm-up (MiB/minute)")
    slope = np.polyfit(warm[:, 0], warm[:, 2], 1)[0] if len(warm) > 2 else float("nan")
    first, highest = warm[0, 2], samples[:, 2].max()
    print(f"{reader.rows - 1}\t{samples[-1, 0]:.1f}\t{first:.0f}\t{highest:.0f}\t{slope:+.3f}")


if __name__ == "__main__":
    main()
