"""Where the documentation shows what a benchmark printed."""

from __future__ import annotations

from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- /NAME -->` in a Markdown page.

    Raises:
        ValueError: if the page does not have both, in this order, once each.
    """
    before, _, after = _parts(page, name)
    first, last = _marks(name)
    page.write_text(f"{before}{first}\n{text.strip()}\n{last}{after}", encoding="utf-8")


def shown(page: Path, name: str) -> str:
    """What stands between the marks; raises ValueError as `put` does."""
    return _parts(page, name)[1].strip()


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- /{name} -->"


def _parts(page: Path, name: str) -> tuple[str, str, str]:
    first, last = _marks(name)
    parts = page.read_text(encoding="utf-8").split(first)
    ends = parts[-1].split(last)
    if len(parts) != 2 or len(ends) != 2:
        raise ValueError(f"{page} must have {first} and {last}, once each")
    return parts[0], ends[0], ends[1]
