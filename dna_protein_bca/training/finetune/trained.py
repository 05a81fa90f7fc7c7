"""The weights that a training leaves, with what is known of how they were made."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

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
from dna_protein_bca.proteins.relatives import LEARNED, MeasuredProtein, MeasuredProteins
from dna_protein_bca.training.weights import save_weights

from .data import TrainingData
from .tasks.own_motifs import OwnMotifs, own_motifs, without_own

SOURCE = "training set"
"""Where the motifs are from that a training from scratch was given."""

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
    own = own_motifs(model)
    with rewritten(folder):
        save_weights(model if own is None else without_own(model), folder)
        # What was fitted for earlier weights does not hold any more. A calibration is fitted when
        # the training ends; for levels of trust a training has too few proteins.
        for fitted in (CALIBRATION, AFFINITY, TRUST_LEVELS):
            (folder / fitted).unlink(missing_ok=True)
        if own is not None or not (folder / RELATIVES).exists():
            _save_relatives(data, own, relatives, folder / RELATIVES)
        _save_proteins(data, folder / TRAINING_PROTEINS)
        write_json(folder / PROVENANCE, provenance)


def _save_relatives(
    data: TrainingData, own: OwnMotifs | None, relatives: Path | None, path: Path
) -> None:
    if relatives is None:
        with atomic_path(path) as partial:
            as_measured(data, data.motifs, SOURCE).save(partial)
    elif own is not None:
        found = as_measured(data, own.probabilities(), LEARNED)
        with atomic_path(path) as partial:
            with_learned(MeasuredProteins.read(relatives), found).save(partial)
    elif relatives.is_file():
        with atomic_path(path) as partial:
            shutil.copyfile(relatives, partial)


def with_learned(measured: MeasuredProteins, trained: MeasuredProteins) -> MeasuredProteins:
    """Measured proteins, and those of a training that have motifs.

    What an earlier training left of a protein of the same id is replaced. Where another measured
    protein has the id, the trained one gets a longer id.
    """
    new = [protein for protein in trained.proteins if protein.motifs]
    kept = without_learned(measured, [protein.protein_id for protein in new])
    named = [
        protein._replace(protein_id=_longer(protein.protein_id))
        if protein.protein_id in kept.rows
        else protein
        for protein in new
    ]
    return MeasuredProteins([*kept.proteins, *named])


def without_learned(measured: MeasuredProteins, ids: Iterable[str]) -> MeasuredProteins:
    """Measured proteins without what an earlier training learned of proteins of these ids."""
    earlier = {name for known in ids for name in (known, _longer(known))}
    return MeasuredProteins(
        protein
        for protein in measured.proteins
        if protein.source != LEARNED or protein.protein_id not in earlier
    )


def _longer(protein_id: str) -> str:
    return f"{protein_id} ({LEARNED})"


def provenance(record: Mapping[str, Any], row: Mapping[str, float]) -> dict[str, object]:
    """How weights were made.

    Args:
        record: of the run, from its `config.json`.
        row: of `metrics.csv`, at the step of the weights.
    """
    metrics = {name: value for name, value in row.items() if not math.isnan(value)}
    return {**{name: record.get(name) for name in KEPT}, "metrics": metrics}


def as_measured(
    data: TrainingData, motifs: Mapping[int, Sequence[np.ndarray]], source: str
) -> MeasuredProteins:
    """The training proteins with a known domain, and their motifs as far as they have some.

    Args:
        motifs: index of a protein -> base probabilities, float32 [width, 4] each.
        source: where they are from.
    """
    return MeasuredProteins(
        MeasuredProtein(
            protein.record.id,
            "",
            source,
            match_states(protein.record.sequence, protein.domains),
            tuple(motifs.get(row, ())),
            (source,) * len(motifs.get(row, ())),
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
