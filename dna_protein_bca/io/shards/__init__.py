"""Parts of a run that are computed apart and kept as files: what they are, and what they hold."""

from .files import ShardFile, ShardWriter, existing, shard_folder, shard_path
from .identity import Identity, differences, file_checksum
from .shard import WHOLE, Shard

__all__ = [
    "WHOLE",
    "Identity",
    "Shard",
    "ShardFile",
    "ShardWriter",
    "differences",
    "existing",
    "file_checksum",
    "shard_folder",
    "shard_path",
]
