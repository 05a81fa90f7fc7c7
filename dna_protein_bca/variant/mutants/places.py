"""Where a mutation lies: domain, profile position, contact, and who else has this residue there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dna_protein_bca.proteins.contact_identity import contact_states
from dna_protein_bca.proteins.domains import Domain, aligned_match_states
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.mutations import Mutant
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.proteins.substitutions import SubstitutionLoss

from .loss import separate, touches

PLACE_COLUMNS = (
    "domain",
    "family",
    "profile_position",
    "canonical_position",
    "contact",
    "profile_log_odds",
    "seen_in",
    "seen_identity",
)
"""What `Places.of` gives."""

JOIN = "+"
"""Between the values of several places."""


class Places:
    """Where mutations of one protein lie.

    Args:
        wild: its sequence; domains: from `find_domains`.
        measured: the proteins among which one with the new residue is sought.
        losses: gives the log-odds of the Pfam profiles.
        contacts: family -> weights of match states, see `BindingModel.contact_weights`; None where
            the weights have learned none.
    """

    def __init__(
        self,
        wild: str,
        domains: Sequence[Domain],
        measured: MeasuredProteins,
        losses: SubstitutionLoss,
        contacts: Mapping[str, np.ndarray] | None,
    ) -> None:
        self.wild, self.measured, self.losses = wild, measured, losses
        self.domains = separate(domains)
        self._contacts = known_contacts(contacts)
        self._is_contact = contact_residues(len(wild), self.domains, contacts)
        self._of_family = {domain.family: _all(measured, domain.family) for domain in self.domains}

    def of(self, mutant: Mutant) -> dict[str, object]:
        """`PLACE_COLUMNS` of a mutation, None where there is no answer."""
        resized = [r for span in mutant.resized for d in self.domains if (r := _within(span, d))]
        touched = sorted({*mutant.positions, *(at for r in resized for at in (r[0], r[-1]))})
        places = [(at, domain) for at in touched if (domain := self._domain(at)) is not None]
        states = [(domain, int(domain.positions[at - domain.start])) for at, domain in places]
        aligned = [(domain, state) for domain, state in states if state >= 0]
        known = [
            bool(contact[state])
            for domain, state in aligned
            if (contact := self._contacts.get(domain.family)) is not None and contact.any()
        ]
        if known:  # what goes may have contacts between its ends
            known += [self.is_contact(at) for residues in resized for at in residues]
        values: dict[str, object] = dict.fromkeys(PLACE_COLUMNS)
        if places:
            found = dict.fromkeys((d.family, d.start, d.end) for _, d in places)
            values["domain"] = JOIN.join(f"{f}:{start + 1}-{end}" for f, start, end in found)
            values["family"] = JOIN.join(dict.fromkeys(f for f, _, _ in found))
            values["profile_position"] = _joined([_text(state + 1) for _, state in aligned])
            numbers = [canonical_position(domain.family, state + 1) for domain, state in aligned]
            values["canonical_position"] = _joined([_text(n) for n in numbers if n is not None])
            values["contact"] = ("yes" if any(known) else "no") if known else None
        if mutant.positions and not mutant.resized and aligned:
            values["profile_log_odds"] = self._log_odds(mutant)
            values["seen_in"], values["seen_identity"] = self._seen(mutant)
        return values

    def domains_in_order(self) -> list[Domain]:
        """The domains that do not overlap, N-terminal first."""
        return sorted(self.domains, key=lambda domain: domain.start)

    def is_contact(self, at: int) -> bool:
        """Whether a residue, 0-based, is a contact."""
        return bool(self._is_contact[at])

    def _domain(self, at: int) -> Domain | None:
        """The domain in which a residue lies."""
        return next((d for d in self.domains if d.start <= at < d.end), None)

    def _log_odds(self, mutant: Mutant) -> float:
        """Log-odds of the old residues and the new ones in the Pfam profiles, summed."""
        old, new = (match_states(s, self.domains) for s in (self.wild, mutant.substituted))
        costs = (
            self.losses.costs(family, *pair).profile.sum()
            for family, letters in old.items()
            for pair in zip(new[family], letters, strict=True)
        )
        return float(sum(costs))

    def _seen(self, mutant: Mutant) -> tuple[str | None, float | None]:
        """The nearest measured protein with all the new residues there, and its identity."""
        changed = []
        for domain in self.domains:
            old, new = (
                np.frombuffer(aligned_match_states(s, domain).encode(), np.uint8)
                for s in (self.wild, mutant.substituted)
            )
            if (old != new).any():
                changed.append((domain.family, old, new))
        if len(changed) != 1:
            return None, None
        ((family, old, new),) = changed
        letters, owners = self._of_family[family]
        if not len(letters):
            return None, None
        at = old != new
        rows = np.flatnonzero((letters[:, at] == new[at]).all(1))
        if not len(rows):
            return None, None
        gap = ord("-")
        equal = ((letters[rows] == old) & (old != gap)).sum(1)
        longer = np.maximum((letters[rows] != gap).sum(1), (old != gap).sum())
        best = int((equal / longer).argmax())
        name = self.measured.proteins[int(owners[rows[best]])].protein_id
        return name, float(equal[best] / longer[best])


def known_contacts(weights: Mapping[str, np.ndarray] | None) -> dict[str, np.ndarray]:
    """Family -> which match states are contacts; of weights as `Places` takes them."""
    return {name: contact_states(values) for name, values in (weights or {}).items()}


def contact_residues(
    length: int, domains: Sequence[Domain], weights: Mapping[str, np.ndarray] | None
) -> np.ndarray:
    """Whether each residue of a protein is a contact: bool [length].

    Args:
        domains: that do not overlap, see `separate`.
        weights: see `Places`.
    """
    contacts, found = known_contacts(weights), np.zeros(length, bool)
    for domain in domains:
        if (contact := contacts.get(domain.family)) is not None:
            aligned = domain.positions >= 0
            found[domain.start : domain.end] = aligned & contact[domain.positions]
    return found


def canonical_position(family: str, position: int) -> int | None:
    """The number that the literature gives a residue of a family, where it has one.

    Homeodomains are numbered from 1 to 60, of which the profile begins at 2; of a C2H2 zinc finger
    the residues of the helix are, where -1 stands before 1 (Pavletich and Pabo 1991,
    doi:10.1126/science.2028256), and 4 and 7 are the leucine and the first histidine.

    Args:
        position: in the Pfam profile, 1-based.
    """
    if family == "Homeodomain":
        return position + 1
    if family == "zf-C2H2" and position >= 12:
        return position - 12 or -1
    return None


def canonical_numbers(domain: Domain) -> list[int | None]:
    """`canonical_position` of each residue of a domain; None where it has none."""
    states = domain.positions.tolist()
    return [None if s < 0 else canonical_position(domain.family, s + 1) for s in states]


def _all(measured: MeasuredProteins, family: str) -> tuple[np.ndarray, np.ndarray]:
    """All measured domains of a family, uint8 [d, match states], and their proteins' rows [d]."""
    parts = [
        (protein.domains[family], row)
        for row, protein in enumerate(measured.proteins)
        if family in protein.domains
    ]
    if not parts:
        return np.empty((0, 0), np.uint8), np.empty(0, np.int64)
    owners = np.repeat([row for _, row in parts], [len(letters) for letters, _ in parts])
    return np.concatenate([letters for letters, _ in parts]), owners


def _within(span: tuple[int, int], domain: Domain) -> range:
    """The residues of a domain that go, or between which others come; none if it is not touched."""
    start, end = span
    if not touches(span, domain):
        return range(0)
    if start == end:
        return range(start - 1, start + 1)
    return range(max(start, domain.start), min(end, domain.end))


def _joined(texts: Sequence[str]) -> str | None:
    return JOIN.join(texts) or None


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
