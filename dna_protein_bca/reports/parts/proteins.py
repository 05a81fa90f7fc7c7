"""What a page says of each protein: its domains, the nearest measured one, trust and its motif."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.results import fragments_of
from dna_protein_bca.motif import predicted_modes
from dna_protein_bca.plots.svg.logo import logo_svg

from .limits import TRUST, Doubts, limits, meaning_of_identity
from .logos import letter_heights

if TYPE_CHECKING:
    from dna_protein_bca.proteins.relatives import MeasuredProteins

MOST_PROTEINS = 100
"""Proteins that a page has a row of."""


class ProteinCard(NamedTuple):
    """A protein on a page.

    Attributes:
        id: of the record; domains: families of its DNA-binding domains with their numbers, empty
            for none; places: where each lies (1-based, inclusive).
        nearest, identity: the nearest measured protein and the identity of the two domains, as
            text; meaning: what that identity means.
        trust: `high`, `medium`, `low` or empty; trust_meaning: what it means.
        coverage: share of its profile that the best domain has, as text.
        motif: base probabilities [width, 4] of its first way to bind, None for none.
        logo: an SVG element, empty for none; share: of all its motifs, as text.
    """

    id: str
    domains: str
    places: str
    nearest: str
    identity: str
    meaning: str
    trust: str
    trust_meaning: str
    coverage: str
    motif: np.ndarray | None
    logo: str
    share: str

    @property
    def about(self) -> str:
        """The nearest measured protein and what its identity means, in a few words."""
        if not self.nearest:
            return self.meaning
        return f"nearest measured {self.nearest}, identity {self.identity}: {self.meaning}"


def first_of(encoded: EncodedProteins | EncodedByAll) -> EncodedProteins:
    """The proteins as the first set of weights encoded them."""
    return encoded[0] if isinstance(encoded, EncodedByAll) else encoded


class Known(NamedTuple):
    """What a page says of its proteins.

    Attributes:
        limits: sentences about what its numbers cannot say.
        cards: of the proteins, as many as a page has room for; proteins: how many there are.
    """

    limits: list[str]
    cards: list[ProteinCard]
    proteins: int


def doubts_about(
    encoded: EncodedProteins | EncodedByAll, measured: MeasuredProteins | None
) -> Doubts:
    """What there is to know of proteins, whatever they are asked: domains, fragments and trust.

    Args:
        measured: the proteins whose domains tell what a fragment is; None for no such notes.
    """
    first = first_of(encoded)
    return Doubts(
        no_domain=[id for id, dbd in zip(first.ids, first.dbd, strict=True) if dbd == "none"],
        low_trust=[id for id, level in zip(first.ids, first.trust, strict=True) if level == "low"],
        fragments=fragments_of(first, measured),
    )


def known_of(
    encoded: EncodedProteins | EncodedByAll, measured: MeasuredProteins | None, *, tests: int = 0
) -> Known:
    """What is known of proteins, for a page.

    Args:
        measured: see `doubts_about`.
        tests: see `Doubts`.
    """
    doubts, names = doubts_about(encoded, measured)._replace(tests=tests), first_of(encoded).ids
    cards = protein_cards(encoded, names[:MOST_PROTEINS])
    return Known(limits(doubts), list(cards.values()), len(names))


def protein_cards(
    encoded: EncodedProteins | EncodedByAll, names: Sequence[str]
) -> dict[str, ProteinCard]:
    """Cards of some of the proteins, in the order of the names."""
    first = first_of(encoded)
    wanted = set(names)
    rows = np.array([row for row, id in enumerate(first.ids) if id in wanted], np.int64)
    some = encoded.take(rows)
    shown = first_of(some)
    modes = predicted_modes(some, 1)
    cards = {id: _card(shown, row, modes[id]) for row, id in enumerate(shown.ids)}
    return {id: cards[id] for id in names}


def _card(encoded: EncodedProteins, row: int, modes: Sequence[Any]) -> ProteinCard:
    id, identity = encoded.ids[row], float(encoded.identity[row])
    dbd, trust = encoded.dbd[row], encoded.trust[row] or ""
    motif = modes[0].motif if modes else None
    nearest = encoded.nearest[row]
    return ProteinCard(
        id=id,
        domains=_families(dbd),
        places="" if dbd == "none" else dbd.replace(";", "; "),
        nearest=nearest or "",
        identity="" if np.isnan(identity) else f"{identity:.2f}",
        meaning=meaning_of_identity(identity if nearest else None),
        trust=trust,
        trust_meaning=TRUST.get(trust, ""),
        coverage="" if np.isnan(encoded.coverage[row]) else f"{encoded.coverage[row]:.2f}",
        motif=motif,
        logo="" if motif is None else logo_svg(letter_heights(motif), f"predicted motif of {id}"),
        share="" if motif is None else f"{modes[0].share:.0%}",
    )


def _families(dbd: str) -> str:
    """`zf-C2H2:1-23;zf-C2H2:29-51` -> `2 x zf-C2H2`; empty for `none`."""
    if dbd == "none":
        return ""
    counts = Counter(part.split(":")[0] for part in dbd.split(";"))
    return ", ".join(f"{n} x {name}" if n > 1 else name for name, n in counts.items())
