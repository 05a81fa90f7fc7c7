"""A GPU against the CPU, and how fast and how large the program is there; five minutes at most.

    python benchmarks/gpu.py [--smoke] [--model NAME] [--write docs/gpu.md]

1. Parity. Scores of the seven proteins on the 45 DNAs of data/, and the attention module's outputs:
   in float32 no number further than 1e-4 from the CPU's; in bfloat16 the root-mean-square
   difference within 1e-2 of the root-mean-square of the CPU's float32 numbers.
2. `predict`: pairs a second, and peak memory.
3. `train` from scratch: steps of 512 pairs a second, and peak memory.
4. The attention module beside the reference package and two `nn.MultiheadAttention`; see
   benchmarks/gpu_attention.py.
5. A transformer of it with TF32, in bfloat16, compiled, and with CUDA graphs; see
   benchmarks/gpu_modes.py.

Says one line and ends well where there is no CUDA. `--smoke` runs all of it on the CPU at sizes
that mean nothing, in seconds. Ends in an error where parity is missed. What it needs besides torch
is the checkout (`PYTHONPATH=. python benchmarks/gpu.py` where it is not installed), its
dependencies, and the package bidirectional-cross-attention; no other data.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

BUDGET = 240.0
"""Seconds after which nothing more is begun."""

LARGEST, RELATIVE = 1e-4, 1e-2
"""Goals of parity: the largest difference in float32, the relative one in bfloat16."""

WINDOW, WINDOWS, SMOKE_WINDOWS = 101, 4000, 10
ROUNDS = 3


class Run:
    """What all parts are told: the device, whether it is a trial, and how much time is left."""

    def __init__(self, model: str | None, smoke: bool) -> None:
        self.model, self.smoke = model, smoke
        self.device = torch.device("cpu" if smoke else "cuda")
        self.begun = time.monotonic()
        self.missed: list[str] = []

    def time_left(self) -> float:
        """Seconds."""
        return BUDGET - (time.monotonic() - self.begun)

    def forget_peak(self) -> None:
        """Begin to count peak memory."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def peak(self) -> str:
        """Peak memory since then in MiB."""
        if self.device.type != "cuda":
            return "-"
        return f"{torch.cuda.max_memory_allocated() / 2**20:,.0f}"

    def seconds(self, work: Callable[[], object]) -> float:
        """Of one call, until the device has finished."""
        begun = time.perf_counter()
        work()
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begun

    def compare(self, what: str, precision: str, found: np.ndarray, expected: np.ndarray) -> str:
        """A row of the table of parity; a goal that is missed is kept."""
        difference = np.abs(found - expected)
        largest = float(difference.max())
        relative = float(np.sqrt((difference**2).mean() / (expected**2).mean()))
        value, goal = (relative, RELATIVE) if precision == "bfloat16" else (largest, LARGEST)
        met = bool(value <= goal)  # False for NaN
        if not met:
            self.missed.append(f"{what} in {precision}: {value:.1e} instead of {goal:g}")
        verdict = "met" if met else "missed"
        return f"| {what} | {precision} | {largest:.1e} | {relative:.1e} | {goal:g}: {verdict} |"


def parity(run: Run) -> Iterator[str]:
    """Scores and attention against the CPU."""
    from gpu_attention import SHAPES, SMOKE_SHAPES, outputs

    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.resources import data_path

    yield "| parity | precision | largest difference | relative, rms | goal |"
    yield "|---|---|---|---|---|"
    files = (data_path("example_proteins.fa"), data_path("example_dna.fa"))

    def scores(device: str, precision: str) -> np.ndarray:
        chosen = BindingPredictor.from_pretrained(run.model, device, precision=precision)
        return chosen.score_matrix(*files)

    expected = scores("cpu", "float32")
    for precision in ("float32", "bfloat16"):
        found = scores(run.device.type, precision)
        yield run.compare("scores of predict", precision, found, expected)
    (n, m) = SMOKE_SHAPES[0] if run.smoke else SHAPES[0]
    whole = outputs(torch.device("cpu"), torch.float32, n, m)
    for dtype in (torch.float32, torch.bfloat16):
        pairs = zip(outputs(run.device, dtype, n, m), whole, ("first", "second"), strict=True)
        for out, known, side in pairs:
            name = str(dtype).split(".")[1]
            yield run.compare(f"attention, {side} side", name, out.numpy(), known.numpy())


def prediction(run: Run) -> Iterator[str]:
    """Pairs a second of `predict`, its table included, with the proteins encoded beforehand."""
    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.resources import data_path

    yield "| predict, precision | pairs | pairs/s, median | lowest | highest | peak MiB |"
    yield "|---|---|---|---|---|---|"
    rng = np.random.default_rng(0)
    count = SMOKE_WINDOWS if run.smoke else WINDOWS
    letters = rng.choice(list("ACGT"), (count, WINDOW))
    dna = {f"window_{number}": "".join(row) for number, row in enumerate(letters)}
    for precision in ("float32", "bfloat16"):
        predictor = BindingPredictor.from_pretrained(
            run.model, run.device.type, precision=precision
        )
        proteins = predictor.encode(data_path("example_proteins.fa"))
        predictor.predict(proteins, dict(list(dna.items())[:50]), background=None)
        run.forget_peak()
        pairs = len(proteins.ids) * len(dna)
        rates = []
        for _ in range(ROUNDS):
            taken = run.seconds(lambda p=predictor, q=proteins: p.predict(q, dna, background=None))  # type: ignore[misc]
            rates.append(pairs / taken)
            if run.time_left() < BUDGET / 2:
                break
        figures = (statistics.median(rates), min(rates), max(rates))
        shown = " | ".join(f"{rate:,.0f}" for rate in figures)
        yield f"| {precision} | {pairs:,} | {shown} | {run.peak()} |"


def training(run: Run) -> Iterator[str]:
    """Steps a second of `train` from scratch, all layers learning."""
    import training as cpu_training  # benchmarks/training.py, which measures the same on a CPU

    from dna_protein_bca.training.finetune.fit import make_trainer

    yield "| train, precision | pairs a step | steps/s, median | lowest | highest | peak MiB |"
    yield "|---|---|---|---|---|---|"
    sequences = cpu_training.proteins(None)
    windows = cpu_training.SMOKE_WINDOWS if run.smoke else cpu_training.WINDOWS
    dna, pairs = cpu_training.examples(list(sequences), windows)
    for precision in ("no", "bf16"):
        job = cpu_training.our_job(sequences, dna, pairs)
        job = dataclasses.replace(job, loop=dataclasses.replace(job.loop, precision=precision))
        with TemporaryDirectory() as folder:
            device = run.device.type
            trainer = make_trainer(job, Path(folder), device=device, report=lambda _: None)
            trainer.step()
            run.forget_peak()
            steps = 1 if run.smoke else 20
            rates = []
            while len(rates) < steps and (not rates or run.time_left() > BUDGET / 3):
                rates.append(1 / run.seconds(trainer.step))
        figures = (statistics.median(rates), min(rates), max(rates))
        shown = " | ".join(f"{rate:.2f}" for rate in figures)
        name = "float32" if precision == "no" else "bfloat16, mixed"
        yield f"| {name} | {len(pairs)} | {shown} | {run.peak()} |"


def attention(run: Run) -> Iterator[str]:
    """The module beside the reference and the pair; both figures are theirs divided by ours."""
    from gpu_attention import SHAPES, SMOKE_SHAPES, rows

    yield from rows(run.device, SMOKE_SHAPES if run.smoke else SHAPES, run.time_left)


def modes(run: Run) -> Iterator[str]:
    """What torch offers for speed, and where it pays."""
    from gpu_modes import SHAPES, SMOKE_SHAPES, rows

    yield from rows(run.device, SMOKE_SHAPES if run.smoke else SHAPES, run.time_left)


def machine(run: Run) -> str:
    """The card and the versions."""
    card = "the CPU (a trial: the figures mean nothing)"
    if run.device.type == "cuda":
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        card = f"{torch.cuda.get_device_name(0)}, {memory:.0f} GiB, CUDA {torch.version.cuda}"
    tf32 = "on" if torch.backends.cuda.matmul.allow_tf32 else "off"
    version = sys.version.split()[0]
    return f"{card}; torch {torch.__version__}, Python {version}; TF32 {tf32}."


def report(run: Run) -> Iterator[str]:
    """All parts, line by line as they are done."""
    yield machine(run)
    for part in (parity, prediction, training, attention, modes):
        yield ""
        if run.time_left() <= 0:
            yield f"{part.__name__}: left out, the time was up."
            continue
        yield from part(run)
    yield ""
    yield f"All in {time.monotonic() - run.begun:.0f} seconds."


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--smoke", action="store_true", help="on the CPU, at sizes of no meaning")
    parser.add_argument("--write", type=Path, help="a page that is to show the tables")
    args = parser.parse_args()
    if not args.smoke and not torch.cuda.is_available():
        print("No CUDA device here: nothing was measured (--smoke tries the code on the CPU).")
        return
    run, lines = Run(args.model, args.smoke), []
    for line in report(run):
        print(line, flush=True)
        lines.append(line)
    if args.write:
        from page import put

        put(args.write, "benchmarks/gpu.py", "\n".join(lines))
    if run.missed:
        sys.exit("Parity was missed: " + "; ".join(run.missed))


if __name__ == "__main__":
    main()
