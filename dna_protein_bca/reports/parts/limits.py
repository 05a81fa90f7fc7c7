"""What a reader of predictions should know that no number in them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dna_protein_bca.errors import counted, listed, one_or_many

MANY = 100
"""P-values from which it matters how many there are."""

SHOWN = 5
"""Ids that a note names."""

CLOSE, FAR = 0.7, 0.4
"""Identities of DNA-binding domains from which a measured protein is a close relative, and below
which it is hardly one; the splits of the training data separate proteins at the first."""

ALWAYS = (
    "Only the two sequences are read. Chromatin, methylation, partner proteins and the "
    "concentration of the protein decide as well where it binds in a cell, and are not in any "
    "number here.",
    "A score compares DNA of one length for one protein. Across lengths and proteins, compare "
    "p-values.",
)

TRUST = {
    "high": "of the proteins that were left out to measure it, predictions like this one are in "
    "the best third",
    "medium": "of the proteins that were left out to measure it, predictions like this one are in "
    "the middle third",
    "low": "of the proteins that were left out to measure it, predictions like this one are in the "
    "worst third: look at the whole list, and not at single scores",
}
"""What a level of trust says: the levels divide such proteins into thirds (docs/trust.md)."""


class Doubts(NamedTuple):
    """What was found about the proteins and DNA of a prediction.

    Attributes:
        no_domain: ids of proteins without a known domain.
        read_whole: ids of those of them that were scored by their whole sequence.
        fragments: descriptions of proteins that lack a part of their domain.
        low_trust: ids of proteins whose predictions have low trust.
        unscored_dna: ids of DNA that is all N or too short.
        tests: how many p-values there are; expected: how many of them are at most `max_p` by
            chance.
        uncalibrated: there are p-values and no probabilities.
    """

    no_domain: Sequence[str] = ()
    read_whole: Sequence[str] = ()
    fragments: Sequence[str] = ()
    low_trust: Sequence[str] = ()
    unscored_dna: Sequence[str] = ()
    tests: int = 0
    uncalibrated: bool = False


def limits(doubts: Doubts) -> list[str]:
    """Sentences for a page, those about the user's own records first."""
    notes = [*_of_proteins(doubts)]
    if names := doubts.unscored_dna:
        are = one_or_many(len(names), "record is", "records are")
        notes.append(
            f"{len(names)} DNA {are} all N or shorter than 5 bp, without a score: "
            f"{listed(names, SHOWN)}."
        )
    if doubts.tests >= MANY:
        notes.append(
            f"{doubts.tests:,} p-values were computed. By chance alone about "
            f"{doubts.tests * 0.001:,.3g} of them are at most 0.001: with many sequences, look at "
            "p-values well below one divided by their number."
        )
    if doubts.uncalibrated:
        notes.append(
            "Probabilities are blank, because these weights have no calibration. The p-values hold "
            "all the same."
        )
    return [*notes, *ALWAYS]


def _of_proteins(doubts: Doubts) -> list[str]:
    notes = []
    if names := doubts.no_domain:
        have = one_or_many(len(names), "protein has", "proteins have")
        notes.append(
            f"{len(names)} {have} no known DNA-binding domain and no score: "
            f"{listed(names, SHOWN)}. They may bind DNA all the same: 88 families are known."
        )
    if names := doubts.read_whole:
        notes.append(
            f"{counted(len(names), 'protein')} without a known DNA-binding domain "
            f"{one_or_many(len(names), 'was', 'were')} scored by the whole sequence: "
            f"{listed(names, SHOWN)}. Such scores are noise."
        )
    if names := doubts.low_trust:
        notes.append(
            f"The predictions of {counted(len(names), 'protein')} have low trust: "
            f"{listed(names, SHOWN)}. Of the proteins that were left out to measure it, such "
            "predictions are in the worst third: look at the whole list, and not at single scores."
        )
    if names := doubts.fragments:
        notes.append(
            f"{counted(len(names), 'protein')} may be "
            f"{one_or_many(len(names), 'a fragment', 'fragments')} of a domain: "
            f"{listed(names, SHOWN)}. A fragment may not bind, whatever its relatives do."
        )
    return notes


def meaning_of_identity(identity: float | None) -> str:
    """What the identity to the nearest measured protein means for a prediction."""
    if identity is None or identity != identity:
        return "no measured protein is similar"
    if identity >= 0.999:
        return "the same DNA-binding domain was measured"
    if identity >= CLOSE:
        return "a close relative was measured, which most likely prefers the same DNA"
    if identity >= FAR:
        return "a relative was measured, which may prefer other DNA"
    return "nothing similar was measured: the prediction is an extrapolation"


def facts(values: Mapping[str, object]) -> dict[str, str]:
    """Names and values for a page, without those that are empty."""
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
