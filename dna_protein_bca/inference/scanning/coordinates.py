"""One coordinate for all contigs of a genome, end to end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


class Coordinates:
    """Contigs laid end to end, with a gap of one base between two, so that none touch.

    Args:
        lengths: contig -> bp, in the genome's order.

    Attributes:
        names: object [c], of the contigs.
        length, offset: int64 [c], in bp, and where each contig begins.
    """

    def __init__(self, lengths: Mapping[str, int]) -> None:
        self.names = np.array([*lengths], dtype=object)
        self.length = np.fromiter(lengths.values(), np.int64, len(self.names))
        self.offset = np.cumsum(self.length + 1) - self.length - 1

    def contig(self, position: np.ndarray) -> np.ndarray:
        """The contig of each position: int64, the shape of `position`."""
        return np.searchsorted(self.offset, position, side="right") - 1


class Spans:
    """What is reported: stretches of the common coordinate that neither overlap nor touch.

    Args:
        start, end: int64 [m], in order.
    """

    def __init__(self, start: np.ndarray, end: np.ndarray) -> None:
        self.start, self.end = start, end

    def hold(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Whether each interval lies within a span: bool, the shape of `start`."""
        index = np.searchsorted(self.start, start, side="right") - 1
        return (index >= 0) & (end <= self.end[index.clip(0)])
