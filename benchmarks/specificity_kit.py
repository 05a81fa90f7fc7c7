"""The validation proteins that have a JASPAR motif, judged by those motifs alone.

They come with the repository, in `data/validation`, so that the metrics can be checked in a fresh
clone. With the folder of the data set, the same metrics are computed from its tables.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd
from tqdm import tqdm

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

PROTEINS_A_MINUTE = (10, 4)
"""Proteins whose 8-mers are all scored in a minute of a fast and of a slow CPU core, about."""

LINES_OF_PROGRESS = 10
"""Where standard error is no terminal."""

METRICS = ("auroc", "average_precision", "spearman")


class Mean(TypedDict):
    """The mean of a metric over proteins, and the bootstrap's 95% interval."""

    mean: float
    interval: list[float]


Motifs = Mapping[str, list[np.ndarray]]
"""The motifs of each protein, float32 [width, 4] each, by id in alphabetical order."""


def read_kit(folder: Path = KIT) -> tuple[dict[str, str], Motifs]:
    """Sequences and motifs of the proteins that come with the repository."""
    records = read_fasta(folder / "proteins.fa", "protein")
    proteins = {record.id: record.sequence for record in records}
    motifs: dict[str, list[np.ndarray]] = {name: [] for name in sorted(proteins)}
    for motif in read_meme(folder / "motifs.meme"):
        motifs[motif_protein(motif.name)].append(motif.matrix)
    return proteins, motifs


def read_jaspar(data: Path) -> Motifs:
    """The same motifs from the tables of the data set."""
    sources = specificity.read_sources(data)
    held_out = specificity.read_proteins(data, ("validation",)).index
    motifs: dict[str, list[np.ndarray]] = {}
    for motif in read_meme(data / "motifs.meme.gz"):
        name = motif_protein(motif.name)
        if name in held_out and sources[motif.name].startswith(SOURCE):
            motifs.setdefault(name, []).append(motif.matrix)
    return {name: motifs[name] for name in sorted(motifs)}


def score_kmers(
    predictor: BindingPredictor, proteins: Mapping[str, str], first: Collection[str]
) -> np.ndarray:
    """Scores of all 8-mers, float32 [proteins, 32896].

    `first` are scored separately from the others, so that their batches, on which the last digit of
    a score depends, are the same whichever other proteins there are.
    """
    words = canonical_kmers(8)
    parts = [list(first), [name for name in proteins if name not in first]]
    rows: dict[str, np.ndarray] = {}
    for names in filter(None, parts):
        fewest, most = (-(-len(names) // speed) for speed in PROTEINS_A_MINUTE)
        print(
            f"scoring {len(words):,} 8-mers for each of {len(names)} proteins: about {fewest} to "
            f"{most} minutes of one CPU core",
            file=sys.stderr,
            flush=True,
        )
        dna = ((word, word) for word in with_progress(words))
        matrix = predictor.score_matrix({name: proteins[name] for name in names}, dna)
        rows |= dict(zip(names, matrix, strict=True))
    return np.stack([rows[name] for name in proteins])


def with_progress(words: Collection[str]) -> Iterator[str]:
    """The 8-mers as they are read, with a bar on a terminal, and otherwise a line now and then."""
    if sys.stderr.isatty():
        yield from tqdm(words, unit=" 8-mers", unit_scale=True, leave=False)
        return
    step = -(-len(words) // LINES_OF_PROGRESS)
    for done, word in enumerate(words):
        if done and done % step == 0:
            print(f"{done:,} of {len(words):,} 8-mers", file=sys.stderr, flush=True)
        yield word


def judge(scores: Mapping[str, np.ndarray], motifs: Motifs) -> pd.DataFrame:
    """Metrics of each protein; the truth is the mean score under its JASPAR motifs."""
    rows = []
    for name, of_protein in motifs.items():
        truth = mean_kmer_scores(of_protein)
        rows.append(against_motif(scores[name], truth))
    return pd.DataFrame(rows)


def row_name(motifs: Motifs) -> str:
    """The name of the row of these metrics."""
    return f"JASPAR truth alone ({len(motifs)} proteins)"


def table(rows: Mapping[str, Mapping[str, Mean]]) -> str:
    """Means of rows in Markdown, with half of the bootstrap's 95% interval after each."""
    lines = ["| | AUROC | average precision | Spearman |", "|---|---|---|---|"]
    for name, row in rows.items():
        cells = []
        for metric in METRICS:
            low, high = row[metric]["interval"]
            cells.append(f"{row[metric]['mean']:.3f} ± {(high - low) / 2:.3f}")
        lines.append(f"| {' | '.join([name, *cells])} |")
    return "\n".join(lines)
