"""Does the model read the protein, or its family alone, or the DNA alone?

The truth of each validation protein also judges the scores of other proteins: of up to five random
training proteins of its family (mean average precision), and of every validation protein of another
family (mean AUROC). All scores are those of every eighth 8-mer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from specificity_targets import Targets

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.training.recipe.specificity_metrics import POSITIVES, against_motif

SUBSTITUTES = 5
STRIDE = 8


def report(predictor: BindingPredictor, data: Path, targets: Targets) -> dict[str, float]:
    """Print and return both controls."""
    words = canonical_kmers(8)[::STRIDE]
    dna = dict(zip(words, words, strict=True))
    training = specificity.read_proteins(data, ("train",))
    scores = predictor.score_matrix(targets.proteins, dna)
    chosen = substitutes(targets, training.dbd.to_dict())
    names = sorted({name for of_target in chosen for name in of_target})
    others = predictor.score_matrix({name: training.sequence[name] for name in names}, dna)
    row_of = {name: row for row, name in enumerate(names)}
    bound = round(POSITIVES / STRIDE)
    better, right, wrong, foreign = [], [], [], []
    family = targets.table.family.to_numpy()
    for row, truth in enumerate(targets.truth[:, ::STRIDE]):

        def precision(score: np.ndarray, truth: np.ndarray = truth) -> float:
            return against_motif(score, truth, bound)["average_precision"]

        positive = truth >= np.partition(truth, -bound)[-bound]
        unrelated = scores[family != family[row]]
        foreign.append(np.mean([roc_auc_score(positive, score) for score in unrelated]))
        if chosen[row]:
            right.append(precision(scores[row]))
            wrong.append(float(np.mean([precision(others[row_of[name]]) for name in chosen[row]])))
            better.append(right[-1] > wrong[-1])
    controls = {
        "average precision, the right protein": float(np.mean(right)),
        "average precision, training proteins of its family": float(np.mean(wrong)),
        "share of proteins where the right one is better": float(np.mean(better)),
        "AUROC, validation proteins of other families": float(np.mean(foreign)),
    }
    print(f"\nOther proteins in its place, {len(better)} of {len(family)} with a substitute")
    for name, value in controls.items():
        print(f"  {name:52}{value:.3f}")
    return controls


def substitutes(targets: Targets, dbd: dict[str, str]) -> list[list[str]]:
    """Up to five random training proteins that have the family of each target."""
    rng = np.random.default_rng(0)
    families = {
        name: {text.split(":")[0] for text in domains.split(";")} for name, domains in dbd.items()
    }
    chosen = []
    for family in targets.table.family:
        same = [name for name, of_protein in families.items() if family in of_protein]
        chosen.append([str(name) for name in rng.permutation(same)[:SUBSTITUTES]])
    return chosen
