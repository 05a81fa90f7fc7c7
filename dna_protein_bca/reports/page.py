"""HTML pages that need nothing beside them, from templates that escape every text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dna_protein_bca.io.folder_names import REPORT
from dna_protein_bca.io.outputs import atomic_path, open_folder

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
STYLE = "style.css"
SCRIPT = "tables.js"


class Cell(NamedTuple):
    """A cell of a table: a text, and a smaller line below it."""

    text: str
    note: str = ""


class PageTable(NamedTuple):
    """A header and rows of texts or cells, which a page escapes."""

    header: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]


def environment(*further: Path) -> Environment:
    """What renders templates: those of this package, and those of further folders.

    Every value is escaped, unless a template marks it as safe: only pictures of `plots`, which
    escape their own texts, are. A name that a template uses and was not given is an error.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([TEMPLATES, *further]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"style": asset(STYLE), "script": asset(SCRIPT), "policy": policy()}
    return made


@cache
def asset(name: str) -> str:
    """The text of the style sheet or of the script that pages hold."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def policy(further: Mapping[str, str] | None = None) -> str:
    """A content security policy: nothing is loaded, and only the page's own script runs.

    Args:
        further: directive -> value of what else is allowed.
    """
    directives = {
        "default-src": "'none'",
        "style-src": checksum(asset(STYLE)),
        "script-src": checksum(asset(SCRIPT)),
        "base-uri": "'none'",
        **(further or {}),
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def checksum(text: str) -> str:
    """The name of an inline script or style sheet in a content security policy."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def render(template: str, **values: object) -> str:
    """A whole HTML page.

    Args:
        template: its file name; values: what it shows.
    """
    return _shared().get_template(template).render(**values)


def write_report(folder: str | Path, template: str, **values: object) -> None:
    """Write a page as `report.html` into a folder, which is made where there is none."""
    with open_folder(folder) as place:
        write_page(place / REPORT, template, **values)


def write_page(path: Path, template: str, **values: object) -> None:
    """Write `render` to a file, renamed to its place when complete."""
    with atomic_path(path) as partial:
        partial.write_text(render(template, **values), encoding="utf-8")


@cache
def _shared() -> Environment:
    return environment()
