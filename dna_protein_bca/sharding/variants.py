"""Shards of `variant dna`: every so many batches of its stream."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dna_protein_bca.io.shards import Shard, ShardWriter
from dna_protein_bca.variant.genomic import DNAVariantStream, warn

from .run import Work

if TYPE_CHECKING:
    from dna_protein_bca.ensemble import AnyPredictor

COMMAND = "variant dna"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VariantWork(Work):
    """A run of `variant dna`.

    Attributes:
        variants: path of the variants, or their texts.
        options: of `DNAVariantStream`, `genome` among them.
        notes: how variants are scored, which a Parquet file says.
    """

    variants: str | tuple[str, ...]
    options: Mapping[str, Any]
    notes: Mapping[str, str]

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
