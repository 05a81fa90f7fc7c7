"""The backgrounds of encoded proteins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer
from dna_protein_bca.io.folder_names import BACKGROUNDS

from .build import build
from .curve import FlatScores
from .dna import UNIFORM, BackgroundDNA
from .members import Member
from .store import Bundle, background_key, load_cached, save_cached, write_bundle
from .table import Background


def backgrounds(
    scorers: Sequence[Scorer],
    encoded: Sequence[EncodedProteins],
    dna: str | PathLike[str] | BackgroundDNA,
    *,
    cache: bool = True,
    folder: Path | None = None,
    progress: bool = False,
) -> list[Background | None]:
    """The background of each protein, by the mean score of all members.

    Args:
        scorers: one for each member.
        encoded: the same proteins, as each member encoded them.
        dna: see `BackgroundDNA.parse`.
        cache: keep what is simulated in the user's cache folder, and look there first.
        folder: of the weights, whose `backgrounds.npz` is looked into before; None for none.
        progress: draw a bar on standard error.

    Returns:
        One for each protein, None where a member knows no domain.

    Raises:
        InputError: see `BackgroundDNA.parse`; random DNA scores alike with a protein, whatever it
            is; or `backgrounds.npz` is damaged.
    """
    background = BackgroundDNA.parse(dna)
    bundle = Bundle(folder / BACKGROUNDS if folder is not None else None)
    found: list[Background | None] = []
    rows = range(len(encoded[0]))
    for row in tqdm(rows, "background", unit=" proteins", leave=False, disable=not progress):
        if not all(_has_background(*pair, row) for pair in zip(scorers, encoded, strict=True)):
            found.append(None)
            continue
        key = background_key(encoded, row, background)
        known = bundle.get(key, background.name)
        if known is None and cache:
            known = load_cached(key, background.name)
        if known is None:
            members = [_member(*pair, row) for pair in zip(scorers, encoded, strict=True)]
            known = _built(members, background, encoded[0].ids[row]).stored()
            if cache:
                save_cached(key, known)
        found.append(known)
    return found


def _built(members: Sequence[Member], background: BackgroundDNA, id: str) -> Background:
    """The background of a protein; InputError, with its id, where there can be none."""
    try:
        return build(members, background)
    except FlatScores as error:
        raise InputError(
            f"no p-values can be given for {id}: these weights score random DNA alike with it "
            f"({error}); train them further, or go without p-values (predict --no-p-values)"
        ) from None


def bundle_backgrounds(
    path: Path, scorer: Scorer, encoded: EncodedProteins, *, progress: bool = False
) -> None:
    """Write the backgrounds of many proteins, on uniform DNA, to a file for a folder of weights.

    Args:
        path: `backgrounds.npz` in the folder.
        scorer, encoded: of its predictor.
        progress: draw a bar on standard error.

    Raises:
        InputError, OSError: the file cannot be written.
    """
    dna = BackgroundDNA.parse(UNIFORM)
    found = backgrounds([scorer], [encoded], dna, progress=progress)
    named = {
        background_key([encoded], row, dna): each
        for row, each in enumerate(found)
        if each is not None
    }
    write_bundle(path, named, coarse=True)


def protein_members(
    scorers: Sequence[Scorer], encoded: Sequence[EncodedProteins], row: int
) -> list[Member] | None:
    """Each model and one protein, undamaged; None where one of them knows no domain of it."""
    members = [undamaged_member(*pair, row) for pair in zip(scorers, encoded, strict=True)]
    known = [member for member in members if member is not None]
    return known if len(known) == len(members) else None


def undamaged_member(scorer: Scorer, encoded: EncodedProteins, row: int) -> Member | None:
    """A model and one protein, undamaged; None where it knows no domain of it."""
    return _member(scorer, encoded, row) if _has_background(scorer, encoded, row) else None


def _member(scorer: Scorer, encoded: EncodedProteins, row: int) -> Member:
    block, place = encoded.places[row]
    state = block.state[place : place + 1]
    state = replace(state, loss=torch.zeros_like(state.loss))
    return Member(scorer, ProteinBlock(np.zeros(1, np.int64), state))


def _has_background(scorer: Scorer, encoded: EncodedProteins, row: int) -> bool:
    whole = scorer.model.config.protein.protein_region == "full"
    return (whole or encoded.dbd[row] != "none") and row in encoded.places
