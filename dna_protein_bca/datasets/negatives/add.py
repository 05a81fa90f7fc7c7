"""Negatives for the pairs of a set, or of the user's own files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.datasets.sources.peaks import Window
from dna_protein_bca.datasets.training_set import COLUMNS, TrainingSet, with_same_categories
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

from .draw import (
    Covered,
    Negatives,
    check_enough,
    matched_windows,
    mean_gc,
    other_sites,
    shuffle_of,
    shuffled,
)
from .named_windows import Places, line_of

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("split", "assay")
"""Columns that a negative has of the positive it is drawn for."""

Groups = dict[str, object]
"""DNA by id: the value of its pair's column `group`."""


def add_negatives(
    data: TrainingSet,
    kinds: Sequence[Negatives],
    *,
    ratio: float = 1.0,
    seed: int = 0,
    genome: Genome | None = None,
    aliases: Mapping[str, str] | None = None,
    path: PathLike = "",
) -> tuple[TrainingSet, dict[str, object]]:
    """The same set with negatives (label 0) after its pairs.

    They are drawn for each protein, split and assay separately, and belong to that split and
    assay. None is a pair of the set already, in any assay or on either strand. Their `weight` is
    the mean of the positives that they were drawn for; their `group` is that of the DNA that was
    shuffled, of the other protein's pair, or of a positive on the same chromosome.

    Args:
        data: with pairs; where they have neither label nor affinity, all are positives.
        kinds: dinucleotide-preserving shuffles of positives; windows of the genome with the same
            length and G+C, away from all DNA that the protein is paired with and from that of the
            other splits; other proteins' positives of the same split and assay, away from this
            protein's DNA.
        ratio: negatives of each kind for a positive; of `others` fewer where there are no more.
        seed: of everything that is drawn.
        genome: for `windows`, which needs positives whose ids name their place in it.
        aliases: see `match_chromosomes`.
        path: of the DNA, for errors.

    Returns:
        The set; and of each kind how many were drawn, how many there should be, and their G+C
        beside that of the positives.

    Raises:
        InputError: no positive, or affinities alone; ids that shuffles would have; a positive
            that the genome does not have where its id says; one protein alone for `others`, or
            none of their sites free; fewer shuffles or windows than the ratio asks for.
    """
    pairs = _labelled(data)
    ids = _positive_ids(pairs, kinds)
    if "shuffle" in kinds:
        _refuse_shuffles(data.dna, path)
    places = Places(data.dna, genome, aliases, need=ids, path=path)
    drawer = _Drawer(dict(data.dna), pairs, places, genome)
    tables: dict[Negatives, list[pd.DataFrame]] = {kind: [] for kind in kinds}
    asked, wanted = 0, 0.0
    for number, task in enumerate(drawer.tasks()):
        rng = np.random.default_rng((seed, number))
        # Rounded over all tasks, so that a fraction of a negative for each adds up.
        wanted += ratio * len(task.positives)
        count, asked = round(wanted) - asked, round(wanted)
        for kind, of_kind in tables.items():
            of_kind.append(drawer.draw(kind, task, count, rng))
    done = _joined(pairs, [table for of_kind in tables.values() for table in of_kind])
    drawn = {
        kind: [id for table in of_kind for id in table["dna_id"]]
        for kind, of_kind in tables.items()
    }
    return replace(data, dna=drawer.dna, pairs=done), _counts(asked, ids, drawn, drawer.dna)


def _counts(
    asked: int,
    positives: Sequence[str],
    drawn: Mapping[Negatives, Sequence[str]],
    dna: Mapping[str, str],
) -> dict[str, object]:
    """What `add_negatives` returns beside the set, of ids of positives and negatives."""
    if asked and not all(drawn.values()):
        raise InputError(
            "every site of another protein is paired with this one, or like one of its own: "
            "choose another kind of negatives"
        )
    counts: dict[str, object] = {"asked_of_each_kind": asked}
    counts |= {f"negatives_{kind}": len(ids) for kind, ids in drawn.items()}
    compared: dict[str, Sequence[str]] = {"positives": positives}
    compared |= {kind: ids for kind, ids in drawn.items() if ids}
    return counts | {
        "gc": {name: mean_gc(dna[id].upper() for id in ids) for name, ids in compared.items()}
    }


def _positive_ids(pairs: pd.DataFrame, kinds: Sequence[Negatives]) -> list[str]:
    """Ids of the DNA of positives, each once."""
    positive = pairs.loc[pairs["label"] == 1, ["protein_id", "dna_id"]]
    if positive.empty:
        raise InputError("no pair has the label 1: there is nothing to draw negatives for")
    if "others" in kinds and positive["protein_id"].nunique() < 2:
        raise InputError("other proteins' sites need the positives of two proteins or more")
    return [*positive["dna_id"].unique()]


@dataclass(frozen=True)
class _Task:
    """What negatives are drawn for: positives of a protein in one split and assay.

    Attributes:
        protein: its id.
        paired: what the protein is paired with, and what was drawn for it so far.
        key: values of `KEYS`, of those that are columns.
        split: name of the split; None without one.
        weight: of the negatives; None without weights.
        positives: id -> bases, upper case.
    """

    protein: str
    paired: _Paired
    key: tuple[str, ...]
    split: str | None
    weight: float | None
    positives: dict[str, str]


class _Paired:
    """DNA by id, by sequence and by window of the genome."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.sequences: set[str] = set()
        self.covered = Covered()

    def add(self, id: str, canonical: str, window: Window | None) -> None:
        self.ids.add(id)
        self.sequences.add(canonical)
        if window is not None:
            self.covered.add(window)

    def has(self, id: str, canonical: str, window: Window | None) -> bool:
        """Whether the DNA is there under this id or another, or overlaps some that is."""
        if id in self.ids or canonical in self.sequences:
            return True
        return window is not None and self.covered.touches(window)


class _Drawer:
    """Draws negatives, and remembers them.

    Attributes:
        dna: id -> bases, with those of the negatives.
    """

    def __init__(
        self, dna: dict[str, str], pairs: pd.DataFrame, places: Places, genome: Genome | None
    ) -> None:
        self.dna = dna
        self._pairs, self._places, self._genome = pairs, places, genome
        self._keys = [name for name in KEYS if name in pairs]
        self._canonical = {id: canonical_sequence(dna[id]) for id in pairs["dna_id"].unique()}
        self._covered: dict[str, Covered] = {}
        if "split" in pairs:
            for name, ids in pairs.groupby("split", observed=True)["dna_id"].unique().items():
                self._covered[name] = Covered(filter(None, map(places.windows.get, ids)))
        positive = pairs[pairs["label"] == 1]
        self._sites = {key: [*part["dna_id"].unique()] for key, part in self._by_key(positive)}
        self._groups: Groups = {}
        if "group" in pairs:
            self._groups = dict(zip(positive["dna_id"], positive["group"], strict=True))

    def tasks(self) -> Iterator[_Task]:
        """What to draw for, protein by protein."""
        for protein, of_protein in self._pairs.groupby("protein_id", sort=False, observed=True):
            paired = _Paired()
            for id in of_protein["dna_id"].unique():
                paired.add(id, self._canonical[id], self._places.windows.get(id))
            for key, part in self._by_key(of_protein[of_protein["label"] == 1]):
                yield _Task(
                    str(protein),
                    paired,
                    key,
                    key[self._keys.index("split")] if "split" in self._keys else None,
                    part["weight"].mean() if "weight" in part else None,
                    {id: self.dna[id].upper() for id in part["dna_id"].unique()},
                )

    def draw(
        self, kind: Negatives, task: _Task, count: int, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Negatives of a kind, with the columns of the pairs that they have."""
        import pandas as pd

        find = {"shuffle": self._shuffles, "windows": self._windows, "others": self._others}[kind]
        groups = find(task, count, rng)
        check_enough(kind, task.protein, len(groups), count)
        for id in groups:
            self._add(id, task)
        columns: dict[str, object] = {"protein_id": task.protein, "label": 0}
        columns |= dict(zip(self._keys, task.key, strict=True))
        if task.weight is not None:
            columns["weight"] = task.weight
        table = pd.DataFrame({"dna_id": list(groups), **columns})
        return table.assign(group=list(groups.values())) if self._groups else table

    def _by_key(self, pairs: pd.DataFrame) -> Iterable[tuple[tuple[str, ...], pd.DataFrame]]:
        if not self._keys:
            return [((), pairs)] if len(pairs) else []
        by_key: Iterable[tuple[tuple[str, ...], pd.DataFrame]] = pairs.groupby(
            self._keys, sort=False, observed=True
        )
        return by_key

    def _add(self, id: str, task: _Task) -> None:
        # Those of what is drawn are not kept: there may be millions, and none is asked for again.
        canonical = self._canonical.get(id) or canonical_sequence(self.dna[id])
        window = self._places.windows.get(id)
        task.paired.add(id, canonical, window)
        if window is not None and task.split in self._covered:
            self._covered[task.split].add(window)

    def _shuffles(self, task: _Task, count: int, rng: np.random.Generator) -> Groups:
        """The DNA that was drawn and its groups, as of `_windows` and `_others`."""
        sequences = task.paired.sequences
        shuffles = shuffled(task.positives, count, rng, used=self.dna, excluded=sequences)
        self.dna |= shuffles
        return {id: self._groups.get(shuffle_of(id) or "") for id in shuffles}

    def _windows(self, task: _Task, count: int, rng: np.random.Generator) -> Groups:
        assert self._genome is not None
        others = (covered for name, covered in self._covered.items() if name != task.split)
        away = [task.paired.covered, *others]
        positives = {self._places.windows[id]: text for id, text in task.positives.items()}
        windows = matched_windows(
            self._genome,
            positives,
            lambda window: any(covered.touches(window) for covered in away),
            count,
            rng,
        )
        groups = {
            self._places.windows[id].chrom: self._groups.get(id) for id in reversed(task.positives)
        }
        named = {self._places.id(window): window for window in windows}
        self._places.windows |= named
        self.dna |= {id: windows[window] for id, window in named.items()}
        return {id: groups[window.chrom] for id, window in named.items()}

    def _others(self, task: _Task, count: int, rng: np.random.Generator) -> Groups:
        def paired(id: str) -> bool:
            return task.paired.has(id, self._canonical[id], self._places.windows.get(id))

        sites = {id: self.dna[id] for id in self._sites[task.key]}
        return {id: self._groups.get(id) for id in other_sites(sites, paired, count, rng)}


def _labelled(data: TrainingSet) -> pd.DataFrame:
    """The pairs with a label; split and assay are `""` where a pair has none."""
    if data.pairs is None:
        raise InputError("no pairs in it: negatives are drawn for pairs")
    pairs = data.pairs
    if "label" not in pairs:
        if "affinity" in pairs:
            raise InputError(
                "affinities alone do not say which pairs are bound: add a column label, 1 for those"
            )
        pairs = pairs.assign(label=np.int8(1))
    keys = [name for name in KEYS if name in pairs]
    return pairs.assign(**{name: _filled(pairs[name]) for name in keys})


def _filled(column: pd.Series) -> pd.Series:
    """Texts, `""` where there is none; categories where they were."""
    if column.dtype != "category":
        return column.astype(object).fillna("")
    if "" not in column.cat.categories:
        column = column.cat.add_categories([""])
    return column.fillna("")


def _emptied(column: pd.Series) -> pd.Series:
    """The same texts, None (of categories, missing) where they are `""`."""
    if column.dtype != "category":
        return column.astype(object).where(column.fillna("") != "", None)
    return column.cat.remove_categories([""]) if "" in column.cat.categories else column


def _refuse_shuffles(dna: Mapping[str, str], path: PathLike) -> None:
    for id in dna:
        if shuffle_of(id) in dna:
            raise InputError(
                f"record {id!r} is there already, named as a shuffle would be: give the set "
                "without shuffles, or rename them",
                path,
                line_of(id, path),
            )


def _joined(pairs: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The pairs and the negatives as one table, in which texts stay categories where they were."""
    import pandas as pd

    if some := [table for table in tables if len(table)]:
        drawn = pd.concat(some, ignore_index=True)
        texts = [name for name in drawn if name in pairs and pairs[name].dtype == "category"]
        drawn = drawn.astype(dict.fromkeys(texts, "category"))
        pairs = pd.concat(with_same_categories([pairs, drawn]), ignore_index=True)
    done = pairs.copy(deep=False)
    if not done["label"].isna().any():
        done["label"] = done["label"].astype(np.int8)
    for name in ("group", "assay"):
        if name in done:
            done[name] = _emptied(done[name])
    return done[[name for name in COLUMNS if name in done]]
