"""Which rows of pairs are one pair, whatever their records are called: the same two sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.motifs.kmers import canonical_sequence

if TYPE_CHECKING:
    import pandas as pd

PROTEIN, DNA = "protein_sequence", "dna_sequence"
"""Columns of pairs: equal numbers where the sequences are equal, of DNA on either strand."""

PAIR = [PROTEIN, DNA]
"""Columns that together say which pair a row is of."""


def number_sequences(
    pairs: pd.DataFrame, proteins: Mapping[str, str], dna: Mapping[str, str]
) -> pd.DataFrame:
    """The pairs with the columns `PROTEIN` and `DNA`, int64.

    Args:
        pairs: `protein_id` and `dna_id`.
        proteins, dna: id -> sequence, of all ids of the pairs.
    """
    columns = {}
    for name, column, sequences, key in (
        (PROTEIN, "protein_id", proteins, str.upper),
        (DNA, "dna_id", dna, canonical_sequence),
    ):
        number = equal_as_one(map(key, sequences.values()))
        of_id = dict(zip(sequences, number.tolist(), strict=True))
        columns[name] = pairs[column].map(of_id).astype(np.int64)
    return pairs.assign(**columns)


def equal_as_one(texts: Iterable[str]) -> np.ndarray:
    """A number for each text, int64, the same for equal ones; counted in order."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)


def pair_numbers(*tables: pd.DataFrame) -> list[np.ndarray]:
    """A number for each row of some tables, int64, the same for rows of one pair."""
    return [table[PROTEIN].to_numpy() << 32 | table[DNA].to_numpy() for table in tables]
