"""What a reader should know before the metrics: pairs that are left out or were trained on."""

from __future__ import annotations

from .values import EvaluationMetrics


def evaluation_notices(values: EvaluationMetrics, *, every_split: bool) -> list[str]:
    """Lines for stderr, the gravest first; empty where there is nothing to say.

    Args:
        every_split: the pairs of all splits were evaluated.
    """
    pairs, counts = values["counts"]["pairs"], values["counts"]
    lines = []
    if without := pairs - counts["scored"]:
        why = "; ".join(values["left_out"])
        lines.append(f"Warning: {without} of {pairs} pairs have no score and are left out: {why}")
    if counts["trained_on"]:
        lines.append(
            f"{counts['trained_on']} of {pairs} pairs are among those that the weights were "
            "trained on: on others expect less"
        )
    trained = values["splits"].get("train", 0)
    if every_split and 0 < trained < pairs:
        lines.append(
            f"{trained} of {pairs} pairs have train in the column split: --split test leaves them "
            "out"
        )
    return lines
