"""Answers as rows of a table, and what has no answer in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import listed

from .calibration import Calibration
from .encoding import EncodedProteins
from .reducers import RecordScores

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 3
"""Ids that a warning names."""

COLUMNS = (
    "protein_id",
    "dna_id",
    "score",
    "probability",
    "start",
    "end",
    "strand",
    "dbd",
    "nearest_measured",
    "nearest_identity",
)
"""Columns of every table of predictions, in order."""

ENSEMBLE_COLUMNS = (*COLUMNS, "uncertainty")
"""Columns of a table of an ensemble's predictions."""


def all_against_all(
    encoded: EncodedProteins,
    calibration: Calibration,
    dna_ids: Sequence[str],
    answers: RecordScores,
) -> pd.DataFrame:
    """Answers [p, r] as rows, DNA outermost."""
    count = len(encoded.ids)
    flat = RecordScores(*(values.T.reshape(1, -1) for values in answers))
    protein = np.tile(np.arange(count), len(dna_ids))
    dna = np.repeat(np.array(dna_ids, dtype=object), count)
    return pair_rows(encoded, calibration, protein, dna, flat)


def pair_rows(
    encoded: EncodedProteins,
    calibration: Calibration,
    protein: np.ndarray,
    dna_ids: np.ndarray,
    answers: RecordScores,
) -> pd.DataFrame:
    """One row a pair.

    Args:
        protein: int64 [q], rows of `encoded`; dna_ids: object [q].
        answers: [1, q].
    """
    import pandas as pd

    score, start, end, strand = (values[0] for values in answers)
    missing = np.isnan(score)

    def of_protein(values: Sequence[str | None]) -> np.ndarray:
        return np.array(values, dtype=object)[protein]

    return pd.DataFrame(
        {
            "protein_id": of_protein(encoded.ids),
            "dna_id": dna_ids,
            "score": score,
            "probability": calibration.probabilities(score),
            "start": pd.arrays.IntegerArray(start, missing),
            "end": pd.arrays.IntegerArray(end, missing),
            "strand": np.where(missing, None, np.array(["+", "-"], dtype=object)[strand]),
            "dbd": of_protein(encoded.dbd),
            "nearest_measured": of_protein(encoded.nearest),
            "nearest_identity": encoded.identity[protein],
        },
        columns=list(COLUMNS),
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


class Unscored:
    """Collects, chunk after chunk, the proteins and the DNA that have no score.

    Args:
        whole: proteins without a known domain are scored as well, by their whole sequence.

    Attributes:
        proteins: ids of those without a known domain; dna: ids of those that are all N or too
            short; both in the order of the table, as keys.
        pairs: how many have no score.
        blank: whether there are scores without a probability.
    """

    def __init__(self, whole: bool = False) -> None:
        self.whole = whole
        self.proteins: dict[str, None] = {}
        self.dna: dict[str, None] = {}
        self.pairs = 0
        self.blank = False

    def add(self, table: pd.DataFrame) -> None:
        """Take in a table of predictions, or a part of one."""
        without = table["score"].isna()
        self.blank |= bool((~without & table["probability"].isna()).any())
        if not without.any():
            return
        rows = table[without]
        self.pairs += len(rows)
        if not self.whole:
            none = rows["dbd"] == "none"
            self.proteins |= dict.fromkeys(rows.loc[none, "protein_id"])
            rows = rows[~none]
        self.dna |= dict.fromkeys(rows["dna_id"])

    def reasons(self) -> list[str]:
        """A sentence without its full stop about the proteins, and one about the DNA."""
        sentences = []
        if self.proteins:
            count, names = len(self.proteins), listed(list(self.proteins), SHOWN)
            noun = "protein has" if count == 1 else "proteins have"
            sentences.append(f"{count} {noun} no known DNA-binding domain, and no score: {names}")
        if self.dna:
            count, names = len(self.dna), listed(list(self.dna), SHOWN)
            noun = "DNA record is" if count == 1 else "DNA records are"
            has = "has" if count == 1 else "have"
            sentences.append(
                f"{count} {noun} all N or shorter than 5 bp, and {has} no score: {names}"
            )
        return sentences
