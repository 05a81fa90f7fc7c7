"""Probabilities: do they grow with the length of DNA, and do they come true on unseen proteins?

    python benchmarks/probabilities.py --data DIR --genome E_COLI.fa.gz [--proteins N] [--smoke]

Two tables. Of six factors of six families, the mean probability of windows of the genome of
Escherichia coli, without a site and with a classic element planted (strings from textbooks), by the
length of the window; the weights are the default ones. And of the weights `heldout`, the expected
calibration error on genomic windows of proteins that neither these weights nor their calibration
have seen (the split `excluded`): windows with a site of the protein against as many with sites of
other families, each cut at random and half of them turned over.

The genome is in the Debian package bowtie-examples (NC_008253.fna.gz); DIR is the data set of
binding specificities (docs/data.md), beside which lie the genomic sites. Needs about five minutes
of one CPU core. `--smoke` does the first on random DNA for two factors of the examples, and needs
neither.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from planting import cut, factor, need, plant, read_factors, read_genome, show

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.evaluation.metrics import calibration_bins, calibration_error
from dna_protein_bca.training.recipe.joint_validation import genomic_windows

WINDOWS = {101: 200, 500: 200, 2000: 60, 5000: 60}
"""Length in bp -> windows without a site; a third of them with one as well."""

PROTEINS = 14
"""Of those left out, every so many that about this number remains."""


def by_length(
    predictor: BindingPredictor, proteins: Mapping[str, str], genome: str, share: float
) -> pd.DataFrame:
    """Mean probability of each factor by length, without a site and with one."""
    rng = np.random.default_rng(0)
    rows = {}
    for length, count in WINDOWS.items():
        empty = cut(genome, np.full(max(2, round(share * count)), length), rng)
        bound = empty[: max(1, len(empty) // 3)]
        without = predictor.predict(proteins, {str(n): text for n, text in enumerate(empty)})
        rows[f"{length} bp"] = without.groupby("protein_id", sort=False)["probability"].mean()
        dna = {
            f"{name} {number}": plant(window, factor(name).site, rng)
            for name in proteins
            for number, window in enumerate(bound)
        }
        pairs = [(name.split()[0], name) for name in dna]
        with_site = predictor.predict(proteins, dna, pairs)
        means = with_site.groupby("protein_id", sort=False)["probability"].mean()
        rows[f"{length} bp, site"] = means
    table = pd.DataFrame(rows).T.loc[:, list(proteins)]
    table["mean"] = table.mean(axis=1)
    return table


def left_out(data: Path, count: int) -> None:
    """Print how probabilities come true on proteins that were left out."""
    windows = genomic_windows(data, "excluded")
    names = windows["protein_id"].unique()
    names = names[:: max(1, len(names) // count)]
    windows = windows[windows["protein_id"].isin(names)].reset_index(drop=True)
    sequences = specificity.read_proteins(data, ("excluded",))["sequence"]
    dna = {str(number): text for number, text in enumerate(windows["sequence"])}
    pairs = list(zip(windows["protein_id"], dna, strict=True))
    predictor = BindingPredictor.from_pretrained("heldout")
    found = predictor.predict(sequences[names].to_dict(), dna, pairs)
    label, probability = windows["label"].to_numpy(), found["probability"].to_numpy(np.float64)
    bins = pd.DataFrame(
        calibration_bins(label, probability), columns=["mean probability", "share bound", "windows"]
    )
    print(f"\n{len(names)} proteins left out, {len(windows):,} windows")
    show(bins)
    print(f"expected calibration error {calibration_error(label, probability):.3f}")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--genome", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--proteins", type=int, default=PROTEINS, help="about so many left out")
    parser.add_argument("--smoke", action="store_true", help="a few windows of random DNA")
    args = parser.parse_args()
    need(args.data, args.smoke, "--data, the folder of the data set of binding specificities")
    need(args.genome, args.smoke, "--genome, that of Escherichia coli")
    predictor = BindingPredictor.from_pretrained(args.model)
    share = 0.02 if args.smoke else 1.0
    table = by_length(predictor, read_factors(args.data), read_genome(args.genome), share)
    show(table)
    empty = table["mean"][[name for name in table.index if "site" not in name]]
    print(f"without a site: highest mean {empty.max():.3f}, range {np.ptp(empty):.3f}")
    if args.data is not None:
        left_out(args.data, args.proteins)


if __name__ == "__main__":
    main()
