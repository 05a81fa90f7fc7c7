"""Shards of `variant dna`: every so many batches of its stream."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dna_protein_bca.io.shards import Identity, Shard, ShardWriter
from dna_protein_bca.variant.genomic import DNAVariantStream, warn

if TYPE_CHECKING:
    from dna_protein_bca.ensemble import AnyPredictor
    from dna_protein_bca.protocol import Predictor

COMMAND = "variant dna"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VariantWork:
    """A run of `variant dna`.

    Attributes:
        output: what the shards are merged to.
        identity: what its results hang on.
        load: gives the predictor.
        proteins: FASTA path or collection.
        variants: path of the variants, or their texts.
        options: of `DNAVariantStream`, `genome` among them.
        notes: how variants are scored, which a Parquet file says.
    """

    output: str
    identity: Identity
    load: Callable[[], Predictor]
    proteins: str
    variants: str | tuple[str, ...]
    options: Mapping[str, Any]
    notes: Mapping[str, str]

    def prepare(self) -> tuple[AnyPredictor, Any]:
        """The predictor, and the encoded proteins."""
        predictor = cast("AnyPredictor", self.load())
        return predictor, predictor.encode(self.proteins)

    def write(self, prepared: tuple[AnyPredictor, Any], shard: Shard, path: Path) -> None:
        """Score the batches of a shard, and write their rows."""
        predictor, encoded = prepared
        stream = DNAVariantStream(predictor, encoded, self.variants, shard=shard, **self.options)
        finish = {"command": COMMAND, "about": dict(self.notes)}
        with ShardWriter(path, self.identity, finish) as writer:
            for number, batch in enumerate(stream):
                writer.write(batch.table, shard.number - 1 + number * shard.count)
        warn(stream)
        log.info("%s", stream.tally.summary())
