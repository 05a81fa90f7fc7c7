"""Several sets of weights as one predictor: their mean, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

import numpy as np

from dna_protein_bca.inference.background import UNIFORM, Background, BackgroundDNA, backgrounds
from dna_protein_bca.inference.calibration import PRIOR, Calibration
from dna_protein_bca.inference.dna_records import chunked
from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.results import (
    Rating,
    columns_of,
    gather,
    label_matrix,
)
from dna_protein_bca.inference.results.columns import AFFINITY
from dna_protein_bca.inference.weights import members
from dna_protein_bca.io.fasta import OnError, SequenceRecord, Sequences, as_records
from dna_protein_bca.io.shards import WHOLE, Shard
from dna_protein_bca.proteins.collection import asked_species, read_collection

from .errors import InputError
from .module import protein_module
from .motif import predicted_motifs
from .predictor import CHUNK_BASES, BindingPredictor

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.proteins.relatives import MeasuredProteins

TIE = 1e-4
"""Distances of scores to their mean that differ by less are equal: more than rounding moves."""


class EnsemblePredictor:
    """Averages predictors, which may differ in architecture and calibration.

    `score` is the mean of the members' scores, `p_value` compares it with the mean scores of
    background DNA, `probability` is what the members' calibrations say of this p-value on average
    (`Calibration.mean`), `affinity` is the mean of the members' affinities where all have some, and
    `uncertainty` the sample standard deviation of the scores (in logits). Site and strand are those
    of the member whose score is nearest to the mean, the first of several; the nearest measured
    protein is the first member's that has one.

    Args:
        members: two or more.
    """

    def __init__(self, members: Sequence[BindingPredictor]) -> None:
        if len(members) < 2:
            raise ValueError("an ensemble has two members or more")
        self.members = list(members)
        affinity = all(member.affinity_scale is not None for member in members)
        self.columns = columns_of(affinity=affinity, ensemble=True)

    @classmethod
    def from_pretrained(
        cls, models: Sequence[str | Path], device: str = "auto", **options: Any
    ) -> EnsemblePredictor:
        """Load weights; see `BindingPredictor.from_pretrained`."""
        return cls([BindingPredictor.from_pretrained(model, device, **options) for model in models])

    def __repr__(self) -> str:
        return f"<EnsemblePredictor of {', '.join(map(repr, self.members))}>"

    @property
    def reads_whole(self) -> bool:
        """Whether every member scores whole sequences, with a known domain or without."""
        return all(member.reads_whole for member in self.members)

    @property
    def measured(self) -> MeasuredProteins | None:
        """The relatives of the first member that has some."""
        return next((each.measured for each in self.members if each.measured is not None), None)

    @property
    def threads(self) -> int | None:
        """CPU threads of the domain search."""
        return self.members[0].threads

    @property
    def calibration(self) -> Calibration | None:
        """The mean of the members' calibrations; None where one has none."""
        return Calibration.mean([member.calibration for member in self.members])

    def encode(
        self,
        proteins: Sequences | EncodedByAll,
        *,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
    ) -> EncodedByAll:
        """Encode proteins once for every member; see `BindingPredictor.encode`.

        Raises:
            InputError: a broken record, or proteins that were encoded otherwise, or by the same
                weights in another order.
        """
        if isinstance(proteins, (EncodedByAll, EncodedProteins)):
            encoded = proteins if isinstance(proteins, EncodedByAll) else (proteins,)
            if len(encoded) != len(self.members):
                sets = "one set" if len(encoded) == 1 else f"{len(encoded)} sets"
                raise InputError(
                    f"these proteins were encoded by {sets} of weights, and this "
                    f"ensemble has {len(self.members)}: encode them with the predictor that scores "
                    "them"
                )
            pairs = zip(self.members, encoded, strict=True)
            return EncodedByAll(
                member.encode(theirs, any_protein=any_protein) for member, theirs in pairs
            )
        if (species := asked_species(proteins)) is not None:
            return self.collection(species)
        records = list(as_records(proteins, "protein", on_error=on_error, skipped=skipped))
        by_member: list[EncodedProteins] = []
        for member in self.members:
            # What is wrong with a record is said once.
            told = skipped if not by_member else []
            by_member.append(
                member.encode(records, any_protein=any_protein, on_error=on_error, skipped=told)
            )
        return EncodedByAll(by_member)

    def collection(self, species: str = "") -> EncodedByAll:
        """The measured proteins of the first member; see `BindingPredictor.collection`."""
        records = read_collection(self.members[0].folder, species)
        return EncodedByAll(member.encoder.cached(records) for member in self.members)

    def predict(
        self, proteins: Sequences | EncodedByAll, dna: Sequences, pairs: Any = None, **options: Any
    ) -> pd.DataFrame:
        """Score every protein on every DNA, or the pairs of a table; see `predict_stream`."""
        return gather(self.predict_stream(proteins, dna, pairs, **options), self.columns)

    def predict_stream(
        self,
        proteins: Sequences | EncodedByAll,
        dna: Sequences,
        pairs: Any = None,
        *,
        background: str | Path | BackgroundDNA | None = UNIFORM,
        prior: float = PRIOR,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
        shard: Shard = WHOLE,
    ) -> Iterator[pd.DataFrame]:
        """Predictions with `columns`, in chunks; see `BindingPredictor.predict_stream`.

        With `pairs` all of the DNA is held at once.
        """
        encoded = self.encode(proteins, any_protein=any_protein, on_error=on_error, skipped=skipped)
        records = as_records(dna, "dna", on_error=on_error, skipped=skipped)
        if pairs is None:
            size = min(map(BindingPredictor.chunk_size, self.members, encoded))
            chunks: Iterable[list[SequenceRecord]] = chunked(records, size, CHUNK_BASES)
            chunks, shard = shard.take(chunks), WHOLE
        else:
            if isinstance(pairs, Iterator):
                # Every member reads it.
                pairs = list(pairs)
            chunks = [list(records)]
        place = {name: row for row, name in enumerate(encoded[0].ids)}
        rating = Rating(self, encoded, background, prior)
        for chunk in chunks:
            bp = {record.id: len(record.sequence) for record in chunk}
            for tables in self._tables(encoded, chunk, pairs, on_error, skipped, shard):
                table = combine(tables)
                protein, length = table["protein_id"].map(place), table["dna_id"].map(bp)
                rating.rate(table, protein.to_numpy(np.int64), length.to_numpy(np.int64))
                yield table[list(self.columns)]

    module = protein_module

    def _tables(
        self,
        encoded: EncodedByAll,
        chunk: list[SequenceRecord],
        pairs: Any,
        on_error: OnError,
        skipped: list[InputError] | None,
        shard: Shard,
    ) -> Iterator[tuple[pd.DataFrame, ...]]:
        """The members' tables of a chunk, which have the same rows."""
        streams = []
        for number, (member, theirs) in enumerate(zip(self.members, encoded, strict=True)):
            # What is wrong with a record is said once.
            told = skipped if number == 0 else []
            streams.append(
                member.predict_stream(
                    theirs,
                    chunk,
                    pairs,
                    background=None,
                    on_error=on_error,
                    skipped=told,
                    shard=shard,
                )
            )
        return zip(*streams, strict=True)

    @overload
    def score_matrix(
        self, proteins: Sequences | EncodedByAll, dna: Sequences, *, labelled: Literal[True]
    ) -> pd.DataFrame: ...

    @overload
    def score_matrix(
        self,
        proteins: Sequences | EncodedByAll,
        dna: Sequences,
        *,
        labelled: Literal[False] = False,
    ) -> np.ndarray: ...

    def score_matrix(
        self, proteins: Sequences | EncodedByAll, dna: Sequences, *, labelled: bool = False
    ) -> np.ndarray | pd.DataFrame:
        """Mean scores [proteins, dna]; see `BindingPredictor.score_matrix`."""
        encoded = self.encode(proteins)
        records = list(as_records(dna, "dna"))
        scores = [
            member.score_matrix(theirs, records)
            for member, theirs in zip(self.members, encoded, strict=True)
        ]
        matrix: np.ndarray = np.mean(scores, axis=0)
        if not labelled:
            return matrix
        return label_matrix(matrix, encoded[0].ids, [record.id for record in records])

    def motif(self, proteins: Sequences | EncodedByAll) -> dict[str, list[np.ndarray]]:
        """Predicted motifs of each protein, of all members together; see `predicted_motifs`."""
        return predicted_motifs(self.encode(proteins))

    def background(
        self,
        proteins: Sequences | EncodedByAll,
        dna: str | Path | BackgroundDNA = "uniform",
        *,
        cache: bool = True,
    ) -> list[Background | None]:
        """How background DNA scores by the mean of all members; see `BindingPredictor.background`.

        A protein in which a member knows no domain has none.
        """
        scorers = [member.scorer for member in self.members]
        progress = any(member.progress for member in self.members)
        encoded = self.encode(proteins)
        return backgrounds(scorers, encoded, dna, cache=cache, progress=progress)


AnyPredictor: TypeAlias = "BindingPredictor | EnsemblePredictor"
"""What verbs take that work with one set of weights, and with the mean of several."""


def sets_of_weights(predictor: AnyPredictor) -> list[BindingPredictor]:
    """The sets of weights whose mean a predictor gives: one or more."""
    return predictor.members if isinstance(predictor, EnsemblePredictor) else [predictor]


def load_predictor(
    models: Sequence[str | Path], device: str = "auto", **options: Any
) -> BindingPredictor | EnsemblePredictor:
    """One predictor of one or several sets of weights; see `BindingPredictor.from_pretrained`.

    The folder of several trainings (`train --replicates`, `--folds`) stands for all of them.
    """
    models = members(models)
    if len(models) > 1:
        return EnsemblePredictor.from_pretrained(models, device, **options)
    return BindingPredictor.from_pretrained(models[0] if models else None, device, **options)


def combine(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of the members' tables, which have the same rows, without what rates a score."""
    score = np.stack([table["score"].to_numpy(np.float32) for table in tables])
    mean = score.mean(0)
    distance = np.abs(score - mean)
    # Two members are equally far but for rounding, which must not choose between them.
    nearest = (distance <= distance.min(0) + TIE).argmax(0)
    combined = tables[0].copy()
    for number, table in enumerate(tables[1:], 1):
        chosen = nearest == number
        for column in ("start", "end", "strand"):
            combined[column] = combined[column].where(~chosen, table[column])
        if combined["nearest_measured"].isna().all():
            for column in ("nearest_measured", "nearest_identity"):
                combined[column] = table[column]
    combined["score"] = mean
    if all(AFFINITY in table for table in tables):
        combined[AFFINITY] = np.mean([table[AFFINITY] for table in tables], axis=0)
    combined["uncertainty"] = score.std(0, ddof=1)
    return combined
