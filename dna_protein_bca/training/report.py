"""The page about a run: how it went, and how good its best weights are on what was held out."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluation import evaluate
from ..evaluation.charts import Line, chart
from ..evaluation.reference import DNA, PAIRS
from ..evaluation.report import REPORT_FILE, page, sections, write_text
from ..weights import CONFIG
from .folder import PROTEINS
from .rows import METRICS, read_metrics

if TYPE_CHECKING:
    from ..evaluation import Evaluation

EVALUATION = "evaluation"
"""Folder in the run of what the best weights reach on the validation pairs."""

TOP = "val_score"


def write_report(run: Path, *, device: str = "auto", threads: int | None = None) -> None:
    """Evaluate `best` on the run's validation pairs, and write `evaluation/` and `report.html`."""
    found = evaluate_run(run, device, threads)
    about = json.loads((run / CONFIG).read_text(encoding="utf-8"))
    parts = [_counts(about), *loss_charts(read_metrics(run / METRICS))]
    if found is None:
        parts.append("<p>No pairs were held out.</p>")
    else:
        found.save(run / EVALUATION)
        parts += ["<h2>The best weights on the validation pairs</h2>", *sections(found)]
    shown = {key: about[key] for key in ("settings", "given", "inputs", "versions")}
    parts.append(f"<h2>Parameters</h2><pre>{escape(json.dumps(shown, indent=2))}</pre>")
    write_text(run / REPORT_FILE, page("Training", parts))


def evaluate_run(run: Path, device: str, threads: int | None) -> Evaluation | None:
    """`evaluate` of the best weights on the validation pairs; None where there are none."""
    import pandas as pd

    if not (run / PAIRS).is_file():
        return None
    table = pd.read_csv(run / PAIRS, sep="\t", dtype={"protein_id": str, "dna_id": str})
    held = table[table["split"] == "validation"].dropna(axis=1, how="all")
    if not len(held):
        return None
    held = held.drop(columns=["split"])
    return evaluate(run / "best", run / PROTEINS, run / DNA, held, device=device, threads=threads)


def loss_charts(rows: list[dict[str, str]]) -> list[str]:
    """Charts of the losses and of the validation's figures over the steps."""
    if not rows:
        return []
    step = np.array([float(row["step"]) for row in rows])

    def lines(names: list[str]) -> list[Line]:
        return [Line(n, step, np.array([float(row[n]) for row in rows])) for n in names]

    measured = [name for name in rows[0] if name.startswith("val_")]
    losses = [name for name in rows[0] if name not in (*measured, "step", "seconds", "rate")]
    if "val_loss" in measured:
        losses.append("val_loss")
        measured.remove("val_loss")
    return [
        chart("Losses", "step", "loss", lines(losses)),
        chart("Validation", "step", "figure", lines([n for n in measured if n != TOP])),
    ]


def _counts(about: dict[str, Any]) -> str:
    counts = about.get("counts", {})
    return f"<p>{', '.join(f'{k.replace(chr(95), chr(32))} {v:,}' for k, v in counts.items())}.</p>"
