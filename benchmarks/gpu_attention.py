"""The attention module on one device beside the reference package and two `nn.MultiheadAttention`.

What `benchmarks/gpu.py` runs last. The shapes are those of the reference's own README (4096 tokens
of width 512 with 8192 of width 386, 8 heads of 64), and 16,384 with 16,384 of the same widths.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import bidirectional_cross_attention as reference
import torch
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttention

DIM, CONTEXT_DIM, HEADS, DIM_HEAD = 512, 386, 8, 64
SHAPES, SMOKE_SHAPES = ((4096, 8192), (16384, 16384)), ((40, 56),)
CONTENDERS = ("ours", "reference", "pair")
PRECISIONS = (torch.float32, torch.bfloat16)
ROUNDS, SECONDS = 10, 2.0
"""A cell is measured so many times, or for so long."""


class Measured(NamedTuple):
    """Median milliseconds of a call, and MiB that it adds at its peak (NaN on a CPU)."""

    milliseconds: float
    mebibytes: float


class TraditionalPair(nn.Module):
    """An attention for each direction; 386 is no multiple of 8 heads, so that side is widened.

    A linear layer brings the second side to the width of all heads and back, as the projections
    of the other two do.
    """

    def __init__(self) -> None:
        super().__init__()
        inner = HEADS * DIM_HEAD
        self.widen, self.narrow = nn.Linear(CONTEXT_DIM, inner), nn.Linear(inner, CONTEXT_DIM)
        self.of_x = nn.MultiheadAttention(
            DIM, HEADS, kdim=CONTEXT_DIM, vdim=CONTEXT_DIM, batch_first=True
        )
        self.of_context = nn.MultiheadAttention(inner, HEADS, kdim=DIM, vdim=DIM, batch_first=True)

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        out, _ = self.of_x(x, context, context, need_weights=False)
        context_out, _ = self.of_context(self.widen(context), x, x, need_weights=False)
        return out, self.narrow(context_out)


def build(name: str) -> nn.Module:
    """A contender; ours and the reference have the same weights."""
    torch.manual_seed(0)
    if name == "pair":
        return TraditionalPair()
    kind = BidirectionalCrossAttention if name == "ours" else reference.BidirectionalCrossAttention
    return kind(dim=DIM, context_dim=CONTEXT_DIM, heads=HEADS, dim_head=DIM_HEAD)


def inputs(n: int, m: int) -> tuple[Tensor, Tensor]:
    """Random tokens [1, n, 512] and [1, m, 386], the same each time."""
    generator = torch.Generator().manual_seed(1)
    sizes = ((1, n, DIM), (1, m, CONTEXT_DIM))
    x, context = (torch.randn(size, generator=generator) for size in sizes)
    return x, context


def outputs(device: torch.device, dtype: torch.dtype, n: int, m: int) -> list[Tensor]:
    """What our module makes of the inputs on a device, as float32 on the CPU."""
    module = build("ours").to(device, dtype).eval()
    with torch.no_grad():
        found = module(*(tensor.to(device, dtype) for tensor in inputs(n, m)))
    return [tensor.float().cpu() for tensor in found]


def measure(run: Callable[[], None], device: torch.device) -> Measured | str:
    """Time and memory of a call after one to warm up; in words where it does not fit."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    try:
        run()
        wait()
        held = 0
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            held = torch.cuda.memory_allocated(device)
        seconds: list[float] = []
        while len(seconds) < ROUNDS and sum(seconds) < SECONDS:
            begun = time.perf_counter()
            run()
            wait()
            seconds.append(time.perf_counter() - begun)
    except torch.OutOfMemoryError:
        return "out of memory"
    except RuntimeError as error:  # what a card or a contender cannot do is a result, too
        return f"failed: {str(error).splitlines()[0][:60]}"
    peak = float("nan")
    if device.type == "cuda":
        peak = (torch.cuda.max_memory_allocated(device) - held) / 2**20
    return Measured(statistics.median(seconds) * 1e3, peak)


def cell(
    name: str, n: int, m: int, dtype: torch.dtype, training: bool, device: torch.device
) -> Measured | str:
    """One contender at one shape: forward, or forward and backward to all inputs."""
    module = build(name).to(device, dtype).train(training)
    x, context = (t.to(device, dtype).requires_grad_(training) for t in inputs(n, m))
    ones = (torch.ones_like(x), torch.ones_like(context))

    def run() -> None:
        with torch.set_grad_enabled(training):
            out = module(x, context)
            if training:
                torch.autograd.backward(out, ones)
        for tensor in (x, context, *module.parameters()):
            tensor.grad = None

    return measure(run, device)


def cells(
    n: int,
    m: int,
    dtype: torch.dtype,
    training: bool,
    device: torch.device,
    time_left: Callable[[], float],
) -> Iterator[Measured | str]:
    """All contenders, none begun after the time is up, each with the memory to itself."""
    for name in CONTENDERS:
        if time_left() <= 0:
            yield "no time left"
            continue
        yield cell(name, n, m, dtype, training, device)
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()


def rows(device: torch.device, shapes: tuple, time_left: Callable[[], float]) -> Iterator[str]:
    """A row of Markdown for every shape, precision and mode, the head first."""
    yield "| n | m | precision | | ours: ms, MiB | reference / ours | pair / ours |"
    yield "|" + "---|" * 7
    for n, m in shapes:
        for dtype in PRECISIONS:
            for training in (False, True):
                what = "forward + backward" if training else "forward"
                head = f"| {n} | {m} | {str(dtype).split('.')[1]} | {what} |"
                ours, *others = cells(n, m, dtype, training, device, time_left)
                yield " ".join([head, *(f"{text} |" for text in entries(ours, others))])


def entries(ours: Measured | str, others: list[Measured | str]) -> list[str]:
    """Ours in milliseconds and MiB, the others as how many times as much of both."""

    def entry(other: Measured | str) -> str:
        if isinstance(other, str):
            return other
        if isinstance(ours, str):
            return f"{other.milliseconds:.2f} ms, {_whole(other.mebibytes)} MiB"
        ratio = other.mebibytes / ours.mebibytes
        memory = "-" if math.isnan(ratio) else f"{ratio:.1f}"
        return f"{other.milliseconds / ours.milliseconds:.2f}, {memory}"

    own = ours if isinstance(ours, str) else f"{ours.milliseconds:.2f}, {_whole(ours.mebibytes)}"
    return [own, *map(entry, others)]


def _whole(mebibytes: float) -> str:
    return "-" if math.isnan(mebibytes) else f"{mebibytes:,.0f}"
