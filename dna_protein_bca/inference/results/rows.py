"""Answers as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import RecordScores

from .columns import AFFINITY, COLUMNS
from .ratings import Rating

if TYPE_CHECKING:
    import pandas as pd


def all_against_all(
    encoded: EncodedProteins,
    rating: Rating,
    dna_ids: Sequence[str],
    length: np.ndarray,
    answers: RecordScores,
) -> pd.DataFrame:
    """Answers [p, r] as rows, DNA outermost; see `pair_rows`.

    Args:
        dna_ids: of the `r` records; length: int64 [r], in bp.
    """
    count = len(encoded.ids)
    flat = RecordScores(*(values.T.reshape(1, -1) for values in answers))
    protein = np.tile(np.arange(count), len(dna_ids))
    dna, length = (np.repeat(np.array(each), count) for each in (np.array(dna_ids, object), length))
    return pair_rows(encoded, rating, protein, dna, length, flat)


def pair_rows(
    encoded: EncodedProteins,
    rating: Rating,
    protein: np.ndarray,
    dna_ids: np.ndarray,
    length: np.ndarray,
    answers: RecordScores,
) -> pd.DataFrame:
    """One row a pair.

    Args:
        rating: gives p-values and probabilities, and affinities where it can.
        protein: int64 [q], rows of `encoded`.
        dna_ids: object [q]; length: int64 [q], in bp.
        answers: [1, q].
    """
    import pandas as pd

    score, start, end, strand = (values[0] for values in answers)
    missing = np.isnan(score)

    def of_protein(values: Sequence[str | None]) -> np.ndarray:
        return np.array(values, dtype=object)[protein]

    table = pd.DataFrame(
        {
            "protein_id": of_protein(encoded.ids),
            "dna_id": dna_ids,
            "score": score,
            "start": pd.arrays.IntegerArray(start, missing),
            "end": pd.arrays.IntegerArray(end, missing),
            "strand": np.where(missing, None, np.array(["+", "-"], dtype=object)[strand]),
            "dbd": of_protein(encoded.dbd),
            "nearest_measured": of_protein(encoded.nearest),
            "nearest_identity": encoded.identity[protein],
            "coverage": encoded.coverage[protein],
            "trust": of_protein(encoded.trust),
        }
    )
    table = rating.rate(table, protein, length)[list(COLUMNS)]
    affinity = rating.affinities(score)
    return table if affinity is None else table.assign(**{AFFINITY: affinity})


def matrix_block(chunk: pd.DataFrame) -> tuple[list[str], list[str], dict[str, np.ndarray]]:
    """Rows of all proteins on some DNA, DNA outermost, as arrays.

    Returns:
        The ids of the `p` proteins and of the `d` DNA, and `score` and `neg_log10_p`, float64
        [d, p], NaN where there is none.
    """
    proteins = int((chunk["dna_id"] == chunk["dna_id"].iloc[0]).sum())
    score, p_value = (chunk[name].to_numpy(np.float64) for name in ("score", "p_value"))
    values = {"score": score, "neg_log10_p": -np.log10(p_value)}
    return (
        chunk["protein_id"].iloc[:proteins].tolist(),
        chunk["dna_id"].iloc[::proteins].tolist(),
        {name: each.reshape(-1, proteins) for name, each in values.items()},
    )


def gather(chunks: Iterable[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """One table of all chunks; without any, a table of no rows that has the columns."""
    import pandas as pd

    tables = list(chunks)
    if not tables:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(tables, ignore_index=True)


def label_matrix(
    matrix: np.ndarray, protein_ids: Sequence[str], dna_ids: Sequence[str]
) -> pd.DataFrame:
    """Scores [proteins, dna] with their ids as index and columns."""
    import pandas as pd

    index = pd.Index(protein_ids, name="protein_id", dtype=object)
    return pd.DataFrame(matrix, index=index, columns=pd.Index(dna_ids, name="dna_id", dtype=object))
