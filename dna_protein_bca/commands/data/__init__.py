"""`data ...`: from public databases or the user's own files to training sets."""

from __future__ import annotations

from .group import command

__all__ = ["command"]
