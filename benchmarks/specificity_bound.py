"""Real bound DNA of proteins that were not trained on: microarrays, and genomic sites.

Arrays are judged by all of their 8-mers. Genomic windows are cut at random, so that the site lies
anywhere in them, and half are turned over; they are told from as many windows of other families,
and from themselves with the bases of the site in another order. A site counts as found where the
reported `start`..`end` covers half of it or more.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from specificity_kit import Mean
from specificity_windows import covered

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import bound_dna, specificity
from dna_protein_bca.evaluation.baselines.relatives import relatives_matrices
from dna_protein_bca.evaluation.bootstrap import interval
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.recipe.specificity_metrics import against_array

SPLITS = ("validation", "excluded")
WINDOW, SITES, FEWEST = 71, 200, 100
"""Length in bp of the windows, how many of a protein count, and from how many on it does."""


def arrays(predictor: BindingPredictor, data: Path) -> dict[str, object]:
    """Print and return the metrics of the arrays of proteins that are not `train`."""
    shared = data.resolve().parent
    proteins = specificity.read_proteins(data, SPLITS)
    rows = {}
    for split in SPLITS:
        for array in bound_dna.read_arrays(shared, split):
            sequence = proteins.sequence[array.protein_id]
            dna = dict(zip(array.kmers, array.kmers, strict=True))
            scores = predictor.score_matrix({array.protein_id: sequence}, dna)[0]
            rows[array.name] = against_array(scores, array.escores)
    print(f"\nMicroarrays, {len(rows)} of proteins that are not `train`")
    for name, row in rows.items():
        print(f"  {name:24}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items()))
    table = pd.DataFrame(rows.values())
    return {"arrays": rows} | {name: _mean(name, table[name].to_numpy()) for name in table}


def sites(
    predictor: BindingPredictor, measured: MeasuredProteins, data: Path, split: str
) -> dict[str, object]:
    """Print and return how genomic sites of a split's proteins are detected and located.

    Args:
        measured: whose motifs are the baseline's, `relatives20`.
    """
    rng = np.random.default_rng(0)
    proteins = specificity.read_proteins(data, ("train", *SPLITS))
    family = proteins.dbd.str.partition(":")[0]
    table = bound_dna.read_sites(data.resolve().parent)
    table = table.assign(family=table.protein_id.map(family))
    of_protein = dict(list(table.groupby("protein_id")))
    names = [
        name
        for name, part in of_protein.items()
        if len(part) >= FEWEST and proteins.split[name] == split
    ]
    rows = {}
    for name in names:
        others = table[table.family != family[name]]
        windows = draw_sites(of_protein[name], others, SITES, rng)
        protein = (name, proteins.sequence[name])
        rows[name] = judge_sites(predictor, protein, windows)
        dna = [*windows.bound.sequences, *windows.others]
        votes = relatives_matrices(measured, [protein], dna, threads=1)["relatives20"][0]
        count = len(windows.bound.sequences)
        rows[name]["relatives20 auroc"] = auroc(votes[:count], votes[count:])
    print(f"\nGenomic sites, {len(rows)} proteins of the split {split}")
    means = pd.DataFrame(rows.values())
    return {"proteins": rows} | {name: _mean(name, means[name].to_numpy()) for name in means}


class SiteWindows(NamedTuple):
    """Genomic windows of a protein.

    Attributes:
        bound: with a site of the protein.
        others: with a site of proteins of other families.
        shuffled: those of `bound` with the bases of the site in another order.
    """

    bound: bound_dna.Windows
    others: list[str]
    shuffled: list[str]


def draw_sites(
    own: pd.DataFrame, others: pd.DataFrame, count: int, rng: np.random.Generator
) -> SiteWindows:
    """Draw windows of each kind.

    Args:
        own, others: rows of `bound_dna.read_sites`.
        count: the most of a kind.
    """
    chosen = own.iloc[rng.permutation(len(own))[:count]]
    bound = bound_dna.cut_windows(chosen, WINDOW, rng)
    other = others.iloc[rng.choice(len(others), len(bound.sequences), replace=False)]
    without = bound_dna.cut_windows(other, WINDOW, rng).sequences
    return SiteWindows(bound, without, bound_dna.shuffle_sites(bound, rng))


def judge_sites(
    predictor: BindingPredictor, protein: tuple[str, str], windows: SiteWindows
) -> dict[str, float]:
    """AUROC against windows of other families and shuffled sites, and the share of sites found.

    Args:
        protein: id and sequence.
    """
    bound, others, shuffled = windows
    dna = {str(n): text for n, text in enumerate([*bound.sequences, *others, *shuffled])}
    found = predictor.predict([protein], dna, background=None)
    score, count = found.score.to_numpy(), len(bound.sequences)
    spans = np.stack([bound.start, bound.end], axis=1)
    return {
        "auroc": auroc(score[:count], score[count : count + len(others)]),
        "shuffled": auroc(score[:count], score[-count:]),
        "found": covered(found[["start", "end"]].to_numpy(np.int64)[:count], spans),
    }


def auroc(bound: np.ndarray, unbound: np.ndarray) -> float:
    """Area under the ROC curve of scores of two kinds, float [.] each."""
    label = np.arange(len(bound) + len(unbound)) < len(bound)
    return float(roc_auc_score(label, np.concatenate([bound, unbound])))


def _mean(name: str, values: np.ndarray) -> Mean:
    limits = interval(values, seed=0)
    assert limits is not None
    print(f"  {name:24}{values.mean():.3f} ({limits[0]:.3f}..{limits[1]:.3f})")
    return {"mean": float(values.mean()), "interval": limits}
