"""Predictions batch by batch, inside an engine that cuts data itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import Sequences

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.protocol import Predictor


class BatchPredictor:
    """Scores proteins on batches of DNA: a class as Ray Data's `map_batches` takes it.

    It also serves Spark, in a function for `mapInPandas`, and any other engine of DataFrames.

    Args:
        proteins: what `BindingPredictor.encode` takes; encoded once.
        model: of the weights, or several for an ensemble; None for the default weights.
        options: of `predict_stream`, such as `background=None`.
        settings: of `from_pretrained`, such as `threads`.
    """

    def __init__(
        self,
        proteins: Sequences,
        model: str | Path | None = None,
        options: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        from dna_protein_bca.ensemble import load_predictor

        self.options = dict(options or {})
        self.predictor: Predictor = load_predictor([] if model is None else [model], **settings)
        self.proteins = self.predictor.encode(proteins)

    def __call__(self, batch: pd.DataFrame) -> pd.DataFrame:
        """Predictions for all proteins on the DNA of a batch.

        Args:
            batch: the columns `dna_id` and `sequence`.

        Returns:
            A row a pair, DNA outermost, with the columns that `predict` gives.

        Raises:
            InputError: a column is not there, or see `predict_stream`.
        """
        for name in ("dna_id", "sequence"):
            if name not in batch:
                raise InputError(f"a batch needs a column {name}: it has {', '.join(batch)}")
        records = list(zip(batch["dna_id"], batch["sequence"], strict=True))
        return self.predictor.predict(self.proteins, records, **self.options)
