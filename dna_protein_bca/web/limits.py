"""How much one visitor may ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on size, length, time and number.

    Attributes:
        body: bytes of a request.
        proteins, records: the most of each.
        bases: of all DNA together.
        work: proteins x bases.
        changes: changes of the DNA.
        substitutions: of the protein that is mutated.
        mutant_bases: of the DNA on which they are scored.
        seconds: that an answer may take once it is its turn.
        waiting: requests that may wait; more are told to come back.
        kept: answers that are kept for their visitors; the oldest goes first.
    """

    body: int = 2_000_000
    proteins: int = 25
    records: int = 500
    bases: int = 200_000
    work: int = 1_000_000
    changes: int = 100
    substitutions: int = 5_000
    mutant_bases: int = 2_000
    seconds: float = 120.0
    waiting: int = 32
    kept: int = 100
