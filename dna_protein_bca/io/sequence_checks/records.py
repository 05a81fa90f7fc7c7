"""Checks of a record: its id, and the letters of its sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from .prose import DNA_NOTICES, find_text, is_pir

Kind = Literal["protein", "dna"]

LETTERS: dict[Kind, str] = {
    "protein": "ACDEFGHIKLMNPQRSTVWYXBZJUO",
    "dna": "ACGTURYSWKMBDHVN",
}
"""The 20 amino acids, ambiguous X B Z J, selenocysteine U, pyrrolysine O; IUPAC's bases and U."""

ONLY_PROTEIN = "EFILPQ"
"""Residues that are not a code for a base."""

SHORTEST_DOUBTED = 30
"""Residues; a shorter protein may consist of letters of DNA only by chance."""


def _both_cases(letters: str) -> bytes:
    return (letters + letters.lower()).encode()


_ACCEPTED = {kind: _both_cases(letters) for kind, letters in LETTERS.items()}
_BASES = _both_cases("ACGTUN")
_RESIDUES = _both_cases(ONLY_PROTEIN)


class Fault(NamedTuple):
    """What is wrong with a record, and at which letter (0-based) where it is one letter."""

    message: str
    offset: int | None = None


def find_fault(id: str, sequence: str, kind: Kind, lines: Sequence[str] = ()) -> Fault | None:
    """What is wrong with a record, or None; a correct sequence is read once.

    Args:
        id: the header up to the first blank.
        sequence: a protein without its stop.
        lines: of the sequence in the file, blanks included; none where the record came from Python.
    """
    if fault := _id_fault(id):
        return fault
    if lines and is_pir(id):
        return Fault(
            f"record {shown(id)} is in PIR format, in which a title stands before the sequence: "
            f"convert it to FASTA (or, if it has no title, remove {id[:3]} from its id)"
        )
    if not sequence:
        return Fault(f"record {shown(id)} has an empty sequence: give it, or remove the record")
    letters = sequence.encode("ascii", "replace")
    wrong = bool(letters.translate(None, _ACCEPTED[kind]))
    if kind == "protein" and not wrong and (fault := _dna_fault(id, letters)):
        return fault
    # The letters of a correct DNA spell no words, and those of a protein may.
    short = sequence.upper() in DNA_NOTICES if len(sequence) < 4 else False
    if kind == "protein" or short or (wrong and _may_be_text(sequence)):
        text = find_text(lines or [sequence])
        if text is not None:
            return Fault(
                f"{_name(kind)} {shown(id)} looks like text, {shown(text.text)}: give its "
                "sequence, or remove the record",
                text.offset,
            )
    return _letter_fault(id, sequence, letters, kind) if wrong else None


def may_be_dna(sequence: str) -> bool:
    """Whether a protein too short to be refused has the letters of DNA alone."""
    letters = sequence.encode("ascii", "replace")
    if len(letters) >= SHORTEST_DOUBTED or letters.translate(None, _ACCEPTED["dna"]):
        return False
    return _mostly_bases(letters) or _only_codes(letters)


def shown(text: str) -> str:
    """Text in quotes for a message: what cannot be printed escaped, a very long one cut."""
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _id_fault(id: str) -> Fault | None:
    if not id:
        return Fault("a record without an id: write one right after '>'")
    if not id.isascii():
        try:
            id.encode()
        except UnicodeEncodeError:
            return Fault(f"the id {shown(id)} is not UTF-8: save the file as UTF-8")
    return None


def _dna_fault(id: str, letters: bytes) -> Fault | None:
    if len(letters) < SHORTEST_DOUBTED:
        return None
    if _mostly_bases(letters):
        share = len(letters) - len(letters.translate(None, _BASES))
        what = f"{_percent(share, letters)} of it A C G T U N"
    elif _only_codes(letters):
        what = "all of it A C G T U N and IUPAC's codes for several bases"
    else:
        return None
    return Fault(
        f"protein {shown(id)} looks like DNA ({what}): give its amino-acid sequence, and DNA "
        "as DNA; if it is a real protein of such repeats, remove it: it has no DNA-binding domain"
    )


def _mostly_bases(letters: bytes) -> bool:
    return 10 * len(letters.translate(None, _BASES)) < len(letters)


def _only_codes(letters: bytes) -> bool:
    """Whether all letters are codes of bases, three of A C G T (or U) among them.

    Linkers and tails of proteins consist of few different letters, many of which are codes, too.
    """
    different = {*letters.decode().upper().replace("U", "T")}
    return not letters.translate(None, _ACCEPTED["dna"]) and len(different & {*"ACGT"}) > 2


def _may_be_text(sequence: str) -> bool:
    """Whether the first wrong character of a DNA may be of a word; a gap or a digit is not."""
    wrong = sequence.lstrip(_ACCEPTED["dna"].decode())[:1]
    return wrong.isalpha() or wrong in "/ "


def _letter_fault(id: str, sequence: str, letters: bytes, kind: Kind) -> Fault:
    residues = len(letters) - len(letters.translate(None, _RESIDUES))
    if kind == "dna" and 10 * residues > len(letters):
        return Fault(
            f"DNA {shown(id)} looks like a protein ({_percent(residues, letters)} of its letters "
            "are E F I L P Q): give its DNA sequence, and proteins as proteins"
        )
    accepted = _ACCEPTED[kind].decode()
    offset = len(sequence) - len(sequence.lstrip(accepted))
    letter = sequence[offset]
    return Fault(
        f"{_name(kind)} {shown(id)} has {shown(letter)} at position {offset + 1}: "
        + _letter_advice(letter, kind),
        offset,
    )


def _letter_advice(letter: str, kind: Kind) -> str:
    if letter in "-.~":
        return "remove the gaps of the alignment"
    if letter.isdigit():
        return "remove the numbers"
    if letter == ">":
        return "a line end is missing before the next header"
    if letter == "*" and kind == "dna":
        return "remove it, a stop has no place in DNA"
    if letter == "*":
        return "a stop codon inside the protein; give the sequence up to it"
    if letter in "#;":
        return "remove the comment"
    if letter in ":/":
        return "give each chain as a separate record"
    return f"the letters are {' '.join(LETTERS[kind])}"


def _name(kind: Kind) -> str:
    return "DNA" if kind == "dna" else kind


def _percent(part: int, letters: bytes) -> str:
    return f"{100 * part // len(letters)}%"
