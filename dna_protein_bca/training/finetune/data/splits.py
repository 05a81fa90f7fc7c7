"""Which pairs are trained on, and which choose the best weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError, counted, one_or_many
from dna_protein_bca.io.pairs import SPLITS

from .checks import can_choose
from .same_sequences import PAIR, PROTEIN, pair_numbers

if TYPE_CHECKING:
    import pandas as pd

Split = Literal["auto", "protein", "pair"]

HELD_OUT = 0.1
"""Share of the pairs (or proteins) held out where neither a table nor a column says which."""

ENOUGH_PROTEINS = 10
"""The fewest proteins of which whole ones are held out."""

MORE = 20
"""The most further proteins that are held out where the first cannot tell weights apart."""


class PairSplits(NamedTuple):
    """Pairs by what they are for.

    Attributes:
        train: learned from.
        validation: choose the best weights; None where they are still to be drawn from `train`.
        unused: pairs of the table that are neither.
        note: a line about what the table's column `split` did; empty without one.
    """

    train: pd.DataFrame
    validation: pd.DataFrame | None
    unused: pd.DataFrame
    note: str


def follow_column(pairs: pd.DataFrame, validation: pd.DataFrame | None) -> PairSplits:
    """Follow the column `split` of the pairs, where they have one.

    `train` rows are trained on, `validation` rows validate and `test` rows are left out. A
    validation table takes the place of the `validation` rows, which are left out then; it counts as
    a whole, whatever a column of its own says.

    Args:
        pairs, validation: from `read_pairs`.

    Raises:
        InputError: no row to train on.
    """
    if validation is not None:
        validation = validation.drop(columns="split", errors="ignore")
    if "split" not in pairs:
        return PairSplits(pairs, validation, pairs.iloc[:0], "")
    rows = pairs.drop(columns="split")
    path = pairs["path"].iloc[0]
    train, held, unused = (_rows(rows, (pairs["split"] == name).to_numpy()) for name in SPLITS)
    if not len(train):
        raise InputError("no row has train in the column split: there is nothing to learn", path)
    if validation is not None:
        import pandas as pd

        unused = pd.concat([held, unused], ignore_index=True)
        part = "those of the validation table validate"
    elif len(held):
        validation, part = held, f"{len(held)} {one_or_many(len(held), 'validates', 'validate')}"
    else:
        part = "some of them are drawn to validate"
    trains = one_or_many(len(train), "trains", "train")
    left_out = f"{len(unused)} {one_or_many(len(unused), 'is', 'are')} left out"
    note = f"column split of {path}: {counted(len(train), 'pair')} {trains}, {part}, {left_out}"
    return PairSplits(train, validation, unused, note)


def _rows(pairs: pd.DataFrame, chosen: np.ndarray) -> pd.DataFrame:
    """Some of the rows, and of their categories only those that they have."""
    rows = pairs[chosen].reset_index(drop=True)
    for name in rows.select_dtypes("category"):
        rows[name] = rows[name].cat.remove_unused_categories()
    return rows


def split_pairs(
    pairs: pd.DataFrame, split: Split = "auto", seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A seeded tenth held out: whole proteins where there are ten or more, else pairs.

    Proteins and pairs count by their sequences: what has the same sequences under several ids, or
    was measured several times, is on one side as a whole. Pairs are drawn from every protein and
    label alike, and from those without a label. Where those drawn cannot tell which weights are
    best, a few more are drawn, as far as there are more.

    Args:
        pairs: with the columns of `number_sequences`.

    Raises:
        InputError: a split by protein, and only one protein.
    """
    count = pairs[PROTEIN].nunique()
    rng = np.random.default_rng(seed)
    by_protein = split == "protein" or (split == "auto" and count >= ENOUGH_PROTEINS)
    chosen = _draw_proteins(pairs, rng) if by_protein else _draw_pairs(pairs, rng)
    return pairs[~chosen].reset_index(drop=True), pairs[chosen].reset_index(drop=True)


def _draw_proteins(pairs: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Whether a row is of a protein that is held out, bool [rows]."""
    protein = pairs[PROTEIN].to_numpy()
    numbers = pairs[PROTEIN].unique()
    if len(numbers) < 2:
        raise InputError(
            "a split by protein needs two proteins or more, and the pairs name "
            f"{len(numbers)} (those of equal sequences are one): use --split pair, or give "
            "--validation"
        )
    count = max(1, round(HELD_OUT * len(numbers)))
    order = rng.permutation(numbers)
    chosen = np.isin(protein, order[:count])
    most = min(len(numbers) // 2, count + MORE) if can_choose(pairs) else count
    for number in order[count:most]:
        if can_choose(pairs[chosen]):
            break
        chosen = chosen | (protein == number)
    return chosen


def _draw_pairs(pairs: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Whether a row is of a pair that is held out, bool [rows]."""
    chosen = np.zeros(len(pairs), dtype=bool)
    keys = [pairs[PROTEIN], *([pairs["label"].fillna(-1)] if "label" in pairs else [])]
    for rows in pairs.groupby(keys, sort=False).indices.values():
        distinct = _distinct(pairs, rows)
        count = max(1, round(HELD_OUT * len(distinct))) if len(distinct) > 2 else 0
        chosen[rng.permutation(distinct)[:count]] = True
    _choose_more(pairs, chosen, rng)
    number = pair_numbers(pairs)[0]
    return np.isin(number, number[chosen])


def _distinct(pairs: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """The first of these rows of each pair."""
    return rows[~pairs.iloc[rows].duplicated(PAIR).to_numpy()]


def _choose_more(pairs: pd.DataFrame, chosen: np.ndarray, rng: np.random.Generator) -> None:
    """Choose more pairs, in place, where those chosen cannot tell which weights are best.

    Of a label that none of them has one pair is taken, where there are two or more; of affinities
    as many as it takes, up to half.
    """
    if can_choose(pairs[chosen]) or not can_choose(pairs):
        return
    if "label" in pairs and pairs["label"].notna().any():
        for value in (0, 1):
            having = _distinct(pairs, np.flatnonzero(pairs["label"] == value))
            if len(having) > 1 and not chosen[having].any():
                chosen[rng.choice(having)] = True
        return
    having = _distinct(pairs, np.flatnonzero(pairs["affinity"].notna() & ~chosen))
    for row in rng.permutation(having)[: len(pairs) // 2 - int(chosen.sum())]:
        if can_choose(pairs[chosen]):
            return
        chosen[row] = True
