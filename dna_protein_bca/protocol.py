"""What a predictor offers, whether it has one set of weights or several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dna_protein_bca.io.shards import WHOLE, Shard

from .errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.inference.background import Background, BackgroundDNA
    from dna_protein_bca.inference.calibration import Calibration
    from dna_protein_bca.io.fasta import OnError, Sequences
    from dna_protein_bca.proteins.relatives import MeasuredProteins


class Predictor(Protocol):
    """What one set of weights and an ensemble of several both offer.

    Attributes:
        measured: the measured proteins that the weights may know, or None.
        calibration: from p-values to probabilities; None where there is none.
        threads: CPU threads of the domain search; None for all.
        reads_whole: whether whole sequences are scored, with a known domain or without.
        columns: of the tables that `predict` gives.
    """

    @property
    def measured(self) -> MeasuredProteins | None: ...

    @property
    def calibration(self) -> Calibration | None: ...

    @property
    def threads(self) -> int | None: ...

    @property
    def reads_whole(self) -> bool: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    def encode(
        self,
        proteins: Any,
        *,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
    ) -> Any:
        """Encode proteins once, to score them against DNA again and again."""

    def predict(
        self, proteins: Any, dna: Sequences, pairs: Any = None, **options: Any
    ) -> pd.DataFrame:
        """Score every protein on every DNA, or the pairs of a table."""

    def predict_stream(
        self,
        proteins: Any,
        dna: Sequences,
        pairs: Any = None,
        *,
        background: str | Path | BackgroundDNA | None = "uniform",
        prior: float = 0.5,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
        shard: Shard = WHOLE,
    ) -> Iterator[pd.DataFrame]:
        """The same in chunks."""

    def score_matrix(self, proteins: Any, dna: Sequences) -> np.ndarray:
        """Scores as float32 [proteins, dna]."""

    def motif(self, proteins: Any) -> dict[str, list[np.ndarray]]:
        """Predicted motifs of each protein, best first."""

    def background(
        self, proteins: Any, dna: str | Path | BackgroundDNA = "uniform", *, cache: bool = True
    ) -> list[Background | None]:
        """How background DNA scores with each protein."""
