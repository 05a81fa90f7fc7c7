"""The weights that a training leaves, with what is known of how they were made."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dna_protein_bca.inference.checksums import rewritten
from dna_protein_bca.io.folder_names import (
    AFFINITY,
    CALIBRATION,
    PROVENANCE,
    RELATIVES,
    TRAINING_PROTEINS,
    TRUST_LEVELS,
)
from dna_protein_bca.io.outputs import atomic_path, write_json
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins
from dna_protein_bca.training.weights import save_weights

from .data import TrainingData

SOURCE = "training set"
"""Where a training's own motifs are from, as `relatives.parquet` names it."""

KEPT = ("command", "given", "inputs", "checksums", "split", "counts", "settings", "versions")
"""Of a run's record, what travels with its weights."""


def save_trained(
    model: BindingModel,
    folder: Path,
    data: TrainingData,
    relatives: Path | None,
    provenance: Mapping[str, object],
) -> None:
    """Write a folder that `--model` takes, with what is known of its training.

    Args:
        data: whose training proteins are listed beside the weights.
        relatives: a `relatives.parquet` that travels along; None for the training proteins.
        provenance: how the weights were made.
    """
    with rewritten(folder):
        save_weights(model, folder)
        # What was fitted for earlier weights does not hold any more. A calibration is fitted when
        # the training ends; for levels of trust a training has too few proteins.
        for fitted in (CALIBRATION, AFFINITY, TRUST_LEVELS):
            (folder / fitted).unlink(missing_ok=True)
        if not (folder / RELATIVES).exists():
            if relatives is None:
                with atomic_path(folder / RELATIVES) as path:
                    as_measured(data).save(path)
            elif relatives.is_file():
                with atomic_path(folder / RELATIVES) as path:
                    shutil.copyfile(relatives, path)
        _save_proteins(data, folder / TRAINING_PROTEINS)
        write_json(folder / PROVENANCE, provenance)


def provenance(record: Mapping[str, Any], row: Mapping[str, float]) -> dict[str, object]:
    """How weights were made.

    Args:
        record: of the run, from its `config.json`.
        row: of `metrics.csv`, at the step of the weights.
    """
    metrics = {name: value for name, value in row.items() if not math.isnan(value)}
    return {**{name: record.get(name) for name in KEPT}, "metrics": metrics}


def as_measured(data: TrainingData) -> MeasuredProteins:
    """The training proteins with a known domain, and their motifs as far as they have some."""
    return MeasuredProteins(
        MeasuredProtein(
            protein.record.id,
            "",
            SOURCE,
            match_states(protein.record.sequence, protein.domains),
            tuple(data.motifs.get(row, ())),
            (SOURCE,) * len(data.motifs.get(row, ())),
        )
        for row, protein in enumerate(data.proteins)
        if row in data.trained and protein.domains
    )


def _save_proteins(data: TrainingData, path: Path) -> None:
    import pandas as pd

    rows = [
        (protein.record.id, protein.input.dbd, protein.record.sequence)
        for index, protein in enumerate(data.proteins)
        if index in data.trained
    ]
    table = pd.DataFrame(rows, columns=["protein_id", "dbd", "sequence"])
    with atomic_path(path) as partial:
        table.to_csv(partial, sep="\t", index=False)
