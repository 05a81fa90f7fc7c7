"""Time and peak memory of the attention module, the reference package and the traditional pair.

The pair is what bidirectional cross-attention replaces: two `nn.MultiheadAttention`, one for each
direction, with projections of their own. The reference has our weights, and its results are
checked against ours first. One thread; the three take turns in every round, in random order; a
ratio is that of the medians, with a 95% bootstrap interval over the rounds. Peak memory is what a
fresh process adds to its resident size during one call (Linux; elsewhere to its largest so far).

    python benchmarks/attention.py [--smoke] [--write docs/attention.md]
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import bidirectional_cross_attention as reference
import numpy as np
import torch
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttention

DIM, CONTEXT_DIM, HEADS, DIM_HEAD = 128, 96, 4, 32
SHAPES = (
    (24, 80, 64),
    (101, 128, 16),
    (101, 512, 8),
    (1024, 512, 1),
    (4096, 1024, 1),
    (4096, 8192, 1),
)
SMOKE_SHAPES = ((24, 80, 2), (101, 128, 1))
CONTENDERS = ("ours", "reference", "pair")
MARKER, END_MARKER = "<!-- attention-benchmark -->", "<!-- /attention-benchmark -->"


class Cell(NamedTuple):
    """One measured situation: DNA n, protein m, batch, masks, and whether backward follows."""

    n: int
    m: int
    batch: int
    masked: bool
    training: bool


class Ratio(NamedTuple):
    """How many times as long (or as much) the other takes, with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


class TraditionalPair(nn.Module):
    """Each side attends to the other through an attention of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.of_x = nn.MultiheadAttention(
            DIM, HEADS, kdim=CONTEXT_DIM, vdim=CONTEXT_DIM, batch_first=True
        )
        self.of_context = nn.MultiheadAttention(
            CONTEXT_DIM, HEADS, kdim=DIM, vdim=DIM, batch_first=True
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


def build(name: str) -> nn.Module:
    """A contender; ours and the reference have the same weights."""
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "dim": DIM,
        "context_dim": CONTEXT_DIM,
        "heads": HEADS,
        "dim_head": DIM_HEAD,
    }
    if name == "ours":
        return BidirectionalCrossAttention(**sizes)
    if name == "reference":
        return reference.BidirectionalCrossAttention(**sizes)
    return TraditionalPair()


@dataclass
class Work:
    """What one call does: forward without gradients, or forward and backward to all inputs."""

    cell: Cell

    def __post_init__(self) -> None:
        torch.manual_seed(1)
        n, m, b, masked, training = self.cell
        self.x = torch.randn(b, n, DIM, requires_grad=training)
        self.context = torch.randn(b, m, CONTEXT_DIM, requires_grad=training)
        self.grads = (torch.randn(b, n, DIM), torch.randn(b, m, CONTEXT_DIM))
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
    modules = {name: build(name) for name in CONTENDERS}
    check(cell, modules)
    work = Work(cell)
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    started = time.perf_counter()
    gc.collect()
    for done in range(-2, 200):
        if done >= rounds and time.perf_counter() - started > seconds:
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
    """Of the medians, with its 95% bootstrap interval over rounds."""
    ours, theirs = np.array(times["ours"]), np.array(times[other])
    draws = np.random.default_rng(0).integers(len(ours), size=(2000, len(ours)))
    spread = np.median(theirs[draws], axis=1) / np.median(ours[draws], axis=1)
    low, high = np.quantile(spread, (0.025, 0.975))
    return Ratio(float(np.median(theirs) / np.median(ours)), float(low), float(high))


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
    """MB that one call adds; to be run in a process of its own."""
    module = build(name)
    small = Work(cell._replace(n=8, m=8, batch=1))
    small.run(module)
    work = Work(cell)
    forget_peak()
    before = resident(peak=False)
    work.run(module)
    return resident(peak=True) - before


def memory_in_fresh_process(name: str, cell: Cell) -> float:
    command = [sys.executable, __file__, "--memory-of", json.dumps([name, cell])]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(run.stdout)


def time_table(cells: dict[Cell, dict[str, list[float]]]) -> list[str]:
    lines = [
        "| n | m | batch | masks | pass | ours, ms | reference / ours | pair / ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cell, times in cells.items():
        lines.append(
            f"| {cell.n} | {cell.m} | {cell.batch} | {'yes' if cell.masked else 'no'} "
            f"| {'forward + backward' if cell.training else 'forward'} "
            f"| {statistics.median(times['ours']) * 1e3:.2f} "
            f"| {ratio(times, 'reference')} | {ratio(times, 'pair')} |"
        )
    return lines


def memory_table(cells: dict[Cell, dict[str, float]]) -> list[str]:
    lines = [
        "| n | m | batch | masks | pass | ours, MB | reference / ours | pair / ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cell, peak in cells.items():
        ours = max(peak["ours"], 0.1)
        lines.append(
            f"| {cell.n} | {cell.m} | {cell.batch} | {'yes' if cell.masked else 'no'} "
            f"| {'forward + backward' if cell.training else 'forward'} | {peak['ours']:.0f} "
            f"| {peak['reference'] / ours:.1f} | {peak['pair'] / ours:.1f} |"
        )
    return lines


def goals(times: dict[Cell, dict[str, list[float]]], memory: dict[Cell, dict[str, float]]) -> list:
    """What the module promises against the reference, and whether this run bears it out."""
    found = {cell: ratio(value, "reference") for cell, value in times.items()}
    slowest = min(found.items(), key=lambda item: item[1].low)

    def least(n: int, m: int, training: bool) -> float:
        return min(r.value for c, r in found.items() if c[:2] == (n, m) and c.training == training)

    share = max(p["ours"] / p["reference"] for c, p in memory.items() if c[:2] == (4096, 8192))
    rows = [
        (
            f"never slower: least lower end {slowest[1].low:.2f}, at {slowest[0][:3]}",
            slowest[1].low >= 0.95,
            "0.95",
        ),
        (
            f"forward at (101, 512): {least(101, 512, False):.2f}",
            least(101, 512, False) >= 1.15,
            "1.15",
        ),
        (
            f"forward at (4096, 1024): {least(4096, 1024, False):.2f}",
            least(4096, 1024, False) >= 3,
            "3",
        ),
        (
            f"forward + backward at (4096, 1024): {least(4096, 1024, True):.2f}",
            least(4096, 1024, True) >= 2.5,
            "2.5",
        ),
        (
            f"peak memory at (4096, 8192): 1/{1 / share:.0f} of the reference's",
            share <= 1 / 8,
            "1/8 at most",
        ),
    ]
    return [f"- {text} (goal {goal}): {'met' if met else 'missed'}" for text, met, goal in rows]


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text().splitlines()
        name = next((line.split(": ")[1] for line in lines if "model name" in line), name)
    return f"{name}, one thread, torch {torch.__version__}, Python {platform.python_version()}"


def report(shapes: tuple, rounds: int, seconds: float, clock: str) -> str:
    """Both tables, and the goals where all shapes were measured."""
    tick = time.perf_counter if clock == "wall" else time.process_time
    cells = [
        Cell(*shape, masked, training)
        for shape in shapes
        for masked in (False, True)
        for training in (False, True)
    ]
    times, memory = {}, {}
    for cell in cells:
        times[cell] = measure_time(cell, rounds, seconds, tick)
        progress(f"{cell}: {ratio(times[cell], 'reference')}")
    for cell in cells:
        if not cell.masked or cell[:3] == shapes[-1]:
            memory[cell] = {name: memory_in_fresh_process(name, cell) for name in CONTENDERS}
            progress(f"{cell}: {memory[cell]}")
    taken = [len(value["ours"]) for value in times.values()]
    lines = [
        f"{machine()}; dim {DIM}, context_dim {CONTEXT_DIM}, heads {HEADS}, dim_head {DIM_HEAD}; "
        f"{clock} clock, {min(taken)} to {max(taken)} rounds. A ratio above 1 means that ours "
        "takes less; in brackets its 95% interval.",
        "",
        "Time:",
        "",
        *time_table(times),
        "",
        "Peak memory added by one call:",
        "",
        *memory_table(memory),
    ]
    if shapes == SHAPES:
        lines += ["", "Against the reference:", "", *goals(times, memory)]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="two small shapes, a few seconds")
    parser.add_argument("--rounds", type=int, default=9, help="at least so many of each")
    parser.add_argument("--seconds", type=float, default=12, help="and for so long")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: the process's own time, for a machine that others use too",
    )
    parser.add_argument("--write", type=Path, help="a page whose table is to be replaced")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.memory_of:
        name, cell = json.loads(options.memory_of)
        print(measure_memory(name, Cell(*cell)))
        return
    if options.smoke:
        text = report(SMOKE_SHAPES, 3, 0.5, options.clock)
    else:
        text = report(SHAPES, options.rounds, options.seconds, options.clock)
    print(text)
    if options.write:
        page = options.write.read_text()
        before, rest = page.split(MARKER)
        _, after = rest.split(END_MARKER)
        options.write.write_text(f"{before}{MARKER}\n{text}\n{END_MARKER}{after}")


if __name__ == "__main__":
    main()
