"""Text that stands where a sequence should be: notices of databases, titles, remarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

LONGEST_NOTICE = 60
"""Letters; longer lines are a sequence, however they are spaced, unless they read as prose."""

_NOTICES = """
NO NOT NONE NULL NIL NA NAN ND TBA TBD VALUE REF
SEQUENCE SEQUENCES SEQ PROTEIN GENE TRANSCRIPT PEPTIDE ENTRY RECORD DATA
RESULT RESULTS HIT HITS MATCH MATCHES ACCESSION ID
AVAILABLE UNAVAILABLE FOUND UNKNOWN MISSING EMPTY DELETED OBSOLETE WITHDRAWN REMOVED RETIRED
REPLACED MERGED SUPPRESSED DISCONTINUED FAILED FAILURE ERROR INVALID UNDEFINED DEFINED
APPLICABLE DETERMINED ANNOTATED EXIST EXISTS
FOR THE THIS IN OF IS WAS HAS BEEN DOES COULD CANNOT BE
RETRACTED REDACTED PSEUDOGENE NONCODING NON CODING PLACEHOLDER DUMMY PENDING TODO FIXME INCOMPLETE
SERVER INTERNAL REQUEST BAD TIMEOUT TIMED OUT GATEWAY SERVICE FORBIDDEN ACCESS DENIED PAGE
"""
"""Words of notices such as `Sequence unavailable`: their letters are those of residues, too."""

_WORDS = frozenset(_NOTICES.split())

DNA_NOTICES = frozenset({"NA", "NAN", "ND", "TBA", "TBD"})
"""Those whose letters are all codes of bases, too."""

_RARE_RESIDUES = "BJOUZ"
"""Letters that words have more often than sequences of residues."""

_LONGEST_WORD = max(map(len, _WORDS))

_PIR = re.compile(r"(?:P1|F1|D[LC]|R[LC]|N[13]|XX);")


class Text(NamedTuple):
    """A line of text, or all lines; `offset` is its first letter's index in the sequence."""

    text: str
    offset: int


def is_pir(id: str) -> bool:
    """Whether a header is in PIR format, `>P1;CRAB_ANAPL`, which a title line follows.

    Args:
        id: the header up to the first blank, without `>`.
    """
    return _PIR.match(id) is not None


def find_text(lines: Sequence[str]) -> Text | None:
    """The text among the lines of a sequence, or None.

    Args:
        lines: as in the file, blanks included.
    """
    offset = 0
    for line in lines:
        if " " in line.strip() and _is_prose(line):
            return Text(line.strip(), offset)
        offset += len(line) - line.count(" ")
    if offset > LONGEST_NOTICE or not _is_notice(lines):
        return None
    return Text(" ".join(lines).strip(), 0)


def _is_prose(line: str) -> bool:
    """Whether the blanks separate words, and not blocks of equal length."""
    words = line.split()
    if words[0].isdigit() or words[-1].isdigit():
        return False  # blocks with numbers beside them
    size = len(words[0])
    blocks = all(len(word) == size for word in words[:-1]) and len(words[-1]) <= size
    if line.isupper():
        letters = "".join(words)
        short = len(letters) <= LONGEST_NOTICE and letters.isalpha()
        return not blocks and short and _may_be_words(words)
    return not blocks or any(word.istitle() and len(word) > 2 for word in words)


def _may_be_words(words: Sequence[str]) -> bool:
    """Whether capitals are likelier words than residues with blanks at odd places among them."""
    if any(len(word) > 2 and word in _WORDS for word in words):
        return True
    return any(letter in _RARE_RESIDUES for word in words for letter in word)


def _is_notice(lines: Sequence[str]) -> bool:
    """Whether the letters are a sequence of words of notices."""
    letters = "".join(letter for line in lines for letter in line.upper() if letter.isalpha())
    ends = {0}
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - _LONGEST_WORD), end)
        if any(start in ends and letters[start:end] in _WORDS for start in starts):
            ends.add(end)
    return bool(letters) and len(letters) in ends
