"""What a reader should know beside the metrics: what is left out, what was trained on, who wins."""

from __future__ import annotations

from dna_protein_bca.errors import counted, one_or_many

from .titles import TITLES
from .values import EvaluationMetrics


def evaluation_notices(values: EvaluationMetrics, *, every_split: bool) -> list[str]:
    """Lines for stderr, the gravest first; empty where there is nothing to say.

    Args:
        every_split: the pairs of all splits were evaluated.
    """
    pairs, counts = values["counts"]["pairs"], values["counts"]
    lines = []
    if without := pairs - counts["scored"]:
        have, are = one_or_many(without, "has", "have"), one_or_many(without, "is", "are")
        why = "; ".join(values["left_out"])
        lines.append(
            f"Warning: {without} of {counted(pairs, 'pair')} {have} no score and {are} left out: "
            + why
        )
    if trained_on := counts["trained_on"]:
        lines.append(
            f"{trained_on} of {counted(pairs, 'pair')} {one_or_many(trained_on, 'is', 'are')} "
            "among those that the weights were trained on: on others expect less"
        )
    trained = values["splits"].get("train", 0)
    if every_split and 0 < trained < pairs:
        lines.append(
            f"{trained} of {pairs} pairs {one_or_many(trained, 'has', 'have')} train in the column "
            f"split: --split test leaves {one_or_many(trained, 'it', 'them')} out"
        )
    return lines


def verdict_lines(values: EvaluationMetrics) -> list[str]:
    """Which baselines beat the model and which it beats, and in what: those that beat it first.

    Returns:
        A sentence without its full stop each; none where no interval leaves out 0.
    """
    losses, wins = [], []
    for baseline, by_metric in values["comparisons"].items():
        found = {metric: one["interval"] for metric, one in by_metric.items() if one}
        lost = [TITLES[metric] for metric, (_, high) in found.items() if high < 0]
        won = [TITLES[metric] for metric, (low, _) in found.items() if low > 0]
        losses += [f"{baseline} in {', '.join(lost)}"] * bool(lost)
        wins += [f"{baseline} in {', '.join(won)}"] * bool(won)
    lines = [f"The model is beaten by {'; by '.join(losses)}"] * bool(losses)
    return lines + [f"The model beats {'; '.join(wins)}"] * bool(wins)
