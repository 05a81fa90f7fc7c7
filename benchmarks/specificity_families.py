"""No family should be below its relatives: AUROC by family, beside `relatives20`.

The validation proteins count with all 8-mers, whose truth is their motifs; proteins of the split
`excluded` with genomic windows, told from windows of other families. `relatives20` is scored alike.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dna_protein_bca.evaluation.bootstrap import compare

FEWEST = 5
"""Proteins from which on a family must not be below its relatives."""

Areas = Mapping[str, Mapping[str, float]]
"""`model` and `relatives20` -> protein -> AUROC."""


def report(kmers: Areas, sites: Areas, families: Mapping[str, str]) -> pd.DataFrame:
    """Print and return a row a family: proteins, both means, and the difference.

    Args:
        kmers, sites: of the two kinds of proteins.
        families: protein -> family.
    """
    areas = pd.concat([pd.DataFrame(kmers), pd.DataFrame(sites)]).dropna()
    rows = []
    for family, part in areas.groupby(areas.index.map(families)):
        model, baseline = (part[name].to_numpy() for name in ("model", "relatives20"))
        versus = compare(model, baseline, seed=0)
        low, high = versus["interval"] if versus else (np.nan, np.nan)
        row = (family, len(part), model.mean(), baseline.mean(), (model - baseline).mean())
        rows.append((*row, low, high))
    columns = ["family", "proteins", "model", "relatives20", "difference", "low", "high"]
    table = pd.DataFrame(rows, columns=columns).sort_values("proteins", ascending=False)
    below = table[(table.proteins >= FEWEST) & (table.high < 0)]
    print(f"\nFamilies, {len(areas)} proteins: AUROC, and the 95% interval of the difference")
    print(table.round(3).to_string(index=False, na_rep=""))
    print(f"families of {FEWEST} or more that are below: {', '.join(below.family) or 'none'}")
    return table
