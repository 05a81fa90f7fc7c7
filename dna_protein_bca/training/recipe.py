"""The recipe of the bundled weights: `python -m dna_protein_bca.training.recipe --help`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from safetensors.torch import save_file

from ..datasets import specificity
from ..domains import families, find_domains, profile_lengths
from ..featurize import ProteinInput, protein_input
from ..model import BindingConfig, BindingModel
from ..motif_scores import kmer_scores
from . import metrics
from .loop import LoopConfig, train
from .task import SpecificityTask, TaskConfig

HELDOUT = ("train",)
RELEASE = ("train", "validation", "validation-pbm", "excluded", "reserved")


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--run", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option("--weights", type=click.Choice(["heldout", "release"]), default="heldout")
@click.option("--steps", default=6000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=1, show_default=True)
@click.option("--set", "settings", multiple=True, help="NAME=VALUE of the task, for ablations.")
def main(
    data: Path, run: Path, weights: str, steps: int, seed: int, threads: int, settings: tuple
) -> None:
    """Train on measured motifs and single zinc fingers; resumes where RUN left off."""
    torch.set_num_threads(threads)
    run.mkdir(parents=True, exist_ok=True)
    changes = dict(_setting(text) for text in settings)
    task_config, loop_config, config = (
        _changed(default, changes)
        for default in (
            TaskConfig(),
            LoopConfig(steps=steps, seed=seed),
            BindingConfig(tuple(profile_lengths()[family] for family in families())),
        )
    )
    torch.manual_seed(seed)
    model = BindingModel(config)
    known, motifs, scores = read_measured(data, HELDOUT if weights == "heldout" else RELEASE, run)
    task = SpecificityTask(known, motifs, scores, specificity.read_fingers(data), task_config, seed)
    (run / "recipe.json").write_text(
        json.dumps(
            {
                "weights": weights,
                "proteins": len(known),
                "loop": dataclasses.asdict(loop_config),
                "task": dataclasses.asdict(task_config),
            },
            indent=2,
        )
    )
    validation, _, truth = read_measured(data, ("validation",), run)

    def validate(average: BindingModel) -> dict[str, float]:
        # By the motifs alone: the joint score of all 8-mers would take as long as the training.
        scores = metrics.score_kmers(average, validation, joint=False)
        rows = [metrics.against_motif(*pair) for pair in zip(scores, truth, strict=True)]
        return metrics.mean_metrics(rows, "match_")

    average = train(model, task.losses, run, loop_config, validate=validate)
    save_weights(average, run / "best")


def read_measured(
    data: Path, splits: tuple[str, ...], run: Path
) -> tuple[list[ProteinInput], list[list[np.ndarray]], np.ndarray]:
    """Proteins with motifs, the motifs, and their mean 8-mer scores; scores are kept in the run."""
    table = specificity.read_proteins(data, splits)
    motifs = specificity.read_motifs(data, table.index)
    table = table[[bool(motifs[protein]) for protein in table.index]]
    pairs = list(zip(table.index, table.sequence, strict=True))
    inputs = [
        protein_input(id, sequence, found)
        for (id, sequence), found in zip(pairs, find_domains(pairs), strict=True)
    ]
    kept = [protein for protein in inputs if protein.residues.size]
    cache = run / f"kmers-{'-'.join(splits)}.npy"
    if not cache.exists():
        means = [np.mean([kmer_scores(m) for m in motifs[p.id]], axis=0) for p in kept]
        np.save(cache, np.stack(means).astype(np.float16))
    return kept, [motifs[protein.id] for protein in kept], np.load(cache).astype(np.float32)


def save_weights(model: BindingModel, folder: Path) -> None:
    """Write what `--model` takes: `config.json` and `model.safetensors`."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    config = dataclasses.asdict(model.config)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def _setting(text: str) -> tuple[str, object]:
    name, value = text.split("=", 1)
    return name, json.loads(value)


def _changed(default: Any, changes: dict[str, object]) -> Any:
    names = {field.name for field in dataclasses.fields(default)}
    return dataclasses.replace(default, **{k: v for k, v in changes.items() if k in names})


if __name__ == "__main__":
    main()
