"""What an evaluation reads: weights, labelled pairs, and the records that they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord, Sequences, as_records
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.pairs import IDS, TARGETS, read_pairs
from dna_protein_bca.io.record_ids import RecordIds, select_records
from dna_protein_bca.io.sequence_checks import Kind

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.protocol import Predictor

Model: TypeAlias = "Predictor | str | Path | None"
"""A predictor, weights as `BindingPredictor.from_pretrained` takes them, or the folder of several
trainings, which is an ensemble."""

Pairs: TypeAlias = "PathLike | pd.DataFrame"
"""A file or table of pairs."""


def read_labelled_pairs(
    source: Pairs, split: str | None, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The pairs of a table, or of one split of it.

    Args:
        columns: names that the table has for its columns; see `read_pairs`.

    Raises:
        InputError: no column `label` or `affinity`, no row of the split, or see `read_pairs`.
    """
    need = IDS if split is None else (*IDS, "split")
    table = read_pairs(
        source, need=need, one_of=TARGETS, optional=("assay", "split"), columns=columns
    )
    if split is None:
        return table
    # A column that is blank in all rows is not there any more.
    part = table[table["split"] == split] if "split" in table else table[:0]
    if not len(part):
        path = table["path"].iloc[0] if len(table) else None
        raise InputError(f"no row has {split} in the column split: nothing to evaluate", path)
    return part.reset_index(drop=True)


def share_of_positives(table: pd.DataFrame) -> float:
    """The share of labelled pairs with label 1, smoothed by one of each (Laplace): never 0 or 1."""
    label = table["label"].dropna() if "label" in table else []
    return float((sum(label) + 1) / (len(label) + 2))


def load_predictor(model: Model, device: str, threads: int | None) -> tuple[Predictor, list[Path]]:
    """The predictor, and the folders of its weights, as far as they are in some."""
    from dna_protein_bca import ensemble

    if model is None or isinstance(model, str | Path):
        models = [] if model is None else [model]
        model = ensemble.load_predictor(models, device, threads=threads)
    members = model.members if isinstance(model, ensemble.EnsemblePredictor) else [model]
    folders = [getattr(member, "folder", None) for member in members]
    return model, [folder for folder in folders if folder is not None]


def named_records(source: Sequences, kind: Kind, table: pd.DataFrame) -> list[SequenceRecord]:
    """The records that a table names, in the order of the file.

    Raises:
        InputError: an id of the table has no record.
    """
    column = f"{kind}_id"
    records, others = select_records(as_records(source, kind), set(table[column]))
    present = [record.id for record in records]
    for _, row in table[~table[column].isin(present)].iterrows():
        ids = RecordIds(column, [*present, *others])
        raise ids.error(row[column], row["path"], int(row["line"]))
    return records
