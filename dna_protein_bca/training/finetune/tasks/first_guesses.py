"""The motifs that a training protein begins with: those that fit its pairs best, of all there are.

Tried are the motif discovered in its pairs, its measured ones, those that the model decodes, and
those of its relatives.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from dna_protein_bca.evaluation import metrics
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.matching import MotifSet, fit_motifs
from dna_protein_bca.model.relative_motifs import MOTIFS_EACH, frame
from dna_protein_bca.training.finetune.data import TrainingData

from .initial_motifs import find_initial_motifs
from .proteins import TrainingProteins

MOST = 300
"""Pairs of a protein on which motifs are compared."""

AT_ONCE = 1 << 20
"""Bases times motifs that are matched at a time."""

PIECE = 4096
"""The most bases of a DNA that are matched in one row."""

_DNA = DNATokenizer()


def first_guesses(
    model: BindingModel, data: TrainingData, proteins: TrainingProteins
) -> dict[int, np.ndarray]:
    """Index of a training protein with a known domain -> `MOTIFS_EACH` motifs at most.

    Returns:
        Log-odds, float32 [m, width, 4]: without pairs of the protein its measured motifs; else
        those of the highest area under the ROC curve of labels, or Spearman's correlation with
        affinities, on up to `MOST` training pairs.
    """
    found = find_initial_motifs(data) if len(data.train) else {}
    pairs = dict(iter(data.train.groupby("protein"))) if len(data.train) else {}
    width, start = model.config.protein.width, {}
    for protein in sorted(data.trained):
        if not data.proteins[protein].domains:
            continue
        known = [*found.get(protein, ()), *data.motifs.get(protein, ())]
        tried = np.array([frame(motif, width) for motif in known], np.float32)
        tried = tried.reshape(-1, width, 4)
        if protein in pairs:
            with torch.no_grad():
                read = proteins.encode(model, np.array([protein])).every
            present = read.present[0]
            tried = np.concatenate([tried, read.log_odds[0, present].cpu().numpy()])
            quality = _quality(model, data, pairs[protein], tried)
            tried = tried[np.argsort(-quality, kind="stable")]
        start[protein] = np.ascontiguousarray(tried[:MOTIFS_EACH], dtype=np.float32)
    return start


def _quality(
    model: BindingModel, data: TrainingData, pairs: pd.DataFrame, motifs: np.ndarray
) -> np.ndarray:
    """How well each motif alone tells the pairs of one protein apart: float64 [motifs]."""
    pairs = pairs.sample(min(len(pairs), MOST), random_state=0)
    best = _best_fits(model, data, pairs["dna"].to_numpy(), motifs)
    name = "label" if "label" in pairs and pairs["label"].nunique() > 1 else "affinity"
    if name not in pairs:
        return np.zeros(len(motifs))
    rows = pairs[name].notna().to_numpy()
    target = pairs[name].to_numpy(np.float64)[rows]
    columns = (pd.DataFrame({name: target, "score": score}) for score in best[rows].T)
    measured = "auroc" if name == "label" else "spearman"
    return np.nan_to_num([metrics.pair_metrics(one)[measured] for one in columns])


@torch.no_grad()
def _best_fits(
    model: BindingModel, data: TrainingData, dna: np.ndarray, motifs: np.ndarray
) -> np.ndarray:
    """The best log-odds of each motif on each DNA, on either strand: float32 [dna, motifs]."""
    records, width = data.records.take(dna), model.config.protein.width
    best = np.full((len(dna), len(motifs)), -np.inf, np.float32)
    zero, one = torch.zeros(1, len(motifs)), torch.ones(1, len(motifs))
    every = MotifSet(torch.from_numpy(motifs)[None], zero, one, zero, one, zero)
    pieces = [(row, at) for row, n in enumerate(records.length) for at in range(0, int(n), PIECE)]
    row, first = np.array(pieces).T
    last = np.minimum(first + PIECE, records.length[row])
    start, end = np.maximum(first - width, 0), np.minimum(last + width, records.length[row])
    for of in _batches(end - start, AT_ONCE // len(motifs)):
        windows = records.take(row[of]).windows(start[of], int((end - start)[of].max()), end[of])
        mask = torch.from_numpy(windows != _DNA.pad_id)[None]
        bases = model.joint.dna.bases(torch.from_numpy(windows)[None], mask).cpu()
        fit = fit_motifs(bases, every)[0].amax(2).numpy()
        at = start[of, None] + np.arange(windows.shape[1])
        # A site that hangs over the end of a piece lies in the DNA as a whole.
        counted = (at >= first[of, None]) & (at < last[of, None])
        np.maximum.at(best, row[of], np.where(counted[..., None], fit, -np.inf).max(1))
    return best


def _batches(lengths: np.ndarray, bases: int) -> Iterator[np.ndarray]:
    """Rows of similar lengths together, of so many bases at most where there are several."""
    order = np.argsort(lengths, kind="stable")
    first = 0
    for number, row in enumerate(order):
        if number > first and (number + 1 - first) * lengths[row] > bases:
            yield order[first:number]
            first = number
    yield order[first:]
