"""What each repeat of a training learns from, and what it is tested on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from dna_protein_bca.datasets import similarity
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.training.finetune.data import TrainingData
from dna_protein_bca.training.finetune.data.same_sequences import PAIR

if TYPE_CHECKING:
    import pandas as pd

By = Literal["protein", "dna", "family"]

NOT_SAVED = ("protein", "dna", *PAIR, "path", "line")
"""Columns of pairs that mean something in memory alone."""


@dataclass(frozen=True)
class Repeat:
    """One training of several.

    Attributes:
        name: of its folder.
        pairs: table with a column `split`; None where the training reads its own inputs.
        held: pairs that it is tested on.
        seed: of its batches and first weights.
    """

    name: str
    pairs: Path | None
    held: pd.DataFrame
    seed: int


def plan_replicates(
    data: TrainingData, folder: Path, count: int, seed: int, own_split: bool
) -> list[Repeat]:
    """Trainings on the same pairs with other seeds, tested on the validation pairs of all.

    Args:
        own_split: whether the inputs say what validates; else what was drawn is written down, so
            that all draw the same.
    """
    pairs = None
    if not own_split and len(data.validation):
        parts = {"train": data.train, "validation": data.validation}
        pairs = _write(folder / "pairs.tsv", parts)
    held = _saved(data.validation)
    return [
        Repeat(f"replicate-{number + 1}", pairs, held, seed + number) for number in range(count)
    ]


def plan_folds(data: TrainingData, folder: Path, count: int, by: By, seed: int) -> list[Repeat]:
    """Trainings of which each leaves another fold of the pairs out, and is tested on it.

    Args:
        by: what is in one fold as a whole: alike proteins, families, or alike DNA, as `data split`
            divides them.

    Raises:
        InputError: there are fewer groups than folds.
    """
    import pandas as pd

    pairs = pd.concat([data.train, data.validation], ignore_index=True)
    fold = assign_folds(_groups(data, pairs, by), count, by, seed)
    repeats = []
    for number in range(count):
        held = fold == number
        parts = {"train": pairs[~held], "test": pairs[held]}
        path = _write(folder / f"fold-{number + 1}.tsv", parts)
        repeats.append(Repeat(f"fold-{number + 1}", path, _saved(pairs[held]), seed))
    return repeats


def assign_folds(group: np.ndarray, count: int, by: str, seed: int) -> np.ndarray:
    """The fold of each pair, int64 [pairs]: groups as a whole, folds as equal as they allow.

    Args:
        group: int64 [pairs].

    Raises:
        InputError: there are fewer groups than folds.
    """
    names, inverse, sizes = np.unique(group, return_inverse=True, return_counts=True)
    if len(names) < count:
        raise InputError(
            f"{count} folds by {by} need {count} groups of alike ones, and there are {len(names)}: "
            "give fewer --folds, or divide --by something else"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold, held = np.empty(len(names), dtype=np.int64), np.zeros(count, dtype=np.int64)
    for one in order:
        fold[one] = held.argmin()
        held[fold[one]] += sizes[one]
    assigned: np.ndarray = fold[inverse]
    return assigned


def _groups(data: TrainingData, pairs: pd.DataFrame, by: By) -> np.ndarray:
    """The group of each pair, int64 [pairs]."""
    if by == "dna":
        group = similarity.by_similarity(list(data.dna.values()))
        return group[pairs["dna"].to_numpy()]
    sequences = {protein.record.id: protein.record.sequence for protein in data.proteins}
    states = {
        protein.record.id: match_states(protein.record.sequence, protein.domains)
        for protein in data.proteins
    }
    group = (
        similarity.by_family(states)
        if by == "family"
        else similarity.by_identity(sequences, states)
    )
    return group[pairs["protein"].to_numpy()]


def _write(path: Path, parts: dict[str, pd.DataFrame]) -> Path:
    """Write the pairs of several splits as one table."""
    import pandas as pd

    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.concat([_saved(part).assign(split=name) for name, part in parts.items()])
    if "label" in table:
        table["label"] = table["label"].astype("Int8")
    with atomic_path(path) as partial:
        table.to_csv(partial, sep="\t", index=False)
    return path


def _saved(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs as a table holds them: what is blank throughout is left out."""
    table = pairs.drop(columns=[name for name in NOT_SAVED if name in pairs])
    kept: pd.DataFrame = table.dropna(axis=1, how="all").reset_index(drop=True)
    return kept
