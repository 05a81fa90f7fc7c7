"""Changes of proteins and of DNA against measured ones.

    python benchmarks/variants.py --data DIR [--model heldout] [-o OUT.json]

DIR is the folder of all shared data (`variants/`, `specificity/`, `arrays/`, `sequences/`). What
mutants lose stands beside simple baselines: for every substitution in a domain of a scanned
protein, Spearman's correlation with the activity in cells; for constructs with measured affinities,
Spearman's correlation with the change of pKd and, where three variants or more lose 0.3 and three
do not, the AUROC of telling them apart.

- loss: `proteins.substitutions`, before its tolerance; the measured relatives are those of --model.
- profile: log-odds of the two residues in the Pfam profile's emissions.
- charge: positive charge kept. blosum62: similarity of the residues.

The line below compares loss and profile over the constructs, each a fold: the loss was chosen on
the scans of TP53 and GAL4 alone, so that every construct is left out. Mean of the differences of
Spearman's correlations, and its 95% bootstrap interval.

Then follow changes of DNA: single bases of the 8-mers that 14 arrays bind, and the ddG of E-boxes;
see `variants_dna.py`, which also measures speed and memory.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from variants_dna import accuracy

from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.proteins.substitutions import SubstitutionLoss

SCORES = ("loss", "profile", "charge", "blosum62")
LOST = -0.3
"""Change of pKd from which a variant counts as lost."""

FEWEST = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of all shared data")
    parser.add_argument("--model", default="heldout", help="whose measured relatives are read")
    parser.add_argument("-o", "--output", type=Path, help="figures as JSON")
    args = parser.parse_args()
    if args.data is None or not (args.data / "variants").is_dir():
        sys.exit(f"No measured variants in {args.data}: give --data DIR")
    losses = SubstitutionLoss(MeasuredProteins.read(locate(args.model) / RELATIVES))
    table = pd.DataFrame([*scans(args.data, losses), *affinities(args.data, losses)])
    found = {name: judge(str(name), part) for name, part in table.groupby("set", sort=False)}
    compare(found)
    figures = {**found, **accuracy(args.model, args.data)}
    if args.output:
        args.output.write_text(json.dumps(figures, indent=2) + "\n")


def scans(data: Path, losses: SubstitutionLoss) -> Iterator[dict[str, object]]:
    """Substitutions in the domains of scanned proteins."""
    proteins = pd.read_csv(data / "specificity/proteins.tsv.gz", sep="\t").set_index("protein_id")
    table = pd.read_csv(data / "variants/scans.tsv.gz", sep="\t")
    for name, part in table.groupby("protein_id"):
        sequence = str(proteins.loc[name, "sequence"])
        domains = find_domains([(str(name), sequence)])[0]
        for row in part.itertuples():
            if sequence[row.position - 1] == row.wt and row.mut != row.wt:
                mutant = sequence[: row.position - 1] + row.mut + sequence[row.position :]
                scores = score(losses, domains, sequence, mutant)
                if scores:
                    yield {"set": f"scan of {row.gene}", "truth": row.score, **scores}


def affinities(data: Path, losses: SubstitutionLoss) -> Iterator[dict[str, object]]:
    """Variants of constructs whose wild type is measured and has a domain."""
    table = pd.read_csv(data / "variants/affinities.tsv.gz", sep="\t").query("split == 'train'")
    columns = ["construct", "variant", "protein"]
    # A DNA and its complement are one measurement.
    table = table.groupby(columns, as_index=False)["pkd"].mean()
    for name, part in table.groupby("construct"):
        wild = part[part.variant.isin(["WT", "wt", "wt-wt", "JunWT-FosWT"])]
        for row in part.itertuples():
            alike = wild[wild.protein.str.len() == len(row.protein)]
            if len(alike) and row.protein != alike.protein.iloc[0]:
                sequence = alike.protein.iloc[0]
                domains = find_domains([(str(name), sequence)])[0]
                scores = score(losses, domains, sequence, row.protein)
                if scores:
                    yield {"set": str(name), "truth": row.pkd - alike.pkd.iloc[0], **scores}


def score(
    losses: SubstitutionLoss, domains: list[Domain], wild: str, mutant: str
) -> dict[str, float]:
    """`SCORES` of a mutant, the higher the better kept; empty where no substitution is aligned."""
    total = dict.fromkeys(SCORES, 0.0)
    seen = False
    for domain in domains:
        (old,), (new,) = (match_states(s, [domain])[domain.family] for s in (wild, mutant))
        costs = losses.costs(domain.family, new, old)
        seen |= bool(len(costs.total))
        total["loss"] -= float(costs.total.sum())
        total["profile"] -= float(costs.profile.sum())
        total["charge"] -= float(costs.charge.sum())
        total["blosum62"] += float(costs.similarity.sum())
    return total if seen else {}


def judge(name: str, table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Print and return Spearman's correlation and the AUROC of every score."""
    truth, found = table["truth"].to_numpy(), {}
    lost = truth <= LOST
    binary = not name.startswith("scan") and FEWEST <= lost.sum() <= len(lost) - FEWEST
    for kind in SCORES:
        values = table[kind].to_numpy()
        if np.ptp(values) == 0:
            continue
        found[kind] = {"spearman": float(spearmanr(values, truth).statistic)}
        if binary:
            found[kind]["auroc"] = float(roc_auc_score(~lost, values))
    text = "  ".join(
        f"{kind} " + " / ".join(f"{value:.3f}" for value in row.values())
        for kind, row in found.items()
    )
    print(f"{name:16}{len(table):>5}  {text}")
    return found


def compare(found: dict[object, dict[str, dict[str, float]]]) -> None:
    """Print how much better the loss is than the profile alone, over constructs."""
    gain = np.array(
        [
            row["loss"]["spearman"] - row["profile"]["spearman"]
            for name, row in found.items()
            if not str(name).startswith("scan") and {"loss", "profile"} <= row.keys()
        ]
    )
    draws = np.random.default_rng(0).choice(gain, (10_000, len(gain))).mean(1)
    low, high = np.quantile(draws, (0.025, 0.975))
    print(
        f"loss less profile, Spearman, mean of {len(gain)} constructs: "
        f"{gain.mean():+.3f} ({low:+.3f} to {high:+.3f})"
    )


if __name__ == "__main__":
    main()
