"""A search for settings of a training: `tune`, which the command `tune` calls."""

from __future__ import annotations

from .search import Tuned, tune

__all__ = ["Tuned", "tune"]
