"""What a training is given to read, and its tables of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.pairs import TARGETS, read_pairs

if TYPE_CHECKING:
    import pandas as pd

PairsTable: TypeAlias = "PathLike | pd.DataFrame"
"""Path of a table of pairs, or the table itself; see `read_pairs`."""

OPTIONAL = ("weight", "assay", "split")
"""Columns that a table of pairs may have."""


@dataclass(frozen=True)
class Inputs:
    """What a training reads: paths, or values from Python; see `fit`.

    Attributes:
        columns: what the tables of pairs call their columns; see `read_pairs`.
    """

    proteins: Sequences
    dna: Sequences | None = None
    pairs: PairsTable | None = None
    motifs: PathLike | None = None
    validation: PairsTable | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, object]:
        """Everything that is read: name -> path, value or None."""
        return {name: value for name, value in vars(self).items() if name != "columns"}


def read_tables(inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The pairs, none where there is no table, and those of the validation table.

    Raises:
        InputError: see `read_pairs`.
    """
    import pandas as pd

    pairs = pd.DataFrame({"protein_id": [], "dna_id": []}, dtype=str)
    if inputs.pairs is not None:
        pairs = _read_pairs(inputs.pairs, inputs.columns)
    if inputs.validation is None:
        return pairs, None
    # What a training may do without, its validation need not have.
    needed = {name: column for name, column in inputs.columns.items() if name not in OPTIONAL}
    return pairs, _read_pairs(inputs.validation, needed)


def _read_pairs(source: PairsTable, columns: Mapping[str, str]) -> pd.DataFrame:
    return read_pairs(source, one_of=TARGETS, optional=OPTIONAL, compact=True, columns=columns)
