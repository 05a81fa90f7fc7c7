"""Runs that are stopped at random moments: is anything broken or left behind, and does a rerun end?

    python benchmarks/faults.py [--rounds 50] [--seed 0] [--command NAME ...] [--smoke]

Every round starts a command as a process of its own and sends it SIGKILL, SIGTERM or SIGINT
(Ctrl-C) at a random share of the CPU time that an unbroken run takes. Then:

- nothing is under the name of an output, but where it is whole;
- after SIGTERM and Ctrl-C no temporary file is left, and the exit status is 143 or 130 (a new
  interpreter may also end by Ctrl-C's signal itself, which a shell calls 130 as well);
- every file of the cache can be read;
- the same command, once more in the same folder and with the same cache (`train` with `--resume`),
  ends with the bytes of an unbroken run.

One round of five begins with an empty cache, and one of ten with a new interpreter; the others are
processes in which the imports are done, so that signals reach what follows. Weights are tiny ones,
which are trained first; of a training all is compared, but its reports and the times that its files
hold. A table counts the rounds; what is wrong ends it with status 1. Linux.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import CACHE_VARIABLE, data_path

TIMED = ("seconds", "provenance.json")
"""Keys whose values hang on the time that a training took: the checksum of its record is one."""

FORKING = multiprocessing.get_context("forkserver")
"""Processes that begin where another one has imported what they need."""

PRELOADED = """
    torch pandas pyarrow.parquet pyhmmer safetensors.torch scipy.stats sklearn.linear_model
    sklearn.metrics accelerate matplotlib.pyplot tqdm dna_protein_bca.predictor
    dna_protein_bca.training dna_protein_bca.explain dna_protein_bca.scan dna_protein_bca.variant
    dna_protein_bca.evaluation.evaluate
"""
FORKING.set_forkserver_preload(PRELOADED.split())

COLD = 5
"""One of so many rounds begins with an empty cache."""

FRESH = 10
"""One of so many rounds begins with a new interpreter."""

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
TICKS = os.sysconf("SC_CLK_TCK")
POLL = 0.003
"""Seconds between looks at the CPU time of a process."""

PLACES = range(100, 19900, 400)
"""Of the variants on each of two chromosomes of 20 kb, 1-based."""

STARTING = 0.4
"""CPU seconds in which Python and click are loaded, before a command can answer to signals."""

IMPORTS = 2.0
"""CPU seconds that the imports of a new interpreter take, about."""

TINY = "dim=16 heads=2 decoder_depth=1 latents=4 motifs=1 joint_dim=16 joint_heads=2 joint_depth=1"
TRAIN = "train --proteins ../proteins.fa --dna ../sites.fa --pairs ../pairs.tsv --steps 20 "
TRAIN += "--batch-size 8 --save-every 4 --device cpu --threads 1 -o run --resume"
TRAIN += "".join(f" --set {text}" for text in TINY.split())

GIVEN = "--model ../weights/last --device cpu --threads 1 --proteins ../proteins.fa"
COMMANDS = {
    "predict": ("predict --dna ../dna.fa -o out.tsv --matrix out.npz", "out.tsv out.npz"),
    "scan": ("scan --genome genome.fa --max-p 1e-3 -o out.bed --track out.bw", "out.bed out.bw"),
    "variant dna": ("variant dna --genome genome.fa --vcf ../variants.vcf -o out.tsv", "out.tsv"),
    "variant protein": (
        "variant protein --mutations ../mutations.tsv --dna ../dna.fa -o out.tsv.gz",
        "out.tsv.gz",
    ),
    "explain": ("explain --dna ../one.fa -o out", "out"),
    "train": (TRAIN, "run"),
}
"""What is run in a folder of its own, and what that writes."""


def write_inputs(folder: Path) -> None:
    """A protein; real windows as DNA, genome and variants; sites with random DNA around them."""
    protein = next(iter(read_fasta(data_path("example_proteins.fa"), "protein")))
    (folder / "proteins.fa").write_text(f">{protein.id}\n{protein.sequence}\n")
    dna = list(read_fasta(data_path("example_dna.fa"), "dna"))
    (folder / "dna.fa").write_text("".join(f">{r.id}\n{r.sequence}\n" for r in dna))
    (folder / "one.fa").write_text(f">{dna[0].id}\n{dna[0].sequence}\n")
    windows = read_fasta(data_path("retraining/dna.fa.gz"), "dna")
    text = "".join(r.sequence for r in windows).upper()
    genome = {f"chr{n + 1}": text[n * 20000 : (n + 1) * 20000] for n in range(2)}
    (folder / "genome.fa").write_text("".join(f">{n}\n{text}\n" for n, text in genome.items()))
    other = str.maketrans("ACGTN", "CATGA")
    bases = [(name, place, genome[name][place - 1]) for name in genome for place in PLACES]
    rows = [f"{n}\t{place}\t.\t{b}\t{b.translate(other)}\t.\t.\t." for n, place, b in bases]
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (folder / "variants.vcf").write_text(head + "\n".join(rows) + "\n")
    (folder / "mutations.tsv").write_text("protein_id\tmutation\nMAX\tR36A\nMAX\tE32A\n")
    rng = random.Random(0)
    sites, pairs = [], ["protein_id\tdna_id\tlabel"]
    for number in range(200):
        text = "".join(rng.choices("ACGT", k=50))
        bound = f"{text[:20]}ACCACGTGGT{text[30:]}" if number % 2 else text
        sites.append(f">d{number}\n{bound}\n")
        pairs.append(f"MAX\td{number}\t{number % 2}")
    (folder / "sites.fa").write_text("".join(sites))
    (folder / "pairs.tsv").write_text("\n".join(pairs) + "\n")


@dataclass
class Run:
    """A command in a folder, with a cache.

    Attributes:
        arguments: of the command.
        place: the folder.
        cache: folder of the cache.
        cpu: seconds that it took.
    """

    arguments: list[str]
    place: Path
    cache: Path
    cpu: float = 0.0
    errors: bytes = b""

    def go(
        self, stop: signal.Signals | None = None, after: float = 0.0, *, fresh: bool = False
    ) -> int:
        """Run it, to its end or until it has had `after` seconds of CPU; the exit status.

        Args:
            fresh: in a new interpreter, which the signal may reach while it starts; otherwise in
                a process that has the imports behind it.
        """
        said = self.place.parent / "errors.txt"
        process = FORKING.Process(
            target=_work, args=(self.arguments, str(self.place), str(self.cache), str(said), fresh)
        )
        process.start()
        assert process.pid is not None
        while process.is_alive():
            self.cpu = max(self.cpu, _cpu_seconds(process.pid))
            if stop is not None and self.cpu >= after:
                os.kill(process.pid, stop)
                break
            time.sleep(POLL)
        process.join()
        self.errors = said.read_bytes()
        assert process.exitcode is not None
        return process.exitcode


def _work(arguments: list[str], place: str, cache: str, said: str, fresh: bool) -> None:
    """The command, in this process."""
    os.chdir(place)
    os.environ.update({CACHE_VARIABLE: cache, "OMP_NUM_THREADS": "1"})
    file = os.open(said, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(file, 1)
    os.dup2(file, 2)
    if fresh:
        os.execv(sys.executable, [sys.executable, "-m", "dna_protein_bca", *arguments])
    from dna_protein_bca.commands import main

    sys.argv[1:] = arguments  # which a training writes down
    main(arguments)


def _cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def contents(place: Path, names: list[str]) -> dict[str, object]:
    """What outputs hold, file by file; empty without them."""
    files = [path for name in names for path in _files(place / name)]
    kept = {str(path.relative_to(place)): _content(path) for path in files}
    return {name: value for name, value in kept.items() if value is not None}


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(p for p in path.rglob("*") if p.is_file() and p.name[0] != ".")
    elif path.is_file():
        yield path


def _content(path: Path) -> object:
    """The bytes of a file, without the times in those of a training; None where it is all times."""
    if path.name == "metrics.csv":
        rows = [line.split(",") for line in path.read_text().splitlines()]
        return [row[:1] + row[2:] for row in rows]
    if path.name == "checkpoint.safetensors":
        from safetensors import safe_open

        with safe_open(path, "np") as file:
            return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118
    if path.name == "report.html" and "run" in path.parts:
        return None
    if path.suffix == ".json" and "run" in path.parts:
        return json.loads(path.read_text(), object_hook=_timeless)
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    return path.read_bytes()


def _timeless(record: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in record.items() if key not in TIMED}


def damaged(cache: Path) -> list[str]:
    """Files of a cache that cannot be read."""
    import numpy as np
    from safetensors import SafetensorError, safe_open

    wrong = []
    for path in _files(cache):
        try:
            if path.suffix == ".npz":
                with np.load(path, allow_pickle=False) as arrays:
                    _ = {name: arrays[name] for name in arrays}
            elif path.suffix == ".safetensors":
                with safe_open(path, "np") as file:
                    _ = [file.get_tensor(name) for name in file.keys()]  # noqa: SIM118
        except (OSError, ValueError, SafetensorError) as error:
            wrong.append(f"{path.name}: {error}")
    return wrong


def hidden(*folders: Path) -> list[str]:
    """Temporary files that were left."""
    return [str(path) for folder in folders for path in folder.rglob(".*")]


@dataclass
class Trial:
    """The rounds of a command.

    Attributes:
        name: of the command.
        folder: with the inputs.
        counts: of what happened, for the table.
        faults: what is wrong, a line each.
    """

    name: str
    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def run(self, rounds: int, seed: int) -> None:
        """An unbroken run, and then the rounds."""
        command, files = COMMANDS[self.name]
        arguments, outputs = command.split(), files.split()
        if self.name != "train":
            arguments += GIVEN.split()
        whole = self._new("whole", arguments)
        assert whole.go() == 0, whole.errors.decode()
        expected = contents(whole.place, outputs)
        warm = self._new("whole", arguments, whole.cache)
        assert warm.go() == 0, warm.errors.decode()
        if contents(warm.place, outputs) != expected:
            self.faults.append(f"{self.name}: a second run has other bytes")
        rng = random.Random(f"{self.name} {seed}")
        cache = whole.cache
        for number in range(rounds):
            cold = number % COLD == 0
            stop = SIGNALS[number % 3]
            length = whole.cpu if cold else warm.cpu
            fresh = number % FRESH == 0
            after = rng.uniform(0.02, 1.0) * (length + fresh * IMPORTS)
            # Without a cache of its own, a round goes on with that of the round before.
            one = self._new("broken", arguments, None if cold else cache)
            cache = one.cache
            self._round(one, outputs, expected, (stop, after, fresh))

    def _round(
        self,
        one: Run,
        outputs: list[str],
        expected: dict[str, object],
        how: tuple[signal.Signals, float, bool],
    ) -> None:
        stop, after, fresh = how
        where = f"{self.name}, {stop.name} after {after:.2f} s of CPU{' from the start' * fresh}"
        status = one.go(stop, after, fresh=fresh)
        self.counts[stop.name] += 1
        found = contents(one.place, outputs)
        wrong = [] if self.name == "train" else [n for n in found if found[n] != expected[n]]
        self._check(not wrong, f"{where}: {', '.join(wrong)} is not whole")
        bad = damaged(one.cache)
        self._check(not bad, f"{where}: in the cache {'; '.join(bad)}")
        if status == 0:
            self.counts["ended before"] += 1
        elif stop != signal.SIGKILL:
            # Where Ctrl-C interrupts an `exec` of a text, as some imports run, Python answers it
            # and then ends itself by the signal. A shell says 130 of both.
            by_signal = fresh and stop == signal.SIGINT and status == -stop
            usual = status == 128 + stop or by_signal
            self.counts["while Python started"] += not usual
            # Until click is loaded, Python answers in its own way.
            early = after < STARTING and status in (-stop, 1, 128 + stop)
            said = one.errors.decode(errors="replace")
            self._check(usual or early, f"{where}: exit status {status}: {said[-1500:]}")
            self._check("Traceback" not in said or early, f"{where}: {said[-1500:]}")
            left = hidden(one.place, one.cache)
            self._check(not left, f"{where}: left {left}")
        self.counts["temporary files after SIGKILL"] += len(hidden(one.place, one.cache))
        if self.name != "train" and found == expected:
            return  # the signal came after the output, and there is nothing left to do
        again = Run(one.arguments, one.place, one.cache)
        status = again.go()
        self._check(status == 0, f"{where}: the rerun ended with {status}: {again.errors.decode()}")
        found = contents(one.place, outputs)
        wrong = [name for name in {*found, *expected} if found.get(name) != expected.get(name)]
        self._check(not wrong, f"{where}: after the rerun {sorted(wrong)} differ")

    def _check(self, right: bool, message: str) -> None:
        if not right:
            self.faults.append(message)
            print(message, file=sys.stderr, flush=True)

    def _new(self, name: str, arguments: list[str], cache: Path | None = None) -> Run:
        """A run in a new folder; with a cache of its own unless one is given."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        shutil.copy(self.folder / "genome.fa", place)
        if cache is None:
            cache = self.folder / f"cache-{name}"
            shutil.rmtree(cache, ignore_errors=True)
            cache.mkdir()
        return Run(arguments, place, cache)


def make_weights(folder: Path) -> None:
    """Train the tiny weights that the commands use."""
    (folder / "weights").mkdir()
    run = Run(TRAIN.split(), folder / "weights", folder / "cache-weights")
    assert run.go() == 0, run.errors.decode()
    (folder / "weights" / "run" / "last").rename(folder / "weights" / "last")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--command", action="append", choices=list(COMMANDS))
    parser.add_argument("--smoke", action="store_true", help="three rounds of predict")
    options = parser.parse_args()
    # A shell starts what runs in the background with Ctrl-C ignored, which children inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    names = ["predict"] if options.smoke else options.command or list(COMMANDS)
    columns = [*(s.name for s in SIGNALS), "ended before", "while Python started"]
    columns.append("temporary files after SIGKILL")
    print("\t".join(["command", "rounds", *columns, "faults"]), flush=True)
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder)
        make_weights(folder)
        for command in names:
            trial = Trial(command, folder)
            rounds = len(SIGNALS) if options.smoke else options.rounds
            trial.run(rounds, options.seed)
            faults += len(trial.faults)
            values = [rounds, *(trial.counts[column] for column in columns), len(trial.faults)]
            print("\t".join(map(str, [command, *values])), flush=True)
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
