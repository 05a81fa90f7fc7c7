"""One result of all shards of a run, as one run would have given it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.inference.results import best_rows
from dna_protein_bca.inference.scanning.coordinates import Coordinates
from dna_protein_bca.inference.scanning.hits import Arranger, Hits, q_values_of_each
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.intervals.bigwig import check_track, track_paths
from dna_protein_bca.io.intervals.hits import hit_writer
from dna_protein_bca.io.shards import Shard, ShardFile, differences, existing, shard_path
from dna_protein_bca.io.tables import TableWriter
from dna_protein_bca.scan import Q_VALUE, gathered, hit_table, scan_columns, warn_unscored
from dna_protein_bca.variant.genomic import COLUMNS as VARIANT_COLUMNS

from . import predict, scan, variants
from .scan import hits_of
from .tracks import join_tracks

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
"""Shards that a message names."""


def merge_shards(folder: PathLike, output: PathLike, **wanted: Any) -> None:
    """Write what one run would have written.

    Args:
        folder: of the shards, `OUT.shards`.
        output: table or hits to write; its ending names the format.
        wanted: how results are finished, where it is not as the run was asked for: `q`, `overlaps`
            and `track` of a scan, `top` and `top_by` of predictions; None is as it was asked for.

    Raises:
        InputError: there are no shards; some are missing, damaged, or come of other runs; an option
            that these results do not take; a file that cannot be written.
    """
    files = read_shards(Path(folder))
    finish = _finish(files, wanted)
    _MERGE[finish["command"]](files, output, finish)


def read_shards(folder: Path) -> list[ShardFile]:
    """All shards of a folder, in order.

    Raises:
        InputError: see `merge_shards`.
    """
    there = existing(folder)
    if not there:
        raise InputError("holds no shards: give the folder OUT.shards that --shard wrote", folder)
    counts = sorted({each.count for each in there})
    if len(counts) > 1:
        raise InputError(f"holds shards of {listed([*map(str, counts)], SHOWN)}", folder)
    every = [Shard(number, counts[0]) for number in range(1, counts[0] + 1)]
    missing = [str(each) for each in every if each not in set(there)]
    if missing:
        raise InputError(
            f"not all shards are there: run the command with --shard {listed(missing, SHOWN)}",
            folder,
        )
    files = [ShardFile(shard_path(folder, each)) for each in every]
    for file in files[1:]:
        if differ := differences(files[0].identity, file.identity):
            raise InputError(
                f"comes of another run than {files[0].path.name}, whose {differ} here: remove one, "
                "and run that shard again",
                file.path,
            )
    return files


def _finish(files: Sequence[ShardFile], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """How results are finished: as is wanted, else as all shards were asked for."""
    given = {name: value for name, value in wanted.items() if value is not None}
    asked = files[0].finish
    if unknown := [name for name in given if name not in asked]:
        raise InputError(
            f"these are results of {asked['command']}, which takes no {unknown[0]}",
            files[0].path.parent,
        )
    for file in files[1:]:
        differ = [n for n, v in file.finish.items() if v != asked.get(n) and n not in given]
        if differ:
            raise InputError(
                f"was asked for another {differ[0]} than {files[0].path.name}: say with an option "
                "which is wanted",
                file.path,
            )
    return {**asked, **given}


def _merge_predictions(
    files: Sequence[ShardFile], output: PathLike, finish: Mapping[str, Any]
) -> None:
    chunks: Iterator[pd.DataFrame] = _by_unit(files)
    if finish["top"] is not None:
        by_dna = finish["top_by"] == "dna"
        chunks = best_rows(
            chunks,
            finish["top"],
            "dna_id" if by_dna else "protein_id",
            whole=by_dna and not finish["pairs"],
        )
    with TableWriter(output, finish["columns"], finish["about"]) as writer:
        for rows in chunks:
            writer.write(rows)


def _merge_variants(
    files: Sequence[ShardFile], output: PathLike, finish: Mapping[str, Any]
) -> None:
    with TableWriter(output, VARIANT_COLUMNS, finish["about"]) as writer:
        for rows in _by_unit(files):
            writer.write(rows)


def _by_unit(files: Sequence[ShardFile]) -> Iterator[pd.DataFrame]:
    """The rows of all units in order, one file open at a time."""
    places = [
        (unit, number, place)
        for number, file in enumerate(files)
        for place, unit in enumerate(file.units)
    ]
    for _, number, place in sorted(places):
        yield files[number].table(place)


def _merge_hits(files: Sequence[ShardFile], output: PathLike, finish: Mapping[str, Any]) -> None:
    notes = files[0].notes
    coordinates, ids = Coordinates(notes["contigs"]), notes["proteins"]
    track, passing = finish["track"], None
    if track is not None:
        _check_tracks(files, track)
    if finish["q"]:
        passing = Hits.join([hits_of(table) for file in files for table in file.tables()])
    tests = sum(sum(file.notes["scored"].values()) for file in files)
    with hit_writer(output, scan_columns(finish["q"]), finish["about"]) as writer:
        for hits in gathered(_arranged(files, finish["overlaps"]), whole=finish["q"]):
            table = hit_table(hits, ids, coordinates)
            if passing is not None:
                table = table.assign(**{Q_VALUE: q_values_of_each(hits, passing, tests)})
            writer.write(table)
        if track is not None:
            _merge_tracks(files, track)
    unscored = set.intersection(*(set(file.notes["unscored"]) for file in files))
    warn_unscored([name for name in notes["contigs"] if name in unscored])


def _arranged(files: Sequence[ShardFile], overlaps: bool) -> Iterator[Hits]:
    """Hits in order, each site once, as `Scan` gives them."""
    arranger = Arranger(overlaps)
    for file in files:
        place = {unit: place for place, unit in enumerate(file.units)}
        for unit, until in enumerate(file.notes["until"]):
            found = hits_of(file.table(place[unit])) if unit in place else Hits.none()
            yield arranger.add(found, until)


def _check_tracks(files: Sequence[ShardFile], track: PathLike) -> None:
    check_track(track)
    if not any(file.notes["tracks"] for file in files):
        raise InputError(
            "the shards have no tracks: run them with --track as well", files[0].path.parent
        )


def _merge_tracks(files: Sequence[ShardFile], track: PathLike) -> None:
    lengths = files[0].notes["contigs"]
    names = np.array([*lengths], dtype=object)
    for row, path in enumerate(track_paths(track, files[0].notes["proteins"])):
        parts = [
            (file.path.with_name(name), names[[*map(int, file.notes["scored"])]].tolist())
            for file in files
            if (name := file.notes["tracks"].get(str(row))) is not None
        ]
        if parts:
            join_tracks(path, lengths, parts)


_MERGE: dict[str, Callable[[Sequence[ShardFile], PathLike, Mapping[str, Any]], None]] = {
    predict.COMMAND: _merge_predictions,
    scan.COMMAND: _merge_hits,
    variants.COMMAND: _merge_variants,
}
