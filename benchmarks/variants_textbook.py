"""What `predict` says of well-known mutants, on well-known sites.

    python benchmarks/variants_textbook.py --data DIR [--model release]

DIR is the folder of all shared data, of which `variants/textbook.tsv` lists the mutants and what is
expected of each: put together from general knowledge, to be looked at and never fitted to. Printed
are the mutants that

- loss: lose more than 1 in their score on the protein's own site.
- neutral: move by less than 0.3 there.
- position 50: prefer the expected one of the homeodomain sites TAATCC and TAATT[AG].
- EGR1: score the site that their fingers were made for first of the eight sites of EGR1.

and, for receptors with another's P-box, the score on the estrogen element less that on the
glucocorticoid element, of the wild type and of the mutant.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import pandas as pd

from dna_protein_bca import BindingPredictor

LOST, NEUTRAL = 1.0, 0.3
"""Differences of scores, in nats."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of all shared data")
    parser.add_argument("--model", default="release")
    args = parser.parse_args()
    if args.data is None:
        sys.exit("the mutants do not come with the repository: give --data DIR")
    folder = args.data / "variants"
    table = pd.read_csv(folder / "textbook.tsv", sep="\t")
    predictor = BindingPredictor.from_pretrained(args.model, threads=1)
    scores = predictor.score_matrix(
        str(folder / "textbook.fa"), str(folder / "textbook_sites.fa"), labelled=True
    )
    for name, (met, count) in counts(table, scores).items():
        print(f"{name:12}{met} of {count}")
    for mutant in table[table["mutation"] == "P-box"].itertuples():
        before, after = (
            scores.loc[name, "ERE"] - scores.loc[name, "GRE"]
            for name in (mutant.wild_type, mutant.id)
        )
        print(f"P-box       {mutant.id}: ERE less GRE {before:.1f} -> {after:.1f}")


def counts(table: pd.DataFrame, scores: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """How many mutants of each kind do as expected, and how many there are.

    Args:
        table: the mutants; scores: of every protein on every site, with their ids.
    """
    met: dict[str, list[bool]] = {}
    for mutant in table.itertuples():
        kind = mutant.kind if mutant.kind in ("loss", "neutral") else _specificity(mutant)
        if kind == "P-box":
            continue
        met.setdefault(kind, []).append(_as_expected(kind, mutant, scores))
    return {kind: (sum(values), len(values)) for kind, values in met.items()}


def _specificity(mutant: object) -> str:
    if mutant.wild_type == "EGR1":  # type: ignore[attr-defined]
        return "EGR1"
    return "P-box" if mutant.mutation == "P-box" else "position 50"  # type: ignore[attr-defined]


def _as_expected(kind: str, mutant: object, scores: pd.DataFrame) -> bool:
    own, site = scores.loc[mutant.id], mutant.site  # type: ignore[attr-defined]
    if kind in ("loss", "neutral"):
        moved = scores.loc[mutant.wild_type, site] - own[site]  # type: ignore[attr-defined]
        return bool(moved > LOST) if kind == "loss" else bool(abs(moved) < NEUTRAL)
    if kind == "EGR1":
        return bool(own[[name for name in own.index if name.startswith("EGR1")]].idxmax() == site)
    best = own[[name for name in own.index if name.startswith("TAAT")]].idxmax()
    return re.fullmatch(site, best) is not None


if __name__ == "__main__":
    main()
