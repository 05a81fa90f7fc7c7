"""The advice that goes with bidirectional cross-attention, measured: one setting changed at a time.

Said to be best are 4 to 16 heads, a dropout of 0.1 to 0.3, norms before the attention, and a
learning rate that warms up and then falls. Here the bidirectional transformer of `claims.py` learns
its synthetic task with each of them and with others, all else as in `BASE`.

    python benchmarks/claims_sweep.py [--smoke] [--seeds 3] [--write docs/attention.md]
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import torch
from claims import mean, wrong
from claims_tasks import SyntheticTask
from page import put

BASE: dict[str, Any] = {"heads": 4, "dropout": 0.0, "prenorm": True, "schedule": "warm-up"}
SWEEP: dict[str, tuple[Any, ...]] = {
    "heads": (1, 2, 4, 8, 16),
    "dropout": (0.0, 0.1, 0.2, 0.3, 0.5),
    "prenorm": (True, False),
    "schedule": ("constant", "warm-up", "warm-up, then cosine"),
}
WARM = 50
"""Steps of warming up."""


def rate(schedule: str, step: int, steps: int) -> float:
    """The learning rate at a step, as a share of the highest."""
    if schedule == "constant":
        return 1.0
    warm = min(1.0, (step + 1) / WARM)
    if schedule == "warm-up":
        return warm
    return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


def learn(setting: dict[str, Any], seed: int, steps: int, checked: int) -> tuple[float, float]:
    """Shares of wrong answers on new pairs of known proteins, and on new proteins."""
    options = {key: value for key, value in setting.items() if key != "schedule"}
    task = SyntheticTask(seed, checked=checked)
    torch.manual_seed(seed)
    model = task.model("bidirectional", **options)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate(setting["schedule"], step, steps)
    )
    for _ in range(steps):
        batch = task.batch()
        loss = task.loss(model(*batch.inputs), batch.target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    return wrong(task, model, task.known), wrong(task, model, task.new)


def report(seeds: int, steps: int, checked: int) -> str:
    found: dict[tuple, list[tuple[float, float]]] = {}
    lines = [
        f"Wrong answers, {seeds} seeds, {steps} steps; in each row one setting differs from "
        f"{BASE['heads']} heads, no dropout, norms before the attention, and warming up.",
        "",
        "| setting | value | new pairs of known proteins | new proteins |",
        "|---|---|---|---|",
    ]
    for name, values in SWEEP.items():
        for value in values:
            setting = {**BASE, name: value}
            key = tuple(setting.values())
            if key not in found:
                found[key] = [learn(setting, seed, steps, checked) for seed in range(seeds)]
                print(f"{setting}: {found[key]}", file=sys.stderr, flush=True)
            known, new = ([one[which] for one in found[key]] for which in (0, 1))
            lines.append(f"| {name} | {value} | {mean(known, '.3f')} | {mean(new, '.3f')} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="two seeds, a few steps: no result")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="a page that is to show the table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = report(2, 2, 64) if options.smoke else report(options.seeds, 300, 1000)
    print(text)
    if options.write:
        put(options.write, "benchmarks/claims_sweep.py", text)


if __name__ == "__main__":
    main()
