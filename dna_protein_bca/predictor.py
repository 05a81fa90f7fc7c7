"""Scores for proteins and DNA: what a script and every command call."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

import numpy as np
import torch

from dna_protein_bca.inference.background import UNIFORM, Background, BackgroundDNA, backgrounds
from dna_protein_bca.inference.calibration import PRIOR, AffinityScale, Calibration
from dna_protein_bca.inference.collection import Encoder
from dna_protein_bca.inference.dna_records import DNARecords, chunked
from dna_protein_bca.inference.encoding import (
    EncodedByAll,
    EncodedProteins,
    TrustMap,
    readable_proteins,
)
from dna_protein_bca.inference.loading import choose_device, load_model
from dna_protein_bca.inference.named_pairs import find_pairs
from dna_protein_bca.inference.reducers import RecordScores, record_scores
from dna_protein_bca.inference.results import (
    Rating,
    all_against_all,
    columns_of,
    gather,
    label_matrix,
    pair_rows,
)
from dna_protein_bca.inference.scoring import Meeting, Scorer
from dna_protein_bca.inference.trust import TrustLevels
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import OnError, SequenceRecord, Sequences, as_records
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.io.pairs import read_pairs
from dna_protein_bca.io.shards import WHOLE, Shard
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.relative_motifs import RelativeMotifs
from dna_protein_bca.proteins.collection import asked_species, read_collection
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.proteins.substitutions import SubstitutionLoss

from .errors import InputError
from .module import protein_module
from .motif import predicted_motifs
from .plot import plot_record
from .scan import scan_contigs

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

CHUNK_PAIRS = 1 << 15
"""Pairs in a chunk of a stream: what is held at once."""

CHUNK_BASES = 1 << 21
"""Bases in a chunk of a stream, unless one record has more."""


Proteins: TypeAlias = "Sequences | EncodedProteins"
"""Records, or what `BindingPredictor.encode` made of them."""


class BindingPredictor:
    """Scores protein-DNA pairs with one set of weights on one device.

    Args:
        model: in evaluation mode, on the device where it is to run.
        measured: the measured proteins that the weights may know, or None.
        relatives: let the model read their motifs; the nearest one is named all the same.
        threads: CPU threads of the domain search; None for all. Batches of DNA and of proteins are
            computed on as many threads as torch may use, 16 at most.
        batch_size, precision: see `Scorer`.
        calibration: from p-values to probabilities; None gives no probabilities.
        affinity_scale: from scores to affinities; None gives no affinities.
        trust: what says how far a protein's predictions can be trusted; None for nothing.
        name: of the weights, for people to read.
        folder: of the weights, where they are in one.
        progress: draw a bar on standard error while a collection is encoded, and while backgrounds
            are computed.
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
        affinity_scale: AffinityScale | None = None,
        trust: TrustMap | None = None,
        name: str = "",
        folder: Path | None = None,
        progress: bool = False,
    ) -> None:
        self.model = model
        self.name = name
        self.folder = folder
        # What a training learned of a protein is read as a motif, and is no measurement.
        self.measured = measured.measured_alone() if measured is not None else None
        self.calibration = calibration
        self.affinity_scale = affinity_scale
        self.threads = threads
        self.progress = progress
        self.relative_motifs: RelativeMotifs | None = None
        if measured is not None and relatives and model.config.matching.relatives:
            self.relative_motifs = model.relative_motifs(measured)
        self.substitutions: SubstitutionLoss | None = None
        if self.measured is not None and model.config.matching.substitution_loss:
            self.substitutions = SubstitutionLoss(self.measured)
        self.scorer = Scorer(model, batch_size, precision)
        self.encoder = Encoder(
            self.scorer,
            self.measured,
            self.relative_motifs,
            self.substitutions,
            trust,
            threads or 0,
            progress,
        )

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
        progress: bool = False,
    ) -> BindingPredictor:
        """Load weights.

        Args:
            model: a bundled name, `release`, `heldout`, a folder, or `hf://ORG/NAME` (the only
                form that reaches the network); None for the default weights.
            device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
            relatives: let the model read the motifs of measured relatives.
            threads: CPU threads, set for the whole process; None leaves torch's own choice.
            batch_size: DNA tiles in a batch, or `auto`; each thread computes one at a time.
            precision: `float32` (which `auto` means), `bfloat16` or `float16`.
            progress: draw a bar on standard error while a collection is encoded, and while
                backgrounds are computed.

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
            affinity_scale=AffinityScale.read(folder),
            trust=TrustLevels.read(folder),
            name=folder.name,
            folder=folder,
            progress=progress,
        )

    @property
    def reads_whole(self) -> bool:
        """Whether whole sequences are scored, with a known domain or without."""
        return self.model.config.protein.protein_region == "full"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the tables that `predict` gives."""
        return columns_of(affinity=self.affinity_scale is not None, ensemble=False)

    def __repr__(self) -> str:
        known = f"{len(self.measured):,} measured proteins" if self.measured else "no relatives"
        return f"<BindingPredictor {self.name or 'of a model'} on {self.scorer.device}, {known}>"

    def encode(
        self,
        proteins: Proteins,
        *,
        any_protein: bool = False,
        on_error: OnError = "fail",
        skipped: list[InputError] | None = None,
    ) -> EncodedProteins:
        """Encode proteins once, to score them against DNA again and again.

        Args:
            proteins: FASTA path, dict or pairs; `collection:SPECIES` for `collection`; encoded ones
                are returned on this predictor's device, read as they were when they were encoded.
            any_protein: read the whole sequence of a protein without a known domain.
            on_error: `skip` leaves a broken record out and appends its error to `skipped`.

        Raises:
            InputError: a broken record, a protein of more than 5,000 residues, or proteins that
                were encoded otherwise: by other weights, with other relatives or without them, in
                another precision, or without `any_protein` where it is asked for.
        """
        if isinstance(proteins, (EncodedProteins, EncodedByAll)):
            return proteins.on(self.scorer.device, self.encoder.encoded_as(any_protein))
        if (species := asked_species(proteins)) is not None:
            return self.collection(species)
        records = readable_proteins(proteins, on_error=on_error, skipped=skipped)
        return self.encoder.encode(records, any_protein=any_protein)

    def collection(self, species: str = "") -> EncodedProteins:
        """The measured proteins that come with the weights, one a species and gene name.

        They are encoded at the first call, some tenths of a second each, and kept in the cache
        (`resources.cache_path`) for later ones. Their ids are `NAME|protein_id`.

        Args:
            species: such as `Homo_sapiens`; '' for all.

        Raises:
            InputError: the weights have no collection, or it has no such species.
        """
        return self.encoder.cached(read_collection(self.folder, species))

    def predict(
        self, proteins: Proteins, dna: Sequences, pairs: Any = None, **options: Any
    ) -> pd.DataFrame:
        """Score every protein on every DNA, or the pairs of a table; see `predict_stream`."""
        return gather(self.predict_stream(proteins, dna, pairs, **options), self.columns)

    def predict_stream(
        self,
        proteins: Proteins,
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
        """Predictions in chunks: DNA outermost in the order of the input, proteins inside it.

        Memory does not grow with the number of DNA records, unless there are `pairs`.

        Args:
            proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs.
            pairs: path of a table with `protein_id` and `dna_id`, a DataFrame, or an iterable of
                (protein_id, dna_id): only these, in this order.
            background: DNA whose scores p-values compare with, see `background`; None gives neither
                p-values nor probabilities, and saves some seconds a protein.
            prior: probability that a protein binds a record, before the two are known.
            any_protein: score the whole sequence of a protein without a known domain.
            on_error: `skip` leaves a broken record out and appends its error to `skipped`.
            shard: which of the chunks.

        Yields:
            Tables with `columns`. `score`, `p_value`, `probability`, `start`, `end` and `strand`
            are missing where a protein has no known domain, and where a DNA is all N or shorter
            than 5 bp; with `any_protein` the first have no `p_value` and no `probability`.

        Raises:
            InputError: a broken record, an id in `pairs` that is in neither input, or proteins that
                were encoded otherwise; see `encode`.
            ValueError: `prior` is not between 0 and 1.
        """
        encoded = self.encode(proteins, any_protein=any_protein, on_error=on_error, skipped=skipped)
        rating = Rating(self, encoded, background, prior, self.affinity_scale)
        records = as_records(dna, "dna", on_error=on_error, skipped=skipped)
        if pairs is None:
            for chunk in shard.take(chunked(records, self.chunk_size(encoded), CHUNK_BASES)):
                tokens = _tokens(chunk)
                answers = self._scores(encoded, tokens)
                ids = [record.id for record in chunk]
                yield all_against_all(encoded, rating, ids, tokens.length, answers)
            return
        named = find_pairs(read_pairs(pairs), encoded.ids, records, on_error, skipped)
        for first in shard.take(range(0, len(named.protein), CHUNK_PAIRS)):
            part = slice(first, first + CHUNK_PAIRS)
            protein, dna = named.protein[part], named.dna[part]
            answers = self._scores(encoded, named.records, (protein, dna))
            ids, length = named.dna_ids[dna], named.records.length[dna]
            yield pair_rows(encoded, rating, protein, ids, length, answers)

    @overload
    def score_matrix(
        self, proteins: Proteins, dna: Sequences, *, labelled: Literal[True]
    ) -> pd.DataFrame: ...

    @overload
    def score_matrix(
        self, proteins: Proteins, dna: Sequences, *, labelled: Literal[False] = False
    ) -> np.ndarray: ...

    def score_matrix(
        self, proteins: Proteins, dna: Sequences, *, labelled: bool = False
    ) -> np.ndarray | pd.DataFrame:
        """Scores of every protein on every DNA.

        Args:
            labelled: a DataFrame, with the ids of the proteins as index and those of the DNA as
                columns, in place of an array.

        Returns:
            float32 [proteins, dna], NaN where a pair cannot be scored.

        Raises:
            InputError: a broken record, or proteins that were encoded otherwise; see `encode`.
        """
        encoded = self.encode(proteins)
        ids: list[str] = []
        parts = [np.empty((len(encoded), 0), np.float32)]
        for chunk in chunked(as_records(dna, "dna"), self.chunk_size(encoded), CHUNK_BASES):
            ids += [record.id for record in chunk]
            parts.append(self._scores(encoded, _tokens(chunk)).score)
        matrix = np.concatenate(parts, axis=1)
        return label_matrix(matrix, encoded.ids, ids) if labelled else matrix

    def positions(self, proteins: Proteins, dna: Sequences) -> Iterator[tuple[list[str], Meeting]]:
        """The scores of all positions, for some DNA records and some proteins at a time.

        Yields:
            The ids of the records of a chunk, and a `Meeting` for each block of proteins: its
            `rows` are proteins in the order of the input, its `columns` records of the chunk.
            The functions of `inference.reducers` make sites or tracks of it.

        Raises:
            InputError: see `encode`.
        """
        encoded = self.encode(proteins)
        for chunk in chunked(as_records(dna, "dna"), self.chunk_size(encoded), CHUNK_BASES):
            ids = [record.id for record in chunk]
            for meeting in self.scorer.positions(_tokens(chunk), encoded.blocks):
                yield ids, meeting

    def motif(self, proteins: Proteins) -> dict[str, list[np.ndarray]]:
        """Predicted motifs of each protein, best first; see `predicted_motifs`."""
        return predicted_motifs(self.encode(proteins))

    def background(
        self,
        proteins: Proteins,
        dna: str | Path | BackgroundDNA = "uniform",
        *,
        cache: bool = True,
    ) -> list[Background | None]:
        """How background DNA scores with each protein, undamaged; see `inference.background`.

        Args:
            dna: `uniform`, four fractions such as `0.3,0.2,0.2,0.3`, or the path of a FASTA file.
            cache: keep what is simulated in the user's cache folder, and look there first.

        Returns:
            One for each protein, None where it has no known domain.

        Raises:
            InputError: see `encode` and `BackgroundDNA.parse`.
        """
        encoded = self.encode(proteins)
        return backgrounds(
            [self.scorer], [encoded], dna, cache=cache, folder=self.folder, progress=self.progress
        )

    module = protein_module
    scan = scan_contigs
    plot = plot_record

    def chunk_size(self, encoded: EncodedProteins) -> int:
        """DNA records of a chunk of a stream."""
        return max(1, CHUNK_PAIRS // max(1, len(encoded)))

    def _scores(
        self,
        encoded: EncodedProteins,
        records: DNARecords,
        pairs: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> RecordScores:
        """Answers [p, r], or [1, pairs]; missing where a pair cannot be scored."""
        shape = (len(encoded), len(records.length)) if pairs is None else (1, len(pairs[0]))
        return record_scores(self.scorer.positions(records, encoded.blocks, pairs), *shape)


def _tokens(records: list[SequenceRecord]) -> DNARecords:
    return DNARecords.from_sequences([record.sequence for record in records])
