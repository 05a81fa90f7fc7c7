"""Encoders of proteins, by name: `BindingConfig.encoder` chooses one.

A new encoder is a module here with a `ProteinEncoder` that `register` names, imported below.
"""

from __future__ import annotations

from .base import ProteinEncoder, make_encoder, register
from .esm2 import Esm2Encoder
from .profile import ResidueEncoder

__all__ = ["Esm2Encoder", "ProteinEncoder", "ResidueEncoder", "make_encoder", "register"]
