"""The metrics of the retraining tutorial: before and after, beside the baselines.

The commands of `docs/training.md` on `data/retraining`: weights are evaluated on held-out DNA (five
proteins of the training) and on a held-out protein, trained on with the defaults, and evaluated
again.

    python benchmarks/retraining.py [--smoke] [--init heldout] [--threads N] [--write PAGE]

`--write docs/training.md` puts what is printed between the markers there. `--smoke` shows in a few
seconds that all of this runs: small random weights, two steps, and its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import torch
from page import put

from dna_protein_bca.evaluation import evaluate
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import BEST
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.reports.tables import verdict
from dna_protein_bca.resources import data_path
from dna_protein_bca.training import TrainSettings, fit

MARKER = "retraining-benchmark"
TESTS = {"test_dna": "held-out DNA", "test_protein": "held-out protein"}
METRICS = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "mean_reciprocal_rank": "mean reciprocal rank",
}
SMOKE_PAIRS = 40


def table(name: str, smoke: bool) -> pd.DataFrame:
    """A table of the set; in a smoke test a few of its pairs."""
    whole = pd.read_csv(data_path("retraining") / f"{name}.tsv", sep="\t")
    if not smoke:
        return whole
    return whole.groupby(["protein_id", "label"]).head(SMOKE_PAIRS // 10).reset_index(drop=True)


def small_weights(folder: Path) -> Path:
    """Random weights that train in no time."""
    torch.manual_seed(0)
    lengths = tuple(profile_lengths().values())
    shape = {"dim": 16, "heads": 2, "decoder_depth": 1, "latents": 4, "relatives": 0}
    joint = {"joint_dim": 16, "joint_heads": 2, "joint_depth": 1}
    BindingModel(
        BindingConfig.from_dict({"profile_lengths": lengths, **shape, **joint})
    ).save_pretrained(folder)
    return folder


def test_metrics(model: Path, smoke: bool, threads: int | None) -> dict[str, dict[str, Any]]:
    """What `evaluate` measures on both tests."""
    folder = data_path("retraining")
    inputs = folder / "proteins.fa", folder / "dna.fa.gz"
    return {
        name: evaluate(model, *inputs, table(name, smoke), device="cpu", threads=threads).metrics
        for name in TESTS
    }


def shown(values: dict[str, Any], name: str) -> str:
    """A metric, with its interval where there is one."""
    value, bounds = values.get(name, float("nan")), values["intervals"].get(name)
    if value != value:
        return ""
    return f"{value:.3f}" + (f" ({bounds[0]:.3f} to {bounds[1]:.3f})" if bounds else "")


def before_and_after(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The tests in rows, every metric before and after."""
    header = [part for title in METRICS.values() for part in (f"{title} before", "after")]
    lines = ["| | " + " | ".join(header) + " |", "|" + "---|" * (1 + len(header))]
    for test, title in TESTS.items():
        cells = [shown(values[test], name) for name in METRICS for values in (before, after)]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return lines


def beside_baselines(after: dict[str, Any]) -> list[str]:
    """The model and the baselines in rows, afterwards; with the marks of a report."""
    titles = [f"{METRICS['auroc']}, {title}" for title in TESTS.values()]
    lines = ["| after | " + " | ".join(titles) + " |", "|" + "---|" * (1 + len(titles))]
    baselines = [name for values in after.values() for name in values["baselines"]]
    for method in dict.fromkeys(["model", *baselines]):
        cells = []
        for values in after.values():
            of_method = values if method == "model" else values["baselines"].get(method)
            compared = values["comparisons"].get(method, {}).get("auroc")
            mark = verdict(compared) if compared else ""
            cells.append(shown(of_method, "auroc") + mark if of_method else "")
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines


def measure(init: str, smoke: bool, threads: int | None, work: Path) -> str:
    """Evaluate, train and evaluate again; returns the lines for the tutorial."""
    model = small_weights(work / "small") if smoke else locate(init)
    before = test_metrics(model, smoke, threads)
    folder = data_path("retraining")
    settings = TrainSettings(steps=2) if smoke else TrainSettings()
    begun, cpu = time.perf_counter(), time.process_time()
    fit(
        folder / "proteins.fa",
        work / "run",
        dna=folder / "dna.fa.gz",
        pairs=table("train", smoke),
        init=model,
        settings=settings,
        device="cpu",
        threads=threads,
        report=lambda line: print(line, file=sys.stderr),
    )
    count = threads or torch.get_num_threads()
    minutes, busy = (time.perf_counter() - begun) / 60, (time.process_time() - cpu) / 60
    after = test_metrics(work / "run" / BEST, smoke, threads)
    lines = [
        f"From `{model.name}` with the defaults: {minutes:.1f} minutes of training with "
        f"{count} thread{'s' * (count > 1)} ({busy:.1f} minutes of CPU). In brackets: "
        "95% intervals over proteins.",
        "",
        *before_and_after(before, after),
        "",
        *beside_baselines(after),
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--init", default="heldout")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        text = measure(options.init, options.smoke, options.threads, Path(folder))
    print(text)
    if options.write and not options.smoke:
        put(options.write, MARKER, text)


if __name__ == "__main__":
    main()
