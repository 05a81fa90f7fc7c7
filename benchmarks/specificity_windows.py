"""Sites planted in windows of a real genome: are they detected, located, and given their protein?

For each protein, sites drawn from its measured motif are planted in windows of the genome; as many
windows have no site. The model is compared with the measured motif as a scanner uses it, by the
best log-odds of the window. A site counts as found where the reported `start`..`end` covers half of
it or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from specificity_kit import Mean
from specificity_targets import Targets

from dna_protein_bca import BindingPredictor
from dna_protein_bca.evaluation.baselines.relatives import relatives_matrices
from dna_protein_bca.evaluation.bootstrap import interval
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import scan_motif
from dna_protein_bca.motifs.sampling import plant_sites
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.resources import data_path

WINDOW, SITES = 101, 200

_DNA = DNATokenizer()


def report(
    predictor: BindingPredictor,
    measured: MeasuredProteins,
    targets: Targets,
    genome: Path,
    *,
    ranked: int,
    sites: int = SITES,
) -> dict[str, object]:
    """Print and return means over proteins of AUROC, of sites found, and of reciprocal ranks."""
    rng = np.random.default_rng(0)
    bases = genome_ids(genome)
    rows, planted = [], []
    for (name, sequence), motifs in zip(targets.proteins.items(), targets.motifs, strict=True):
        windows, spans = plant(motifs, bases, sites, rng)
        planted.append(texts(windows[:ranked]))
        rows.append(judge(predictor, (name, sequence), motifs, windows, spans))
    report: dict[str, object] = {}
    print(f"\nWindows of {WINDOW} bp, {sites} sites a protein, {len(rows)} proteins")
    for metric in ("auroc", "found"):
        for method in ("model", "measured motif"):
            name = f"{method} {metric}"
            report[name] = _mean(name, np.array([row[name] for row in rows]))
    report["ranks"] = ranks(predictor, measured, targets, planted)
    return report


def genome_ids(genome: Path) -> np.ndarray:
    """Token ids of a genome's first record, uint8."""
    record = next(iter(read_fasta(genome, "dna")))
    return _DNA.encode([record.sequence]).ids[0].numpy()


def plant(
    motifs: Sequence[np.ndarray], bases: np.ndarray, sites: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Windows uint8 [2 x sites, WINDOW], the first half with a site each, and its span [sites, 2].

    Each site is drawn from one of the motifs, base by base, on either strand.
    """
    starts = rng.integers(0, len(bases) - WINDOW, 2 * sites)
    windows = bases[starts[:, None] + np.arange(WINDOW)].copy()
    drawn = (motifs[int(rng.integers(len(motifs)))] for _ in range(sites))
    return windows, plant_sites(windows, drawn, rng)


def texts(windows: np.ndarray) -> list[str]:
    return ["".join("ACGTN"[min(base, 4)] for base in row) for row in windows]


def judge(
    predictor: BindingPredictor,
    protein: tuple[str, str],
    motifs: Sequence[np.ndarray],
    windows: np.ndarray,
    spans: np.ndarray,
) -> dict[str, float]:
    """AUROC and share of sites found, of the model and of the measured motif."""
    label = np.arange(len(windows)) < len(spans)
    dna = {str(row): text for row, text in enumerate(texts(windows))}
    table = predictor.predict([protein], dna, background=None)
    reported = table[["start", "end"]].to_numpy(np.int64)[: len(spans)]
    odds, odds_spans = scan(motifs, windows)
    return {
        "model auroc": float(roc_auc_score(label, table.score)),
        "model found": covered(reported, spans),
        "measured motif auroc": float(roc_auc_score(label, odds)),
        "measured motif found": covered(odds_spans[: len(spans)], spans),
    }


def scan(motifs: Sequence[np.ndarray], windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best log-odds [w] of all motifs, and the span [w, 2] where it is reached."""
    best, spans = np.full(len(windows), -np.inf), np.zeros((len(windows), 2), dtype=np.int64)
    for motif in motifs:
        scores, offsets = scan_motif(motif, windows)
        top_strand = scores.max(-1)
        at = top_strand.argmax(1)
        top, start = top_strand[np.arange(len(windows)), at], offsets[at]
        better = top > best
        best = np.where(better, top, best)
        spans[better] = np.stack([start, start + len(motif)], axis=1)[better]
    return best, spans


def covered(reported: np.ndarray, spans: np.ndarray) -> float:
    """Share of spans of which half or more lies in the reported one."""
    overlap = np.minimum(reported[:, 1], spans[:, 1]) - np.maximum(reported[:, 0], spans[:, 0])
    return float((2 * overlap >= spans[:, 1] - spans[:, 0]).mean())


def ranks(
    predictor: BindingPredictor,
    measured: MeasuredProteins,
    targets: Targets,
    planted: list[list[str]],
) -> dict[str, Mean]:
    """Reciprocal rank of a planted site's protein among all, by the model and the baselines."""
    owner = np.repeat(np.arange(len(planted)), [len(sites) for sites in planted])
    dna = [text for sites in planted for text in sites]
    matrices = {
        "model": predictor.score_matrix(
            targets.proteins, dict(zip(map(str, range(len(dna))), dna, strict=True))
        )
    }
    matrices |= relatives_matrices(measured, list(targets.proteins.items()), dna)
    means = {}
    print(f"Which of {len(planted)} proteins: mean reciprocal rank, {len(dna)} sites")
    for name, matrix in matrices.items():
        right = matrix[owner, np.arange(len(dna))]
        # Ties count half.
        rank = 1 + (matrix > right).sum(0) + ((matrix == right).sum(0) - 1) / 2
        per_protein = np.array([np.mean(1 / rank[owner == row]) for row in range(len(planted))])
        means[name] = _mean(name, per_protein)
    return means


def _mean(name: str, values: np.ndarray) -> Mean:
    limits = interval(values, seed=0)
    assert limits is not None
    print(f"  {name:24}{values.mean():.3f} ({limits[0]:.3f}..{limits[1]:.3f})")
    return {"mean": float(values.mean()), "interval": limits}


def smoke(predictor: BindingPredictor) -> None:
    """A motif that everybody knows (MAX: CACGTG), planted in random DNA."""
    records = {
        record.id: record.sequence
        for record in read_fasta(data_path("example_proteins.fa"), "protein")
    }
    motif = np.full((6, 4), 0.03)
    motif[np.arange(6), [1, 0, 1, 2, 3, 2]] = 0.91
    rng = np.random.default_rng(0)
    windows, spans = plant([motif], rng.integers(0, 4, 5000).astype(np.uint8), 10, rng)
    for name, value in judge(predictor, ("MAX", records["MAX"]), [motif], windows, spans).items():
        print(f"  {name:24}{value:.3f}")
