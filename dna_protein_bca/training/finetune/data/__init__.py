"""What a training learns from: read, checked, and split so that nothing is on both sides."""

from __future__ import annotations

from .inputs import Inputs, PairsTable
from .read import Protein, TrainingData, read_data

__all__ = ["Inputs", "PairsTable", "Protein", "TrainingData", "read_data"]
