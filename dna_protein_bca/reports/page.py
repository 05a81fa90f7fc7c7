"""The shell of an HTML page that needs nothing beside it, and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from dna_protein_bca.io.outputs import atomic_path

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1110px; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff; }
h1 { font-size: 26px; } h2 { font-size: 19px; margin: 1.6em 0 .4em; }
table { border-collapse: collapse; margin: .8em 0; font-size: 13px; }
th, td { border-bottom: 1px solid #ddd; padding: 4px 5px; text-align: right; vertical-align: top; }
td { white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 9em; }
th { vertical-align: bottom; border-bottom-color: #999; }
tbody tr.emphasised td { font-weight: 600; background: #f3f6fa; }
small { color: #666; font-weight: 400; font-size: 11px; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2em 1em; font-size: 14px; }
dt { color: #666; } dd { margin: 0; }
.wide { overflow-x: auto; }
details { margin: .8em 0; font-size: 14px; } summary { cursor: pointer; }
pre { font-size: 12px; background: #f6f6f6; padding: 1em; overflow-x: auto; }
svg { margin: 6px 12px 6px 0; vertical-align: top; }
svg text { font: 11px system-ui, sans-serif; text-anchor: middle; fill: #444; }
svg .title { font-size: 13px; font-weight: 600; }
svg .y-tick { text-anchor: end; } svg .legend { text-anchor: start; }
svg .grid { stroke: #e4e4e4; stroke-width: 1; }
"""


def page(title: str, parts: Sequence[str]) -> str:
    """A whole HTML page of parts that are HTML."""
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )


def write_page(path: Path, title: str, parts: Sequence[str]) -> None:
    """Write `page` to a file, renamed to its place when complete."""
    with atomic_path(path) as partial:
        partial.write_text(page(title, parts), encoding="utf-8")


def definitions(values: Mapping[str, str]) -> str:
    """Terms and their values, both HTML, in two columns."""
    pairs = "".join(f"<dt>{term}</dt><dd>{value}</dd>" for term, value in values.items())
    return f"<dl>{pairs}</dl>"


def html_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, emphasise_first: bool = False
) -> str:
    """A table whose cells are HTML and whose header is text."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = ""
    for index, row in enumerate(rows):
        cells = "".join(f"<td>{cell}</td>" for cell in row)
        start = '<tr class="emphasised">' if emphasise_first and index == 0 else "<tr>"
        body += f"{start}{cells}</tr>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'
