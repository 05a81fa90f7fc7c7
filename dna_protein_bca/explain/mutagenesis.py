"""What every single substitution does to a score: of the DNA, and of the protein's domains."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import record_scores
from dna_protein_bca.inference.scoring import ProteinBlock
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.features import collate
from dna_protein_bca.proteins.identity import match_states

from .subject import Subject

if TYPE_CHECKING:
    from dna_protein_bca.predictor import BindingPredictor

BASES = "ACGT"

EVERY_RESIDUE = range(sys.maxsize)
"""Of a protein's domains, whichever they are."""

BLOCK_MUTANTS = 32
"""Mutants that are encoded together."""


def base_effects(predictor: BindingPredictor, encoded: EncodedProteins, dna: str) -> np.ndarray:
    """Score with another base less the score as it is: float32 [4, L], A C G T.

    Every DNA is scored as `predict` scores it; 0 where nothing changes. `dna` is upper case.
    """
    mutants = [
        dna[:at] + base + dna[at + 1 :]
        for base in BASES
        for at in range(len(dna))
        if dna[at] != base
    ]
    score = predictor.score_matrix(encoded, enumerated([dna, *mutants]))[0]
    effects = np.zeros((len(BASES), len(dna)), np.float32)
    changed = np.array([[base != letter for letter in dna] for base in BASES])
    effects[changed] = score[1:] - score[0]
    return effects


def enumerated(sequences: Sequence[str]) -> list[tuple[str, str]]:
    """Records with numbers for ids."""
    return [(str(number), sequence) for number, sequence in enumerate(sequences)]


class ResidueEffects(NamedTuple):
    """What the substitutions of residues do.

    Attributes:
        at: int64 [m], 0-based positions of the residues in the protein.
        effects: float32 [20, m], in the order of `AMINO_ACIDS`: the score with this residue less
            the score as it is; 0 where nothing changes.
        loss: float32 [20, m], nats of it that substitutions cost as such
            (`proteins.substitutions`); 0 where the weights know of none.
    """

    at: np.ndarray
    effects: np.ndarray
    loss: np.ndarray


def residue_effects(
    predictor: BindingPredictor, subject: Subject, dna: str, residues: range = EVERY_RESIDUE
) -> ResidueEffects:
    """Substitute residues of a protein's domains by all others, and score the DNA.

    A mutant is encoded as any protein is, in the alignment of the wild type, which is also what its
    loss by substitutions is counted against.

    Args:
        residues: 0-based positions in the protein; those outside of its domains are passed over.
    """
    sequence = subject.record.sequence
    inside = domain_residues(len(sequence), subject.domains)
    places = np.flatnonzero(inside).tolist()
    at = np.array([place for place in places if place in residues], np.int64)
    shape = (len(AMINO_ACIDS), len(at))
    effects, loss = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    cells = [
        (row, column)
        for column, place in enumerate(at)
        for row, residue in enumerate(AMINO_ACIDS)
        if sequence[place] != residue
    ]
    records = DNARecords.from_sequences([dna])
    wild_type = _score(predictor, subject.encoded.blocks[0], records)[0]
    for first in _watched(range(0, len(cells), BLOCK_MUTANTS), len(cells), predictor.progress):
        part = cells[first : first + BLOCK_MUTANTS]
        mutants = [
            sequence[: at[column]] + AMINO_ACIDS[row] + sequence[at[column] + 1 :]
            for row, column in part
        ]
        block, lost = encode_mutants(predictor, subject, mutants)
        index = tuple(np.array(part).T)
        effects[index] = _score(predictor, block, records) - wild_type
        loss[index] = lost
    return ResidueEffects(at, effects, loss)


def domain_residues(length: int, domains: Sequence[Domain]) -> np.ndarray:
    """Which residues lie in a domain: bool [length]; all of a protein without domains."""
    inside = np.full(length, not domains)
    for domain in domains:
        inside[domain.start : domain.end] = True
    return inside


def encode_mutants(
    predictor: BindingPredictor, wild_type: Subject, mutants: Sequence[str]
) -> tuple[ProteinBlock, np.ndarray]:
    """Encode proteins of the wild type's length, aligned as it is.

    Returns:
        The proteins, and what their substitutions cost, which is added to what the wild type has
        lost itself: float32 [mutants].
    """
    scorer, relatives = predictor.scorer, predictor.relative_motifs
    record, domains, _ = wild_type
    inputs = [
        scorer.model.features(SequenceRecord(record.id, each), domains, whole=not domains)
        for each in mutants
    ]
    states = [match_states(each, domains) for each in mutants]
    motifs = None
    count = scorer.model.config.matching.relatives
    if relatives is not None and count:
        motifs = relatives.collate([relatives.nearest_to(each, count) for each in states])
        motifs = motifs.to(scorer.device)
    lost = np.zeros(len(mutants), np.float32)
    if predictor.substitutions is not None:
        reference = match_states(record.sequence, domains)
        lost[:] = [predictor.substitutions.loss(each, reference) for each in states]
    with torch.inference_mode(), scorer.autocast():
        state = scorer.model.encode(collate(inputs).to(scorer.device), motifs).map(Tensor.float)
    loss = wild_type.state.loss + torch.from_numpy(lost).to(scorer.device)
    return ProteinBlock(np.arange(len(mutants)), replace(state, loss=loss)), lost


def _score(predictor: BindingPredictor, block: ProteinBlock, records: DNARecords) -> np.ndarray:
    """Scores of a block's proteins on one DNA: float32 [p]."""
    block = ProteinBlock(np.arange(len(block.rows)), block.state)
    meetings = predictor.scorer.positions(records, [block])
    return record_scores(meetings, len(block.rows), 1).score[:, 0]


def _watched(firsts: range, total: int, progress: bool) -> Iterator[int]:
    """The same numbers, with a bar that counts mutants."""
    from tqdm import tqdm

    with tqdm(total=total, unit=" mutants", desc="protein", disable=not progress) as bar:
        for first in firsts:
            yield first
            bar.update(min(firsts.step, total - first))
