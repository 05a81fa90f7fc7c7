"""Time of the attention module and of the reference package in onnxruntime.

Both have the same weights and are exported once with masks and once without
(`torch.onnx.export(dynamo=True)`, any batch and any lengths); their results are compared first. One
thread; the two take turns, and a ratio is the median of those of the rounds, with its 95% bootstrap
interval, as in benchmarks/attention.py.

    python benchmarks/attention_onnx.py [--smoke] [--write docs/attention.md]
"""

from __future__ import annotations

import argparse
import logging
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from attention import CONTEXT_DIM, DIM, build, machine, ratio
from page import put

SHAPES = ((1, 24, 80), (64, 24, 80), (16, 101, 128), (1, 1024, 512), (1, 4096, 1024))
SMOKE_SHAPES = ((2, 24, 80),)
"""Examples, and the lengths of both sides."""
EXPORTED = (2, 7, 9)
CONTENDERS = ("ours", "reference")

Session = Callable[[list[np.ndarray]], list[np.ndarray]]


def inputs(shape: tuple[int, int, int], masked: bool) -> tuple[torch.Tensor, ...]:
    """Both sides, and masks of which every row has real tokens."""
    generator = torch.Generator().manual_seed(1)
    b, *lengths = shape
    sides = [
        torch.randn(b, length, width, generator=generator)
        for length, width in zip(lengths, (DIM, CONTEXT_DIM), strict=True)
    ]
    if masked:
        real = [torch.randint(n // 2, n, (b, 1), generator=generator) for n in lengths]
        sides += [torch.arange(n) < most for n, most in zip(lengths, real, strict=True)]
    return tuple(sides)


def exported(name: str, masked: bool, folder: Path) -> Session:
    """A contender as onnxruntime runs it on one thread."""
    import onnxruntime

    path = folder / f"{name}_{masked}.onnx"
    b, n, m = (torch.export.Dim(size) for size in ("batch", "tokens", "context_tokens"))
    sizes = ({0: b, 1: n}, {0: b, 1: m}) * (1 + masked)
    given = inputs(EXPORTED, masked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = build(name, CONTEXT_DIM).eval()
        torch.onnx.export(module, given, path, dynamo=True, dynamic_shapes=sizes, verbose=False)
    threads = onnxruntime.SessionOptions()
    threads.intra_op_num_threads = threads.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, threads)
    names = [value.name for value in session.get_inputs()]
    return lambda values: session.run(None, dict(zip(names, values, strict=True)))


def measure(
    sessions: dict[str, Session], shape: tuple[int, int, int], masked: bool, rounds: int
) -> dict[str, list[float]]:
    """Seconds of the process's own time, of every round of both."""
    tensors = inputs(shape, masked)
    values = [tensor.numpy() for tensor in tensors]
    both = [sessions[name](values) for name in CONTENDERS]
    real = tensors[2:] or [torch.ones(side.shape[:2]).bool() for side in tensors]
    for found, expected, mask in zip(*both, real, strict=True):
        np.testing.assert_allclose(found[mask.numpy()], expected[mask.numpy()], atol=1e-4)
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name in CONTENDERS:
            start = time.process_time()
            sessions[name](values)
            times[name].append(time.process_time() - start)
    return times


def report(shapes: tuple, rounds: int) -> str:
    import onnxruntime

    lines = [
        f"{machine()}, onnxruntime {onnxruntime.__version__}; dim {DIM}, context_dim "
        f"{CONTEXT_DIM}; {rounds} rounds, cpu time. A ratio above 1 means that ours takes less.",
        "",
        "| batch | n | m | masks | ours, ms | reference / ours |",
        "|" + "---|" * 6,
    ]
    for masked in (False, True):
        with TemporaryDirectory() as folder:
            sessions = {name: exported(name, masked, Path(folder)) for name in CONTENDERS}
            for shape in shapes:
                times = measure(sessions, shape, masked, rounds)
                cells: list[Any] = [*shape, "yes" if masked else "no"]
                cells.append(f"{statistics.median(times['ours']) * 1e3:.2f}")
                cells.append(ratio(times, "reference"))
                lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="one small shape, little more")
    parser.add_argument("--write", type=Path, help="a page that is to show the table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)  # the exporter names what it need not decompose
    text = report(SMOKE_SHAPES, 3) if options.smoke else report(SHAPES, 31)
    print(text)
    if options.write:
        put(options.write, "benchmarks/attention_onnx.py", text)


if __name__ == "__main__":
    main()
