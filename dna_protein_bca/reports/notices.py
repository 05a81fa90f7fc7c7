"""What a reader should know before the metrics: pairs that are left out or were trained on."""

from __future__ import annotations

from dna_protein_bca.errors import counted, one_or_many

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
