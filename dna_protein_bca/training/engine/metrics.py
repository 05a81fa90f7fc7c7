"""`metrics.csv`: one row a validation."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from dna_protein_bca.io.outputs import atomic_path


def read_metrics(path: Path) -> list[dict[str, str]]:
    """The rows of a run's `metrics.csv`, as text; none where there is no file."""
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def append_row(path: Path, row: Mapping[str, float]) -> None:
    """Add a row; a metric that is new gets a column, empty above."""
    write_rows(path, [*read_metrics(path), {name: str(value) for name, value in row.items()}])


def drop_rows_after(path: Path, step: int) -> None:
    """Take out rows that a run wrote after its last checkpoint; it will write them again."""
    if path.exists():
        write_rows(path, [row for row in read_metrics(path) if int(row["step"]) <= step])


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write the whole table, renamed to its place when complete."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        if rows:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(rows)
