"""The attention module on one device in the modes that torch offers for speed.

What `benchmarks/gpu.py` runs last: a transformer of two layers in float32, with TF32 for its
products, and in bfloat16; each as it is and compiled; and, compiled with CUDA graphs, which spare
the launches of many small kernels (`mode="reduce-overhead"`). A batch of short pairs, where
launches cost most, and one long pair, where arithmetic does.
"""

from __future__ import annotations

import contextlib
import gc
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from gpu_attention import Measured, measure
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer

SIZES: dict[str, Any] = {"dim": 256, "context_dim": 256, "depth": 2, "heads": 8, "dim_head": 32}
SHAPES, SMOKE_SHAPES = ((64, 24, 80), (1, 4096, 8192)), ((2, 6, 8),)
"""Examples, and the lengths of both sides."""

PRECISIONS = ("float32", "TF32", "bfloat16")
WAYS: dict[str, dict[str, Any] | None] = {
    "as it is": None,
    "compiled": {"dynamic": False},
    "compiled, CUDA graphs": {"dynamic": False, "mode": "reduce-overhead"},
}


@contextlib.contextmanager
def precision_of_products(name: str) -> Iterator[None]:
    """Let products of float32 numbers be rounded to TF32, or not."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if name == "TF32" else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def prepared(module: nn.Module, way: dict[str, Any] | None, device: torch.device) -> Any:
    """The module, compiled if so asked; on a CPU, where this is a trial, to no machine code."""
    if way is None:
        return module
    torch.compiler.reset()
    if device.type != "cuda":
        return torch.compile(module, fullgraph=True, backend="eager", dynamic=False)
    return torch.compile(module, fullgraph=True, **way)


def cell(
    shape: tuple[int, int, int], precision: str, way: str, training: bool, device: torch.device
) -> Measured | str:
    """Time and memory of one mode."""
    torch.manual_seed(0)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    module = BidirectionalCrossAttentionTransformer(**SIZES).to(device, dtype).train(training)
    b, n, m = shape
    sides = [
        torch.randn(b, length, SIZES["dim"], device=device, dtype=dtype, requires_grad=training)
        for length in (n, m)
    ]
    call = prepared(module, WAYS[way], device)

    def run() -> None:
        if WAYS[way] is not None:
            torch.compiler.cudagraph_mark_step_begin()
        with torch.set_grad_enabled(training):
            outs: tuple[Tensor, ...] = call(*sides)
            if training:
                torch.autograd.backward(outs, [torch.ones_like(out) for out in outs])
        for tensor in (*sides, *module.parameters()):
            tensor.grad = None

    with precision_of_products(precision):
        return measure(run, device)


def rows(device: torch.device, shapes: tuple, time_left: Callable[[], float]) -> Iterator[str]:
    """A row of Markdown for every shape, precision and mode, beside the first of its shape."""
    yield "| examples | n | m | | precision | how | ms | MiB | times as fast as the first |"
    yield "|" + "---|" * 9
    for shape in shapes:
        for training in (False, True):
            first: Measured | str | None = None
            for precision in PRECISIONS:
                for way in WAYS:
                    if time_left() <= 0:
                        yield "No time was left for the rest."
                        return
                    found = cell(shape, precision, way, training, device)
                    first = first or found
                    yield row(shape, precision, way, training, found, first)
                    gc.collect()
                    if device.type == "cuda":
                        torch.cuda.empty_cache()


def row(
    shape: tuple[int, int, int],
    precision: str,
    way: str,
    training: bool,
    found: Measured | str,
    first: Measured | str,
) -> str:
    what = "forward + backward" if training else "forward"
    head = f"| {' | '.join(map(str, shape))} | {what} | {precision} | {way} |"
    if isinstance(found, str):
        return f"{head} {found} | | |"
    speed = "" if isinstance(first, str) else f"{first.milliseconds / found.milliseconds:.2f}"
    memory = "-" if math.isnan(found.mebibytes) else f"{found.mebibytes:,.0f}"
    return f"{head} {found.milliseconds:.2f} | {memory} | {speed} |"
