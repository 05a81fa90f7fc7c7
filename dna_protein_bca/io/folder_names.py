"""Names of the files in a folder of weights, and in the folder of a training."""

from __future__ import annotations

CONFIG = "config.json"
"""Of weights: their architecture. Of a training: all of its parameters."""

WEIGHTS = "model.safetensors"
RELATIVES = "relatives.parquet"
COLLECTION = "collection.fa.xz"
"""Whole sequences of the measured proteins, one a species and gene name."""

CARD = "README.md"
CALIBRATION = "calibration.json"
AFFINITY = "affinity.json"
"""From scores to affinities in the unit that weights were trained on."""

TRUST_LEVELS = "trust.json"
TRAINING_PROTEINS = "training_proteins.tsv"
BACKGROUNDS = "backgrounds.npz"
"""How background DNA scores with the proteins of the collection."""

PROVENANCE = "provenance.json"
"""How weights were made: command, data, split, versions and metrics."""

CHECKSUMS = "checksums.json"
"""SHA-256 of each of the other files, but of no card."""

WEIGHTS_FILES = (
    CONFIG,
    WEIGHTS,
    RELATIVES,
    COLLECTION,
    CARD,
    CALIBRATION,
    AFFINITY,
    TRUST_LEVELS,
    TRAINING_PROTEINS,
    PROVENANCE,
    BACKGROUNDS,
    CHECKSUMS,
)
"""What a folder of weights may hold."""

BEST = "best"
LAST = "last"
"""Folders of the best weights and of the last ones in the folder of a training."""

PROTEINS = "proteins.fa"
DNA = "dna.fa.gz"
PAIRS = "pairs.tsv"
"""In the folder of a training: its proteins, its DNA, and its pairs with their `split`."""

METRICS = "metrics.csv"
CHECKPOINT = "checkpoint.safetensors"
REPORT = "report.html"

EVALUATION = "evaluation"
"""Folder of how well the best weights do on the validation pairs."""

TENSORBOARD = "tensorboard"
"""Folder of what TensorBoard reads."""

RUN_FILES = (
    CONFIG,
    PROTEINS,
    DNA,
    PAIRS,
    METRICS,
    CHECKPOINT,
    REPORT,
    BEST,
    LAST,
    EVALUATION,
    TENSORBOARD,
)
"""Everything that a training writes into its folder."""

ENSEMBLE = "ensemble.json"
"""In the folder of several trainings: their weights, which make an ensemble."""

STAGE = "stage.json"
"""In the folder of a stage of a recipe: what it is made with, and whether it is done."""
