"""Pieces of SVG text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

LETTERS = "ACGT"
COLOURS = {"A": "#2f8f4e", "C": "#2260ad", "G": "#d9931e", "T": "#c23b34"}
"""Of bases, in logos and in sequences."""

STRANDS = {"+": "#1f5fa8", "-": "#c4572b"}
"""Of sites, by strand."""


def svg(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    """An SVG element of a size in pixels.

    Args:
        label: what it shows, for those who cannot see it.
    """
    body = "".join(parts)
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-label="{escape(label)}">{body}</svg>'
    )


def text(
    x: float, y: float, content: str, *, name: str = "", fill: str = "", title: str = ""
) -> str:
    """A text at a point; `name` is the class of the style sheet that places and sizes it."""
    kind = f' class="{name}"' if name else ""
    colour = f' fill="{fill}"' if fill else ""
    hover = f"<title>{escape(title)}</title>" if title else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}{colour}>{hover}{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, dashed: bool = False) -> str:
    """A straight line."""
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{stroke}"{dash}/>'


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    *,
    opacity: float = 1,
    title: str = "",
) -> str:
    """A filled rectangle; `title` is shown under the pointer."""
    faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    shape = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"{faint}'
    return f"<rect {shape}><title>{escape(title)}</title></rect>" if title else f"<rect {shape}/>"
