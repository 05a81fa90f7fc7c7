"""Where the attention module's time goes on one core, and what one pass over the scores would give.

One similarity matrix serves both directions: three products of matrices in place of the four that
two fused kernels make, so that 1.33 times is the limit. `one pass` does that in blocks that stay in
the cache: a block of scores, its exponential once, and two products with it, with sums along both
of its dimensions; no maximum is subtracted, which real scores would need on top. The last rows
take its steps apart.

    python benchmarks/attention_cpu.py [--smoke] [--write docs/attention.md]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from attention import machine
from page import put
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttention
from dna_protein_bca.attention.kernels import Sides, fused, plain
from dna_protein_bca.attention.padding import Padding

SHAPES = ((1024, 512, 4, 32), (4096, 1024, 4, 32), (4096, 1024, 8, 64))
SMOKE_SHAPES = ((64, 32, 2, 8),)
"""Lengths of both sides, heads, and the width of a head; one example."""
ROWS, COLUMNS = 256, 512
"""Of a block: half a megabyte, which the second cache holds. The best of five sizes tried."""


def one_pass(sides: Sides, scale: float) -> tuple[Tensor, Tensor]:
    """Both directions of [1, n, h, d] and [1, m, h, d] from one pass over blocks of the scores."""
    outs, context_outs = [], []
    length, context_length = sides.qk.shape[1], sides.context_qk.shape[1]
    weights = torch.empty(min(ROWS, length), min(COLUMNS, context_length))
    for q, k, v, context_v in zip(*(side[0].unbind(1) for side in sides), strict=True):
        q, k, v, context_v = (side.contiguous() for side in (q * scale, k.T, v, context_v))
        out, context_out = torch.zeros_like(q), torch.zeros_like(context_v)
        total, context_total = q.new_zeros(length), k.new_zeros(context_length)
        for i in range(0, length, ROWS):
            rows = slice(i, i + ROWS)
            for j in range(0, context_length, COLUMNS):
                columns = slice(j, j + COLUMNS)
                torch.mm(q[rows], k[:, columns], out=weights).exp_()
                total[rows] += weights.sum(1)
                context_total[columns] += weights.sum(0)
                out[rows].addmm_(weights, context_v[columns])
                context_out[columns].addmm_(weights.T, v[rows])
        outs.append(out / total[:, None])
        context_outs.append(context_out / context_total[:, None])
    return torch.stack(outs, 1)[None], torch.stack(context_outs, 1)[None]


def milliseconds(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median of the process's own time of each, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for done in range(-1, rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            if done >= 0:
                times[name].append((time.process_time() - start) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}


def forms(shape: tuple[int, int, int, int]) -> dict[str, Callable[[], object]]:
    """The module without gradients, and the ways to compute what stands between projections."""
    n, m, h, d = shape
    torch.manual_seed(0)
    sides = Sides(*(torch.randn(1, length, h, d) for length in (n, m, n, m)))
    module = BidirectionalCrossAttention(dim=h * d, heads=h, dim_head=d).eval()
    x, context = torch.randn(1, n, h * d), torch.randn(1, m, h * d)
    scale = d**-0.5
    whole = fused(sides, Padding(), scale)
    for found, expected in zip(one_pass(sides, scale), whole, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    q, k = sides.qk.transpose(1, 2), sides.context_qk.transpose(1, 2)
    context_v = sides.context_v.transpose(1, 2)
    return {
        "whole module": lambda: module(x, context),
        "its six projections": lambda: _projections(module, x, context),
        "two fused kernels": lambda: fused(sides, Padding(), scale),
        "one of the two": lambda: F.scaled_dot_product_attention(q, k, context_v),
        "one pass in blocks": lambda: one_pass(sides, scale),
        "the whole matrix": lambda: plain(sides, Padding(), scale),
    }


def _projections(module: BidirectionalCrossAttention, x: Tensor, context: Tensor) -> None:
    sides = (module.to_qk(x), module.to_v(x)), (module.context_to_qk(context),)
    module.context_to_v(context)
    module.to_out(sides[0][1])
    module.context_to_out(sides[1][0])


def steps(shape: tuple[int, int, int, int]) -> dict[str, Callable[[], object]]:
    """The steps of one pass, each as often as the pass takes it."""
    n, m, h, d = shape
    blocks = h * max(1, n // ROWS) * max(1, m // COLUMNS)
    q, k = torch.randn(ROWS, d), torch.randn(COLUMNS, d)
    scores, weights = torch.randn(ROWS, COLUMNS), torch.rand(ROWS, COLUMNS)
    out, context_out = torch.zeros(ROWS, d), torch.zeros(COLUMNS, d)

    def repeated(call: Callable[[], object]) -> Callable[[], object]:
        return lambda: [call() for _ in range(blocks)]

    return {
        "one pass: scores": repeated(lambda: torch.mm(q, k.T, out=scores)),
        "one pass: exponentials": repeated(lambda: torch.exp(scores, out=weights)),
        "one pass: sums": repeated(lambda: (weights.sum(0), weights.sum(1))),
        "one pass: weights times values": repeated(lambda: out.addmm_(weights, k)),
        "one pass: the same, transposed": repeated(lambda: context_out.addmm_(weights.T, q)),
    }


def report(shapes: tuple, rounds: int) -> str:
    columns = []
    with torch.no_grad():
        for shape in shapes:
            columns.append(milliseconds({**forms(shape), **steps(shape)}, rounds))
    head = " | ".join(f"{n} x {m}, {h} heads of {d}" for n, m, h, d in shapes)
    return "\n".join(
        [
            f"{machine()}; forward, one example, float32, milliseconds of the process's own time.",
            "",
            f"| | {head} |",
            "|" + "---|" * (1 + len(shapes)),
            *(
                f"| {name} | {' | '.join(f'{column[name]:.1f}' for column in columns)} |"
                for name in columns[0]
            ),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="one small shape, in a second")
    parser.add_argument("--write", type=Path, help="a page that is to show the table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = report(SMOKE_SHAPES, 2) if options.smoke else report(SHAPES, 9)
    print(text)
    if options.write:
        put(options.write, "benchmarks/attention_cpu.py", text)


if __name__ == "__main__":
    main()
