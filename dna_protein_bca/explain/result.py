"""An explanation of one pair: a file of arrays, a table of relatives and figures."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.plots.saving import save_figure

from .evidence import Evidence
from .figures import figures
from .relatives import Voice

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".svg", ".png")
"""Of each figure."""


class Explanation(Evidence):
    """Why one protein binds one DNA as it does, by the model; see `Evidence` for what it holds."""

    def plot(self) -> dict[str, Figure]:
        """Figures of matplotlib by name: `dna`, `site`, `protein`, `attention` and `relatives`.

        `protein` is left out where its mutagenesis was not asked for, and `relatives` where the
        model reads none.

        Raises:
            ModuleNotFoundError: without matplotlib or logomaker.
        """
        return figures(self)

    def save(self, folder: Path, name: str, *, plots: bool = True) -> list[Path]:
        """Write `name.npz`, `name.relatives.tsv`, and each figure as SVG and PNG.

        Args:
            folder: which is there; name: of the files, without an ending.
            plots: False leaves the figures out.
        """
        written = [folder / f"{name}.npz", folder / f"{name}.relatives.tsv"]
        with atomic_path(written[0]) as path, open(path, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **self.arrays())
        with atomic_path(written[1]) as path:
            path.write_text("\n".join(_voice_lines(self.voices)) + "\n", encoding="utf-8")
        for figure_name, figure in (self.plot() if plots else {}).items():
            paths = [folder / f"{name}.{figure_name}{ending}" for ending in ENDINGS]
            with ExitStack() as stack:
                save_figure(figure, [stack.enter_context(atomic_path(path)) for path in paths])
            written += paths
        return written


def _voice_lines(voices: Iterable[Voice]) -> Iterable[str]:
    """Lines of a TSV file."""
    yield "\t".join(Voice._fields)
    for each in voices:
        identity = "" if np.isnan(each.identity) else f"{each.identity:.4f}"
        numbers = (identity, str(each.motifs), f"{each.weight:.6f}", f"{each.share:.6f}")
        yield "\t".join((each.relative, each.species, *numbers))
