"""A user's files, written: whole or not at all, and never over what is read."""

from __future__ import annotations

from .checks import check_new_folder, check_output, check_output_folder, refuse_inputs
from .writing import (
    Output,
    StandardOutput,
    atomic_path,
    name_output,
    new_folder,
    open_folder,
    open_output,
    write_json,
    write_stdout,
)

__all__ = [
    "Output",
    "StandardOutput",
    "atomic_path",
    "check_new_folder",
    "check_output",
    "check_output_folder",
    "name_output",
    "new_folder",
    "open_folder",
    "open_output",
    "refuse_inputs",
    "write_json",
    "write_stdout",
]
