"""Shards as Parquet files: a group of rows for each unit, and in the metadata whose they are."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import parse_json
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.outputs import Output, name_output, open_output

from .identity import Identity
from .shard import Shard

if TYPE_CHECKING:
    import pandas as pd

FOLDER_ENDING = ".shards"

_KEY = b"dna-protein-bca shard"

_NAME = re.compile(r"(\d+)-of-(\d+)\.parquet")


def shard_folder(output: PathLike) -> Path:
    """The folder of the shards of an output."""
    return Path(os.fspath(output) + FOLDER_ENDING)


def shard_path(folder: Path, shard: Shard) -> Path:
    """The file of a shard."""
    return folder / f"{shard.stem}.parquet"


def existing(folder: Path) -> list[Shard]:
    """The shards whose files are there, in order."""
    if not folder.is_dir():
        return []
    found = map(_NAME.fullmatch, os.listdir(folder))
    return sorted(Shard(int(each[1]), int(each[2])) for each in found if each)


class ShardWriter(Output):
    """Writes one shard; a context manager. The file appears when the block ends well.

    Args:
        path: of the file.
        identity: what its results hang on.
        finish: how the results are to be finished by `merge`: what JSON holds.

    Attributes:
        notes: what else `merge` needs to know, which may be set until the block ends.

    Raises:
        InputError: on entering the block, a file that cannot be written; in it, a full disk.
    """

    def __init__(self, path: Path, identity: Identity, finish: Mapping[str, Any]) -> None:
        super().__init__(path)
        self.notes: dict[str, Any] = {}
        self._about = {"identity": dict(identity), "finish": dict(finish)}
        self._units: list[int] = []
        self._writer: Any = None

    def _open(self, stack: ExitStack) -> None:
        self._file = stack.enter_context(open_output(self.path))

    def write(self, table: pd.DataFrame, unit: int) -> None:
        """Append the rows of a unit, if there are any; units come in order."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from dna_protein_bca.io.tables.parquet import typed_schema

        if table.empty:
            return
        with name_output(self.path):
            if self._writer is None:
                self._schema = typed_schema(pa.Schema.from_pandas(table, preserve_index=False))
                self._writer = pq.ParquetWriter(self._file, self._schema)
            rows = pa.Table.from_pandas(table, schema=self._schema, preserve_index=False)
            self._writer.write_table(rows, row_group_size=len(rows))
            self._units.append(unit)

    def _finish(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, pa.schema([]))
        about = {**self._about, "units": self._units, "notes": self.notes}
        self._writer.add_key_value_metadata({_KEY: json.dumps(about).encode()})
        self._writer.close()

    def _abandon(self) -> None:
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()


class ShardFile:
    """One shard that was written.

    Args:
        path: of the file.

    Attributes:
        identity, finish, notes: as written.
        units: the numbers of the units that have rows, in order.

    Raises:
        InputError: a damaged file, or one that is no shard.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            metadata = pq.read_metadata(path).metadata or {}
            about = parse_json(metadata[_KEY].decode())
            self.identity: dict[str, str] = dict(about["identity"])
            self.finish: dict[str, Any] = dict(about["finish"])
            self.notes: dict[str, Any] = dict(about["notes"])
            self.units: list[int] = list(about["units"])
        except (pa.ArrowException, OSError, KeyError, ValueError, TypeError):
            raise InputError(
                "damaged, or no shard of this program: remove it and run the shard again", path
            ) from None

    def tables(self) -> Iterator[pd.DataFrame]:
        """The rows of one unit after another."""
        for place in range(len(self.units)):
            yield self.table(place)

    def table(self, place: int) -> pd.DataFrame:
        """The rows of the unit `units[place]`.

        Raises:
            InputError: a damaged file.
        """
        import pandas as pd
        import pyarrow as pa

        from dna_protein_bca.io.tables.parquet import open_parquet

        try:
            with open_parquet(self.path) as file:
                table: pd.DataFrame = file.read_row_group(place).to_pandas()
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise InputError(f"damaged: {error}: run the shard again", self.path) from None
        for name, values in table.items():
            if isinstance(values.dtype, pd.StringDtype) and values.isna().all():
                # As pandas makes it of None alone.
                table[name] = values.astype(object).where(values.notna(), None)
        return table
