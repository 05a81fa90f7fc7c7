"""The validation proteins that have a JASPAR motif, judged by those motifs alone.

They come with the repository, in `data/validation`, so that the figure can be checked in a fresh
clone. With the data set's folder the same figure is taken from its own tables.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import motif_protein, read_meme
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.training.recipe.specificity_metrics import against_motif

KIT = Path(__file__).resolve().parents[1] / "data" / "validation"

SOURCE = "JASPAR"
"""How the sources of JASPAR's motifs begin."""

FIGURES = ("auroc", "average_precision", "spearman")

Motifs = Mapping[str, list[np.ndarray]]
"""The motifs of each protein, float32 [width, 4] each, by id in alphabetical order."""


def read_kit(folder: Path = KIT) -> tuple[dict[str, str], Motifs]:
    """Sequences and motifs of the proteins that come with the repository."""
    proteins = {one.id: one.sequence for one in read_fasta(folder / "proteins.fa", "protein")}
    motifs: dict[str, list[np.ndarray]] = {name: [] for name in sorted(proteins)}
    for motif in read_meme(folder / "motifs.meme"):
        motifs[motif_protein(motif.name)].append(motif.matrix)
    return proteins, motifs


def read_jaspar(data: Path) -> Motifs:
    """The same motifs from the data set's tables."""
    sources = specificity.read_sources(data)
    held_out = specificity.read_proteins(data, ("validation",)).index
    found: dict[str, list[np.ndarray]] = {}
    for motif in read_meme(data / "motifs.meme.gz"):
        name = motif_protein(motif.name)
        if name in held_out and sources[motif.name].startswith(SOURCE):
            found.setdefault(name, []).append(motif.matrix)
    return {name: found[name] for name in sorted(found)}


def score_kmers(
    predictor: BindingPredictor, proteins: Mapping[str, str], first: Collection[str]
) -> np.ndarray:
    """Scores of all 8-mers, float32 [proteins, 32896].

    `first` are scored by themselves: what is padded with them, and so the last digit of their
    scores, does not depend on which others there are.
    """
    words = canonical_kmers(8)
    dna = dict(zip(words, words, strict=True))
    parts = [list(first), [name for name in proteins if name not in first]]
    rows: dict[str, np.ndarray] = {}
    for names in filter(None, parts):
        matrix = predictor.score_matrix({name: proteins[name] for name in names}, dna)
        rows |= dict(zip(names, matrix, strict=True))
    return np.stack([rows[name] for name in proteins])


def judge(scores: Mapping[str, np.ndarray], motifs: Motifs) -> pd.DataFrame:
    """Figures of each protein; the truth is the mean score under its JASPAR motifs."""
    rows = []
    for name, ones in motifs.items():
        truth = mean_kmer_scores(ones)
        rows.append(against_motif(scores[name], truth))
    return pd.DataFrame(rows)


def row_name(motifs: Motifs) -> str:
    """What the row of these figures is called."""
    return f"JASPAR truth alone ({len(motifs)} proteins)"


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Means of rows in Markdown, with half of the bootstrap's 95% interval after each."""
    lines = ["| | AUROC | average precision | Spearman |", "|---|---|---|---|"]
    for name, found in rows.items():
        cells = []
        for figure in FIGURES:
            low, high = found[figure]["interval"]
            cells.append(f"{found[figure]['mean']:.3f} ± {(high - low) / 2:.3f}")
        lines.append(f"| {' | '.join([name, *cells])} |")
    return "\n".join(lines)
