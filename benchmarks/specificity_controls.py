"""Is it the protein that is read, or its family, or the DNA alone?

Each validation protein's truth is ranked once more with other proteins in its place: up to five
random training proteins of its family (mean average precision), and every validation protein of
another family (mean AUROC). Average precision is taken on every eighth 8-mer, for both sides.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import roc_auc_score

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.training.recipe.specificity_metrics import POSITIVES, against_motif

if TYPE_CHECKING:
    from specificity import Targets

SUBSTITUTES = 5
STRIDE = 8


def report(predictor: BindingPredictor, data: Path, targets: Targets) -> dict[str, Any]:
    """Print and return both controls."""
    words = canonical_kmers(8)[::STRIDE]
    dna = dict(zip(words, words, strict=True))
    training = specificity.read_proteins(data, ("train",))
    own = predictor.score_matrix(targets.proteins, dna)
    chosen = substitutes(targets, training.dbd.to_dict())
    names = sorted({name for ones in chosen for name in ones})
    others = predictor.score_matrix({name: training.sequence[name] for name in names}, dna)
    place = {name: row for row, name in enumerate(names)}
    bound = round(POSITIVES / STRIDE)
    better, right, wrong, foreign = [], [], [], []
    family = targets.table.family.to_numpy()
    for row, truth in enumerate(targets.truth[:, ::STRIDE]):

        def precision(score: np.ndarray, truth: np.ndarray = truth) -> float:
            return against_motif(score, truth, bound)["average_precision"]

        positive = truth >= np.partition(truth, -bound)[-bound]
        strangers = own[family != family[row]]
        foreign.append(np.mean([roc_auc_score(positive, score) for score in strangers]))
        if chosen[row]:
            right.append(precision(own[row]))
            wrong.append(float(np.mean([precision(others[place[name]]) for name in chosen[row]])))
            better.append(right[-1] > wrong[-1])
    found = {
        "average precision, the right protein": float(np.mean(right)),
        "average precision, training proteins of its family": float(np.mean(wrong)),
        "share of proteins where the right one is better": float(np.mean(better)),
        "AUROC, validation proteins of other families": float(np.mean(foreign)),
    }
    print(f"\nOther proteins in its place, {len(better)} of {len(family)} with a substitute")
    for name, value in found.items():
        print(f"  {name:52}{value:.3f}")
    return found


def substitutes(targets: Targets, dbd: dict[str, str]) -> list[list[str]]:
    """Up to five random training proteins that have the family of each target."""
    rng = np.random.default_rng(0)
    families = {
        name: {text.split(":")[0] for text in listed.split(";")} for name, listed in dbd.items()
    }
    found = []
    for family in targets.table.family:
        same = [name for name, ones in families.items() if family in ones]
        found.append([str(name) for name in rng.permutation(same)[:SUBSTITUTES]])
    return found
