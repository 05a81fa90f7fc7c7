"""Shards of `predict`: every so many chunks of its stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.results import rows_up_to
from dna_protein_bca.io.shards import Shard, ShardWriter

from .run import Work

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.io.fasta import Sequences
    from dna_protein_bca.protocol import Predictor

COMMAND = "predict"

ENCODING = ("any_protein", "on_error")
"""Of the options of `predict_stream`: those that proteins are encoded with."""

Watch = Callable[["Predictor", Iterable["pd.DataFrame"]], Iterable["pd.DataFrame"]]
"""Gives the same chunks, and says what is to be said of them."""


@dataclass(frozen=True)
class PredictWork(Work):
    """A run of `predict`.

    Attributes:
        records: gives the DNA, anew each time.
        pairs: path of a table, or None.
        options: of `predict_stream`, but for `skipped`.
        max_p: only rows up to this p-value; None for all.
        finish: the columns of the table, what its file says of it, and the best rows that are
            wanted: `columns`, `about`, `top`, `top_by`, `pairs`.
        watch: sees the chunks before rows are chosen.
        report: takes the errors of records that were left out.
    """

    records: Callable[[], Sequences]
    pairs: str | None
    options: Mapping[str, Any]
    max_p: float | None
    finish: Mapping[str, Any]
    watch: Watch | None = None
    report: Callable[[list[InputError]], None] | None = None

    def prepare(self) -> tuple[Predictor, Any]:
        """See `Work`; says which proteins were left out."""
        predictor = self.load()
        skipped: list[InputError] = []
        options = {name: self.options[name] for name in ENCODING if name in self.options}
        encoded = predictor.encode(self.proteins, skipped=skipped, **options)
        self._report(skipped)
        return predictor, encoded

    def write(self, prepared: tuple[Predictor, Any], shard: Shard, path: Path) -> None:
        """Score the chunks of a shard, and write their rows."""
        predictor, encoded = prepared
        skipped: list[InputError] = []
        chunks: Iterable[pd.DataFrame] = predictor.predict_stream(
            encoded, self.records(), self.pairs, shard=shard, skipped=skipped, **self.options
        )
        if self.watch is not None:
            chunks = self.watch(predictor, chunks)
        if self.max_p is not None:
            chunks = rows_up_to(chunks, self.max_p)
        with ShardWriter(path, self.identity, {"command": COMMAND, **self.finish}) as writer:
            for number, rows in enumerate(chunks):
                writer.write(rows, shard.number - 1 + number * shard.count)
        self._report(skipped)

    def _report(self, skipped: list[InputError]) -> None:
        if self.report is not None:
            self.report(skipped)
