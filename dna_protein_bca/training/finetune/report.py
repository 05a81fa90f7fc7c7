"""The page about a training: how it went, and how good its best weights are on held-out pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.errors import counted
from dna_protein_bca.evaluation import Odds, evaluate
from dna_protein_bca.io.folder_names import (
    BEST,
    CONFIG,
    DNA,
    EVALUATION,
    METRICS,
    PROTEINS,
    REPORT,
)
from dna_protein_bca.plots.charts import Line, chart
from dna_protein_bca.reports.page import write_page
from dna_protein_bca.training.engine.metrics import read_metrics

from .calibrate import MOST_PROTEINS, validation_pairs
from .data.splits import ENOUGH_PROTEINS
from .validation import LOSS, PREFIX, SCORE

if TYPE_CHECKING:
    from dna_protein_bca.evaluation import Evaluation

FEW = 20
"""Validations up to which each is marked in the charts."""


def write_report(
    run: Path, best_step: int, *, device: str = "auto", threads: int | None = None
) -> None:
    """Evaluate `best` on the run's validation pairs, and write `evaluation/` and `report.html`.

    Args:
        best_step: the step of the weights in `best`.
    """
    evaluation = evaluate_run(run, device, threads)
    record = json.loads((run / CONFIG).read_text(encoding="utf-8"))
    rows = read_metrics(run / METRICS)
    if evaluation is not None:
        evaluation.save(run / EVALUATION)
    shown = {key: record[key] for key in ("settings", "given", "inputs", "checksums", "versions")}
    beside = "" if evaluation is None else f", and the files in {EVALUATION}"
    write_page(
        run / REPORT,
        "training.html",
        title=f"Training: {run.resolve().name}",
        summary=_summary(record, rows, best_step),
        losses=loss_charts(rows, best_step),
        evaluation=None if evaluation is None else evaluation.view(),
        without_pairs="" if evaluation else _without_pairs(record["counts"]),
        parameters=json.dumps(shown, indent=2),
        files=f"{METRICS} and {CONFIG}{beside}",
    )


def evaluate_run(run: Path, device: str, threads: int | None) -> Evaluation | None:
    """`evaluate` of the best weights on the validation pairs; None where there are none."""
    held = validation_pairs(run)
    if held is None:
        return None
    inputs = (run / BEST, run / PROTEINS, run / DNA, held)
    odds = Odds(proteins=MOST_PROTEINS)
    return evaluate(*inputs, odds=odds, device=device, threads=threads)


def _without_pairs(counts: dict[str, int]) -> str:
    """What the validation rested on where no pairs were held out."""
    if held := counts["proteins_with_motifs_held_out"]:
        proteins = counted(held, "protein")
        return f"No pairs were held out; the motifs of {proteins} were, and chose the weights."
    if counts["proteins_with_motifs"]:
        return (
            "No pairs were held out, and no motifs: the validation is of motifs that were learned, "
            f"and tells nothing of other proteins. Of {ENOUGH_PROTEINS} proteins or more some are."
        )
    return "No pairs were held out."


def loss_charts(rows: list[dict[str, str]], best_step: int) -> list[str]:
    """Charts of the losses and of the metrics of the validation over the steps."""
    if not rows:
        return []
    names = list(rows[0])
    step = np.array([float(row["step"]) for row in rows])

    def lines(columns: list[str]) -> list[Line]:
        few = len(rows) <= FEW
        values = {n: np.array([float(row[n] or "nan") for row in rows]) for n in columns}
        return [Line(name, step, y, marked=few) for name, y in values.items()]

    validated = [name for name in names if name.startswith(PREFIX)]
    losses = [name for name in names if name not in (*validated, "step", "seconds", "rate")]
    if LOSS in validated:
        losses.append(LOSS)
    metrics = lines([name for name in validated if name not in (SCORE, LOSS)])
    if metrics:
        values = np.concatenate([line.y for line in metrics])
        values = values[np.isfinite(values)]
        ends = np.array([values.min(), values.max()]) if len(values) else np.full(2, np.nan)
        metrics.append(Line("best", np.full(2, float(best_step)), ends, dashed=True))
    return [
        # A loss of exactly 0 did not count: from scratch, those of pairs do not at first.
        chart(
            "Losses",
            "step",
            "loss",
            [line._replace(y=np.where(line.y == 0, np.nan, line.y)) for line in lines(losses)],
        ),
        chart("Validation", "step", "metric", metrics),
        chart("Learning rate", "step", "learning rate", lines(["rate"])),
    ]


def _summary(record: dict[str, Any], rows: list[dict[str, str]], best_step: int) -> dict[str, str]:
    """What was learned from, and how it went.

    Args:
        record: the values of `config.json`.
        rows: of `metrics.csv`.
    """
    counts = {k.replace("_", " "): f"{n:,}" for k, n in record.get("counts", {}).items() if n}
    init = record["given"].get("init")
    shown = {"started from": init or "scratch", **counts}
    best = next((row for row in rows if int(row["step"]) == best_step), None)
    if best is not None:
        last = rows[-1]
        metric = PREFIX + record["settings"]["monitor"]
        minutes = float(last["seconds"]) / 60
        shown["trained"] = f"{int(last['step']):,} steps in {minutes:.1f} minutes"
        shown["best"] = f"{metric} {float(best[metric]):.4f} at step {best_step:,}"
    return shown
