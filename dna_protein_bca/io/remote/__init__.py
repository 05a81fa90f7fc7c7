"""What comes over the network, which is reached only where a user asks for it."""

from __future__ import annotations

from .offline import OFFLINE_VARIABLE, forbid_network, is_forbidden, require_network
from .uniprot import asked_accessions, fetch_proteins

__all__ = [
    "OFFLINE_VARIABLE",
    "asked_accessions",
    "fetch_proteins",
    "forbid_network",
    "is_forbidden",
    "require_network",
]
