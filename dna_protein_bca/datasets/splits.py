"""Splits that a result can be believed on: what is alike stays on one side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import motif_protein
from dna_protein_bca.io.pairs import SPLITS
from dna_protein_bca.proteins.identity import MatchStates

from . import similarity as groups
from .training_set import TrainingSet

if TYPE_CHECKING:
    import pandas as pd

By = Literal["protein", "family", "chromosome", "dna", "random"]

ROOM = 1.1
"""How far above its share a side may come by one more group."""

RANDOM_WARNING = (
    "a random split puts the same proteins and like DNA on both sides: what it measures is memory, "
    "not whether the model works on a new protein or a new sequence"
)

_PLACE = re.compile(r"^(.+):\d+-\d+(?:_\w+)?$")


@dataclass(frozen=True)
class Split:
    """A set with sides, and how they came about.

    Attributes:
        data: pairs with the column `split`, motifs with `sides`.
        moved: pairs (motifs, without pairs) whose side in the table's own `split` column was
            another; None where it had none.
        groups: how many groups there are, and how many of the pairs the largest one has.
        states: the proteins' aligned domains, where they were looked for.
        threshold: from which on two stayed together; None where there is none.
        warnings: what a reader of results should know.
    """

    data: TrainingSet
    moved: int | None
    groups: dict[str, int]
    states: Mapping[str, MatchStates] | None = None
    threshold: float | None = None
    warnings: list[str] = field(default_factory=list)


def split(
    data: TrainingSet,
    by: By,
    *,
    threshold: float | None = None,
    shares: Mapping[str, float] | None = None,
    chromosomes: Mapping[str, Sequence[str]] | None = None,
    repair: bool = False,
    seed: int = 0,
    threads: int = 0,
) -> Split:
    """Divide a set into train, validation and test.

    Args:
        data: pairs, motifs or both; motifs go with their protein.
        by: what stays together: proteins with alike DNA-binding domains, families of them,
            chromosomes, alike DNA, or nothing (`random`).
        threshold: identity for `protein` (0.7 where None), similarity for `dna` (0.5).
        shares: of `validation` and `test`, 0 to 1; a tenth each where None. They are met as nearly
            as whole groups allow, and groups too large for a side go to train.
        chromosomes: side -> names, for `chromosome`, in place of a draw.
        repair: keep the set's own split, and move only what leaks: each group goes to the side
            that has most of its pairs.
        seed: of the draw; the same set and seed give the same split.
        threads: of the search for domains.

    Raises:
        InputError: nothing can be held out; motifs or ids that this split cannot divide.
    """
    if threshold is None:
        threshold = {"protein": groups.IDENTITY, "dna": groups.SIMILARITY}.get(by)
    states = None
    if by in ("protein", "family"):
        states = groups.protein_states(data.proteins, threads=threads)
    label = _labels(data, by, states, threshold or 0.0)
    if by in ("protein", "family"):
        unit = data.proteins
    elif data.motifs:
        raise InputError(f"motifs are divided by protein or family, not by {by}")
    else:
        unit = data.dna
    counts = _sizes(data, unit, by)
    sizes = np.bincount(label, weights=counts).astype(np.int64)
    before = _before(data)
    if repair:
        side = _majority(data, label, unit, by, before)
    elif chromosomes is not None:
        side = _named(data, label, chromosomes)
    else:
        side = _draw(sizes, shares or {"validation": 0.1, "test": 0.1}, by, seed)
    done = _apply(data, np.array(SPLITS)[side[label]], unit, by)
    after = _before(done)
    moved = None
    if before is not None and after is not None:
        moved = int((before != after).sum())
    about = {"groups": len(sizes), "largest_group": int(sizes.max()), "items": int(sizes.sum())}
    warnings = [RANDOM_WARNING] if by == "random" else []
    return Split(done, moved, about, states, threshold, warnings)


def chromosome(dna_id: str) -> str | None:
    """`chr1` of `chr1:100-201`; None for an id that names no place."""
    found = _PLACE.match(dna_id)
    return found[1] if found else None


def _labels(
    data: TrainingSet, by: By, states: Mapping[str, MatchStates] | None, threshold: float
) -> np.ndarray:
    """The group of each protein, DNA or pair: int64."""
    if states is not None:
        if by == "family":
            return groups.by_family(states)
        return groups.by_identity(data.proteins, states, threshold)
    if data.pairs is None:
        raise InputError(f"a split by {by} needs pairs: motifs are divided by protein or family")
    if by == "dna":
        return groups.by_similarity(list(data.dna.values()), threshold)
    if by == "random":
        return np.arange(len(data.pairs))
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in _chromosomes(data)])


def _chromosomes(data: TrainingSet) -> list[str]:
    """The chromosome of each DNA: of its id, or else the `group` of its pairs."""
    found = {id: chromosome(id) for id in data.dna}
    if None in found.values() and data.pairs is not None and "group" in data.pairs:
        table = data.pairs[["dna_id", "group"]].drop_duplicates()
        named = dict(zip(table["dna_id"], table["group"], strict=True))
        found = {id: name or named.get(id) for id, name in found.items()}
    lost = next((id for id, name in found.items() if not isinstance(name, str)), None)
    if lost is not None:
        raise InputError(
            f"DNA {lost!r} names no chromosome: name it chr1:100-201, or give the chromosome in "
            "the column group of the pairs"
        )
    return [str(name) for name in found.values()]


def _rows(data: TrainingSet, unit: Mapping[str, str], by: By) -> np.ndarray:
    """The row in `unit` (or of itself) of each pair."""
    if data.pairs is None:
        return np.empty(0, np.int64)
    if by == "random":
        return np.arange(len(data.pairs))
    column = "protein_id" if by in ("protein", "family") else "dna_id"
    place = {id: row for row, id in enumerate(unit)}
    return data.pairs[column].map(place).astype(np.int64).to_numpy()


def _sizes(data: TrainingSet, unit: Mapping[str, str], by: By) -> np.ndarray:
    """Pairs of each item, or without pairs its motifs."""
    if data.pairs is not None:
        size = len(data.pairs) if by == "random" else len(unit)
        return np.bincount(_rows(data, unit, by), minlength=size)
    place = {id: row for row, id in enumerate(unit)}
    owners = [place[motif_protein(motif.name)] for motif in data.motifs]
    return np.bincount(owners, minlength=len(unit))


def _draw(sizes: np.ndarray, shares: Mapping[str, float], by: By, seed: int) -> np.ndarray:
    """The side of each group, by index into `SPLITS`: groups in random order fill up test, then
    validation."""
    order = np.random.default_rng(seed).permutation(len(sizes))
    side = np.zeros(len(sizes), dtype=np.int64)
    total = int(sizes.sum())
    for name in ("test", "validation"):
        wanted, held = shares.get(name, 0.0) * total, 0
        for group in order[side[order] == 0] if wanted else ():
            if sizes[group] and held + sizes[group] <= ROOM * wanted:
                side[group] = SPLITS.index(name)
                held += int(sizes[group])
            if held >= wanted:
                break
        if wanted and not held:
            raise InputError(
                f"nothing can be held out for {name}: of {int((sizes > 0).sum())} groups by {by} "
                f"the smallest is more than {shares[name]:.0%} of the set; raise the share or the "
                "threshold, or split by something else"
            )
    return side


def _named(
    data: TrainingSet, label: np.ndarray, chromosomes: Mapping[str, Sequence[str]]
) -> np.ndarray:
    """The side of each chromosome, by index into `SPLITS`; train where it is not named."""
    names = _chromosomes(data)
    group = dict(zip(names, label.tolist(), strict=True))
    side = np.zeros(len(group), dtype=np.int64)
    for name, several in chromosomes.items():
        for one in several:
            if one not in group:
                raise InputError(
                    f"no DNA of the set lies on {one!r}: it has {', '.join([*group][:10])}"
                )
            side[group[one]] = SPLITS.index(name)
    return side


def _majority(
    data: TrainingSet,
    label: np.ndarray,
    unit: Mapping[str, str],
    by: By,
    before: pd.Series | None,
) -> np.ndarray:
    """The side that has most of each group, train at a tie."""
    if before is None:
        raise InputError("there is no split to repair: the set has none")
    if data.pairs is not None:
        owner = label[_rows(data, unit, by)]
    else:
        place = {id: row for row, id in enumerate(unit)}
        owner = label[[place[motif_protein(motif.name)] for motif in data.motifs]]
    votes = np.zeros((label.max() + 1, len(SPLITS)), dtype=np.int64)
    np.add.at(votes, (owner, before.map(SPLITS.index).to_numpy(np.int64)), 1)
    return votes.argmax(1)


def _before(data: TrainingSet) -> pd.Series | None:
    """The side of each pair, or without pairs of each motif; None without a split."""
    import pandas as pd

    if data.pairs is None:
        names = [data.sides.get(motif_protein(motif.name)) for motif in data.motifs]
        found = pd.Series(names, dtype=object)
    elif "split" in data.pairs:
        found = data.pairs["split"].astype(object).reset_index(drop=True)
    else:
        return None
    if found.isna().all():
        return None
    if not found.isin(SPLITS).all():
        other = found[~found.isin(SPLITS)].iloc[0]
        raise InputError(f"the split of a pair is {other!r}: it must be one of {', '.join(SPLITS)}")
    return found


def _apply(data: TrainingSet, side: np.ndarray, unit: Mapping[str, str], by: By) -> TrainingSet:
    sides = dict(zip(unit, side.tolist(), strict=True)) if data.motifs else {}
    if data.pairs is None:
        return replace(data, sides=sides)
    import pandas as pd

    codes = np.searchsorted(sorted(SPLITS), side)[_rows(data, unit, by)]
    column = pd.Categorical.from_codes(codes, sorted(SPLITS))
    return replace(data, pairs=data.pairs.assign(split=column), sides=sides)
