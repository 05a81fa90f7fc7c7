"""Variants through a predictor, a batch at a time: memory grows with none of their number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dna_protein_bca import __version__
from dna_protein_bca.ensemble import AnyPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.inference.changes import change_curves
from dna_protein_bca.inference.results import Rating
from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.genome import Contigs, Genome, as_contigs
from dna_protein_bca.io.variants import Variant, VariantSource, as_variants

from .alleles import Allele, Locator
from .effects import SITE_P
from .hints import Tally
from .scores import members_of, score_windows
from .table import Answers, Rater

if TYPE_CHECKING:
    import pandas as pd

PAIRS = 1 << 14
"""Alleles x proteins of a batch."""


PROGRAM = "dna-protein-bca"
"""What notes on a result are of."""


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

    See `variant.genomic.dna` for the arguments.

    Attributes:
        header: lines of the VCF file that is read; none of another source.
        lengths: contig -> bp of the genome.
        names: of the proteins.
        unknown: the proteins without a known domain, which have no scores.
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
        progress: Callable[[int], object] | None = None,
    ) -> None:
        if not 0 < site_p <= 1:
            raise InputError(f"site-p {site_p:g}: give a p-value above 0, and at most 1")
        self._source = as_variants(variants)
        contigs = random_access(genome)
        self.header, self.lengths = list(self._source.header), contigs.lengths
        encoded = predictor.encode(proteins)  # type: ignore[arg-type]
        self._members = members_of(predictor, encoded)
        first = self._members[0][1]
        self.names = first.ids
        known = {row for block in first.blocks for row in block.rows.tolist()}
        self.unknown = [name for row, name in enumerate(self.names) if row not in known]
        if not known:
            raise InputError(
                "no protein has a known DNA-binding domain, so that no variant can be scored: give "
                "proteins with one (docs/families.md lists them)"
            )
        self._dna = BackgroundDNA.parse(background)
        self._rating = Rating(predictor, encoded, self._dna)
        self._change_p, self._site_p = change_p, site_p
        tile = min(member.model.config.tile for member, _ in self._members)
        self._locator = Locator(contigs, aliases, tile)
        self._progress = progress
        self.tally = Tally(self._source.path, contigs, aliases)

    def __iter__(self) -> Iterator[Batch]:
        """Batches in the order of the source; one without rows where there is no variant.

        Raises:
            InputError: see `as_variants` and `Genome.fetch`.
        """
        most = max(1, PAIRS // len(self.names))
        variants: list[Variant] = []
        alleles: list[Allele] = []
        rows: list[int] = []
        given = False
        for variant in self._source:
            found = list(self._locator.alleles(variant))
            variants.append(variant)
            alleles += found
            rows.append(len(found) * len(self.names))
            if len(alleles) >= most:
                yield Batch(variants, self._rows(alleles), rows)
                variants, alleles, rows, given = [], [], [], True
        if alleles or not given:
            yield Batch(variants, self._rows(alleles), rows)

    def _rows(self, alleles: list[Allele]) -> pd.DataFrame:
        for allele in alleles:
            self.tally.add(allele)
        windows = [allele.window for allele in alleles if allele.window is not None]
        texts = [window.ref for window in windows] + [window.alt for window in windows]
        scores = score_windows(self._members, texts)
        ref, alt = (
            type(scores)(*(values[:, part] for values in scores))
            for part in (slice(0, len(windows)), slice(len(windows), None))
        )
        table = self._rater.rows(Answers(alleles, ref, alt))
        if self._progress is not None:
            self._progress(len(alleles))
        return table

    @cached_property
    def _rater(self) -> Rater:
        """Made when it is first needed, for it simulates what random changes do."""
        curves: list[Curve | None] | None = None
        if self._change_p:
            scorers = [member.scorer for member, _ in self._members]
            encoded = [proteins for _, proteins in self._members]
            progress = any(member.progress for member, _ in self._members)
            curves = change_curves(scorers, encoded, self._dna, progress=progress)
        return Rater(self.names, self._rating, curves, self._site_p)


def random_access(genome: Sequences | Contigs) -> Contigs:
    """A genome of which variants in any order can be read.

    Raises:
        InputError: see `Genome` and `as_contigs`.
    """
    return Genome(genome) if isinstance(genome, str | os.PathLike) else as_contigs(genome)


def variant_notes(background: str | Path, weights: str, site_p: float) -> dict[str, str]:
    """How variants were scored, for the header of a VCF and the metadata of a Parquet file."""
    return {
        PROGRAM: f"variant dna, version {__version__}",
        "weights": weights,
        "background": str(background),
        "site-p": f"{site_p:g}",
    }
