"""Negatives for pairs that are there already: of a set, or of one's own files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.datasets.sources.peaks import Window
from dna_protein_bca.datasets.training_set import COLUMNS, TrainingSet
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

from .draw import Covered, Negatives, gc, matched_windows, other_sites, shuffle_of, shuffled
from .named_windows import Places, line_of

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("split", "assay")
"""Columns that a negative has of the positive it is drawn for."""


def add_negatives(
    data: TrainingSet,
    kinds: Sequence[Negatives],
    *,
    ratio: float = 1.0,
    seed: int = 0,
    genome: Genome | None = None,
    aliases: Mapping[str, str] | None = None,
    path: PathLike = "",
) -> tuple[TrainingSet, dict[str, Any]]:
    """The same set with negatives (label 0) after its pairs.

    They are drawn for each protein, side of the split and assay by itself, and go to that side and
    assay. None is a pair that is there already, in any assay or on either strand. Their `weight`
    is the mean of the positives that they were drawn for, their `group` that of the DNA that was
    shuffled, of the other protein's pair, or of a positive on the same chromosome.

    Args:
        data: with pairs; where they have neither label nor affinity, all are positives.
        kinds: dinucleotide-preserving shuffles of positives; windows of the genome with the same
            length and G+C, away from all DNA that the protein is paired with and from that of the
            other sides; other proteins' positives of the same side and assay, away from this
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
    positive = pairs[pairs["label"] == 1]
    if positive.empty:
        raise InputError("no pair has the label 1: there is nothing to draw negatives for")
    if "others" in kinds and positive["protein_id"].nunique() < 2:
        raise InputError("other proteins' sites need the positives of two proteins or more")
    if "shuffle" in kinds:
        _refuse_shuffles(data.dna, path)
    need = [*positive["dna_id"].unique()]
    places = Places(data.dna, genome, aliases, need=need, path=path)
    drawer = _Drawer(dict(data.dna), pairs, places, genome)
    tables: dict[Negatives, list[pd.DataFrame]] = {kind: [] for kind in kinds}
    asked, wanted = 0, 0.0
    for number, draw in enumerate(drawer.draws()):
        rng = np.random.default_rng((seed, number))
        # Rounded over all: a fraction here and a fraction there come to something.
        wanted += ratio * len(draw.positives)
        count, asked = round(wanted) - asked, round(wanted)
        for kind, found in tables.items():
            found.append(drawer.draw(kind, draw, count, rng))
    counts: dict[str, Any] = {"asked_of_each_kind": asked}
    gcs = {"positives": _gc(need, drawer.dna)}
    for kind, found in tables.items():
        ids = [id for table in found for id in table["dna_id"]]
        counts[f"negatives_{kind}"] = len(ids)
        if asked and not ids:
            raise InputError(
                "every site of another protein is paired with this one, or like one of its own: "
                "choose another kind of negatives"
            )
        gcs |= {kind: _gc(ids, drawer.dna)} if ids else {}
    done = _joined(pairs, [table for found in tables.values() for table in found])
    return replace(data, dna=drawer.dna, pairs=done), {**counts, "gc": gcs}


@dataclass(frozen=True)
class _Draw:
    """What negatives are drawn for: positives of a protein on one side and in one assay.

    Attributes:
        known: what the protein is paired with, and what was drawn for it so far.
        key: side and assay, as far as there are such columns.
        columns: the values of the negatives' other columns.
        positives: id -> bases, upper case.
    """

    known: _Known
    key: tuple[str, ...]
    columns: dict[str, Any]
    positives: dict[str, str]


class _Known:
    """DNA by id, by sequence and by place."""

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
        self._sides: dict[Any, Covered] = {}
        if "split" in pairs:
            for side, ids in pairs.groupby("split", observed=True)["dna_id"].unique().items():
                self._sides[side] = Covered(filter(None, map(places.windows.get, ids)))
        positive = pairs[pairs["label"] == 1]
        self._sites = {key: [*rows["dna_id"].unique()] for key, rows in self._by_key(positive)}
        self._groups: dict[str | None, Any] = {}
        if "group" in pairs:
            self._groups = dict(zip(positive["dna_id"], positive["group"], strict=True))

    def draws(self) -> Iterator[_Draw]:
        """What to draw for, protein by protein."""
        for protein, rows in self._pairs.groupby("protein_id", sort=False, observed=True):
            known = _Known()
            for id in rows["dna_id"].unique():
                known.add(id, self._canonical[id], self._places.windows.get(id))
            for key, some in self._by_key(rows[rows["label"] == 1]):
                columns = {"protein_id": protein, "label": 0}
                columns |= dict(zip(self._keys, key, strict=True))
                if "weight" in some:
                    columns["weight"] = some["weight"].mean()
                positives = {id: self.dna[id].upper() for id in some["dna_id"].unique()}
                yield _Draw(known, key, columns, positives)

    def draw(
        self, kind: Negatives, draw: _Draw, count: int, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Negatives of a kind, with the columns of the pairs that they have."""
        import pandas as pd

        find = {"shuffle": self._shuffles, "windows": self._windows, "others": self._others}[kind]
        found = find(draw, count, rng)
        if len(found) < count and kind != "others":
            raise InputError(
                f"{len(found)} negatives of the kind {kind} for {draw.columns['protein_id']}, and "
                f"{count} are asked for: lower --ratio, or choose another kind"
            )
        for id in found:
            self._add(id, draw)
        table = pd.DataFrame({"dna_id": list(found), **draw.columns})
        return table.assign(group=list(found.values())) if self._groups else table

    def _by_key(self, pairs: pd.DataFrame) -> Iterable[tuple[Any, pd.DataFrame]]:
        if not self._keys:
            return [((), pairs)] if len(pairs) else []
        return pairs.groupby(self._keys, sort=False, observed=True)

    def _add(self, id: str, draw: _Draw) -> None:
        canonical = self._canonical.setdefault(id, canonical_sequence(self.dna[id]))
        window = self._places.windows.get(id)
        draw.known.add(id, canonical, window)
        side = draw.columns.get("split")
        if window is not None and side in self._sides:
            self._sides[side].add(window)

    def _shuffles(self, draw: _Draw, count: int, rng: np.random.Generator) -> dict[str, Any]:
        """Id -> group of what was drawn; so do the other two."""
        known = draw.known.sequences
        found = shuffled(draw.positives, count, rng, used=self.dna, known=known)
        self.dna |= found
        return {id: self._groups.get(shuffle_of(id)) for id in found}

    def _windows(self, draw: _Draw, count: int, rng: np.random.Generator) -> dict[str, Any]:
        assert self._genome is not None
        side = draw.columns.get("split")
        away = [draw.known.covered, *(one for name, one in self._sides.items() if name != side)]
        positives = {self._places.windows[id]: text for id, text in draw.positives.items()}
        found = matched_windows(
            self._genome,
            positives,
            lambda window: any(one.touches(window) for one in away),
            count,
            rng,
        )
        groups = {
            self._places.windows[id].chrom: self._groups.get(id) for id in reversed(draw.positives)
        }
        named = {self._places.id(window): window for window in found}
        self._places.windows |= named
        self.dna |= {id: found[window] for id, window in named.items()}
        return {id: groups[window.chrom] for id, window in named.items()}

    def _others(self, draw: _Draw, count: int, rng: np.random.Generator) -> dict[str, Any]:
        def taken(id: str) -> bool:
            return draw.known.has(id, self._canonical[id], self._places.windows.get(id))

        sites = {id: self.dna[id] for id in self._sites[draw.key]}
        return {id: self._groups.get(id) for id in other_sites(sites, taken, count, rng)}


def _labelled(data: TrainingSet) -> pd.DataFrame:
    """The pairs with a label; side and assay are str, `""` where there is none."""
    if data.pairs is None:
        raise InputError("no pairs in it: negatives are drawn for pairs")
    pairs = data.pairs
    if "label" not in pairs:
        if "affinity" in pairs:
            raise InputError(
                "affinities alone do not say which pairs are bound: add a column label, 1 for those"
            )
        pairs = pairs.assign(label=np.int8(1))
    known = [name for name in KEYS if name in pairs]
    return pairs.assign(**{name: pairs[name].astype(object).fillna("") for name in known})


def _refuse_shuffles(dna: Iterable[str], path: PathLike) -> None:
    known = set(dna)
    for id in known:
        if shuffle_of(id) in known:
            raise InputError(
                f"record {id!r} is there already, and so are shuffles: give the set without them, "
                "or rename them",
                path,
                line_of(id, path),
            )


def _joined(pairs: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    done = pd.concat([pairs, *(table for table in tables if len(table))], ignore_index=True)
    if not done["label"].isna().any():
        done["label"] = done["label"].astype(np.int8)
    for name in ("group", "assay"):
        if name in done:
            done[name] = done[name].astype(object).where(done[name].fillna("") != "", None)
    return done[[name for name in COLUMNS if name in done]]


def _gc(ids: Iterable[str], dna: Mapping[str, str]) -> float:
    return round(float(np.mean([gc(dna[id].upper()) for id in ids])), 4)
