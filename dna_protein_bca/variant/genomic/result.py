"""`variant.dna`: what variants of a genome do to the binding of proteins, as one result."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dna_protein_bca.ensemble import AnyPredictor
from dna_protein_bca.errors import counted, listed, one_or_many
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.genome import Contigs
from dna_protein_bca.io.variants import VariantSource
from dna_protein_bca.plots.changes import Changes, draw_changes

from .effects import SITE_P
from .hints import SHOWN
from .stream import DNAVariantStream
from .table import COLUMNS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

LONGEST = 8
"""Bases of an allele that a picture shows."""


@dataclass(frozen=True)
class DNAVariants:
    """What variants do to binding.

    Attributes:
        table: a row an alternative allele and protein, with `COLUMNS`.
        counts: status -> alleles.
        site_p: the highest p-value of a site, by which effects are told.
    """

    table: pd.DataFrame
    counts: Mapping[str, int]
    site_p: float

    def plot(self, most: int = 20) -> Figure:
        """A panel a protein: the scores of both alleles of the variants that move it most.

        Args:
            most: variants of a panel, those with the largest change.

        Returns:
            A figure of matplotlib, coloured by effect; `figure.savefig(path)` writes it.

        Raises:
            ValueError: no allele was scored.
            ModuleNotFoundError: without matplotlib.
        """
        scored = self.table[self.table["score_ref"].notna()]
        chroms = scored["chrom"].unique()
        panels = []
        for name, part in scored.groupby("protein_id", sort=False):
            shown = part.iloc[part["delta_score"].abs().argsort(kind="stable")[::-1][:most]]
            where = shown["pos"].astype(str)
            if len(chroms) > 1:
                where = shown["chrom"] + ":" + where
            texts = where + " " + shown["ref"].map(_short) + ">" + shown["alt"].map(_short)
            ref, alt = shown[["score_ref", "score_alt"]].to_numpy(float).T
            effect = shown["effect"].fillna("").tolist()
            panels.append(Changes(str(name), texts.tolist(), ref, alt, effect))
        return draw_changes(panels, str(chroms[0]) if len(chroms) == 1 else "")


def _short(allele: str) -> str:
    """An allele as it is, or its first bases and how many there are."""
    return allele if len(allele) <= LONGEST else f"{allele[:3]}..({len(allele)})"


def dna(
    predictor: AnyPredictor,
    proteins: object,
    variants: VariantSource,
    genome: Sequences | Contigs,
    *,
    background: str | Path | BackgroundDNA = "uniform",
    aliases: Mapping[str, str] | None = None,
    site_p: float = SITE_P,
    change_p: bool = True,
    fast: bool = False,
    cache: bool = True,
    progress: Callable[[int], object] | None = None,
) -> DNAVariants:
    """What variants of a genome do to the binding of each protein.

    Args:
        predictor: of one set of weights, or an ensemble.
        proteins: see `BindingPredictor.encode`.
        variants: path of a VCF file or of a table with chrom, pos, ref and alt; a DataFrame with
            these columns; or an iterable of texts such as `chr1:12345:A:G` or of (chrom, pos, ref,
            alt). Positions are 1-based, as in VCF.
        genome: path of a FASTA file, plain or compressed with bgzip, or sequences from Python.
        background: DNA that p-values compare with; see `BindingPredictor.background`.
        aliases: see `match_chromosomes`.
        site_p: the highest p-value at which an allele counts as having a site.
        change_p: compute `delta_p`, for which random changes are simulated once a protein.
        fast: score with tables of k-mers, see `FastScoring`, which takes one set of weights.
        cache: keep what is simulated, and tables, in the user's cache folder, and look there first.
        progress: is called with the number of alleles that were scored.

    Returns:
        All rows; `DNAVariantStream` gives them in batches.

    Raises:
        InputError: no protein has a known domain; see also `BindingPredictor.encode`,
            `as_variants`, `Genome` and `BackgroundDNA.parse`.
    """
    import pandas as pd

    stream = DNAVariantStream(
        predictor,
        proteins,
        variants,
        genome,
        background=background,
        aliases=aliases,
        site_p=site_p,
        change_p=change_p,
        fast=fast,
        cache=cache,
        progress=progress,
    )
    tables = [batch.table for batch in stream]
    filled = [table for table in tables if len(table)] or tables[:1]
    table = pd.concat(filled, ignore_index=True)[list(COLUMNS)]
    warn(stream)
    return DNAVariants(table, dict(stream.tally.counts), site_p)


def warn(stream: DNAVariantStream) -> None:
    """Warn about proteins without a known domain, and about what may be wrong with the input."""
    if stream.unknown:
        log.warning(
            "%s %s no known DNA-binding domain, and no scores: %s",
            counted(len(stream.unknown), "protein"),
            one_or_many(len(stream.unknown), "has", "have"),
            listed(stream.unknown, SHOWN),
        )
    for hint in stream.tally.hints():
        log.warning("%s", hint)
