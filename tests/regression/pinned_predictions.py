"""The predictions that no change of the code may move, computed: `python pinned_predictions.py`.

Run as a program it writes them to `pinned/`, which is done only where weights change.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.io.tokenizers import DNATokenizer

FOLDER = Path(__file__).parent / "pinned"
PROTEINS = FOLDER / "proteins.fa"
MODELS = ("release-v1", "heldout-v1")
COLUMNS = [
    "protein_id",
    "dna_id",
    "score",
    "start",
    "end",
    "strand",
    "dbd",
    "nearest_measured",
]

LENGTHS = (5, 6, 8, 15, 20, 57, 101, 127, 128, 129, 130, 191, 192, 193, 257, 500, 1001, 5000)
"""In bp: around a tile's 128 and the steps of 64 in which longer DNA is cut."""

POSITION_BP = 60
"""Length of the DNA of which every position's score is pinned."""


def dna_records() -> dict[str, str]:
    """Random DNA of every length, some of it soft-masked, ambiguous or unknown."""
    rng = np.random.default_rng(7)
    records = {f"random_{length}": "".join(rng.choice(list("ACGT"), length)) for length in LENGTHS}
    records["lower_case"] = records["random_101"].lower()
    records["ambiguous"] = records["random_57"][:20] + "RYSWKMBDHVN" + records["random_57"][20:]
    records["with_gap"] = records["random_101"] + "N" * 90 + records["random_130"]
    records["palindrome"] = "GACCACGTGGTC"
    records["all_n"] = "N" * 40
    records["too_short"] = "ACGT"
    return records


def pairs() -> list[tuple[str, str]]:
    """Pairs of which some proteins have many and others one, in no order."""
    proteins = ["CTCF", "MAX", "CTCF", "GATA1", "ZNF260", "ubiquitin", "SATB1", "TP53_fragment"]
    records = list(dna_records())
    drawn = [(proteins[i % 8], records[(5 * i) % len(records)]) for i in range(40)]
    return drawn + [("SP1", name) for name in records]


def tables() -> dict[str, pd.DataFrame]:
    """Name -> predictions: every protein on every DNA, by each model and by both, and pairs."""
    predictors = {name: BindingPredictor.from_pretrained(name) for name in MODELS}
    found = {
        name: one.predict(PROTEINS, dna_records(), background=None)
        for name, one in predictors.items()
    }
    both = EnsemblePredictor(list(predictors.values()))
    found["both"] = both.predict(PROTEINS, dna_records(), background=None)
    found["pairs"] = predictors[MODELS[0]].predict(
        PROTEINS, dna_records(), pairs(), background=None
    )
    return {name: table[COLUMNS] for name, table in found.items()}


def positions() -> dict[str, np.ndarray]:
    """Model -> score of every position and strand of a DNA: float32 [scorable proteins, n, 2]."""
    text = dna_records()["random_101"][:POSITION_BP]
    tokens = DNATokenizer().encode([text])
    found = {}
    for name in MODELS:
        predictor = BindingPredictor.from_pretrained(name)
        encoded = predictor.encode(PROTEINS)
        rows: dict[int, np.ndarray] = {}
        for block in encoded.blocks:
            with torch.inference_mode():
                scores = predictor.model(tokens.ids[None], tokens.mask[None], block.state)
            rows.update(zip(block.rows.tolist(), scores.position[:, 0].numpy(), strict=True))
        found[name] = np.stack([rows[row] for row in sorted(rows)])
    return found


if __name__ == "__main__":
    parts = [table.assign(kind=kind) for kind, table in tables().items()]
    pd.concat(parts, ignore_index=True).to_parquet(FOLDER / "predictions.parquet")
    np.savez_compressed(FOLDER / "positions.npz", **positions())
