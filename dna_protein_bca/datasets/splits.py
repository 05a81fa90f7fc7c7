"""Splits into train, validation and test, with what is alike in the same split."""

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

from . import similarity
from .training_set import TrainingSet

if TYPE_CHECKING:
    import pandas as pd

By = Literal["protein", "family", "chromosome", "dna", "random"]

SHARE = 0.1
"""Share of a set that is held out for validation, and for test, by default."""

ROOM = 1.1
"""How far above its share a split may come by one more group."""

RANDOM_WARNING = (
    "a random split puts the same proteins and similar DNA into training and test: results on it "
    "measure memory, and not whether the model works on a new protein or a new sequence"
)

_CHROMOSOME = re.compile(r"^(.+):\d+-\d+(?:_\w+)?$")


@dataclass(frozen=True)
class Split:
    """A set that is split, and how.

    Attributes:
        data: pairs with the column `split`, motifs with `motif_splits`.
        moved: pairs (motifs, without pairs) whose split in the table's own `split` column was
            another; None where it had none.
        groups: how many groups there are, and how many of the pairs the largest one has.
        states: the proteins' aligned domains, where they were looked for.
        parameters: how the set was split, for its datasheet.
        warnings: what a reader of results should know.
    """

    data: TrainingSet
    moved: int | None = 0
    groups: dict[str, int] = field(default_factory=dict)
    states: Mapping[str, MatchStates] | None = None
    parameters: dict[str, object] = field(default_factory=dict)
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
            as whole groups allow, and groups too large for a split go to train.
        chromosomes: split -> names, for `chromosome`, in place of a draw.
        repair: keep the set's own split, and move only what leaks: each group goes to the split
            that has most of its pairs.
        seed: of the draw; the same set and seed give the same split.
        threads: CPU threads of the search for domains; 0 for all cores.

    Raises:
        InputError: nothing can be held out; motifs or ids that this split cannot divide.
    """
    if threshold is None:
        threshold = {"protein": similarity.IDENTITY, "dna": similarity.SIMILARITY}.get(by)
    shares = shares or {"validation": SHARE, "test": SHARE}
    items = _Items(data, by, threshold or 0.0, threads)
    before = _splits_of(data)
    if repair:
        chosen = items.majority(before)
    elif chromosomes is not None:
        chosen = items.named(chromosomes)
    else:
        chosen = _draw(items.sizes, shares, by, seed)
    done = items.assigned(np.array(SPLITS)[chosen[items.group]])
    after = _splits_of(done)
    moved = None if before is None or after is None else int((before != after).sum())
    groups = {
        "groups": len(items.sizes),
        "largest_group": int(items.sizes.max()),
        "items": int(items.sizes.sum()),
    }
    parameters: dict[str, object] = {"by": by, "threshold": threshold}
    parameters |= {"shares": shares} if chromosomes is None else {"chromosomes": chromosomes}
    parameters |= {"repair": repair, "seed": seed}
    warnings = [RANDOM_WARNING] if by == "random" else []
    return Split(done, moved, groups, items.states, parameters, warnings)


def chromosome(dna_id: str) -> str | None:
    """`chr1` of `chr1:100-201`; None for an id that names no place."""
    match = _CHROMOSOME.match(dna_id)
    return match[1] if match else None


class _Items:
    """What is divided: the proteins, the DNA or, at random, the pairs of a set.

    Attributes:
        group: int64 [items], the group of each, which stays together.
        sizes: int64 [groups], pairs of each group, or without pairs its motifs.
        states: the proteins' aligned domains, where they were looked for.
    """

    def __init__(self, data: TrainingSet, by: By, threshold: float, threads: int) -> None:
        self.data, self.by = data, by
        self.states: dict[str, MatchStates] | None = None
        self._ids = list(data.dna)
        if by in ("protein", "family"):
            self.states = similarity.protein_states(data.proteins, threads=threads)
            self._ids = list(data.proteins)
        self.group = self._groups(threshold)
        if self.states is None and data.motifs:
            raise InputError(f"motifs are divided by protein or family, not by {by}")
        self._row = {id: row for row, id in enumerate(self._ids)}
        members = np.bincount(self._owners(), minlength=len(self.group))
        self.sizes = np.bincount(self.group, weights=members).astype(np.int64)

    def majority(self, before: pd.Series | None) -> np.ndarray:
        """The split that has most of each group, train at a tie, by index into `SPLITS`."""
        if before is None:
            raise InputError("there is no split to repair: the set has none")
        counts = np.zeros((len(self.sizes), len(SPLITS)), dtype=np.int64)
        indices = before.map(SPLITS.index).to_numpy(np.int64)
        np.add.at(counts, (self.group[self._owners()], indices), 1)
        return counts.argmax(1)

    def named(self, chromosomes: Mapping[str, Sequence[str]]) -> np.ndarray:
        """The split of each chromosome, by index into `SPLITS`; train where it is not named."""
        group = dict(zip(_chromosomes(self.data), self.group.tolist(), strict=True))
        chosen = np.zeros(len(group), dtype=np.int64)
        for name, several in chromosomes.items():
            for chrom in several:
                if chrom not in group:
                    raise InputError(
                        f"no DNA of the set lies on {chrom!r}: it has {', '.join([*group][:10])}"
                    )
                chosen[group[chrom]] = SPLITS.index(name)
        return chosen

    def assigned(self, splits: np.ndarray) -> TrainingSet:
        """The set with the split, str [items], of each item."""
        of_motifs = {}
        if self.data.motifs:
            of_motifs = dict(zip(self._ids, splits.tolist(), strict=True))
        if self.data.pairs is None:
            return replace(self.data, motif_splits=of_motifs)
        import pandas as pd

        codes = np.searchsorted(sorted(SPLITS), splits)[self._owners()]
        column = pd.Categorical.from_codes(codes, sorted(SPLITS))
        pairs = self.data.pairs.assign(split=column)
        return replace(self.data, pairs=pairs, motif_splits=of_motifs)

    def _groups(self, threshold: float) -> np.ndarray:
        if self.states is not None:
            if self.by == "family":
                return similarity.by_family(self.states)
            return similarity.by_identity(self.data.proteins, self.states, threshold)
        if self.data.pairs is None:
            raise InputError(
                f"a split by {self.by} needs pairs: motifs are divided by protein or family"
            )
        if self.by == "dna":
            return similarity.by_similarity(list(self.data.dna.values()), threshold)
        if self.by == "random":
            return np.arange(len(self.data.pairs))
        number: dict[str, int] = {}
        names = _chromosomes(self.data)
        return np.array([number.setdefault(name, len(number)) for name in names])

    def _owners(self) -> np.ndarray:
        """The item that each pair, or without pairs each motif, belongs to: int64."""
        if self.data.pairs is None:
            owners = [self._row[motif_protein(motif.name)] for motif in self.data.motifs]
            return np.array(owners, dtype=np.int64)
        if self.by == "random":
            return np.arange(len(self.data.pairs))
        column = "dna_id" if self.states is None else "protein_id"
        rows: np.ndarray = self.data.pairs[column].map(self._row).astype(np.int64).to_numpy()
        return rows


def _chromosomes(data: TrainingSet) -> list[str]:
    """The chromosome of each DNA: of its id, or else the `group` of its pairs."""
    names: dict[str, object] = {id: chromosome(id) for id in data.dna}
    if None in names.values() and data.pairs is not None and "group" in data.pairs:
        table = data.pairs[["dna_id", "group"]].drop_duplicates()
        groups = dict(zip(table["dna_id"], table["group"], strict=True))
        names = {id: name or groups.get(id) for id, name in names.items()}
    unnamed = next((id for id, name in names.items() if not isinstance(name, str)), None)
    if unnamed is not None:
        raise InputError(
            f"DNA {unnamed!r} names no chromosome: name it chr1:100-201, or give the chromosome "
            "in the column group of the pairs"
        )
    return [str(name) for name in names.values()]


def _draw(sizes: np.ndarray, shares: Mapping[str, float], by: By, seed: int) -> np.ndarray:
    """The split of each group, by index into `SPLITS`: groups in random order fill test, then
    validation."""
    order = np.random.default_rng(seed).permutation(len(sizes))
    chosen = np.zeros(len(sizes), dtype=np.int64)
    total = int(sizes.sum())
    for name in ("test", "validation"):
        wanted, held = shares.get(name, 0.0) * total, 0
        for group in order[chosen[order] == 0] if wanted else ():
            if sizes[group] and held + sizes[group] <= ROOM * wanted:
                chosen[group] = SPLITS.index(name)
                held += int(sizes[group])
            if held >= wanted:
                break
        if wanted and not held:
            raise InputError(
                f"nothing can be held out for {name}: of {int((sizes > 0).sum())} groups by {by} "
                f"the smallest is more than {shares[name]:.0%} of the set; raise the share or the "
                "threshold, or split by something else"
            )
    return chosen


def _splits_of(data: TrainingSet) -> pd.Series | None:
    """The split of each pair, or without pairs of each motif; None where the set is not split."""
    import pandas as pd

    if data.pairs is None:
        names = [data.motif_splits.get(motif_protein(motif.name)) for motif in data.motifs]
        splits = pd.Series(names, dtype=object)
    elif "split" in data.pairs:
        splits = data.pairs["split"].astype(object).reset_index(drop=True)
    else:
        return None
    if splits.isna().all():
        return None
    if not splits.isin(SPLITS).all():
        other = splits[~splits.isin(SPLITS)].iloc[0]
        raise InputError(f"the split of a pair is {other!r}: it must be one of {', '.join(SPLITS)}")
    return splits
