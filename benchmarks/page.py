"""Where the documentation shows what a benchmark printed."""

from __future__ import annotations

from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- /NAME -->` in a Markdown page.

    Raises:
        ValueError: if the page does not have both, in this order, once each.
    """
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    parts = page.read_text().split(first)
    ends = parts[-1].split(last)
    if len(parts) != 2 or len(ends) != 2:
        raise ValueError(f"{page} must have {first} and {last}, once each")
    page.write_text(f"{parts[0]}{first}\n{text.strip()}\n{last}{ends[1]}")
