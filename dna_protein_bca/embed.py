"""Embeddings of proteins, and of proteins that have met a DNA, for models of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.dna_records import DNARecords, chunked
from dna_protein_bca.inference.named_pairs import find_pairs
from dna_protein_bca.inference.scoring import Meeting, TilePositions
from dna_protein_bca.io.fasta import OnError, SequenceRecord, Sequences, as_records
from dna_protein_bca.io.pairs import read_pairs
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.joint import JointStage

from .errors import InputError
from .predictor import CHUNK_BASES, BindingPredictor, Proteins

if TYPE_CHECKING:
    from dna_protein_bca.inference.encoding import EncodedProteins


@dataclass(frozen=True)
class Embeddings:
    """Vectors, and what each is of.

    Attributes:
        ids: column -> what each row is of, text [rows]: `protein_id`, and `dna_id` for pairs.
        vectors: float32 [rows, size]; NaN where a protein has no known domain, or a DNA is all N or
            shorter than 5 bp.
    """

    ids: dict[str, list[str]]
    vectors: np.ndarray

    @property
    def missing(self) -> int:
        """How many rows have no vector."""
        return int(np.isnan(self.vectors[:, :1]).sum())


def embed_proteins(
    predictor: BindingPredictor,
    proteins: Proteins,
    *,
    any_protein: bool = False,
    on_error: OnError = "fail",
    skipped: list[InputError] | None = None,
) -> Embeddings:
    """One vector a protein: the mean of the tokens that stand for it in the joint transformer.

    Args:
        proteins, any_protein, on_error, skipped: see `BindingPredictor.encode`.

    Returns:
        Vectors of the width of the joint transformer (`joint.dim` of the weights).

    Raises:
        InputError: see `BindingPredictor.encode`.
    """
    encoded = predictor.encode(
        proteins, any_protein=any_protein, on_error=on_error, skipped=skipped
    )
    size = predictor.model.config.joint.dim
    vectors = np.full((len(encoded), size), np.nan, np.float32)
    for block in encoded.blocks:
        vectors[block.rows] = block.state.latents.mean(1).cpu().numpy()
    return Embeddings({"protein_id": list(encoded.ids)}, vectors)


def embed_pairs(
    predictor: BindingPredictor,
    proteins: Proteins,
    dna: Sequences,
    pairs: Any = None,
    *,
    any_protein: bool = False,
    on_error: OnError = "fail",
    skipped: list[InputError] | None = None,
) -> Embeddings:
    """One vector a pair, from the last layer in which the protein and this DNA update each other.

    Its first half is the mean of the protein's tokens, its second half that of the DNA's places,
    each by its share in the score. DNA longer than a tile has the vector of its best tile. A
    sequence and its reverse complement have the same vector.

    Args:
        dna: FASTA path, dict of id to sequence, or (id, sequence) pairs.
        pairs: only these, in this order, see `BindingPredictor.predict_stream`; None for all, DNA
            outermost.
        proteins, any_protein, on_error, skipped: see `BindingPredictor.encode`.

    Returns:
        Vectors of twice the width of the joint transformer. All are held in memory.

    Raises:
        InputError: see `BindingPredictor.predict_stream`.
    """
    encoded = predictor.encode(
        proteins, any_protein=any_protein, on_error=on_error, skipped=skipped
    )
    records = as_records(dna, "dna", on_error=on_error, skipped=skipped)
    if pairs is not None:
        named = find_pairs(read_pairs(pairs), encoded.ids, records, on_error, skipped)
        indices = (named.protein, named.dna)
        vectors = _vectors(predictor, encoded, named.records, indices)[0]
        protein_ids = [encoded.ids[row] for row in named.protein]
        return Embeddings(
            {"protein_id": protein_ids, "dna_id": list(named.dna_ids[named.dna])}, vectors
        )
    size = 2 * predictor.model.config.joint.dim
    parts, dna_ids = [np.empty((0, size), np.float32)], list[str]()
    for chunk in chunked(records, predictor.chunk_size(encoded), CHUNK_BASES):
        found = _vectors(predictor, encoded, _tokens(chunk))
        parts.append(found.transpose(1, 0, 2).reshape(-1, size))
        dna_ids += [record.id for record in chunk for _ in encoded.ids]
    count = len(dna_ids) // max(1, len(encoded))
    return Embeddings(
        {"protein_id": list(encoded.ids) * count, "dna_id": dna_ids}, np.concatenate(parts)
    )


def _tokens(records: list[SequenceRecord]) -> DNARecords:
    return DNARecords.from_sequences([record.sequence for record in records])


def _vectors(
    predictor: BindingPredictor,
    encoded: EncodedProteins,
    records: DNARecords,
    pairs: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """float32 [proteins, records, size], or [1, pairs, size]; NaN where there is no score."""
    shape = (len(encoded), len(records.length)) if pairs is None else (1, len(pairs[0]))
    size = 2 * predictor.model.config.joint.dim
    vectors = np.full((*shape, size), np.nan, np.float32)
    best = np.full(shape, -np.inf)
    # Every pair has a vector, also where the match is too low for the joint stage to have a say.
    blocks = [block._replace(state=block.state.open()) for block in encoded.blocks]
    with _last_states(predictor.model) as states:
        for meeting in predictor.scorer.positions(records, blocks, pairs):
            # The states are those of the batch that was computed last.
            for tile in meeting.one_by_one():
                _keep_best(meeting, tile, _pooled(states), vectors, best)
    return vectors


def _keep_best(
    meeting: Meeting, tile: TilePositions, pooled: Tensor, vectors: np.ndarray, best: np.ndarray
) -> None:
    """Put the vectors of tiles that are the best of their record so far in their place."""
    score = tile.score.flatten(2).logsumexp(-1).cpu().numpy()
    proteins, tiles = score.shape
    found = pooled.view(proteins, tiles, -1).cpu().numpy()
    columns = meeting.columns[meeting.tiles.record[tile.tiles]]
    for number, column in enumerate(columns.tolist()):
        better = score[:, number] > best[meeting.rows, column]
        rows = meeting.rows[better]
        best[rows, column] = score[better, number]
        vectors[rows, column] = found[better, number]


@dataclass
class _States:
    """What the last joint layer gave for the batch at hand.

    Attributes:
        places: float [b, k, dim]; share: float [b, k], how far each counts.
        protein: float [b, l, dim].
    """

    places: Tensor
    share: Tensor
    protein: Tensor


@contextmanager
def _last_states(model: BindingModel) -> Iterator[_States]:
    """Within the block, the states of the last joint layer, for each batch as it is scored."""
    states = _States(*(torch.empty(0) for _ in range(3)))
    joint = model.joint
    last = joint.layers[-1] if isinstance(joint, JointStage) else joint.transformer

    def keep(_: Any, __: Any, given: dict[str, Any], made: tuple[Tensor, Tensor]) -> None:
        states.places, states.protein = made
        if (weight := given.get("rel_pos_bias")) is not None:
            # The layer reads each place by the logarithm of its share.
            states.share = weight.exp()[:, 0, :, 0]
        elif (mask := given.get("mask")) is not None:
            states.share = mask.float()
        else:
            states.share = torch.ones(states.places.shape[:2], device=states.places.device)

    handle = last.register_forward_hook(keep, with_kwargs=True)
    try:
        yield states
    finally:
        handle.remove()


def _pooled(states: _States) -> Tensor:
    """One vector a row of the batch: float32 [b, 2 x dim]."""
    share = states.share.float()[..., None]
    places = (states.places.float() * share).sum(1) / share.sum(1)
    return torch.cat((states.protein.float().mean(1), places), dim=1)
