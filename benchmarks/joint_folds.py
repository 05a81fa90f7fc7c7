"""Whether the joint transformer earns its place: on folds of `train`, in both directions and one.

    python benchmarks/joint_folds.py --data DIR --run R [--folds 3] [--seeds 3]
        [--set joint.NAME=VALUE ...]

Proteins of `train` with real bound DNA (microarrays, reads of HT-SELEX, genomic sites) are in
folds, in which those whose domains are 70% or more identical are together. For each fold the recipe
`heldout` is run with one member, without the proteins of the fold and all that are as near to one:
member, contacts, relatives and joint transformer have never seen them. The joint transformer is
trained as a whole (`both`), with the protein kept from reading the DNA (`no protein`), and with the
DNA kept from reading the protein (`no dna`), with each seed. All are measured on the fold:

- `precision`, `spearman`: every fourth 8-mer of an array, by E-score.
- `reads`: AUROC of selected against unselected reads.
- `sites`, `shuffled`, `found`: see `specificity_bound.py`.

The table has means over all proteins of all folds, each protein's mean over seeds, of the joint
transformer as the recipe's assembly takes it (its share of what was learned, behind its gate) and
as a whole, on all DNA; then paired differences with the bootstrap's 95% interval over proteins.
What is done is kept in R: a rerun goes on.

A member takes 10 to 20 minutes of one core, a joint transformer 5 with its measurement: three
folds and three seeds some three and a half hours.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from specificity_bound import auroc, draw_sites, judge_sites

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.evaluation.bootstrap import interval
from dna_protein_bca.io.outputs import write_json
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.training.recipe.bound.draws import BoundDNA, DrawConfig
from dna_protein_bca.training.recipe.configs import HELDOUT, Recipe
from dna_protein_bca.training.recipe.joint_stage import take_joint
from dna_protein_bca.training.recipe.materials import Materials
from dna_protein_bca.training.recipe.overrides import override
from dna_protein_bca.training.recipe.runner import finish_stage
from dna_protein_bca.training.recipe.specificity_metrics import against_array
from dna_protein_bca.training.recipe.stages import Workplace, assemble, assemble_learned

MODES = {"both": "", "no protein": "protein", "no dna": "dna"}
"""What is trained -> the side that reads nothing."""

PARTS = ("shipped", "whole")
"""How much of what was learned counts: what the recipe's assembly takes, or all."""

STRIDE, READS, SITES = 4, 500, 100
"""Every so many 8-mers of an array count; reads and windows of each kind of a protein."""

SHARED = ("member-0", "contacts")
"""Stages that all trainings of a fold have in common."""

MATCH, MEASURES = "match.json", "measures.json"
"""Files of what was measured: in the folder of a fold, and of a training."""

Measures = dict[str, dict[str, float]]
"""Metric -> protein -> value."""


class Fold:
    """The proteins of a fold, and what they are measured on.

    Args:
        data: the data set.
        recipe: of which the fold is left out.
        home: folder of all that is made of the fold.
        dna: bound DNA of all folds.
    """

    def __init__(self, data: Path, recipe: Recipe, home: Path, dna: BoundDNA) -> None:
        self.recipe, self.home, self.dna = recipe, home, dna
        self.materials = Materials(data, recipe.data, home)
        proteins = specificity.read_proteins(data, recipe.data.splits)
        self.judged = sorted(self.materials.fold.judged)
        self.sequence = proteins.sequence
        self.family = proteins.dbd.str.partition(":")[0].to_dict()

    def measure(self, model: BindingModel) -> Measures:
        """Every metric of every protein that has the DNA for it."""
        predictor = BindingPredictor(model, self.materials.relatives, threads=1)
        measures: Measures = {}
        for name, rows in self._rows(predictor):
            for metric, value in rows.items():
                measures.setdefault(metric, {})[name] = value
        return measures

    def _rows(self, predictor: BindingPredictor) -> Iterator[tuple[str, dict[str, float]]]:
        dna, rng = self.dna, np.random.default_rng(0)
        windows = pd.concat([part.assign(name=name) for name, part in dna.sites.items()])
        kind = windows.name.map(self.family)
        for name in self.judged:
            protein = (name, self.sequence[name])
            if name in dna.arrays:
                array = dna.arrays[name]
                kmers, escores = array.kmers[::STRIDE], array.escores[::STRIDE]
                row = against_array(_scores(predictor, protein, kmers), escores)
                yield name, {"precision": row["average_precision"], "spearman": row["spearman"]}
            if name in dna.reads:
                bound, unbound = (dna.reads[name][label][:READS] for label in (1, 0))
                scores = _scores(predictor, protein, [*bound, *unbound])
                yield name, {"reads": auroc(scores[: len(bound)], scores[len(bound) :])}
            if name in dna.sites:
                others = windows[kind != self.family[name]]
                drawn = draw_sites(dna.sites[name], others, SITES, rng)
                row = judge_sites(predictor, protein, drawn)
                yield name, {"sites": row["auroc"]} | {k: row[k] for k in ("shuffled", "found")}


def _scores(
    predictor: BindingPredictor, protein: tuple[str, str], dna: Sequence[str]
) -> np.ndarray:
    named = {str(number): text for number, text in enumerate(dna)}
    scores: np.ndarray = predictor.score_matrix([protein], named)[0]
    return scores


def measure_match(fold: Fold) -> None:
    """Make what all trainings of a fold share, and measure the match alone, unless that is done."""
    place = Workplace(fold.home, fold.recipe, fold.materials)
    for name in SHARED:
        finish_stage(place, name)
    if not (fold.home / MATCH).exists():
        # What an untrained joint transformer adds is zero.
        model = assemble(place, fold.recipe.trust.start)
        write_json(fold.home / MATCH, fold.measure(model.eval()))


def measure_joint(fold: Fold, mode: str, seed: int) -> None:
    """Train the joint transformer in one way, and measure it, unless that is done."""
    folder = fold.home / f"{mode.replace(' ', '-')}-{seed}"
    if (folder / MEASURES).exists():
        return
    recipe = override(fold.recipe, [f"joint.loop.seed={seed}", f"joint.cut={MODES[mode]}"])
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHARED:
        if not (folder / name).exists():
            (folder / name).symlink_to((fold.home / name).resolve())
    place = Workplace(folder, recipe, fold.materials)
    finish_stage(place, "joint")
    model = assemble_learned(place, recipe.trust.start)
    measures = {"whole": fold.measure(model.eval())}
    take_joint(model, recipe.assembly.share, recipe.assembly.gate)
    measures["shipped"] = fold.measure(model)
    write_json(folder / MEASURES, measures)


def table(run: Path, folds: int, seeds: int) -> None:
    """Print means and paired differences of all that is done."""
    homes = [run / f"fold-{number}" for number in range(1, folds + 1)]
    of_way = {"match alone": _read([home / MATCH for home in homes])}
    for part in PARTS:
        for mode in MODES:
            names = [f"{mode.replace(' ', '-')}-{seed}" for seed in range(seeds)]
            paths = [home / name / MEASURES for home in homes for name in names]
            of_way[f"{mode}, {part}"] = _read(paths, part)
    means = {way: of.groupby(level=0, sort=False).mean() for way, of in of_way.items()}
    print(pd.DataFrame(means).T.round(3).to_string())
    for part in PARTS:
        for other in ("match alone", f"no protein, {part}", f"no dna, {part}"):
            print(f"both, {part}, minus {other}")
            differences((of_way[f"both, {part}"] - of_way[other]).dropna())


def differences(gaps: pd.Series) -> None:
    """Print each metric's mean over proteins and the bootstrap's interval."""
    for metric, values in gaps.groupby(level=0, sort=False):
        if ends := interval(values.to_numpy(), seed=0):
            of = f"({ends[0]:+.4f} to {ends[1]:+.4f}), {len(values)} proteins"
            print(f"  {metric:10} {values.mean():+.4f} {of}")


def _read(paths: Sequence[Path], part: str | None = None) -> pd.Series:
    """Means over what files say of each metric and protein."""
    rows = []
    for path in filter(Path.exists, paths):
        measures = json.loads(path.read_text(encoding="utf-8"))
        measures = measures[part] if part else measures
        rows += [(m, p, value) for m, of in measures.items() for p, value in of.items()]
    frame = pd.DataFrame(rows, columns=["metric", "protein", "value"])
    return frame.groupby(["metric", "protein"], sort=False)["value"].mean()


def main() -> None:
    """Make and measure what is not done, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    args = parser.parse_args()
    torch.set_num_threads(1)
    recipe = replace(HELDOUT, members=HELDOUT.members[:1])
    dna = Materials(args.data, recipe.data, args.run).bound_dna(DrawConfig())
    folds = []
    for number in range(1, args.folds + 1):
        left_out = override(recipe, [f"data.fold={number}/{args.folds}", *args.settings])
        folds.append(Fold(args.data, left_out, args.run / f"fold-{number}", dna))
    for seed in range(args.seeds):
        for fold in folds:
            measure_match(fold)
            for mode in MODES:
                measure_joint(fold, mode, seed)
    table(args.run, args.folds, args.seeds)


if __name__ == "__main__":
    main()
