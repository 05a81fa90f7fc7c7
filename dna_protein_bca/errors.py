"""The error that wrong input raises, and names and numbers in messages."""

from __future__ import annotations

import os
from collections.abc import Sequence

STDIN = "-"
"""The path that stands for standard input, or standard output."""


MOST_SHOWN = 2_000
"""Letters of a message, which may quote what somebody took for a name."""


class InputError(ValueError):
    """What is wrong with a user's input, in one line: `FILE:LINE: what is wrong and what to do`.

    Args:
        message: what is wrong and what to do; line ends in it become spaces, and what no terminal
            should be sent (control characters, bytes that are not UTF-8) is escaped, and the middle
            of what is longer than `MOST_SHOWN` is left out.
        path: the file, `-` for standard input; None or empty where there is no file.
        line: 1-based; None or 0 where there is no line.
        record: id of the record that is wrong; empty for other errors.
    """

    def __init__(
        self,
        message: str,
        path: str | os.PathLike[str] | None = None,
        line: int | None = None,
        record: str = "",
    ) -> None:
        self.message = message = shortened(message)
        self.record = record
        self.path = None if path is None else os.fspath(path)
        self.line = None if line is None else int(line)
        file = "stdin" if self.path == STDIN else self.path
        text = ":".join([file, *([str(self.line)] if self.line else [])]) if file else ""
        super().__init__(one_line(f"{text}: {message}" if text else message))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str | None, int | None, str]]:
        # The default would call the class with the finished text alone.
        return type(self), (self.message, self.path, self.line, self.record)


def shortened(text: str) -> str:
    """A text without the middle of what is longer than `MOST_SHOWN`: messages end with advice."""
    half = MOST_SHOWN // 2
    return text if len(text) <= MOST_SHOWN else f"{text[:half]}...{text[-half:]}"


def one_line(text: str) -> str:
    """A text on one line, in which nothing but printable characters stands as itself."""
    joined = " ".join(text.splitlines())
    if joined.isprintable():
        return joined
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in joined
    )


def listed(names: Sequence[str], most: int) -> str:
    """Names for a message: the first `most`, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, noun: str) -> str:
    """A number with its noun for a message: `1 pair`, `2 pairs`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def one_or_many(number: int, one: str, many: str) -> str:
    """The form of a word that follows a number: `has` or `have`."""
    return one if number == 1 else many
