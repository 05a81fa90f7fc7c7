"""Answers as rows: one an alternative allele and protein."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dna_protein_bca.inference.background.curve import Curve, p_of
from dna_protein_bca.inference.reducers import RecordScores
from dna_protein_bca.inference.results import Rating

from .alleles import NO_DOMAIN, OK, Allele
from .effects import effects
from .sites import genomic_sites

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "chrom",
    "pos",
    "ref",
    "alt",
    "variant_id",
    "protein_id",
    "status",
    "score_ref",
    "score_alt",
    "delta_score",
    "p_value_ref",
    "p_value_alt",
    "delta_p",
    "effect",
    "start_ref",
    "end_ref",
    "strand_ref",
    "start_alt",
    "end_alt",
    "strand_alt",
)
"""Columns of the table, in order: `pos` is 1-based, sites are 0-based and half-open."""


class Answers(NamedTuple):
    """What was scored of a batch of alleles, each [p, q] for `q` of them that have windows.

    Attributes:
        alleles: all of the batch, scored or not.
        ref, alt: scores and best sites, by the coordinates of the windows.
    """

    alleles: Sequence[Allele]
    ref: RecordScores
    alt: RecordScores


class Rater(NamedTuple):
    """What makes rows of answers.

    Attributes:
        names: of the `p` proteins.
        rating: gives p-values.
        curves: what random changes do to the score of each protein, None where it has no known
            domain; None for no `delta_p`.
        site_p: see `effects`.
    """

    names: Sequence[str]
    rating: Rating
    curves: Sequence[Curve | None] | None
    site_p: float

    def rows(self, answers: Answers) -> pd.DataFrame:
        """A table with `COLUMNS`: alleles in their order, proteins inside them."""
        import pandas as pd

        alleles, count = answers.alleles, len(self.names)
        scored = np.array([allele.window is not None for allele in alleles], bool)
        protein = np.tile(np.arange(count), len(alleles))
        at = np.repeat(scored, count)
        values = self._values(answers, protein[at])
        named = ("chrom", "pos", "ref", "id")
        columns = {name: [getattr(each.variant, name) for each in alleles] for name in named}
        columns |= {"alt": [each.alt for each in alleles]}
        columns |= {"status": [each.status for each in alleles]}
        repeated = {name: np.repeat(np.array(v, object), count) for name, v in columns.items()}
        table = pd.DataFrame(repeated)
        table["pos"] = table["pos"].astype(np.int64)
        table["variant_id"] = table.pop("id").replace({"": None})
        table["protein_id"] = np.array(self.names, object)[protein]
        unknown = np.zeros(len(table), bool)
        unknown[at] = np.isnan(values["score_ref"])
        # A window that is all N has no score either, and its own status says why.
        table.loc[unknown & (table["status"] == OK), "status"] = NO_DOMAIN
        for name, part in values.items():
            table[name] = _spread(part, at)
        return table[list(COLUMNS)]

    def _values(self, answers: Answers, protein: np.ndarray) -> dict[str, np.ndarray]:
        """The columns of scored alleles, allele by allele: [q x p] each."""
        windows = [each.window for each in answers.alleles if each.window is not None]
        ref, alt = (RecordScores(*(v.T.ravel() for v in one)) for one in (answers.ref, answers.alt))
        sites_ref, sites_alt = genomic_sites(windows, len(self.names), ref, alt)
        known = ~np.isnan(ref.score)
        delta = alt.score - ref.score
        p_ref, p_alt = (
            self.rating.p_values(protein, one.score, np.repeat(lengths, len(self.names)))
            for one, lengths in (
                (ref, np.array([len(window.ref) for window in windows], np.int64)),
                (alt, np.array([len(window.alt) for window in windows], np.int64)),
            )
        )
        found = {
            "score_ref": ref.score,
            "score_alt": alt.score,
            "delta_score": delta,
            "p_value_ref": p_ref,
            "p_value_alt": p_alt,
            "delta_p": self._delta_p(protein, delta),
            "effect": effects(p_ref, p_alt, sites_ref, sites_alt, self.site_p),
        }
        strands = np.array(["+", "-"], object)
        for name, ends, one in (("ref", sites_ref, ref), ("alt", sites_alt, alt)):
            found[f"start_{name}"], found[f"end_{name}"] = (
                np.where(known, edge, -1) for edge in ends
            )
            found[f"strand_{name}"] = np.where(known, strands[one.strand], None)
        return found

    def _delta_p(self, protein: np.ndarray, delta: np.ndarray) -> np.ndarray:
        values = np.full(len(delta), np.nan)
        if self.curves is None:
            return values
        for row, curve in enumerate(self.curves):
            mine = protein == row
            if curve is not None:
                values[mine] = p_of(curve.levels(np.abs(delta[mine])))
        return values


def _spread(part: np.ndarray, at: np.ndarray) -> object:
    """A column of all rows: values at some of them, and missing at the others."""
    import pandas as pd

    if part.dtype.kind == "i":
        whole = np.full(len(at), -1, np.int64)
        whole[at] = part
        return pd.arrays.IntegerArray(whole, whole < 0)
    empty = None if part.dtype == object else np.nan
    values = np.full(len(at), empty, part.dtype)
    values[at] = part
    return values
