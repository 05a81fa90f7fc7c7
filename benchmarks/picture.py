"""The picture of the README: what one protein prefers, and where it sits on one piece of DNA.

    python benchmarks/picture.py [--model NAME] [--output docs/example.png]

Above stands the motif that `dna-protein-bca motif` predicts for the protein, a letter as high as
the information of its base; below the score of every position of a DNA of data/example_dna.fa on
both strands, with the site that `dna-protein-bca predict` reports. Needs matplotlib:
`pip install 'dna-protein-bca[examples]'`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D
except ModuleNotFoundError:
    sys.exit("Error: the picture needs matplotlib: pip install 'dna-protein-bca[examples]'")

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import column_information
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.resources import data_path

PROTEIN, DNA = "RUNX1", "RUNX1_site_1"
COLORS = {"A": "#2a9d3f", "C": "#2a5fd0", "G": "#e0a100", "T": "#d0342c"}
LOWEST = -25.0
"""Scores below are drawn here: how much less than nothing does not matter."""


def record(name: str, file: str, kind: str) -> tuple[str, str]:
    """Id and sequence of one of the records in data/."""
    records = read_fasta(data_path(file), kind)  # type: ignore[arg-type]
    return next((one.id, one.sequence) for one in records if one.id == name)


@torch.inference_mode()
def track(predictor: BindingPredictor, protein: tuple[str, str], dna: str) -> np.ndarray:
    """The logit of a site whose middle base is this one: float [bases, 2], `+` and `-`."""
    (block,) = predictor.encode([protein]).blocks
    ids, mask = DNATokenizer().encode([dna])
    return predictor.model(ids[None], mask[None], block.state).position[0, 0].numpy()


def draw_logo(axis: Axes, motif: np.ndarray) -> None:
    """Letters as high as probability x information, the likeliest on top."""
    information = column_information(motif)
    for column, (row, bits) in enumerate(zip(motif, information, strict=True)):
        floor = 0.0
        for base in np.argsort(row):
            letter, height = "ACGT"[base], row[base] * bits
            path = TextPath((0, 0), letter, size=1)
            box = path.get_extents()
            place = (
                Affine2D()
                .translate(-box.x0, -box.y0)
                .scale(0.9 / box.width, height / box.height)
                .translate(column + 0.05, floor)
            )
            axis.add_patch(PathPatch(place.transform_path(path), color=COLORS[letter], lw=0))
            floor += height
    axis.set(xlim=(0, len(motif)), ylim=(0, 2), ylabel="bits", xticks=[], yticks=[0, 1, 2])


def draw(path: Path, motif: np.ndarray, scores: np.ndarray, site: tuple[int, int, str]) -> None:
    """The logo above the scores."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    logo, along = figure.subplots(2, 1, height_ratios=(1, 1.2))
    draw_logo(logo, motif)
    logo.set_title(f"The DNA that {PROTEIN} prefers, predicted from its sequence", loc="left")
    for strand, sign, color in ((0, "+", "#264653"), (1, "-", "#e76f51")):
        along.plot(scores[:, strand].clip(LOWEST), color=color, lw=1.2, label=f"strand {sign}")
    start, end, strand = site
    along.axvspan(start - 0.5, end - 0.5, color="#ffd166", alpha=0.6, lw=0)
    along.set(xlim=(0, len(scores) - 1), xlabel=f"position in {DNA} (bp)", ylabel="score")
    along.set_title(f"Its score along a DNA: best site {start}-{end}, strand {strand}", loc="left")
    along.legend(loc="upper right", frameon=False)
    for axis in (logo, along):
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=100, metadata={"Software": None})


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--output", type=Path, default=Path("docs/example.png"))
    parser.add_argument("--smoke", action="store_true", help="draw it, and keep nothing")
    args = parser.parse_args()
    if args.smoke:
        with TemporaryDirectory() as folder:
            picture(args.model, Path(folder) / "example.png")
    else:
        picture(args.model, args.output)


def picture(model: str | None, output: Path) -> None:
    """Predict and draw."""
    predictor = BindingPredictor.from_pretrained(model, "cpu", threads=1)
    protein = record(PROTEIN, "example_proteins.fa", "protein")
    dna = record(DNA, "example_dna.fa", "dna")
    (row,) = predictor.predict([protein], [dna], background=None).itertuples()
    motif = predictor.motif([protein])[PROTEIN][0]
    draw(output, motif, track(predictor, protein, dna[1]), (row.start, row.end, row.strand))
    print(f"{output}: {PROTEIN} on {DNA}, {row.start}-{row.end} {row.strand}")


if __name__ == "__main__":
    main()
