"""Mutations of proteins -> what each does to binding, as tables."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dna_protein_bca.ensemble import AnyPredictor, sets_of_weights
from dna_protein_bca.errors import InputError, counted, listed, one_or_many
from dna_protein_bca.inference.background import UNIFORM, BackgroundDNA
from dna_protein_bca.inference.encoding import readable_proteins
from dna_protein_bca.io.fasta import SequenceRecord, Sequences, as_records
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.mutations import Mutant

from .loss import mutant_losses
from .pairs import OF_PAIR, PairScores
from .places import PLACE_COLUMNS, Places
from .read import Asked, Mutations, every_substitution, mutant_records, read_mutations
from .result import ProteinVariants
from .specificity import (
    BOUND,
    Difference,
    KmerScores,
    KmerSpecificity,
    compare_kmers,
    mean_scores,
)
from .wild import WildType, contact_weights, losses_of

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

COLUMNS = (
    "protein_id",
    "mutation",
    *PLACE_COLUMNS[:5],
    "loss",
    "specificity_change",
    "kmers_gained",
    "kmers_lost",
    *PLACE_COLUMNS[5:],
)
"""Columns of a table of mutations."""

SITE_COLUMNS = ("mean_delta_score", "sites_gained", "sites_lost")
"""Those that follow where there is DNA."""

PAIR_COLUMNS = (
    "protein_id",
    "mutation",
    "dna_id",
    *OF_PAIR,
    "wild_score",
    "wild_p_value",
    "delta_score",
)
"""Columns of a table of mutations and DNA."""

SITE_P = 0.01
"""P-value up to which a DNA counts as bound."""

MUTANTS = 64
"""Mutants that are worked on together."""

SHOWN = 3
"""Ids that a warning names."""


class Effects(NamedTuple):
    """What some mutations do.

    Attributes:
        table: with `COLUMNS`, and `SITE_COLUMNS` where there is DNA.
        pairs: with `PAIR_COLUMNS`; None without DNA.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame | None


def table_columns(dna: bool) -> tuple[str, ...]:
    """Columns of a table of mutations, with DNA or without."""
    return (*COLUMNS, *SITE_COLUMNS) if dna else COLUMNS


def protein(
    predictor: AnyPredictor,
    proteins: Sequences,
    mutations: Mutations | None = None,
    **options: Any,
) -> ProteinVariants:
    """What mutations of proteins do to their binding; see `protein_stream` for the options.

    Example:
        `variant.protein(predictor, "proteins.fa", ["MAX:R36W"]).table`
    """
    import pandas as pd

    study = protein_stream(predictor, proteins, mutations, **options)
    chunks = list(study)
    table = pd.concat([chunk.table for chunk in chunks], ignore_index=True)
    parts = [chunk.pairs for chunk in chunks if chunk.pairs is not None]
    pairs = pd.concat(parts, ignore_index=True) if parts else None
    return ProteinVariants(table, pairs, study.wild_types())


def protein_stream(
    predictor: AnyPredictor,
    proteins: Sequences,
    mutations: Mutations | None = None,
    *,
    scan: bool = False,
    dna: Sequences | None = None,
    background: str | Path | BackgroundDNA | None = UNIFORM,
    site_p: float = SITE_P,
) -> MutantStudy:
    """The same in chunks, for many mutations.

    Args:
        predictor: one set of weights with measured proteins, or an ensemble: losses, 8-mers and
            scores are then means; contacts, log-odds and `seen_in` are those of the first set that
            knows them.
        proteins: the wild types: FASTA path, dict or pairs. They are what losses refer to.
        mutations: path of a table with `protein_id` and `mutation`, a DataFrame, `PROTEIN:MUTATION`
            or (protein_id, mutation) of each.
        scan: all substitutions in the proteins' domains, after `mutations` if there are any.
        dna: DNA on which wild types and mutants are scored exactly, as `predict` does.
        background: DNA that p-values compare with; None for no p-values.
        site_p: p-value up to which a DNA counts as bound.

    Raises:
        InputError: a broken record or mutation, see `read_mutations`; neither mutations nor `scan`;
            no domain to scan; weights without measured proteins.
    """
    if mutations is None and not scan:
        raise InputError("no mutations: give some, or scan for all substitutions in the domains")
    records = readable_proteins(proteins)
    domains = find_domains([(r.id, r.sequence) for r in records], threads=predictor.threads or 0)
    asked = [] if mutations is None else read_mutations(mutations, records)
    if scan:
        asked += every_substitution(records, domains)
    if not asked and scan:
        raise InputError(
            "no protein has a known DNA-binding domain, so that there is nothing to scan: give "
            "proteins with one (docs/families.md lists them)"
        )
    if not asked:
        raise InputError("no mutations: give some, or scan for all substitutions in the domains")
    pairs = None
    if dna is not None:
        pairs = PairScores(predictor, list(as_records(dna, "dna")), background)
    return MutantStudy(predictor, records, domains, asked, pairs, site_p)


class MutantStudy:
    """Mutations that are asked for; iterate for `Effects` of some at a time, in their order.

    Attributes:
        asked: the mutations.
    """

    def __init__(
        self,
        predictor: AnyPredictor,
        records: Sequence[SequenceRecord],
        domains: Sequence[Sequence[Domain]],
        asked: Sequence[Asked],
        pairs: PairScores | None,
        site_p: float,
    ) -> None:
        self.asked, self._pairs, self._site_p = asked, pairs, site_p
        self._losses = losses_of(predictor)
        self._kmers = [
            KmerSpecificity(member.scorer, member.relative_motifs)
            for member in sets_of_weights(predictor)
        ]
        self._predictor, self._records, self._domains = predictor, records, domains
        self._wild: dict[int, WildType] = {}

    def __len__(self) -> int:
        return len(self.asked)

    def __iter__(self) -> Iterator[Effects]:
        without: dict[str, None] = {}
        for row, group in groupby(self.asked, lambda asked: asked.protein):
            mutants = list(group)
            wild = self._wild_type(row)
            if not wild.domains:
                without[wild.record.id] = None
            for first in range(0, len(mutants), MUTANTS):
                yield self._effects(wild, mutants[first : first + MUTANTS])
        if without:
            log.warning(
                "%s %s no known DNA-binding domain, so that nothing is known of mutations: %s",
                counted(len(without), "protein"),
                one_or_many(len(without), "has", "have"),
                listed(list(without), SHOWN),
            )

    def contacts_first(self) -> None:
        """Of each protein, ask about substitutions of contacts before all other mutations."""
        rows = {each.protein for each in self.asked}
        contacts = {row: self._wild_type(row).contacts() for row in rows}

        def rank(each: Asked) -> tuple[int, bool]:
            touched = contacts[each.protein][list(each.mutant.positions)]
            return each.protein, not touched.any()

        self.asked = sorted(self.asked, key=rank)

    def wild_types(self) -> dict[str, WildType]:
        """The wild types by their ids, as far as the study has come."""
        return {wild.record.id: wild for wild in self._wild.values()}

    def _wild_type(self, row: int) -> WildType:
        if row not in self._wild:
            record, domains = self._records[row], tuple(self._domains[row])
            assert self._predictor.measured is not None
            places = Places(
                record.sequence,
                domains,
                self._predictor.measured,
                self._losses[0],
                contact_weights(self._predictor),
            )
            (kmers,) = self._kmer_scores([record], [domains])
            self._wild[row] = WildType(record, domains, places, kmers)
        return self._wild[row]

    def _effects(self, wild: WildType, asked: Sequence[Asked]) -> Effects:
        import pandas as pd

        mutants = [each.mutant for each in asked]
        records = mutant_records(wild.record.id, mutants)
        named = [(record.id, record.sequence) for record in records]
        domains = find_domains(named, threads=self._predictor.threads or 0)
        loss = mutant_losses(self._losses, wild.record.sequence, wild.domains, mutants, domains)
        kmers = self._kmer_scores(records, domains)
        rows = [
            _row(wild, mutant, cost, _compared(wild.kmers, of_mutant, cost))
            for mutant, of_mutant, cost in zip(mutants, kmers, loss.mean(0).tolist(), strict=True)
        ]
        table = pd.DataFrame(rows).astype({"kmers_gained": "Int64", "kmers_lost": "Int64"})
        if self._pairs is None:
            return Effects(table[list(COLUMNS)], None)
        parts = list(self._pairs.of(wild.record, records, np.nan_to_num(loss)))
        for part, mutant in zip(parts, mutants, strict=True):
            part.insert(0, "protein_id", wild.record.id)
            part.insert(1, "mutation", mutant.text)
        sites = pd.DataFrame([_sites(part, self._site_p) for part in parts])
        sites = sites.astype(dict.fromkeys(SITE_COLUMNS[1:], "Int64"))
        table = pd.concat([table, sites], axis=1)
        pairs = pd.concat(parts, ignore_index=True)
        return Effects(table[list(table_columns(True))], pairs[list(PAIR_COLUMNS)])

    def _kmer_scores(
        self, records: Sequence[SequenceRecord], domains: Sequence[Sequence[Domain]]
    ) -> Iterator[KmerScores | None]:
        """The 8-mers of each protein by the mean of the sets of weights."""
        by_set = [kmers.scores(records, domains) for kmers in self._kmers]
        return map(mean_scores, zip(*by_set, strict=True))


def _row(wild: WildType, mutant: Mutant, loss: float, difference: Difference) -> dict[str, object]:
    """`COLUMNS` of one mutation."""
    return {
        "protein_id": wild.record.id,
        "mutation": mutant.text,
        "loss": loss,
        **wild.places.of(mutant),
        "specificity_change": difference.specificity_change,
        "kmers_gained": difference.gained,
        "kmers_lost": difference.lost,
    }


def _compared(wild: KmerScores | None, mutant: KmerScores | None, loss: float) -> Difference:
    """A mutant's 8-mers beside the wild type's; one without a domain has lost all."""
    if wild is None:
        return Difference(None, None, None)
    if mutant is None:
        return Difference(None, 0, BOUND)
    return compare_kmers(wild, mutant, loss)


def _sites(pairs: pd.DataFrame, site_p: float) -> dict[str, object]:
    """`SITE_COLUMNS` of one mutation."""
    values: dict[str, object] = dict.fromkeys(SITE_COLUMNS)
    values["mean_delta_score"] = pairs["delta_score"].mean()
    if pairs["wild_p_value"].notna().any():
        before, after = pairs["wild_p_value"] <= site_p, pairs["p_value"] <= site_p
        values["sites_gained"] = int((after & ~before).sum())
        values["sites_lost"] = int((before & ~after).sum())
    return values
