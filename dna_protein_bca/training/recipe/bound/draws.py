"""Real bound DNA, protein by protein, and the samples that a step learns from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.datasets.sources import bound_dna
from dna_protein_bca.datasets.sources.bound_dna import Windows
from dna_protein_bca.io.tokenizers import DNATokenizer

ASSAYS = ("reads", "sites", "shuffled", "arrays")
"""Selected against unselected reads; genomic windows against those of other families, and against
themselves with the site's bases in another order; microarrays."""

FEWEST = 30
"""Genomic windows of a protein from which on they count."""

BOUND = 0.4
"""E-score from which on an 8-mer of an array is one of the best; 0.45 is surely bound."""

BEST = 50
"""8-mers that count as the best where fewer reach that score."""

_DNA = DNATokenizer()


@dataclass(frozen=True)
class DrawConfig:
    """How much DNA of one protein a step learns from.

    Attributes:
        bound, unbound: DNAs of each kind.
        window: least and greatest length of a genomic window, bp.
    """

    bound: int = 32
    unbound: int = 32
    window: tuple[int, int] = (50, 90)


class Sample(NamedTuple):
    """Some DNA of one protein and assay.

    Attributes:
        ids: uint8 [s, n].
        target: float [s], 1 or 0, or E-scores.
        weight: float [s], how many DNAs of the assay each stands for.
        site: bool [s, n], the bases of the site; all False where it is not known.
    """

    ids: Tensor
    target: Tensor
    weight: Tensor
    site: Tensor


class BoundDNA:
    """The tables of real bound DNA.

    Args:
        folder: of all shared data.
        families: of the proteins that count, by their id.
        config: how much is drawn.
    """

    def __init__(self, folder: Path, families: Mapping[str, str], config: DrawConfig) -> None:
        self.families, self.config = families, config
        reads = bound_dna.read_selex(folder)
        self.reads = {
            str(name): {label: list(rows) for label, rows in part.groupby("selected").sequence}
            for name, part in reads.groupby("protein_id")
            if name in families
        }
        sites = bound_dna.read_sites(folder)
        self.sites = {
            str(name): part
            for name, part in sites.groupby("protein_id")
            if name in families and len(part) >= FEWEST
        }
        arrays = bound_dna.read_arrays(folder, "train")
        self.arrays = {array.protein_id: array for array in arrays if array.protein_id in families}

    @property
    def names(self) -> list[str]:
        """All proteins that have such DNA, in alphabetical order."""
        return sorted({*self.reads, *self.sites, *self.arrays})

    def proteins(self, assay: str) -> list[str]:
        """The proteins of an assay."""
        tables: Mapping[str, Collection[object]] = {
            "reads": self.reads,
            "sites": self.sites,
            "shuffled": self.sites,
            "arrays": self.arrays,
        }[assay]
        return list(tables)

    def draw(self, assay: str, protein: str, rng: np.random.Generator) -> Sample:
        """Some DNA of a protein."""
        if assay == "reads":
            return self._draw_reads(protein, rng)
        if assay == "arrays":
            return self._draw_array(protein, rng)
        return self._draw_sites(protein, rng, shuffled=assay == "shuffled")

    def windows(self, protein: str, count: int, width: int, rng: np.random.Generator) -> Windows:
        """Genomic windows with a site of a protein, which lies anywhere in them."""
        table = self.sites[protein]
        rows = table.iloc[rng.integers(0, len(table), count)]
        return bound_dna.cut_windows(rows, width, rng)

    def _draw_reads(self, protein: str, rng: np.random.Generator) -> Sample:
        c = self.config
        chosen = [
            reads[int(row)]
            for label, count in ((1, c.bound), (0, c.unbound))
            for reads in [self.reads[protein][label]]
            for row in rng.integers(0, len(reads), count)
        ]
        return sample(chosen, np.repeat([1.0, 0.0], [c.bound, c.unbound]))

    def _draw_sites(self, protein: str, rng: np.random.Generator, *, shuffled: bool) -> Sample:
        c = self.config
        width = int(rng.integers(c.window[0], c.window[1] + 1))
        bound = self.windows(protein, c.bound, width, rng)
        if shuffled:
            without = bound_dna.shuffle_sites(bound, rng)
        else:
            family = self.families[protein]
            others = [name for name in self.sites if self.families[name] != family]
            names = rng.choice(others, min(8, c.unbound, len(others)), replace=False)
            each = -(-c.unbound // len(names))
            without = [
                text
                for name in names
                for text in self.windows(str(name), each, width, rng).sequences
            ]
        label = np.repeat([1.0, 0.0], [len(bound.sequences), len(without)])
        drawn = sample([*bound.sequences, *without], label)
        place = torch.arange(width)
        start, end = (torch.from_numpy(edge)[:, None] for edge in (bound.start, bound.end))
        drawn.site[: len(start)] = (place >= start) & (place < end)
        return drawn

    def _draw_array(self, protein: str, rng: np.random.Generator) -> Sample:
        c, array = self.config, self.arrays[protein]
        order = np.argsort(-array.escores, kind="stable")
        best = max(BEST, int((array.escores >= BOUND).sum()))
        near = min(12 * best, len(order) // 2)
        rows = np.concatenate(
            [
                order[rng.integers(0, best, c.bound)],
                order[rng.integers(best, near, c.unbound // 2)],
                order[rng.integers(near, len(order), c.unbound)],
            ]
        )
        weight = np.repeat(
            [best / c.bound, (near - best) / (c.unbound // 2), (len(order) - near) / c.unbound],
            [c.bound, c.unbound // 2, c.unbound],
        )
        return sample([array.kmers[row] for row in rows], array.escores[rows], weight)


def sample(sequences: list[str], target: np.ndarray, weight: np.ndarray | None = None) -> Sample:
    """DNA of one length as a sample without sites."""
    ids = _DNA.encode(sequences).ids
    weights = np.ones(len(target)) if weight is None else weight
    return Sample(
        ids,
        torch.from_numpy(target).float(),
        torch.from_numpy(weights).float(),
        torch.zeros_like(ids, dtype=torch.bool),
    )
