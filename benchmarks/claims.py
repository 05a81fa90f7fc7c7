"""Three claims made for bidirectional cross-attention, measured.

An article says that against traditional cross-attention (one attention for each direction) it is
40% more compute-efficient, converges 50% faster and generalises 30% better. Here two transformers
that differ in their attention alone, with the same number of parameters (the bidirectional one
spends what sharing queries and keys saves on wider feed-forwards), learn from the same batches for
the same number of steps, for several seeds: on a synthetic task, and, where the data set of
binding specificities is at hand, on a small version of the project's own (`claims_tasks.py`).

- Compute: floating-point operations (matrix products) and time of a forward pass and of a training
  step; the process's own time, one thread, interleaved.
- Convergence: steps until a given share of new pairs of known proteins is answered right.
- Generalisation: wrong answers, after all steps, on proteins that were in no training pair.

    python benchmarks/claims.py [--data DIR] [--smoke] [--seeds 5] [--write docs/attention.md]

`DIR` is the folder of the data set; without it the one that DNA_PROTEIN_BCA_DATA names, if any.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from claims_tasks import KINDS, WIDTH, Batch, Homeodomains, OwnTask, SyntheticTask
from page import put
from scipy import stats
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

LEGEND = (
    "Means over seeds with 95% intervals (Student's t), a seed not yet converged counting with "
    "all steps; medians of times, which are the process's own, on one thread. The last column is "
    "what the bidirectional one spares of the traditional one: with the interval of the mean "
    "difference of a seed, for times with a bootstrap interval over rounds."
)

Task = SyntheticTask | OwnTask
MakeTask = Callable[[int], Task]


class Outcome(NamedTuple):
    """Of one seed: steps until most were right, shares of wrong answers on known and new."""

    reached: int | None
    known: float
    new: float


def wrong(task: Task, model: nn.Module, batches: list[Batch]) -> float:
    """Share of wrong answers."""
    with torch.no_grad():
        each = [task.wrong(model(*batch.inputs), batch.target).flatten() for batch in batches]
    return float(torch.cat(each).float().mean())


def learn(kind: str, task: Task, seed: int, steps: int) -> tuple[nn.Module, Outcome]:
    """Train from this seed's start on this task's batches."""
    torch.manual_seed(seed)
    model = task.model(kind)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 0.05, total_iters=50)
    reached = None
    for step in range(1, steps + 1):
        batch = task.batch()
        loss = task.loss(model(*batch.inputs), batch.target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warmup.step()
        due = reached is None and step % task.every == 0
        if due and wrong(task, model, task.known) <= 1 - task.right:
            reached = step
    return model, Outcome(reached, wrong(task, model, task.known), wrong(task, model, task.new))


def run(task: Task, model: nn.Module, batch: Batch, training: bool) -> None:
    with torch.set_grad_enabled(training):
        loss = task.loss(model(*batch.inputs), batch.target)
        if training:
            loss.backward()


def operations(call: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products of one call."""
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        call()
    return counter.get_total_flops()


def operations_of_attention(model: nn.Module, sides: tuple[int, int]) -> int:
    """The same of the attention of all layers alone, both directions, for one pair."""
    x, context = (torch.randn(1, length, WIDTH) for length in sides)
    with torch.no_grad():
        return operations(lambda: [layer[0](x, context) for layer in model.joint.layers])


def milliseconds(
    task: Task, models: dict[str, nn.Module], batch: Batch, training: bool, rounds: int
) -> list[list[float]]:
    """Of every round of each kind, in random order."""
    times: dict[str, list[float]] = {kind: [] for kind in models}
    for done in range(-2, rounds):
        for kind in random.sample(KINDS, len(KINDS)):
            start = time.process_time()
            run(task, models[kind], batch, training)
            if done >= 0:
                times[kind].append((time.process_time() - start) * 1e3)
            models[kind].zero_grad()
    return [times[kind] for kind in KINDS]


def percent(share: float, digits: int = 0) -> str:
    return f"{round(share, digits + 2) + 0.0:.{digits}%}"  # no minus before a zero


def spared_of_medians(ours: list[float], theirs: list[float]) -> str:
    """What ours spares of theirs, with a 95% bootstrap interval over rounds."""
    mine, other = np.array(ours), np.array(theirs)
    draws = np.random.default_rng(0).integers(len(mine), size=(2000, len(mine)))
    spread = 1 - np.median(mine[draws], axis=1) / np.median(other[draws], axis=1)
    low, high = np.quantile(spread, (0.025, 0.975))
    middle = 1 - np.median(mine) / np.median(other)
    return f"{percent(middle)} ({percent(low)} to {percent(high)})"


def half_width(values: np.ndarray) -> float:
    """Of the 95% interval of a mean (Student's t)."""
    spread = np.std(values, ddof=1) / len(values) ** 0.5
    return float(stats.t.ppf(0.975, len(values) - 1) * spread)


def spared_of_means(ours: list[float], theirs: list[float]) -> str:
    """What ours spares of theirs, with the interval of the mean difference of a seed."""
    mine, other = np.array(ours), np.array(theirs)
    if not other.any():
        return "none to spare"
    difference = (other - mine) / other.mean()
    half = half_width(difference)
    middle = difference.mean()
    return f"{percent(middle)} ({percent(middle - half)} to {percent(middle + half)})"


def mean(values: list[float], form: str) -> str:
    return f"{np.mean(values):{form}} ± {half_width(np.array(values)):{form}}"


def row(claim: str, measured: str, ours: str, theirs: str, spared: str) -> str:
    return f"| {claim} | {measured} | {ours} | {theirs} | {spared} |"


def compute_rows(make_task: MakeTask, rounds: int) -> list[str]:
    task = make_task(0)
    models = {kind: task.model(kind) for kind in KINDS}
    batch = task.batch()
    sizes = [sum(p.numel() for p in models[kind].parameters()) for kind in KINDS]
    alone = [operations_of_attention(models[kind], task.sides) / 1e6 for kind in KINDS]
    rows = [
        row("", "parameters", *(f"{n:,}" for n in sizes), percent(1 - sizes[0] / sizes[1], 1)),
        row(
            "40% less compute",
            "operations of the attention alone, one pair, millions",
            *(f"{n:.2f}" for n in alone),
            percent(1 - alone[0] / alone[1]),
        ),
    ]
    for training, name in ((False, "forward pass"), (True, "training step")):
        flops = [
            operations(lambda kind=kind, t=training: run(task, models[kind], batch, t)) / 1e6
            for kind in KINDS
        ]
        spared = percent(1 - flops[0] / flops[1])
        rows.append(
            row("", f"operations of a {name}, millions", *(f"{n:.0f}" for n in flops), spared)
        )
        times = milliseconds(task, models, batch, training, rounds)
        medians = (f"{statistics.median(one):.1f}" for one in times)
        rows.append(row("", f"time of a {name}, ms", *medians, spared_of_medians(*times)))
    return rows


def learning_rows(make_task: MakeTask, seeds: int, steps: int) -> list[str]:
    found: dict[str, list[Outcome]] = {kind: [] for kind in KINDS}
    for seed in range(seeds):
        for kind in KINDS:
            # Made anew, so that both kinds see the same batches.
            found[kind].append(learn(kind, make_task(seed), seed, steps)[1])
            print(f"seed {seed}, {kind}: {found[kind][-1]}", file=sys.stderr, flush=True)
    reached, known, new = (
        [[pick(outcome) for outcome in found[kind]] for kind in KINDS]
        for pick in (lambda o: float(o.reached or steps), lambda o: o.known, lambda o: o.new)
    )
    missed = [sum(outcome.reached is None for outcome in found[kind]) for kind in KINDS]
    of_steps = [
        mean(values, ".0f") + (f" ({count} of {seeds} not yet)" if count else "")
        for values, count in zip(reached, missed, strict=True)
    ]
    right = make_task(0).right
    return [
        row(
            "50% faster to converge",
            f"steps until {right:.0%} of new pairs of known proteins are right",
            *of_steps,
            spared_of_means(*reached),
        ),
        row(
            "30% better generalisation",
            "wrong answers on new proteins",
            *(mean(values, ".3f") for values in new),
            spared_of_means(*new),
        ),
        row(
            "",
            "wrong answers on new pairs of known proteins",
            *(mean(values, ".3f") for values in known),
            spared_of_means(*known),
        ),
    ]


def report(make_task: MakeTask, seeds: int, steps: int, rounds: int) -> str:
    task = make_task(0)
    return "\n".join(
        [
            f"{task.title}: {task.about}. {seeds} seeds, {steps} steps.",
            "",
            "| claim | measured | bidirectional | traditional | spared |",
            "|---|---|---|---|---|",
            *compute_rows(make_task, rounds),
            *learning_rows(make_task, seeds, steps),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the binding specificities")
    parser.add_argument("--smoke", action="store_true", help="two seeds, a few steps: no result")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", type=Path, help="a page that is to show the tables")
    options = parser.parse_args()
    torch.set_num_threads(1)
    seeds, rounds = (2, 3) if options.smoke else (options.seeds, 61)
    size = {"checked": 64} if options.smoke else {}
    makers: list[MakeTask] = [lambda seed: SyntheticTask(seed, **size)]
    named = options.data or os.environ.get("DNA_PROTEIN_BCA_DATA")
    if named:
        data = Homeodomains(Path(named), most=20 if options.smoke else None)
        makers.append(lambda seed: OwnTask(seed, data, **size))
    texts = []
    for make_task in makers:
        steps = 2 if options.smoke else make_task(0).steps
        texts.append(report(make_task, seeds, steps, rounds))
        print(texts[-1], flush=True)
    if not named:
        print("The project's own task needs the data set of binding specificities: --data DIR.\n")
    print(LEGEND)
    if options.write:
        put(options.write, "benchmarks/claims.py", "\n".join([*texts, LEGEND]))


if __name__ == "__main__":
    main()
