"""How well weights predict the DNA that proteins prefer, beside the baselines, on measured data.

    python benchmarks/specificity.py [--model heldout] [--no-relatives] [-o OUT.json]
    python benchmarks/specificity.py --data DIR [--model heldout] [--no-relatives]
        [--part kmers --part motifs --part controls --part windows --part residues
         --part engineered]
        [--genome G.fa.gz] [--arrays] [--cut dna|protein] [-o OUT.json]
    python benchmarks/specificity.py --smoke

Without DIR, the 60 of the validation proteins that have a JASPAR motif are judged by those motifs;
they come with the repository. DIR is the specificity data set's folder, which the baselines and all
else need. Every figure is a mean over proteins, full-length protein
in, with the bootstrap's 95% interval over proteins; the baselines are recomputed in the same run.
The last lines are the table of README, with half of the interval after each figure.
Only heldout weights can be judged so: release weights were trained on these proteins.

- kmers: all 32,896 8-mers ranked for 82 validation proteins, whose truth is the 130 best under
  their own motifs, and, with `--arrays`, for the nine of the test's microarrays.
- motifs: correlation of the predicted motif with the measured ones.
- controls, windows, residues, engineered: see `specificity_controls.py` and so on.

`--cut dna` keeps the DNA from reading the protein in the joint transformer, `--cut protein` the
protein from reading the DNA. `--smoke` runs on a few bundled proteins, to show that it works.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import specificity_controls
import specificity_engineered
import specificity_kit
import specificity_residues
import specificity_windows
import torch
from specificity_kit import FIGURES

from dna_protein_bca import BindingPredictor
from dna_protein_bca.attention import BidirectionalCrossAttention
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.evaluation.metrics import compare, interval
from dna_protein_bca.io.meme import read_meme
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import kmer_scores, mean_kmer_scores, motif_correlation
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.relatives import (
    MeasuredProteins,
    Relative,
    nearest_score,
    relatives_score,
)
from dna_protein_bca.training.recipe.specificity_metrics import against_array, against_motif

PARTS = ("kmers", "motifs", "controls", "windows", "residues", "engineered")
ROWS = {
    "model": "this model",
    "nn": "the motif of the nearest measured relative",
    "relatives20": "the votes of twenty relatives",
}
"""How the rows of README's table are called."""

BANDS = (0.0, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Targets:
    """Proteins to predict, one kind of truth.

    Attributes:
        table: `protein_id`, `family`, `nearest_identity`, `sequence`.
        motifs: the measured motifs of each; relatives: the measured training proteins, nearest
            first.
        judge: (score, truth) of all 8-mers -> figures of one protein.
        truth: float [proteins, 32896].
        jaspar: the JASPAR motifs of those that have some.
    """

    table: pd.DataFrame
    motifs: list[list[np.ndarray]]
    relatives: list[list[Relative]]
    judge: Callable[[np.ndarray, np.ndarray], dict[str, float]]
    truth: np.ndarray
    jaspar: specificity_kit.Motifs = field(default_factory=dict)

    @property
    def proteins(self) -> dict[str, str]:
        return dict(zip(self.table.protein_id, self.table.sequence, strict=True))


def main() -> None:
    args = arguments()
    predictor = BindingPredictor.from_pretrained(
        args.model, threads=args.threads, relatives=not args.no_relatives
    )
    if args.smoke:
        specificity_windows.smoke(predictor)
        return
    found: dict[str, Any] = {"model": str(args.model), "relatives": not args.no_relatives}
    with cut(predictor, args.cut) if args.cut else nullcontext():
        found |= judged_by_kit(predictor) if args.data is None else judged_by_data(predictor, args)
    if args.output:
        args.output.write_text(json.dumps(found, indent=2) + "\n")


def judged_by_kit(predictor: BindingPredictor) -> dict[str, Any]:
    """The figures that need nothing but what comes with the repository."""
    proteins, own = specificity_kit.read_kit()
    scores = specificity_kit.score_kmers(predictor, proteins, own)
    name = specificity_kit.row_name(own)
    rows = specificity_kit.judge(dict(zip(proteins, scores, strict=True)), own)
    print(f"\n8-mers, {len(own)} proteins")
    row = show(name, rows)
    print("\n" + specificity_kit.table({name: row}))
    print("\nThe baselines, and the proteins with other motifs, need --data DIR.")
    return {"jaspar": row}


def judged_by_data(predictor: BindingPredictor, args: argparse.Namespace) -> dict[str, Any]:
    """The figures of all parts that were asked for."""
    found: dict[str, Any] = {}
    measured = training_proteins(args.data)
    targets = motif_targets(args.data, measured)
    if "kmers" in args.part:
        found["kmers"] = kmers(predictor, measured, targets)
        if args.arrays:
            arrays = array_targets(args.data, measured)
            found["arrays"] = kmers(predictor, measured, arrays, bands=False)
    if "motifs" in args.part:
        found["motifs"] = motifs(predictor, measured, targets)
    if "controls" in args.part:
        found["controls"] = specificity_controls.report(predictor, args.data, targets)
    if "windows" in args.part:
        found["windows"] = specificity_windows.report(
            predictor, measured, targets, args.genome, ranked=args.ranked
        )
    if "residues" in args.part:
        found["residues"] = specificity_residues.report(predictor, args.data)
    if "engineered" in args.part:
        found["engineered"] = specificity_engineered.report(predictor, args.data)
    if "kmers" in args.part:
        rows = {row: found["kmers"][name] for name, row in ROWS.items()}
        name = specificity_kit.row_name(targets.jaspar)
        print("\n" + specificity_kit.table({**rows, name: found["kmers"]["jaspar"]}))
    return found


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
    parser.add_argument("-o", "--output", type=Path, help="figures as JSON")
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
def cut(predictor: BindingPredictor, side: str) -> Iterator[None]:
    """One direction of the joint transformer's cross-attention gives nothing."""
    index = 0 if side == "dna" else 1

    def silence(_: Any, __: Any, output: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return tuple(x * 0 if i == index else x for i, x in enumerate(output))

    modules = predictor.model.joint.modules()
    hooks = [
        module.register_forward_hook(silence)
        for module in modules
        if isinstance(module, BidirectionalCrossAttention)
    ]
    yield
    for hook in hooks:
        hook.remove()


def training_proteins(data: Path) -> MeasuredProteins:
    """What heldout weights and baselines may know."""
    table = specificity.read_proteins(data, ("train",)).reset_index()
    return MeasuredProteins.from_tables(table, read_meme(data / "motifs.meme.gz"))


def motif_targets(data: Path, measured: MeasuredProteins) -> Targets:
    """The validation proteins; their truth is the mean score under their own motifs."""
    table, relatives = _targets(data, "motif", measured)
    owned = specificity.read_motifs(data, table.protein_id)
    found = [owned[name] for name in table.protein_id]
    truth = np.stack([mean_kmer_scores(ones) for ones in found])
    jaspar = specificity_kit.read_jaspar(data)
    return Targets(table, found, relatives, against_motif, truth, jaspar)


def array_targets(data: Path, measured: MeasuredProteins) -> Targets:
    """The nine proteins of the test; their truth is the E-score."""
    table, relatives = _targets(data, "pbm", measured)
    scores = specificity.read_pbm(data).loc[list(canonical_kmers(8)), table.protein_id]
    return Targets(table, [[] for _ in table.index], relatives, against_array, scores.to_numpy().T)


def _targets(
    data: Path, kind: str, measured: MeasuredProteins
) -> tuple[pd.DataFrame, list[list[Relative]]]:
    table = pd.read_csv(data / "baselines.tsv", sep="\t").query("kind == @kind")
    table = table[["protein_id", "family", "nearest_identity"]].reset_index(drop=True)
    proteins = specificity.read_proteins(data, ("validation", "validation-pbm"))
    table["sequence"] = proteins.loc[table.protein_id, "sequence"].to_numpy()
    pairs = list(zip(table.protein_id, table.sequence, strict=True))
    relatives = [
        measured.nearest(domains, sequence, None)
        for (_, sequence), domains in zip(pairs, find_domains(pairs), strict=True)
    ]
    return table, relatives


def kmers(
    predictor: BindingPredictor, measured: MeasuredProteins, targets: Targets, bands: bool = True
) -> dict[str, Any]:
    """Rank all 8-mers, and print and return the figures of the model and of the baselines."""
    scores = {
        "model": specificity_kit.score_kmers(predictor, targets.proteins, targets.jaspar),
        "relatives20": np.stack([relatives_score(measured, r) for r in targets.relatives]),
        "nn": np.stack([nearest_score(measured, r) for r in targets.relatives]),
    }
    rows = {
        name: pd.DataFrame(
            [targets.judge(*pair) for pair in zip(matrix, targets.truth, strict=True)]
        )
        for name, matrix in scores.items()
    }
    print(f"\n8-mers, {len(targets.table)} proteins")
    found = {name: show(name, table) for name, table in rows.items()}
    if targets.jaspar:
        by_name = dict(zip(targets.table.protein_id, scores["model"], strict=True))
        name = specificity_kit.row_name(targets.jaspar)
        found["jaspar"] = show(name, specificity_kit.judge(by_name, targets.jaspar))
    for baseline in ("relatives20", "nn"):
        for figure in FIGURES:
            pair = (rows[one][figure].to_numpy() for one in ("model", baseline))
            versus = compare(*pair, seed=0)
            assert versus is not None
            found[f"model - {baseline}"] = found.get(f"model - {baseline}", {}) | {figure: versus}
            low, high = versus["interval"]
            limits = f"{versus['difference']:+.3f} ({low:+.3f}..{high:+.3f})"
            print(f"  model - {baseline} {figure}: {limits}")
    found["proteins"] = {
        name: dict(zip(targets.table.protein_id, table.to_dict("records"), strict=True))
        for name, table in rows.items()
    }
    if bands:
        found["second motif"] = second_motif(scores["model"], targets)
        breakdown(targets.table, rows)
    return found


def second_motif(scores: np.ndarray, targets: Targets) -> dict[str, Any]:
    """Print and return how a protein's own motifs rank by each other, where it has several.

    The model stands beside them with the same truth: the mean of all motifs but one.
    """
    rows: dict[str, list[pd.Series]] = {"model": [], "second motif": []}
    for score, motifs in zip(scores, targets.motifs, strict=True):
        if len(motifs) < 2:
            continue
        own = np.stack([kmer_scores(motif) for motif in motifs])
        truths = (own.sum(0) - own) / (len(own) - 1)
        for name, ones in (("model", [score] * len(own)), ("second motif", own)):
            figures = [targets.judge(*pair) for pair in zip(ones, truths, strict=True)]
            rows[name].append(pd.DataFrame(figures).mean())
    print(f"  with several motifs, {len(rows['model'])} proteins")
    return {name: show(name, pd.DataFrame(ones)) for name, ones in rows.items()}


def show(name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Print means with intervals on one line; returns them."""
    found = {}
    for figure in table.columns:
        values = table[figure].to_numpy()
        found[figure] = {"mean": float(np.nanmean(values)), "interval": interval(values, seed=0)}
    text = "  ".join(
        f"{figure} {one['mean']:.3f} ({one['interval'][0]:.3f}..{one['interval'][1]:.3f})"
        for figure, one in found.items()
    )
    print(f"  {name:14}{text}")
    return found


def breakdown(table: pd.DataFrame, rows: dict[str, pd.DataFrame]) -> None:
    """The same figures by family and by band of identity to the nearest training protein."""
    frequent = table.family.map(table.family.value_counts()) >= 4
    family = table.family.where(frequent, "others")
    low = np.searchsorted(BANDS, table.nearest_identity, side="right") - 1
    band = pd.Series([f"identity from {BANDS[row]:.1f}" for row in low])
    for groups in (family, band):
        for name, part in groups.groupby(groups):
            texts = []
            for one, figures in rows.items():
                means = figures.loc[part.index, list(FIGURES)].mean()
                texts.append(f"{one} " + " ".join(f"{value:.3f}" for value in means))
            print(f"  {name:20}{len(part):>3}  " + "  ".join(texts))


def motifs(
    predictor: BindingPredictor, measured: MeasuredProteins, targets: Targets
) -> dict[str, Any]:
    """Correlation of the predicted motif, and of the nearest neighbour's, with measured ones."""
    predicted = predictor.motif(targets.proteins)
    rows = []
    for name, own, relatives in zip(
        targets.table.protein_id, targets.motifs, targets.relatives, strict=True
    ):
        near = next(m for r in relatives if (m := measured.proteins[r.row].motifs))
        rows.append(
            {
                "model": motif_correlation(predicted[name][0], own),
                "nn": motif_correlation(near[0], own),
            }
        )
    print("\nMotif correlation")
    return show("", pd.DataFrame(rows))


if __name__ == "__main__":
    main()
