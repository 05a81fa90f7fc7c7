"""A training several times: replicates that differ by their seed, or folds that are left out."""

from __future__ import annotations

from .run import Repeats, repeat

__all__ = ["Repeats", "repeat"]
