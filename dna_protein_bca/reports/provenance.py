"""How weights were made, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FROM_SCRATCH = "scratch"


def provenance_lines(values: Mapping[str, Any]) -> list[str]:
    """A line for each fact, its name first.

    Args:
        values: of `provenance.json`.
    """
    versions = values.get("versions") or {}
    given = values.get("given") or {}
    metrics = values.get("metrics") or {}
    sums = values.get("checksums") or {}
    made_by = " ".join(f"{name} {number}" for name, number in versions.items() if number)
    facts = {
        "command": values.get("command") or "from Python",
        "made by": made_by,
        "started from": given.get("init") or FROM_SCRATCH,
        **{
            name: f"{path} (SHA-256 {(sums.get(name) or '')[:12]})"
            for name, path in (values.get("inputs") or {}).items()
        },
        "held out": values.get("split") or "",
        "counts": _listed(
            {k.replace("_", " "): n for k, n in (values.get("counts") or {}).items()}
        ),
        "metrics": _listed(metrics),
    }
    return [f"{name}\t{fact}" for name, fact in facts.items() if fact]


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.6g}" for name, value in values.items())
