"""Whether the network may be used at all."""

from __future__ import annotations

import os

from dna_protein_bca.errors import InputError

OFFLINE_VARIABLE = "DNA_PROTEIN_BCA_OFFLINE"
"""Environment variable that forbids every use of the network, unless it is empty or 0."""


def forbid_network() -> None:
    """Forbid every use of the network in this process, and in those that it starts."""
    os.environ[OFFLINE_VARIABLE] = "1"


def is_forbidden() -> bool:
    """Whether the network may not be used."""
    return os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


def require_network(source: str) -> None:
    """Raise InputError where the network may not be used.

    Args:
        source: what would be fetched, as the user named it.
    """
    if is_forbidden():
        raise InputError(
            f"needs the network, which --offline (or {OFFLINE_VARIABLE}) forbids: fetch it on a "
            "machine that has a network, and give the file",
            source,
        )
