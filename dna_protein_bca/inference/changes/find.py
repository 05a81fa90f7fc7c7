"""The curves of proteins' changes: from the cache, or simulated."""

from __future__ import annotations

import hashlib
import logging
import zipfile
import zlib
from collections.abc import Sequence
from os import PathLike

import numpy as np
from tqdm import tqdm

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background.curve import Curve, monotone
from dna_protein_bca.inference.background.dna import BackgroundDNA
from dna_protein_bca.inference.background.find import protein_members
from dna_protein_bca.inference.background.store import background_key
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.resources import cache_path

from .simulate import simulated_changes

METHOD = 1
"""Of the simulation: raised with every change that moves p-values."""

log = logging.getLogger(__name__)


def change_curves(
    scorers: Sequence[Scorer],
    encoded: Sequence[EncodedProteins],
    dna: str | PathLike[str] | BackgroundDNA,
    *,
    cache: bool = True,
    progress: bool = False,
) -> list[Curve | None]:
    """How often a random single change of background DNA moves each protein's score as much.

    Args:
        scorers: one for each member.
        encoded: the same proteins, as each member encoded them.
        dna: see `BackgroundDNA.parse`.
        cache: keep what is simulated in the user's cache folder, and look there first.
        progress: draw a bar on standard error.

    Returns:
        For each protein a curve over the size of the change of the score, in nats; None where a
        member knows no domain.

    Raises:
        InputError: see `BackgroundDNA.parse`.
    """
    background = BackgroundDNA.parse(dna)
    found: list[Curve | None] = []
    rows = range(len(encoded[0]))
    for row in tqdm(rows, "random changes", unit=" proteins", leave=False, disable=not progress):
        members = protein_members(scorers, encoded, row)
        if members is None:
            found.append(None)
            continue
        key = _key(background_key(encoded, row, background))
        curve = load_curve(key) if cache else None
        if curve is None:
            curve = stored_curve(simulated_changes(members, background))
            if cache:
                save_curve(key, curve)
        found.append(curve)
    return found


def _key(background: str) -> str:
    return hashlib.sha256(f"changes {METHOD} {background}".encode()).hexdigest()[:32]


def stored_curve(curve: Curve) -> Curve:
    """The same to the digits of float32, as files hold it: what `load_curve` will give."""
    rising = monotone(*_rounded(curve))
    return Curve(*_rounded(rising))


def _rounded(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    score, level = (values.astype(np.float32).astype(np.float64) for values in curve)
    return score, level


def load_curve(key: str) -> Curve | None:
    """A curve of the cache; None where it has none, or one that is damaged."""
    path = cache_path(f"changes/{key}.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            return Curve(file["score"].astype(np.float64), file["level"].astype(np.float64))
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None


def save_curve(key: str, curve: Curve) -> None:
    """Put a curve into the cache; where that cannot be written, a message says so."""
    path = cache_path(f"changes/{key}.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as sibling, open(sibling, "wb") as file:
            np.savez(file, score=curve.score.astype(np.float32), level=curve.level.astype("f4"))
    except (InputError, OSError) as error:
        log.info("what random changes do is not kept for later calls: %s", error)
