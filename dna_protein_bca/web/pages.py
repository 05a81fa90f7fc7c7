"""The pages as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dna_protein_bca.reports.page import environment

from .answer import Answer
from .limits import Limits
from .query import FIELDS, Collection

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"

TITLE = "Does this protein bind this DNA?"

EXAMPLE = {
    "names": "MAX, TP53",
    "species": "Homo_sapiens",
    "dna": ">promoter\n"
    "GGCTTAGAGCTCATTGCAGTACCACGTGGTCATTGCTTACGGAATTCTGCAAGACATGCCCGGGCATGTCTTAGGCTAACGTT",
    "changes": "promoter:24:A:G",
}
"""An E-box and a p53 site in DNA made by hand."""


def form_page(
    limits: Limits,
    collection: Collection,
    given: Mapping[str, str],
    error: str = "",
) -> str:
    """The form, with what was typed before.

    Args:
        collection: the measured proteins that can be chosen.
        given: name of a field -> its text.
        error: what was wrong with it.
    """
    texts = {name: given.get(name, "") for name in FIELDS}
    values = {"limits": limits, "collection": collection, "given": texts, "error": error}
    return _render("form.html", title=TITLE, **values)


def waiting_page(before: int, seconds: int) -> str:
    """The page that asks again by itself.

    Args:
        before: answers that come first; seconds: until it asks again.
    """
    return _render("waiting.html", title="Your turn is coming", before=before, seconds=seconds)


def busy_page(before: int) -> str:
    """The page for one who comes when the line is full."""
    return _render("busy.html", title="Busy", before=before)


def answer_page(token: str, answer: Answer) -> str:
    """The page with an answer, links to its files, and what may be asked about it."""
    values = {"token": token, "files": list(answer.files), "choices": answer.choices}
    return _render(answer.template, title=answer.title, **values, **answer.view)


def message_page(title: str, message: str) -> str:
    """A page of one sentence."""
    return _render("message.html", title=title, message=message)


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    return environment(TEMPLATES)
