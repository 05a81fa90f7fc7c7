"""How good scores are: metrics of each protein, baselines on the same pairs, and intervals."""

from __future__ import annotations

from .evaluate import evaluate
from .result import Evaluation
from .scored import Odds

__all__ = ["Evaluation", "Odds", "evaluate"]
