"""Shards of `scan`: so many stretches of the genome that follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.inference.scanning.hits import Hits
from dna_protein_bca.io.intervals.bigwig import track_paths
from dna_protein_bca.io.shards import Shard, ShardWriter
from dna_protein_bca.scan import opened_scan

from .run import Work

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.predictor import BindingPredictor

COMMAND = "scan"


@dataclass(frozen=True)
class ScanWork(Work):
    """A run of `scan`.

    Attributes:
        options: of `opened_scan`, `genome` among them.
        track: whether each shard writes its tracks.
        finish: what the file of hits says of them, and how they are finished: `about`, `q`,
            `overlaps`, `track`.
    """

    options: Mapping[str, Any]
    track: bool
    finish: Mapping[str, Any]

    def write(self, prepared: tuple[BindingPredictor, Any], shard: Shard, path: Path) -> None:
        """Scan the stretches of a shard, and write their hits as they are found."""
        predictor, encoded = prepared
        track = path.with_suffix(".bw") if self.track else None
        finish = {"command": COMMAND, **self.finish}
        with ShardWriter(path, self.identity, finish) as writer:
            until = []
            with opened_scan(
                predictor, encoded, shard=shard, track=track, part=True, **self.options
            ) as (scan, ids):
                for number, (hits, end) in enumerate(scan.found()):
                    writer.write(frame(hits), number)
                    until.append(end)
            scored = np.flatnonzero(scan.scored)
            tracks = {} if track is None else dict(enumerate(track_paths(track, ids)))
            names = {row: Path(name).name for row, name in tracks.items() if Path(name).is_file()}
            writer.notes = {
                "proteins": ids,
                "contigs": dict(
                    zip(scan.coordinates.names, scan.coordinates.length.tolist(), strict=True)
                ),
                "until": until,
                "scored": {str(row): int(scan.scored[row]) for row in scored},
                "unscored": scan.unscored(),
                "tracks": {str(row): name for row, name in names.items()},
                "files": [*names.values()],
            }


def frame(hits: Hits) -> pd.DataFrame:
    """Hits as a table with their fields."""
    import pandas as pd

    return pd.DataFrame(hits._asdict())


def hits_of(table: pd.DataFrame) -> Hits:
    """Hits of what `frame` made."""
    return Hits(*(table[name].to_numpy() for name in Hits._fields))
