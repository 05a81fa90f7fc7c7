"""What a reader of predictions should know, for standard error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dna_protein_bca.errors import counted, listed

if TYPE_CHECKING:
    from dna_protein_bca.inference.results import Fragments, Unscored
    from dna_protein_bca.protocol import Predictor

SHOWN = 3
"""Ids that a warning names."""

WITHOUT_PROBABILITY = (
    "probability is blank, because these weights have no calibration: they were trained without "
    "labels or not to the end, or their validation did not tell bound pairs from others. The "
    "p-values hold all the same"
)

NOISE = (
    "without a known DNA-binding domain scored by the whole sequence. The model has learned from "
    "known families alone: such scores are noise, and have no p-value"
)


def warnings_of(
    predictor: Predictor, unscored: Unscored, fragments: Fragments, *, rated: bool
) -> Iterator[str]:
    """Sentences without their full stop.

    Args:
        rated: there are p-values.
    """
    from dna_protein_bca.proteins.coverage import fragment_warning

    yield from unscored.reasons()
    if unscored.read_whole and not predictor.reads_whole:
        count, names = len(unscored.read_whole), listed(list(unscored.read_whole), SHOWN)
        yield f"{counted(count, 'protein')} {NOISE}: {names}"
    if low := fragment_warning([*fragments.found.values()]):
        yield low
    if rated and predictor.calibration is None:
        yield WITHOUT_PROBABILITY
