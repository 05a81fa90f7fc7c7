"""Maps of bidirectional attention, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 60
"""Labels of tokens that can be read side by side."""


def draw_attention(
    over_context: np.ndarray,
    over_x: np.ndarray,
    *,
    names: tuple[str, str] = ("x", "context"),
    labels: tuple[Sequence[str] | None, Sequence[str] | None] = (None, None),
    marked: tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]] = ((), ()),
    track: tuple[str, np.ndarray] | None = None,
) -> Figure:
    """Both attentions of one example side by side: what each side reads from the other.

    Args:
        over_context, over_x: float [n, m], or [heads, n, m] of which the mean over heads is drawn;
            as `return_attn=True` gives them, for one example of one layer.
        names: of the two sides.
        labels: of the tokens of each side; left out beyond 60 of them.
        marked: of each side, spans of tokens (start, end), 0-based and half-open, that are framed.
        track: a title and a number for each token of x, float [n], drawn as a line below the maps;
            the spans that are marked are shaded there.

    Returns:
        A figure with two maps; `figure.savefig(path)` writes it.

    Raises:
        ValueError: if the maps do not have two or three dimensions or differ in shape, or if there
            are not as many labels, or numbers of the track, as tokens.
        ModuleNotFoundError: without matplotlib.
    """
    from matplotlib.figure import Figure

    maps = [_mean_over_heads(one) for one in (over_context, over_x)]
    if maps[0].shape != maps[1].shape:
        raise ValueError(f"the maps must have one shape, got {maps[0].shape} and {maps[1].shape}")
    _check_labels(maps[0].shape, names, labels)
    figure = Figure(figsize=(11, 4.5 if track is None else 6.5), layout="constrained")
    if track is None:
        panels = figure.subplot_mosaic("lr")
    else:
        panels = figure.subplot_mosaic("lr;tt", height_ratios=[3, 1])
        _draw_track(panels["t"], names[0], maps[0].shape[0], track, marked[0])
    titles = (f"read from {names[1]} by {names[0]}", f"read from {names[0]} by {names[1]}")
    for axes, one, title in zip((panels["l"], panels["r"]), maps, titles, strict=True):
        image = axes.imshow(one, aspect="auto", cmap="magma", vmin=0, interpolation="nearest")
        axes.set_title(title, fontsize=10)
        axes.set(ylabel=names[0], xlabel=names[1])
        _label(axes, labels)
        _frame(axes, maps[0].shape, marked)
        figure.colorbar(image, ax=axes)
    return figure


def _draw_track(
    axes: Axes,
    name: str,
    tokens: int,
    track: tuple[str, np.ndarray],
    spans: Sequence[tuple[int, int]],
) -> None:
    title, values = track
    if np.shape(values) != (tokens,):
        raise ValueError(f"{name} has {tokens} tokens but the track has {np.shape(values)}")
    axes.plot(np.arange(tokens), values, color="black", linewidth=1)
    for start, end in spans:
        axes.axvspan(start - 0.5, end - 0.5, color="cyan", alpha=0.4)
    axes.set_title(title, fontsize=10)
    axes.set(xlabel=name, xlim=(-0.5, tokens - 0.5))


def _mean_over_heads(attention: np.ndarray) -> np.ndarray:
    values = np.asarray(attention, dtype=float)
    if values.ndim not in (2, 3):
        raise ValueError(f"a map must be [n, m] or [heads, n, m], got {values.shape}")
    return values if values.ndim == 2 else values.mean(0)


def _check_labels(
    shape: tuple[int, ...],
    names: tuple[str, str],
    labels: tuple[Sequence[str] | None, Sequence[str] | None],
) -> None:
    for name, tokens, given in zip(names, shape, labels, strict=True):
        if given is not None and len(given) != tokens:
            raise ValueError(f"{name} has {tokens} tokens but {len(given)} labels")


def _label(axes: Axes, labels: tuple[Sequence[str] | None, Sequence[str] | None]) -> None:
    rows, columns = labels
    if rows is not None and len(rows) <= FEW:
        axes.set_yticks(range(len(rows)), rows, fontsize=7)
    if columns is not None and len(columns) <= FEW:
        longest = max(map(len, columns), default=0)
        axes.set_xticks(range(len(columns)), columns, fontsize=7, rotation=90 * (longest > 2))


def _frame(
    axes: Axes,
    shape: tuple[int, ...],
    marked: tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]],
) -> None:
    """Lines around the marked rows and columns."""
    for start, end in marked[0]:
        for edge in (start - 0.5, end - 0.5):
            axes.hlines(edge, -0.5, shape[1] - 0.5, colors="cyan", linewidth=1)
    for start, end in marked[1]:
        for edge in (start - 0.5, end - 0.5):
            axes.vlines(edge, -0.5, shape[0] - 0.5, colors="cyan", linewidth=1)
