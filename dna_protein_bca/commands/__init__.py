"""The command line: a click group whose commands are imported when they are called."""

from __future__ import annotations

from .group import main

__all__ = ["main"]
