"""How well weights predict the DNA that proteins prefer, beside the baselines, on measured data.

    python benchmarks/specificity.py [--model heldout] [--no-relatives] [-o OUT.json]
    python benchmarks/specificity.py --data DIR [--model heldout] [--no-relatives]
        [--part kmers --part motifs --part controls --part windows --part residues
         --part engineered --part bound-arrays --part sites --part excluded-sites]
        [--genome G.fa.gz] [--arrays] [--cut dna|protein] [-o OUT.json]
    python benchmarks/specificity.py --smoke

Without DIR, the 60 of the validation proteins that have a JASPAR motif are judged by those motifs;
they come with the repository. This takes about 6 to 15 minutes of one CPU core, and how far it is
stands on standard error. DIR is the folder of the specificity data set, which the baselines
and all other parts need. Every metric is a mean over proteins, which are read in full length, with
the bootstrap's 95% interval over proteins; the baselines are recomputed in the same run. The last
lines are the table of README, with half of the interval after each metric.
Only heldout weights can be judged so: release weights were trained on these proteins.

- kmers: all 32,896 8-mers ranked for 82 validation proteins, whose truth is the 130 best under
  their measured motifs, and, with `--arrays`, for the nine proteins of the test's microarrays.
- motifs: correlation of the predicted motif with the measured ones.
- bound-arrays, sites, excluded-sites: real bound DNA, which lies beside DIR; see
  `specificity_bound.py`. Look at the arrays and the excluded proteins once. With kmers and
  excluded-sites, a table by family follows, see `specificity_families.py`.
- controls, windows, residues, engineered: see `specificity_controls.py` and so on.

`--cut dna` keeps the DNA from reading the protein in the joint transformer, `--cut protein` the
protein from reading the DNA. `--smoke` runs on a few bundled proteins, to show that it works.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import specificity_bound
import specificity_controls
import specificity_engineered
import specificity_families
import specificity_kit
import specificity_residues
import specificity_targets
import specificity_windows
import torch
from specificity_kit import METRICS, Mean
from specificity_targets import Targets

from dna_protein_bca import BindingPredictor
from dna_protein_bca.attention import BidirectionalCrossAttention
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.evaluation.baselines.relatives import (
    nearest_kmer_scores,
    relatives_kmer_scores,
)
from dna_protein_bca.evaluation.bootstrap import compare, interval
from dna_protein_bca.motifs.pwm import kmer_scores, motif_correlation
from dna_protein_bca.proteins.relatives import MeasuredProteins

PARTS = (
    "kmers",
    "motifs",
    "controls",
    "windows",
    "residues",
    "engineered",
    "bound-arrays",
    "sites",
    "excluded-sites",
)
ROWS = {
    "model": "this model",
    "nn": "the motif of the nearest measured relative",
    "relatives20": "the votes of twenty relatives",
}
"""Names of the rows of README's table."""

BASELINES = ("relatives20", "nn")

BANDS = (0.0, 0.5, 0.6, 0.7)
"""Lower limits of the bands of identity to the nearest training protein."""

Row = dict[str, Mean]
"""Metrics by name, each a mean over proteins."""


def main() -> None:
    args = arguments()
    predictor = BindingPredictor.from_pretrained(
        args.model, threads=args.threads, relatives=not args.no_relatives
    )
    if args.smoke:
        specificity_windows.smoke(predictor)
        return
    report: dict[str, object] = {"model": str(args.model), "relatives": not args.no_relatives}
    with cut(predictor, args.cut) if args.cut else nullcontext():
        report |= judged_by_kit(predictor) if args.data is None else judged_by_data(predictor, args)
    if args.output:
        args.output.write_text(json.dumps(report, indent=2) + "\n")


def judged_by_kit(predictor: BindingPredictor) -> dict[str, object]:
    """The metrics that need nothing but what comes with the repository."""
    proteins, motifs = specificity_kit.read_kit()
    scores = specificity_kit.score_kmers(predictor, proteins, motifs)
    name = specificity_kit.row_name(motifs)
    rows = specificity_kit.judge(dict(zip(proteins, scores, strict=True)), motifs)
    print(f"\n8-mers, {len(motifs)} proteins")
    row = show(name, rows)
    print("\n" + specificity_kit.table({name: row}))
    print("\nThe baselines, and the proteins with other motifs, need --data DIR.")
    return {"jaspar": row}


def judged_by_data(predictor: BindingPredictor, args: argparse.Namespace) -> dict[str, object]:
    """The metrics of all parts that were asked for."""
    report: dict[str, object] = {}
    measured = specificity_targets.training_proteins(args.data)
    targets = specificity_targets.motif_targets(args.data, measured)
    rows: dict[str, Row] = {}
    if "kmers" in args.part:
        rows, details = kmers(predictor, measured, targets)
        report["kmers"] = rows | details
        if args.arrays:
            arrays = specificity_targets.array_targets(args.data, measured)
            array_rows, details = kmers(predictor, measured, arrays, bands=False)
            report["arrays"] = array_rows | details
    if "motifs" in args.part:
        report["motifs"] = motifs(predictor, measured, targets)
    if "controls" in args.part:
        report["controls"] = specificity_controls.report(predictor, args.data, targets)
    if "windows" in args.part:
        report["windows"] = specificity_windows.report(
            predictor, measured, targets, args.genome, ranked=args.ranked
        )
    if "residues" in args.part:
        report["residues"] = specificity_residues.report(predictor, args.data)
    if "bound-arrays" in args.part:
        report["bound arrays"] = specificity_bound.arrays(predictor, args.data)
    for part, split in (("sites", "validation"), ("excluded-sites", "excluded")):
        if part in args.part:
            report[part] = specificity_bound.sites(predictor, measured, args.data, split)
    if "engineered" in args.part:
        report["engineered"] = specificity_engineered.report(predictor, args.data)
    if {"kmers", "excluded-sites"} <= set(args.part):
        report["families"] = families(args.data, targets, report)
    if rows:
        shown = {title: rows[name] for name, title in ROWS.items()}
        shown[specificity_kit.row_name(targets.jaspar)] = rows["jaspar"]
        print("\n" + specificity_kit.table(shown))
    return report


def families(data: Path, targets: Targets, report: dict[str, Any]) -> list[dict[str, object]]:
    """The table by family of the 8-mers and the sites that were judged."""
    by_kmers = report["kmers"]["proteins"]
    kmers = {
        name: {protein: row["auroc"] for protein, row in by_kmers[name].items()}
        for name in ("model", "relatives20")
    }
    sites = {
        name: {protein: row[key] for protein, row in report["excluded-sites"]["proteins"].items()}
        for name, key in (("model", "auroc"), ("relatives20", "relatives20 auroc"))
    }
    excluded = specificity.read_proteins(data, ("excluded",)).dbd.str.partition(":")[0]
    names = excluded.to_dict() | dict(
        zip(targets.table.protein_id, targets.table.family, strict=True)
    )
    return specificity_families.report(kmers, sites, names).to_dict("records")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the specificity data set")
    parser.add_argument("--model", default="heldout")
    parser.add_argument("--no-relatives", action="store_true")
    parser.add_argument("--cut", choices=["dna", "protein"])
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--arrays", action="store_true", help="look at the test's nine arrays too")
    parser.add_argument(
        "--genome", type=Path, help="FASTA; E. coli's is in Debian's package bowtie-examples"
    )
    parser.add_argument("--ranked", type=int, default=10, help="sites a protein that are ranked")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("-o", "--output", type=Path, help="metrics as JSON")
    args = parser.parse_args()
    if args.data is None and not args.smoke and (args.arrays or args.part not in (None, ["kmers"])):
        parser.error("this part needs --data DIR, the folder of the specificity data set")
    if args.data is not None and not (args.data / "proteins.tsv.gz").is_file():
        sys.exit(f"Error: {args.data}: no specificity data set: proteins.tsv.gz is missing")
    args.part = args.part or ["kmers", "motifs"]
    if "windows" in args.part and args.genome is None and not args.smoke:
        parser.error("windows need --genome")
    return args


@contextmanager
def cut(predictor: BindingPredictor, modality: str) -> Iterator[None]:
    """One direction of the joint transformer's cross-attention gives zero."""
    silent = 0 if modality == "dna" else 1

    def silence(
        module: torch.nn.Module, inputs: tuple[object, ...], output: tuple[torch.Tensor, ...]
    ) -> tuple[torch.Tensor, ...]:
        return tuple(x * 0 if i == silent else x for i, x in enumerate(output))

    hooks = [
        module.register_forward_hook(silence)
        for module in predictor.model.joint.modules()
        if isinstance(module, BidirectionalCrossAttention)
    ]
    yield
    for hook in hooks:
        hook.remove()


def kmers(
    predictor: BindingPredictor, measured: MeasuredProteins, targets: Targets, bands: bool = True
) -> tuple[dict[str, Row], dict[str, object]]:
    """Rank all 8-mers; print and return the metrics of the model and of the baselines.

    Returns:
        The rows of the table; and differences, metrics of each protein, and what a second motif
        of the protein would reach.
    """
    scores = {
        "model": specificity_kit.score_kmers(predictor, targets.proteins, targets.jaspar),
        "relatives20": np.stack([relatives_kmer_scores(measured, r) for r in targets.relatives]),
        "nn": np.stack([nearest_kmer_scores(measured, r) for r in targets.relatives]),
    }
    tables = {
        name: pd.DataFrame(
            [targets.judge(*pair) for pair in zip(matrix, targets.truth, strict=True)]
        )
        for name, matrix in scores.items()
    }
    print(f"\n8-mers, {len(targets.table)} proteins")
    rows = {name: show(name, table) for name, table in tables.items()}
    if targets.jaspar:
        by_name = dict(zip(targets.table.protein_id, scores["model"], strict=True))
        title = specificity_kit.row_name(targets.jaspar)
        rows["jaspar"] = show(title, specificity_kit.judge(by_name, targets.jaspar))
    details: dict[str, object] = {
        f"model - {name}": differences(tables["model"], tables[name], name) for name in BASELINES
    }
    details["proteins"] = {
        name: dict(zip(targets.table.protein_id, table.to_dict("records"), strict=True))
        for name, table in tables.items()
    }
    if bands:
        details["second motif"] = second_motif(scores["model"], targets)
        breakdown(targets.table, tables)
    return rows, details


def differences(model: pd.DataFrame, baseline: pd.DataFrame, name: str) -> dict[str, object]:
    """Print and return how far the model's metrics are above a baseline's."""
    by_metric: dict[str, object] = {}
    for metric in METRICS:
        versus = compare(model[metric].to_numpy(), baseline[metric].to_numpy(), seed=0)
        assert versus is not None
        by_metric[metric] = versus
        low, high = versus["interval"]
        limits = f"{versus['difference']:+.3f} ({low:+.3f}..{high:+.3f})"
        print(f"  model - {name} {metric}: {limits}")
    return by_metric


def second_motif(scores: np.ndarray, targets: Targets) -> dict[str, Row]:
    """Print and return how the measured motifs of a protein rank by each other.

    Only proteins with several motifs count. Each motif is judged by the mean of the protein's
    other motifs, and so is the model.
    """
    rows: dict[str, list[pd.Series]] = {"model": [], "second motif": []}
    for score, of_protein in zip(scores, targets.motifs, strict=True):
        if len(of_protein) < 2:
            continue
        by_motif = np.stack([kmer_scores(motif) for motif in of_protein])
        truths = (by_motif.sum(0) - by_motif) / (len(by_motif) - 1)
        for name, judged in (("model", [score] * len(by_motif)), ("second motif", by_motif)):
            metrics = [targets.judge(*pair) for pair in zip(judged, truths, strict=True)]
            rows[name].append(pd.DataFrame(metrics).mean())
    print(f"  with several motifs, {len(rows['model'])} proteins")
    return {name: show(name, pd.DataFrame(metrics)) for name, metrics in rows.items()}


def show(name: str, table: pd.DataFrame) -> Row:
    """Print the means of metrics with their intervals on one line, and return them."""
    row: Row = {}
    texts = []
    for metric in table.columns:
        values = table[metric].to_numpy()
        limits = interval(values, seed=0)
        assert limits is not None
        mean = float(np.nanmean(values))
        row[metric] = {"mean": mean, "interval": limits}
        texts.append(f"{metric} {mean:.3f} ({limits[0]:.3f}..{limits[1]:.3f})")
    print(f"  {name:14}" + "  ".join(texts))
    return row


def breakdown(table: pd.DataFrame, rows: dict[str, pd.DataFrame]) -> None:
    """Print the metrics by family, and by band of identity to the nearest training protein."""
    frequent = table.family.map(table.family.value_counts()) >= 4
    family = table.family.where(frequent, "others")
    low = np.searchsorted(BANDS, table.nearest_identity, side="right") - 1
    band = pd.Series([f"identity from {BANDS[row]:.1f}" for row in low])
    for groups in (family, band):
        for name, part in groups.groupby(groups):
            texts = []
            for row, metrics in rows.items():
                means = metrics.loc[part.index, list(METRICS)].mean()
                texts.append(f"{row} " + " ".join(f"{value:.3f}" for value in means))
            print(f"  {name:20}{len(part):>3}  " + "  ".join(texts))


def motifs(predictor: BindingPredictor, measured: MeasuredProteins, targets: Targets) -> Row:
    """Correlation of the predicted motif, and of the nearest neighbour's, with measured ones."""
    predicted = predictor.motif(targets.proteins)
    rows = []
    for name, true_motifs, relatives in zip(
        targets.table.protein_id, targets.motifs, targets.relatives, strict=True
    ):
        nearest = next(m for r in relatives if (m := measured.proteins[r.row].motifs))
        rows.append(
            {
                "model": motif_correlation(predicted[name][0], true_motifs),
                "nn": motif_correlation(nearest[0], true_motifs),
            }
        )
    print("\nMotif correlation")
    return show("", pd.DataFrame(rows))


if __name__ == "__main__":
    main()
