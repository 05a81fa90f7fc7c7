"""Scores for proteins and DNA: what a script and every command call."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from .calibration import Calibration
from .context import RelativeMotifs
from .encoding import EncodedByAll, EncodedProteins, check_length, encode_proteins
from .errors import InputError
from .loading import choose_device, load_model
from .matching import LOG_BACKGROUND
from .model import BindingModel
from .motif import consensus
from .relatives import MeasuredProteins
from .scoring import DNARecords, RecordScores, Scorer
from .sequences import SequenceRecord, as_records
from .sites import motif_spans
from .tables import read_pairs
from .weights import RELATIVES, locate

if TYPE_CHECKING:
    import pandas as pd

Sequences = str | Path | dict[str, str] | Iterable[tuple[str, str]] | Iterable[SequenceRecord]
"""FASTA path, dict of id to sequence, (id, sequence) pairs, or records."""

OnError = Literal["fail", "skip"]

log = logging.getLogger(__name__)

COLUMNS = (
    "protein_id",
    "dna_id",
    "score",
    "probability",
    "start",
    "end",
    "strand",
    "dbd",
    "nearest_measured",
    "nearest_identity",
)
"""Columns of every table of predictions, in order."""

CHUNK_PAIRS = 1 << 15
"""Pairs in a chunk of a stream: what is held at once."""

CHUNK_BASES = 1 << 21
"""Bases in a chunk of a stream, unless one record has more."""


class BindingPredictor:
    """Scores protein-DNA pairs with one set of weights on one device.

    Args:
        model: in evaluation mode, on the device where it is to run.
        measured: the measured proteins that the weights may know, or None.
        relatives: let the model read their motifs; the nearest one is named all the same.
        threads: CPU threads of the domain search; None for all.
        batch_size, precision: see `Scorer`.
        calibration: from scores to probabilities; None takes scores as logits.
    """

    def __init__(
        self,
        model: BindingModel,
        measured: MeasuredProteins | None = None,
        *,
        relatives: bool = True,
        threads: int | None = None,
        batch_size: int | str = "auto",
        precision: str = "auto",
        calibration: Calibration | None = None,
    ) -> None:
        self.model = model
        self.measured = measured
        self.calibration = calibration or Calibration()
        self.threads = threads
        self.context: RelativeMotifs | None = None
        if measured is not None and relatives and model.config.relatives:
            self.context = model.context(measured)
        self.scorer = Scorer(model, batch_size, precision)

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        device: str = "auto",
        *,
        relatives: bool = True,
        threads: int | None = None,
        batch_size: int | str = "auto",
        precision: str = "auto",
    ) -> BindingPredictor:
        """Load weights.

        Args:
            model: a bundled name, `release`, `heldout`, a folder, or `hf://ORG/NAME` (the only
                form that reaches the network); None for the default weights.
            device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
            relatives: let the model read the motifs of measured relatives.
            threads: CPU threads, set for the whole process; None leaves torch's own choice.
            batch_size: DNA tiles computed at once, or `auto`.
            precision: `float32` (which `auto` means), `bfloat16` or `float16`.

        Raises:
            InputError: no such weights, damaged weights, or no such device.
        """
        chosen = choose_device(device)
        folder = locate(model)
        if threads is not None:
            torch.set_num_threads(threads)
        loaded = load_model(folder, chosen)
        table = folder / RELATIVES
        measured = MeasuredProteins.read(table) if table.is_file() else None
        log.info("weights %s on %s", folder, chosen)
        return cls(
            loaded,
            measured,
            relatives=relatives,
            threads=threads,
            batch_size=batch_size,
            precision=precision,
            calibration=Calibration.read(folder),
        )

    def encode(
        self,
        proteins: Sequences | EncodedProteins,
        *,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
    ) -> EncodedProteins:
        """Encode proteins once, to score them against DNA again and again.

        Args:
            proteins: FASTA path, dict or pairs; encoded ones are returned on this predictor's
                device, read as they were when they were encoded.
            any_protein: read the whole sequence of a protein without a known domain.
            on_error: `skip` leaves a broken record out and appends its error to `skipped`.

        Raises:
            InputError: a broken record, a protein of more than 5,000 residues, or proteins that
                other weights encoded.
        """
        if isinstance(proteins, (EncodedProteins, EncodedByAll)):
            return proteins.on(self.model)
        records = []
        for record in as_records(proteins, "protein", on_error=on_error, skipped=skipped):
            error = check_length(record)
            if error is None:
                records.append(record)
            elif on_error == "fail":
                raise error
            elif skipped is not None:
                skipped.append(error)
        return encode_proteins(
            self.scorer,
            records,
            self.measured,
            context=self.context,
            any_protein=any_protein,
            threads=self.threads or 0,
        )

    def predict(
        self,
        proteins: Sequences | EncodedProteins,
        dna: Sequences,
        pairs: Any = None,
        *,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
    ) -> pd.DataFrame:
        """Score every protein on every DNA, or the pairs of a table; see `predict_stream`."""
        import pandas as pd

        stream = self.predict_stream(
            proteins, dna, pairs, any_protein=any_protein, on_error=on_error, skipped=skipped
        )
        chunks = list(stream)
        if not chunks:
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.concat(chunks, ignore_index=True)

    def predict_stream(
        self,
        proteins: Sequences | EncodedProteins,
        dna: Sequences,
        pairs: Any = None,
        *,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
    ) -> Iterator[pd.DataFrame]:
        """Predictions in chunks: DNA outermost in the order of the input, proteins inside it.

        Memory does not grow with the number of DNA records, unless there are `pairs`.

        Args:
            proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs.
            pairs: path of a table with `protein_id` and `dna_id`, a DataFrame, or an iterable of
                (protein_id, dna_id): only these, in this order.
            any_protein: score the whole sequence of a protein without a known domain.
            on_error: `skip` leaves a broken record out and appends its error to `skipped`.

        Yields:
            Tables with `COLUMNS`. `score`, `probability`, `start`, `end` and `strand` are missing
            where a protein has no known domain, and where a DNA is all N or shorter than 5 bp.

        Raises:
            InputError: a broken record, an id in `pairs` that is in neither input, or proteins that
                other weights encoded.
        """
        encoded = self.encode(proteins, any_protein=any_protein, on_error=on_error, skipped=skipped)
        records = as_records(dna, "dna", on_error=on_error, skipped=skipped)
        if pairs is not None:
            table = read_pairs(pairs)
            yield from self._predict_pairs(encoded, records, table, on_error, skipped)
            return
        for ids, chunk in _chunks(records, max(1, CHUNK_PAIRS // max(1, len(encoded.ids)))):
            yield self._table(encoded, ids, self._score_all(encoded, chunk))

    def score_matrix(self, proteins: Sequences | EncodedProteins, dna: Sequences) -> np.ndarray:
        """Scores as float32 [proteins, dna], NaN where a pair cannot be scored; see `encode`."""
        encoded = self.encode(proteins)
        size = max(1, CHUNK_PAIRS // max(1, len(encoded.ids)))
        parts = [
            self._score_all(encoded, chunk).score
            for _, chunk in _chunks(as_records(dna, "dna"), size)
        ]
        return np.concatenate(parts or [np.empty((len(encoded.ids), 0), np.float32)], axis=1)

    def motif(self, proteins: Sequences | EncodedProteins) -> dict[str, list[np.ndarray]]:
        """Predicted motifs of each protein, best first; none where there is no known domain.

        The first is what all that the model knows of the protein has in common: the motifs it
        decoded, and those of relatives where it reads them. The decoded ones follow, by weight:
        other ways to bind, or other runs of an array's zinc fingers.

        Returns:
            Protein id -> base probabilities, float32 [positions, 4] in the order A C G T, cut to
            the columns that carry information.
        """
        encoded = self.encode(proteins)
        motifs: dict[str, list[np.ndarray]] = {name: [] for name in encoded.ids}
        for rows, state in encoded.blocks:
            found, weights = state.found.motifs.cpu(), state.found.weight.cpu().exp().numpy()
            probabilities = (found + LOG_BACKGROUND).exp().numpy()
            for index, row in enumerate(rows):
                weight = weights[index]
                own = np.argsort(-weight[: state.own], kind="stable")
                shown = [consensus(probabilities[index], weight)]
                shown += [probabilities[index, k] for k in own if weight[k] > 0]
                motifs[encoded.ids[row]] = [_informative(motif) for motif in shown]
        return motifs

    def _score_all(self, encoded: EncodedProteins, records: DNARecords) -> RecordScores:
        """Answers [p, r], NaN and 0 where a pair cannot be scored."""
        out = _unscored(len(encoded.ids), len(records.length))
        rows = np.flatnonzero(records.scorable)
        if len(rows):
            scorable = records.take(rows)
            for block in encoded.blocks:
                answers = self.scorer.score(scorable, block.state)
                for values, new in zip(out, answers, strict=True):
                    values[np.ix_(block.rows, rows)] = new
        return out

    def _score_pairs(
        self, encoded: EncodedProteins, records: DNARecords, protein: np.ndarray, dna: np.ndarray
    ) -> RecordScores:
        """Answers [1, pairs] of protein `protein[i]` on record `dna[i]`."""
        out = _unscored(1, len(dna))
        place = np.full(len(encoded.ids), -1)
        for block in encoded.blocks:
            place[:] = -1
            place[block.rows] = np.arange(len(block.rows))
            pairs = np.flatnonzero((place[protein] >= 0) & records.scorable[dna])
            if len(pairs):
                which = place[protein[pairs]]
                answers = self.scorer.score_pairs(records, dna[pairs], block.state, which)
                for values, new in zip(out, answers, strict=True):
                    values[:, pairs] = new
        return out

    def _predict_pairs(
        self,
        encoded: EncodedProteins,
        records: Iterable[SequenceRecord],
        table: pd.DataFrame,
        on_error: OnError,
        skipped: list[InputError] | None,
    ) -> Iterator[pd.DataFrame]:
        wanted = set(table["dna_id"])
        kept = {record.id: record.sequence for record in records if record.id in wanted}
        protein_row = {name: row for row, name in enumerate(encoded.ids)}
        dna_row = {name: row for row, name in enumerate(kept)}
        protein = table["protein_id"].map(protein_row)
        dna = table["dna_id"].map(dna_row)
        absent = protein.isna() | dna.isna()
        for _, row in table[absent].iterrows():
            column = "protein_id" if row["protein_id"] not in protein_row else "dna_id"
            error = InputError(
                f"{column} {row[column]!r} is not in the {column.removesuffix('_id')} file",
                row.get("path"),
                row.get("line"),
            )
            if on_error == "fail":
                raise error
            if skipped is not None:
                skipped.append(error)
        names = list(kept)
        tokens = DNARecords.from_sequences(list(kept.values()))
        del kept
        protein, dna = (rows[~absent].to_numpy(np.int64) for rows in (protein, dna))
        for first in range(0, len(protein), CHUNK_PAIRS):
            part = slice(first, first + CHUNK_PAIRS)
            answers = self._score_pairs(encoded, tokens, protein[part], dna[part])
            ids = np.array(names, dtype=object)[dna[part]]
            yield self._rows(encoded, protein[part], ids, answers)

    def _table(
        self, encoded: EncodedProteins, ids: Sequence[str], answers: RecordScores
    ) -> pd.DataFrame:
        """Answers [p, r] as rows, DNA outermost."""
        count = len(encoded.ids)
        flat = RecordScores(*(values.T.reshape(1, -1) for values in answers))
        protein = np.tile(np.arange(count), len(ids))
        return self._rows(encoded, protein, np.repeat(np.array(ids, dtype=object), count), flat)

    def _rows(
        self, encoded: EncodedProteins, protein: np.ndarray, dna: np.ndarray, answers: RecordScores
    ) -> pd.DataFrame:
        """One row a pair, from answers [1, pairs]."""
        import pandas as pd

        score, start, end, strand = (values[0] for values in answers)
        missing = np.isnan(score)
        probability = self.calibration.probabilities(score)

        def of_protein(values: Sequence[str | None]) -> np.ndarray:
            return np.array(values, dtype=object)[protein]

        return pd.DataFrame(
            {
                "protein_id": of_protein(encoded.ids),
                "dna_id": dna,
                "score": score,
                "probability": probability,
                "start": pd.arrays.IntegerArray(start, missing),
                "end": pd.arrays.IntegerArray(end, missing),
                "strand": np.where(missing, None, np.array(["+", "-"], dtype=object)[strand]),
                "dbd": of_protein(encoded.dbd),
                "nearest_measured": of_protein(encoded.nearest),
                "nearest_identity": encoded.identity[protein],
            },
            columns=list(COLUMNS),
        )


def _informative(motif: np.ndarray) -> np.ndarray:
    """The columns of base probabilities [width, 4] from the first to the last informative one."""
    odds = torch.from_numpy(motif).clamp(min=1e-6).log() - LOG_BACKGROUND
    first, last = (int(edge) + len(motif) // 2 for edge in motif_spans(odds))
    return motif[first:last]


def _unscored(proteins: int, records: int) -> RecordScores:
    shape = (proteins, records)
    integers = (np.zeros(shape, np.int64) for _ in range(3))
    return RecordScores(np.full(shape, np.nan, np.float32), *integers)


def _chunks(records: Iterable[SequenceRecord], size: int) -> Iterator[tuple[list[str], DNARecords]]:
    """Up to `size` records at a time, and no more than `CHUNK_BASES` where there are several."""
    ids: list[str] = []
    sequences: list[str] = []
    bases = 0
    for record in records:
        if ids and (len(ids) == size or bases + len(record.sequence) > CHUNK_BASES):
            yield ids, DNARecords.from_sequences(sequences)
            ids, sequences, bases = [], [], 0
        ids.append(record.id)
        sequences.append(record.sequence)
        bases += len(record.sequence)
    if ids:
        yield ids, DNARecords.from_sequences(sequences)
