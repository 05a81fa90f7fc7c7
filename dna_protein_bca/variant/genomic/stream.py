"""Variants through a predictor, a batch at a time: memory grows with none of their number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dna_protein_bca import __version__
from dna_protein_bca.ensemble import AnyPredictor, sets_of_weights
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.genome import Contigs, Genome, as_contigs
from dna_protein_bca.io.shards import WHOLE, Shard
from dna_protein_bca.io.variants import Variant, VariantSource, as_variants

from .alleles import Allele, Locator
from .effects import SITE_P
from .fast import FastScoring
from .hints import Tally
from .scores import ExactScoring, Scoring, members_of
from .table import Answers, Rater

if TYPE_CHECKING:
    import pandas as pd

PAIRS = 1 << 14
"""Alleles x proteins of a batch."""


PROGRAM = "dna-protein-bca"
"""What notes on a result are of."""


FAST_SCORES = "fast: of tables of 10-mers, and of the motifs alone where these are high"
"""What a file says of fast scores."""


class Batch(NamedTuple):
    """Some variants and their rows.

    Attributes:
        variants: in the order of the source.
        table: of `COLUMNS`, variants outermost, then alternative alleles, then proteins.
        rows: how many rows each variant has.
    """

    variants: list[Variant]
    table: pd.DataFrame
    rows: list[int]


class DNAVariantStream:
    """Scores variants as they are read; iterate over it once for batches.

    See `variant.genomic.dna` for the arguments; `shard` takes every so many of the batches.

    Attributes:
        header: lines of the VCF file that is read; none of another source.
        lengths: contig -> bp of the genome.
        names: of the proteins.
        unknown: the proteins without a known domain, which have no scores.
        scoring: how the alleles are scored.
        tally: how many alleles had which status, so far.
    """

    def __init__(
        self,
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
        shard: Shard = WHOLE,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        if not 0 < site_p <= 1:
            raise InputError(f"site-p {site_p:g}: give a p-value above 0, and at most 1")
        self._source = as_variants(variants)
        contigs = random_access(genome)
        self.header, self.lengths = list(self._source.header), contigs.lengths
        encoded = predictor.encode(proteins)  # type: ignore[arg-type]
        first = members_of(predictor, encoded)[0][1]
        self.names = first.ids
        known = {row for block in first.blocks for row in block.rows.tolist()}
        self.unknown = [name for row, name in enumerate(self.names) if row not in known]
        if not known:
            raise InputError(
                "no protein has a known DNA-binding domain, so that no variant can be scored: give "
                "proteins with one (docs/families.md lists them)"
            )
        dna = BackgroundDNA.parse(background)
        self.scoring: Scoring = (FastScoring if fast else ExactScoring)(
            predictor, encoded, dna, cache
        )
        self._change_p, self._site_p = change_p, site_p
        tile = min(member.model.config.tile for member in sets_of_weights(predictor))
        self._locator = Locator(contigs, aliases, tile, self.scoring.shortest)
        self._progress, self._shard = progress, shard
        self.tally = Tally(self._source.path, contigs, aliases)

    def __iter__(self) -> Iterator[Batch]:
        """Batches in the order of the source; one without rows where there is no variant.

        Raises:
            InputError: see `as_variants` and `Genome.fetch`.
        """
        units = _units(self._source, max(1, PAIRS // len(self.names)))
        for variants in self._shard.take(units):
            found = [list(self._locator.alleles(variant)) for variant in variants]
            table = self._rows([allele for alleles in found for allele in alleles])
            yield Batch(variants, table, [len(alleles) * len(self.names) for alleles in found])

    def _rows(self, alleles: list[Allele]) -> pd.DataFrame:
        for allele in alleles:
            self.tally.add(allele)
        windows = [allele.window for allele in alleles if allele.window is not None]
        table = self._rater.rows(Answers(alleles, *self.scoring.pairs(windows)))
        if self._progress is not None:
            self._progress(len(alleles))
        return table

    @cached_property
    def _rater(self) -> Rater:
        """Made when it is first needed, for it simulates what random changes do."""
        curves = self.scoring.changes() if self._change_p else None
        return Rater(self.names, self.scoring.rating, curves, self._site_p)


def _units(variants: Iterable[Variant], most: int) -> Iterator[list[Variant]]:
    """Variants with so many alleles or just more; an empty list where there are none."""
    unit: list[Variant] = []
    held, given = 0, False
    for variant in variants:
        unit.append(variant)
        held += max(1, len(variant.alts))
        if held >= most:
            yield unit
            unit, held, given = [], 0, True
    if unit or not given:
        yield unit


def random_access(genome: Sequences | Contigs) -> Contigs:
    """A genome of which variants in any order can be read.

    Raises:
        InputError: see `Genome` and `as_contigs`.
    """
    return Genome(genome) if isinstance(genome, str | os.PathLike) else as_contigs(genome)


def variant_notes(
    background: str | Path, weights: str, site_p: float, fast: bool = False
) -> dict[str, str]:
    """How variants were scored, for the header of a VCF and the metadata of a Parquet file."""
    return {
        PROGRAM: f"variant dna, version {__version__}",
        "weights": weights,
        "background": str(background),
        "site-p": f"{site_p:g}",
        **({"scores": FAST_SCORES} if fast else {}),
    }
