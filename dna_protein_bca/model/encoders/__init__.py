"""Encoders of proteins, by name: `BindingConfig.encoder` chooses one.

A new encoder is a module here with a `ProteinEncoder` that `register` names, imported below.
"""

from __future__ import annotations

from .base import ProteinEncoder, make_encoder, register
from .profile import ResidueEncoder

__all__ = ["ProteinEncoder", "ResidueEncoder", "make_encoder", "register"]
