"""Sentences about the metrics that are not defined."""

from __future__ import annotations

from collections.abc import Mapping

from dna_protein_bca.errors import listed

from .titles import TITLES
from .values import EvaluationMetrics

SHOWN = 3
"""Proteins that a sentence names."""

NO_PROBABILITY = "the weights have no calibration, and give no probabilities"
"""The reason that lies in the weights, and needs no protein to be named."""

NOT_RATED = "no p-values were computed"
"""The reason that lies in what was asked for."""

NOT_PROBABILITIES = "the scores are not probabilities"
"""The same of a baseline."""

NOT_AFFINITIES = "the scores are not affinities in their unit"
"""The same where affinities are."""


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
        f"{', '.join(titles)}: {why(dict(reasons), proteins)}" for reasons, titles in alike.items()
    ]


def baseline_lines(values: EvaluationMetrics) -> list[str]:
    """Why cells of baselines are blank, where the lines about the model do not say so already.

    Returns:
        A sentence without its full stop for all baselines and metrics that have the same reason.
    """
    proteins = values["counts"]["proteins"]
    of_model = {name: why(reasons, proteins) for name, reasons in values["undefined"].items()}
    alike: dict[tuple[str, ...], list[str]] = {}
    for baseline, reasons in values["undefined_baselines"].items():
        titles: dict[str, list[str]] = {}
        for metric, reason in reasons.items():
            if reason != of_model.get(metric):
                titles.setdefault(reason, []).append(TITLES[metric])
        for reason, of_reason in titles.items():
            alike.setdefault((reason, *of_reason), []).append(baseline)
    return [
        f"{', '.join(titles)} of {', '.join(baselines)}: {reason}"
        for (reason, *titles), baselines in alike.items()
    ]


def why(reasons: Mapping[str, str], proteins: int) -> str:
    """Why a metric is not defined.

    Args:
        reasons: protein -> reason.
        proteins: how many there are.
    """
    distinct = {*reasons.values()}
    every = len(reasons) == proteins
    of_all = distinct & {NO_PROBABILITY, NOT_RATED, NOT_PROBABILITIES, NOT_AFFINITIES}
    if every and len(distinct) == 1 and (proteins == 1 or of_all):
        return f"not defined, because {distinct.pop()}"
    named = listed([f"{name} ({reason})" for name, reason in reasons.items()], SHOWN)
    if every:
        return f"not defined for any of the {proteins} proteins: {named}"
    return (
        f"not defined for {len(reasons)} of the {proteins} proteins, which their means leave out: "
        f"{named}"
    )
