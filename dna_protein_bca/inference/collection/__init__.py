"""The measured proteins that come with weights, encoded once and kept on disk."""

from .cache import cached_proteins
from .encoder import Encoder
from .store import load_encoded, save_encoded

__all__ = ["Encoder", "cached_proteins", "load_encoded", "save_encoded"]
