"""Promoters with a planted site: does `p_value` rank them first, whatever their length?

    python benchmarks/promoters.py --data DIR --genome E_COLI.fa.gz [--model NAME] [--smoke]

For six factors of six families, classic elements (strings from textbooks, in `planting.py`) are
planted in windows of 300 to 2,000 bp of the genome of Escherichia coli, which has no such factors;
as many windows have none. Windows are ranked by `p_value`, beside each measured motif of the factor
in the data set, by its best log-odds in the window, as a scanner does. The table gives the means of
ten draws, and the correlation of p-values with length among the windows without a site.

The genome is in the Debian package bowtie-examples (NC_008253.fna.gz); DIR is the data set of
binding specificities (docs/data.md). Needs about three minutes of one CPU core. `--smoke` ranks a
few windows of random DNA for two factors of the examples, beside the motifs that come with the
weights, and needs neither.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from planting import cut, factor, need, plant, read_factors, read_genome, show
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import score_motif

LENGTHS = (300, 2000)
DRAWS, WINDOWS = 10, 20
"""How often windows are drawn, and how many with a site and without one at a time."""

MARGIN, FOLLOWS = 0.01, 0.15
"""What the mean AUROC may be below the median motif, and the correlation with length at most."""


def measured_motifs(
    data: Path | None, names: Sequence[str], predictor: BindingPredictor
) -> dict[str, list[np.ndarray]]:
    """Each factor's motifs in the data set; without one, those that come with the weights."""
    if data is not None:
        found = specificity.read_motifs(data, [factor(name).protein_id for name in names])
        return {name: found[factor(name).protein_id] for name in names}
    measured = predictor.measured
    assert measured is not None, "these weights come with no motifs"
    rows = {name: measured.rows[factor(name).protein_id] for name in names}
    return {name: list(measured.proteins[row].motifs) for name, row in rows.items()}


def draw(genome: str, names: Sequence[str], windows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Windows with a site of each factor, and the same number without, for all of them.

    Returns:
        Columns `protein_id`, `dna_id`, `sequence`, `label` and `length`.
    """
    length = rng.integers(LENGTHS[0], LENGTHS[1] + 1, 2 * windows)
    drawn = cut(genome, length, rng)
    rows = []
    for name in names:
        for number, window in enumerate(drawn):
            label = int(number < windows)
            text = plant(window, factor(name).site, rng) if label else window
            identity = f"{name if label else 'none'}_{number}"
            rows.append((name, identity, text, label, len(text)))
    return pd.DataFrame(rows, columns=["protein_id", "dna_id", "sequence", "label", "length"])


def auroc(table: pd.DataFrame, motifs: Sequence[np.ndarray]) -> tuple[float, list[float]]:
    """AUROC of one factor's windows: by p-value, and by each motif."""
    label = table["label"].to_numpy()
    # Of windows with the same p-value none is ranked first; the lowest is the best.
    by_p = float(roc_auc_score(label, -np.log(table["p_value"])))
    ids = [DNATokenizer().encode([text]).ids[0].numpy() for text in table["sequence"]]
    return by_p, [
        float(roc_auc_score(label, [score_motif(motif, one) for one in ids])) for motif in motifs
    ]


def measure(
    predictor: BindingPredictor,
    proteins: Mapping[str, str],
    motifs: Mapping[str, Sequence[np.ndarray]],
    genome: str,
    draws: int,
    windows: int,
) -> pd.DataFrame:
    """A row a factor: AUROC by p-value and by motifs, and what follows length."""
    rng = np.random.default_rng(0)
    parts, rows = [], []
    for number in range(draws):
        table = draw(genome, list(proteins), windows, rng)
        dna = dict(zip(table["dna_id"], table["sequence"], strict=True))
        found = predictor.predict(proteins, dna, table[["protein_id", "dna_id"]])
        table[["p_value", "score", "probability"]] = found[["p_value", "score", "probability"]]
        for name, part in table.groupby("protein_id", sort=False):
            by_p, by_motif = auroc(part, motifs[str(name)])
            rows.append((number, name, by_p, float(np.median(by_motif)), float(np.max(by_motif))))
        parts.append(table)
    columns = ["draw", "protein_id", "p_value", "median motif", "best motif"]
    means = pd.DataFrame(rows, columns=columns).groupby("protein_id", sort=False).mean()
    none = pd.concat(parts).query("label == 0").groupby("protein_id", sort=False)
    means["p_value ~ length"] = [spearmanr(p["p_value"], p["length"]).statistic for _, p in none]
    means["score ~ length"] = [spearmanr(p["score"], p["length"]).statistic for _, p in none]
    means["above 0.5"] = [float((p["probability"] > 0.5).mean()) for _, p in none]
    return means.drop(columns="draw")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--genome", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--smoke", action="store_true", help="a few windows of random DNA")
    args = parser.parse_args()
    need(args.data, args.smoke, "--data, the folder of the data set of binding specificities")
    need(args.genome, args.smoke, "--genome, that of Escherichia coli")
    predictor = BindingPredictor.from_pretrained(args.model)
    proteins = read_factors(args.data)
    motifs = measured_motifs(args.data, list(proteins), predictor)
    size = (1, 4) if args.smoke else (DRAWS, WINDOWS)
    table = measure(predictor, proteins, motifs, read_genome(args.genome), *size)
    print(
        f"{size[0]} draws of {size[1]} windows with a site of each factor and {size[1]} without\n"
    )
    show(table)
    means = table.mean()
    print(f"\nmean AUROC {means['p_value']:.3f}; of the median motif {means['median motif']:.3f}")
    print(f"among windows without a site, p-value and length: {means['p_value ~ length']:.3f}")
    if args.smoke:
        return
    if means["p_value"] < means["median motif"] - MARGIN:
        sys.exit("p-values rank worse than the median motif")
    if abs(means["p_value ~ length"]) >= FOLLOWS:
        sys.exit("p-values follow the length")


if __name__ == "__main__":
    main()
