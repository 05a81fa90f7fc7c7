"""How good scores are: metrics a protein, baselines on the same pairs, intervals, and a report."""

from __future__ import annotations

from .evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
