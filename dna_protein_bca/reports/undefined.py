"""Sentences about the metrics that are not defined."""

from __future__ import annotations

from collections.abc import Mapping

from dna_protein_bca.errors import listed

from .titles import TITLES
from .values import EvaluationMetrics

SHOWN = 3
"""Proteins that a sentence names."""

NO_PROBABILITY = "the weights were trained on affinities and give no probabilities"
"""The one reason that lies in the weights, and needs no protein to be named."""


def undefined_lines(values: EvaluationMetrics) -> list[str]:
    """Which metrics of the model are not defined for which proteins, and why.

    Returns:
        A sentence without its full stop for all metrics that have the same proteins and reasons.
    """
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for metric, reasons in values["undefined"].items():
        alike.setdefault(tuple(reasons.items()), []).append(TITLES[metric])
    proteins = values["counts"]["proteins"]
    return [
        f"{', '.join(titles)}: {_why(dict(reasons), proteins)}" for reasons, titles in alike.items()
    ]


def _why(reasons: Mapping[str, str], proteins: int) -> str:
    distinct = {*reasons.values()}
    every = len(reasons) == proteins
    if every and len(distinct) == 1 and (proteins == 1 or NO_PROBABILITY in distinct):
        return f"not defined, because {distinct.pop()}"
    named = listed([f"{name} ({why})" for name, why in reasons.items()], SHOWN)
    if every:
        return f"not defined for any of the {proteins} proteins: {named}"
    return (
        f"not defined for {len(reasons)} of the {proteins} proteins, which their means leave out: "
        f"{named}"
    )
