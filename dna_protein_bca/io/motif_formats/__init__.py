"""Predicted motifs as files: which format a name asks for, and how each is written."""

from .choice import FORMATS, motif_format
from .write import NamedMode, write_modes

__all__ = ["FORMATS", "NamedMode", "motif_format", "write_modes"]
