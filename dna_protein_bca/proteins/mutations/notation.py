"""Mutations as text, in one letter or in the notation of HGVS, such as `R36W` or `p.Arg36Trp`.

The notation of HGVS: den Dunnen et al. (2016), doi:10.1002/humu.22981.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from Bio.Data.IUPACData import protein_letters_3to1

from dna_protein_bca.io.tokenizers import AMINO_ACIDS

STOP = "*"
"""Stands for a stop codon."""

EXAMPLES = (
    "R36W (or p.Arg36Trp), R36*, K45del, K45_E47del, K45_R46insGA, K45dup, K45_E47delinsW or "
    "R36fs, several of one protein molecule joined by +"
)
"""What the message about a text that is no mutation shows."""

_THREE = {**protein_letters_3to1, "Ter": STOP, "Sec": "U"}
_RESIDUE = r"(?:[A-Z][a-z]{2}|[A-Z*])"
_AT = "[0-9]{1,9}"
_SPAN = rf"(?P<a>{_RESIDUE})(?P<i>{_AT})(?:_(?P<b>{_RESIDUE})(?P<j>{_AT}))?"
_FORMS = {
    "fs": re.compile(rf"(?P<a>{_RESIDUE})(?P<i>{_AT}){_RESIDUE}?fs(?:(?:\*|Ter|X)(?:\d+|\?))?"),
    "delins": re.compile(_SPAN + r"delins(?P<new>[A-Za-z*]+)"),
    "del": re.compile(_SPAN + "del"),
    "dup": re.compile(_SPAN + "dup"),
    "ins": re.compile(
        rf"(?P<a>{_RESIDUE})(?P<i>{_AT})_(?P<b>{_RESIDUE})(?P<j>{_AT})ins(?P<new>[A-Za-z*]+)"
    ),
    "sub": re.compile(rf"(?P<a>{_RESIDUE})(?P<i>{_AT})(?P<new>{_RESIDUE}|=)"),
}


class NotationError(ValueError):
    """A text that is no mutation: what is wrong, without file and line."""


class Change(NamedTuple):
    """One change of a sequence.

    Attributes:
        start, end: the residues that are replaced, 0-based and half-open; none for an insertion.
        new: the residues in their place.
        named: (0-based position, one-letter residue) of those that the text names.
        cut: all that follows is lost, by a stop codon or a frameshift.
        copied: the residues of `named` from the first to the last are inserted once more, as `new`.
        text: the change in one letter.
    """

    start: int
    end: int
    new: str
    named: tuple[tuple[int, str], ...]
    cut: bool
    copied: bool
    text: str

    @property
    def same_length(self) -> bool:
        """Whether as many residues replace the old ones, none of which is lost."""
        return not self.cut and not self.copied and self.end - self.start == len(self.new) > 0


def parse_mutation(text: str) -> tuple[Change, ...]:
    """The changes of one mutation, by position.

    Args:
        text: one change, or several joined by `+` (or in brackets with `;`, as in HGVS).

    Raises:
        NotationError: not a mutation, or changes that overlap.
    """
    body = text.strip().removeprefix("p.")
    if body.startswith("[") and body.endswith("]"):
        body = body[1:-1].replace(";", "+")
    changes = sorted(
        (_parse(part, text) for part in body.split("+")), key=lambda c: (c.start, c.end)
    )
    for first, second in pairwise(changes):
        if first.cut:
            raise NotationError(
                f"{second.text} of mutation {text.strip()!r} lies behind {first.text}, where the "
                "protein has ended: leave it out"
            )
        if second.start < first.end or second.start == second.end == first.start:
            raise NotationError(
                f"{first.text} and {second.text} of mutation {text.strip()!r} change the same "
                "residues: write them as one, such as K45_E47delinsWV"
            )
    return tuple(changes)


def _parse(part: str, whole: str) -> Change:
    """One change."""
    text = part.strip().removeprefix("p.")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    for kind, form in _FORMS.items():
        if found := form.fullmatch(text):
            fields = found.groupdict()
            named = [(int(fields["i"]) - 1, _letter(fields["a"], whole))]
            if fields.get("b"):
                named.append((int(fields["j"]) - 1, _letter(fields["b"], whole)))
            if named[0][0] < 0:
                raise NotationError(f"mutation {whole.strip()!r}: positions count from 1")
            return _change(kind, named, fields.get("new") or "", whole)
    raise NotationError(f"mutation {whole.strip()!r} is not read: write {EXAMPLES}")


def _change(kind: str, named: list[tuple[int, str]], new: str, whole: str) -> Change:
    """One change of a known kind."""
    (start, old), end = named[0], named[-1][0] + 1
    if end <= start + (len(named) > 1):
        raise NotationError(f"mutation {whole.strip()!r}: the second residue must follow the first")
    if STOP in (letter for _, letter in named):
        raise NotationError(f"mutation {whole.strip()!r}: a change of the stop codon is not read")
    span = "_".join(f"{letter}{position + 1}" for position, letter in named)
    places = tuple(named)
    if kind == "fs":
        return Change(start, start, "", places, True, False, f"{span}fs")
    if kind == "del":
        return Change(start, end, "", places, False, False, f"{span}del")
    if kind == "dup":
        return Change(end, end, "", places, False, True, f"{span}dup")
    letters = old if new == "=" else _letters(new, whole)
    cut, residues = letters.endswith(STOP), letters.removesuffix(STOP)
    if kind == "ins":
        if end != start + 2:
            raise NotationError(
                f"mutation {whole.strip()!r}: an insertion names the two residues beside it"
            )
        text = f"{span}ins{letters}"
        return Change(start + 1, start + 1, residues, places, cut, False, text)
    if end - start == 1 and len(letters) == 1:
        text = f"{span}{'=' if letters == old else letters}"
    else:
        text = f"{span}delins{letters}"
    return Change(start, end, residues, places, cut, False, text)


def _letters(text: str, whole: str) -> str:
    """Residues in one letter or three letters, with a stop at the end at most."""
    if re.fullmatch(r"(?:[A-Z][a-z]{2}|\*)+", text):
        parts = re.findall(r"[A-Z][a-z]{2}|\*", text)
        letters = "".join(_letter(part, whole) for part in parts)
    else:
        letters = "".join(_letter(part, whole) for part in text)
    if STOP in letters[:-1]:
        raise NotationError(f"mutation {whole.strip()!r}: residues follow a stop: leave them out")
    if unknown := [letter for letter in letters if letter not in AMINO_ACIDS + STOP]:
        hint = " (a stop is *)" if "X" in unknown else ""
        raise NotationError(
            f"mutation {whole.strip()!r}: {unknown[0]} is none of the 20 amino acids{hint}"
        )
    return letters


def _letter(text: str, whole: str) -> str:
    """A residue in one letter."""
    if len(text) == 1 and (text.isupper() or text == STOP):
        return text
    letter = _THREE.get(text)
    if letter is None:
        raise NotationError(
            f"mutation {whole.strip()!r}: {text!r} is no amino acid; write {EXAMPLES}"
        )
    return letter
