"""Held-out proteins of the specificity data set, and what is measured of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import specificity_kit

from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.meme import read_meme
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.relatives import MeasuredProteins, Relative
from dna_protein_bca.training.recipe.specificity_metrics import against_array, against_motif


@dataclass(frozen=True)
class Targets:
    """Proteins to predict, one kind of truth.

    Attributes:
        table: `protein_id`, `family`, `nearest_identity`, `sequence`.
        motifs: the measured motifs of each; relatives: the measured training proteins, nearest
            first.
        judge: (score, truth) of all 8-mers -> metrics of one protein.
        truth: float [proteins, 32896].
        jaspar: the JASPAR motifs of those that have some.
    """

    table: pd.DataFrame
    motifs: list[list[np.ndarray]]
    relatives: list[list[Relative]]
    judge: Callable[[np.ndarray, np.ndarray], dict[str, float]]
    truth: np.ndarray
    jaspar: specificity_kit.Motifs = field(default_factory=dict)

    @property
    def proteins(self) -> dict[str, str]:
        return dict(zip(self.table.protein_id, self.table.sequence, strict=True))


def training_proteins(data: Path) -> MeasuredProteins:
    """The measured proteins that heldout weights and baselines may know."""
    table = specificity.read_proteins(data, ("train",)).reset_index()
    return MeasuredProteins.from_tables(table, read_meme(data / "motifs.meme.gz"))


def motif_targets(data: Path, measured: MeasuredProteins) -> Targets:
    """The validation proteins; their truth is the mean score under their measured motifs."""
    table, relatives = _targets(data, "motif", measured)
    by_protein = specificity.read_motifs(data, table.protein_id)
    motifs = [by_protein[name] for name in table.protein_id]
    truth = np.stack([mean_kmer_scores(of_protein) for of_protein in motifs])
    jaspar = specificity_kit.read_jaspar(data)
    return Targets(table, motifs, relatives, against_motif, truth, jaspar)


def array_targets(data: Path, measured: MeasuredProteins) -> Targets:
    """The nine proteins of the test; their truth is the E-score."""
    table, relatives = _targets(data, "pbm", measured)
    scores = specificity.read_pbm(data).loc[list(canonical_kmers(8)), table.protein_id]
    return Targets(table, [[] for _ in table.index], relatives, against_array, scores.to_numpy().T)


def _targets(
    data: Path, kind: str, measured: MeasuredProteins
) -> tuple[pd.DataFrame, list[list[Relative]]]:
    table = pd.read_csv(data / "baselines.tsv", sep="\t").query("kind == @kind")
    table = table[["protein_id", "family", "nearest_identity"]].reset_index(drop=True)
    proteins = specificity.read_proteins(data, ("validation", "validation-pbm"))
    table["sequence"] = proteins.loc[table.protein_id, "sequence"].to_numpy()
    pairs = list(zip(table.protein_id, table.sequence, strict=True))
    relatives = [
        measured.nearest(domains, sequence, None)
        for (_, sequence), domains in zip(pairs, find_domains(pairs), strict=True)
    ]
    return table, relatives
