"""Time and peak memory of the attention module, the reference package and the traditional pair.

The pair is what bidirectional cross-attention replaces: two `nn.MultiheadAttention`, one for each
direction, with projections of their own. The reference has our weights, and its results are
checked against ours first. One thread; the three take turns in every round, in random order; a
ratio is the median of those of the rounds, with its 95% bootstrap interval. Peak memory is what a
fresh process adds to its resident size during one call (Linux; elsewhere to its largest so far).

    python benchmarks/attention.py [--smoke] [--write docs/attention.md]
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import platform
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import bidirectional_cross_attention as reference
import numpy as np
import torch
from page import put
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttention

DIM, HEADS, DIM_HEAD = 128, 4, 32
SHAPES = (
    (24, 80, 64),
    (101, 128, 16),
    (101, 512, 8),
    (1024, 512, 1),
    (4096, 1024, 1),
    (4096, 8192, 1),
)
# With 128 on both sides the pair's heads are as wide as ours on both; with 96 they are narrower.
CONTEXT_DIM, EQUAL_SHAPES = 96, ((1024, 512, 1), (4096, 1024, 1))
SMOKE_SHAPES = ((24, 80, 2), (101, 128, 1))
CONTENDERS = ("ours", "reference", "pair")


class Cell(NamedTuple):
    """One measured situation: DNA n, protein m, batch, masks, and whether backward follows."""

    n: int
    m: int
    batch: int
    masked: bool
    training: bool
    context_dim: int = CONTEXT_DIM


class Ratio(NamedTuple):
    """How many times as long (or as much) the other takes, with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


class TraditionalPair(nn.Module):
    """Each side attends to the other through an attention of its own."""

    def __init__(self, context_dim: int) -> None:
        super().__init__()
        self.of_x = nn.MultiheadAttention(
            DIM, HEADS, kdim=context_dim, vdim=context_dim, batch_first=True
        )
        self.of_context = nn.MultiheadAttention(
            context_dim, HEADS, kdim=DIM, vdim=DIM, batch_first=True
        )

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        padding = None if mask is None else ~mask
        context_padding = None if context_mask is None else ~context_mask
        out, _ = self.of_x(x, context, context, context_padding, need_weights=False)
        context_out, _ = self.of_context(context, x, x, padding, need_weights=False)
        return out, context_out


def build(name: str, context_dim: int) -> nn.Module:
    """A contender; ours and the reference have the same weights."""
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "dim": DIM,
        "context_dim": context_dim,
        "heads": HEADS,
        "dim_head": DIM_HEAD,
    }
    if name == "ours":
        return BidirectionalCrossAttention(**sizes)
    if name == "reference":
        return reference.BidirectionalCrossAttention(**sizes)
    return TraditionalPair(context_dim)


@dataclass
class Work:
    """What one call does: forward without gradients, or forward and backward to all inputs."""

    cell: Cell

    def __post_init__(self) -> None:
        torch.manual_seed(1)
        n, m, b, masked, training, context_dim = self.cell
        self.x = torch.randn(b, n, DIM, requires_grad=training)
        self.context = torch.randn(b, m, context_dim, requires_grad=training)
        self.grads = (torch.randn(b, n, DIM), torch.randn(b, m, context_dim))
        self.masks: tuple[Tensor, ...] = ()
        if masked:
            self.masks = tuple(
                torch.arange(size) < torch.randint(size // 2, size, (b, 1)) for size in (n, m)
            )

    def run(self, module: nn.Module) -> None:
        module.train(self.cell.training)
        if self.cell.training:
            torch.autograd.backward(module(self.x, self.context, *self.masks), self.grads)
        else:
            with torch.no_grad():
                module(self.x, self.context, *self.masks)

    def forget(self, module: nn.Module) -> None:
        for tensor in (self.x, self.context, *module.parameters()):
            tensor.grad = None


def check(cell: Cell, modules: dict[str, nn.Module]) -> None:
    """Stop if ours and the reference do not agree to 1e-5."""
    work = Work(cell._replace(training=False))
    with torch.no_grad():
        ours, theirs = (
            modules[name](work.x, work.context, *work.masks) for name in ("ours", "reference")
        )
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def measure_time(cell: Cell, rounds: int, seconds: float, clock: Callable[[], float]) -> dict:
    """Seconds of every round of every contender, at least `rounds` of them."""
    modules = {name: build(name, cell.context_dim) for name in CONTENDERS}
    check(cell, modules)
    work = Work(cell)
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    started = clock()
    gc.collect()
    for done in range(-1, 200):
        if done >= rounds and clock() - started > seconds:
            break
        for name in random.sample(CONTENDERS, len(CONTENDERS)):
            start = clock()
            work.run(modules[name])
            elapsed = clock() - start
            work.forget(modules[name])
            if done >= 0:
                times[name].append(elapsed)
    return times


def ratio(times: dict[str, list[float]], other: str) -> Ratio:
    """The median over rounds of theirs / ours, with its 95% bootstrap interval.

    A round's two are taken one after the other, so that what slows the machine for longer than
    that, as other processes do, slows both.
    """
    rounds = np.array(times[other]) / np.array(times["ours"])
    draws = np.random.default_rng(0).integers(len(rounds), size=(2000, len(rounds)))
    low, high = np.quantile(np.median(rounds[draws], axis=1), (0.025, 0.975))
    return Ratio(float(np.median(rounds)), float(low), float(high))


def resident(peak: bool) -> float:
    """MB of this process, now or at most since `forget_peak`."""
    status = Path("/proc/self/status")
    if status.is_file():
        key = "VmHWM:" if peak else "VmRSS:"
        line = next(line for line in status.read_text().splitlines() if line.startswith(key))
        return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def forget_peak() -> None:
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def measure_memory(name: str, cell: Cell) -> float:
    """MB that one call adds; to be run in a process that has done nothing else."""
    torch.set_num_threads(1)
    module = build(name, cell.context_dim)
    small = Work(cell._replace(n=8, m=8, batch=1))
    small.run(module)
    work = Work(cell)
    forget_peak()
    before = resident(peak=False)
    work.run(module)
    return resident(peak=True) - before


def memory_in_fresh_process(name: str, cell: Cell) -> float:
    """A fork costs no import; outside Linux libraries of numbers do not survive it."""
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with context.Pool(1) as pool:
        return pool.apply(measure_memory, (name, cell))


def table(unit: str, cells: dict[Cell, tuple[str, str, str]]) -> list[str]:
    """A row for every shape: ours, reference / ours and pair / ours, forward and training."""
    columns = f"ours, {unit} | reference / ours | pair / ours"
    lines = [
        f"| n | m | batch | masks | forward: {columns} | forward + backward: {columns} |",
        "|" + "---|" * 10,
    ]
    for cell, forward in cells.items():
        if not cell.training:
            entries = " | ".join((*forward, *cells[cell._replace(training=True)]))
            masks = "yes" if cell.masked else "no"
            lines.append(f"| {cell.n} | {cell.m} | {cell.batch} | {masks} | {entries} |")
    return lines


def time_entry(times: dict[str, list[float]]) -> tuple[str, str, str]:
    ours = statistics.median(times["ours"]) * 1e3
    return f"{ours:.2f}", str(ratio(times, "reference")), str(ratio(times, "pair"))


def memory_entry(peak: dict[str, float]) -> tuple[str, str, str]:
    ours = max(peak["ours"], 0.1)  # less is below what the system reports
    return f"{ours:.1f}", f"{peak['reference'] / ours:.1f}", f"{peak['pair'] / ours:.1f}"


def goals(times: dict[Cell, dict[str, list[float]]], memory: dict[Cell, dict[str, float]]) -> list:
    """What the module promises against the reference, and whether this run bears it out."""
    found = {cell: ratio(value, "reference") for cell, value in times.items()}
    slowest = min(found, key=lambda cell: found[cell].low)

    def least(n: int, m: int, training: bool) -> float:
        return min(r.value for c, r in found.items() if c[:2] == (n, m) and c.training == training)

    large = [peak for cell, peak in memory.items() if cell[:2] == (4096, 8192)]
    rows = [
        (f"lower end of every interval, the least at {slowest[:3]}", found[slowest].low, 0.95),
        ("forward at (101, 512)", least(101, 512, False), 1.15),
        ("forward at (4096, 1024)", least(4096, 1024, False), 3),
        ("forward + backward at (4096, 1024)", least(4096, 1024, True), 2.5),
        ("peak memory at (4096, 8192)", min(p["reference"] / p["ours"] for p in large), 8),
    ]
    return [
        f"- {what}: {value:.2f}, goal {goal}: {'met' if value >= goal else 'missed'}"
        for what, value, goal in rows
    ]


def against_pair(times: dict, memory: dict, cells: list[Cell]) -> list[str]:
    """The least that the pair takes of our time and memory in these cells; ours is as good at 1."""
    lines = []
    for training, name in ((False, "forward"), (True, "forward + backward")):
        for masked, padding in ((False, "without masks"), (True, "with masks")):
            these = [c for c in cells if (c.training, c.masked) == (training, masked)]
            slowest = min((ratio(times[cell], "pair") for cell in these), key=lambda r: r.value)
            largest = min(memory[cell]["pair"] / memory[cell]["ours"] for cell in these)
            lines.append(f"- {name} {padding}: time {slowest}, memory {largest:.1f}")
    return lines


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text().splitlines()
        name = next((line.split(": ")[1] for line in lines if "model name" in line), name)
    return f"{name}, one thread, torch {torch.__version__}, Python {platform.python_version()}"


def measure_all(cells: list[Cell], rounds: int, seconds: float, clock: str) -> tuple[dict, dict]:
    """Of every cell the times of all rounds, and the memory of each contender."""
    tick = time.perf_counter if clock == "wall" else time.process_time
    # Memory first: what timing leaves in the heap would hide what a call takes.
    times, memory = {}, {}
    for cell in cells:
        memory[cell] = {name: memory_in_fresh_process(name, cell) for name in CONTENDERS}
        progress(f"{cell}: {memory[cell]} MB")
    for cell in cells:
        times[cell] = measure_time(cell, rounds, seconds, tick)
        progress(f"{cell}: {ratio(times[cell], 'reference')}, {len(times[cell]['ours'])} rounds")
    return times, memory


def tables(times: dict, memory: dict, cells: list[Cell]) -> list[str]:
    """Time and memory of these cells."""
    return [
        "Time:",
        "",
        *table("ms", {cell: time_entry(times[cell]) for cell in cells}),
        "",
        "Peak memory added by one call:",
        "",
        *table("MB", {cell: memory_entry(memory[cell]) for cell in cells}),
        "",
    ]


def cells_of(shapes: tuple, context_dim: int = CONTEXT_DIM) -> list[Cell]:
    yes_or_no = (False, True)
    return [
        Cell(*shape, masked, training, context_dim)
        for shape in shapes
        for masked in yes_or_no
        for training in yes_or_no
    ]


def report(smoke: bool, rounds: int, seconds: float, clock: str) -> str:
    """All tables, and the goals where all shapes were measured."""
    cells = cells_of(SMOKE_SHAPES if smoke else SHAPES)
    equal = [] if smoke else cells_of(EQUAL_SHAPES, DIM)
    times, memory = measure_all([*cells, *equal], rounds, seconds, clock)
    taken = [len(value["ours"]) for value in times.values()]
    lines = [
        f"{machine()}; dim {DIM}, context_dim {CONTEXT_DIM}, heads {HEADS}, dim_head {DIM_HEAD}; "
        f"{min(taken)} to {max(taken)} rounds, {clock} time. A ratio above 1 means that ours takes "
        "less; in brackets its 95% interval.",
        "",
        *tables(times, memory, cells),
    ]
    if not smoke:
        main = ({cell: value[cell] for cell in cells} for value in (times, memory))
        lines += ["The reference against ours:", "", *goals(*main), ""]
        lines += [f"With context_dim {DIM}, where the pair's heads are as wide as ours:", ""]
        lines += tables(times, memory, equal)
        lines += ["The pair against ours there, the least of the shapes:", ""]
        lines += against_pair(times, memory, equal)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="two small shapes, a few seconds")
    parser.add_argument("--rounds", type=int, default=9, help="at least so many of each")
    parser.add_argument("--seconds", type=float, default=5, help="and for so long")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: the process's own time, for a machine that others use too",
    )
    parser.add_argument("--write", type=Path, help="a page that is to show the tables")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rounds, seconds = (3, 0.2) if options.smoke else (options.rounds, options.seconds)
    text = report(options.smoke, rounds, seconds, options.clock)
    print(text)
    if options.write:
        put(options.write, "benchmarks/attention.py", text)


if __name__ == "__main__":
    main()
