"""What the two sides of a model read of each other, and whose motifs speak; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .titles import put_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_reading(
    dna_reads: np.ndarray,
    protein_reads: np.ndarray,
    bases: Sequence[str],
    residues: Sequence[str],
    *,
    title: str = "",
    note: str = "",
) -> Figure:
    """Both directions of attention, one map above the other: a row a base, a column a residue.

    Args:
        dna_reads: float [k, m], what each base reads of each residue.
        protein_reads: float [k, m], what each residue reads of each base.
        bases: `k` labels; residues: `m` labels.
        title: above the figure; note: below it.
    """
    from matplotlib.figure import Figure

    size = (max(5.0, 1.8 + 0.15 * len(residues)), 2.2 + 0.4 * len(bases))
    figure = Figure(figsize=size, layout="constrained")
    put_title(figure, title)
    panels = figure.subplots(2, 1, sharex=True)
    titles = ("what each base reads of the residues", "what each residue reads of the bases")
    for axes, values, text in zip(panels, (dna_reads, protein_reads), titles, strict=True):
        image = axes.imshow(values, aspect="auto", cmap="magma_r", vmin=0, interpolation="nearest")
        axes.set_title(text, loc="left", fontsize=8)
        axes.set_yticks(range(len(bases)), bases, fontsize=7)
        bar = figure.colorbar(image, ax=axes, pad=0.01)
        bar.ax.tick_params(labelsize=7)
    panels[-1].set_xticks(range(len(residues)), residues, fontsize=6, rotation=90)
    panels[-1].set_xlabel(note, fontsize=7)
    return figure


def draw_voices(
    names: Sequence[str], share: np.ndarray, weight: np.ndarray, *, title: str = ""
) -> Figure:
    """Bars of how much each one has said, with its weight before there was a DNA as a tick.

    Args:
        names: `r` of them; share, weight: float [r], 0 to 1.
        title: above the figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 1.1 + 0.22 * len(names)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(names))
    axes.barh(rows, share, color="#1f5fa8", height=0.7, label="share at the best site")
    axes.scatter(weight, rows, marker="|", color="black", s=60, label="weight before any DNA")
    axes.set_yticks(rows, names, fontsize=7, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlabel("part of the motifs' match", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlim(left=0)
    figure.legend(fontsize=7, frameon=False, ncols=2, loc="outside lower right")
    axes.spines[["top", "right"]].set_visible(False)
    put_title(figure, title)
    return figure
