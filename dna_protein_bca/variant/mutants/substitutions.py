"""What every substitution in a protein's domains does to its score on one DNA."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import Domain

from .loss import mutant_losses, separate
from .pairs import PairScores
from .places import canonical_numbers, contact_residues
from .read import domain_residues, mutant_records, substitutions_at
from .wild import contact_weights, losses_of

EVERY_RESIDUE = range(sys.maxsize)
"""Of a protein's domains, whichever they are."""

MUTANTS = 64
"""Mutants that are scored together."""


class ResidueEffects(NamedTuple):
    """What the substitutions of `m` residues do; rows are in the order of `AMINO_ACIDS`.

    Attributes:
        at: int64 [m], 0-based positions of the residues in the protein.
        effects: float32 [20, m], `delta_score` of `variant.protein`; 0 where nothing changes, NaN
            where the mutant of a protein with a known domain has none.
        loss: float32 [20, m], nats of it that the substitution takes on any DNA; 0 where no
            measured proteins come with the weights, and of a protein without a known domain.
        contact: bool [m], whether the residue is a contact.
        canonical: int64 [m], the number that the literature gives the residue, 0 where it has none.
    """

    at: np.ndarray
    effects: np.ndarray
    loss: np.ndarray
    contact: np.ndarray
    canonical: np.ndarray


def residue_effects(
    predictor: BindingPredictor,
    wild: SequenceRecord,
    domains: Sequence[Domain],
    dna: str,
    residues: range = EVERY_RESIDUE,
) -> ResidueEffects:
    """Substitute residues of a protein's domains by all others, and score one DNA.

    Of a protein without a known domain all residues are substituted, and it is read whole.

    Args:
        domains: of the wild type, from `find_domains`.
        residues: 0-based positions; those outside of the domains are passed over.
    """
    at = [place for place in substitutable(wild, domains) if place in residues]
    mutants = [mutant for place in at for mutant in substitutions_at(wild.sequence, place)]
    # A mutant whose domain is lost is not read whole: its score would answer another question.
    scores = PairScores(predictor, [SequenceRecord("dna", dna)], None, any_protein=not domains)
    losses = [] if predictor.measured is None or not domains else losses_of(predictor)
    effects, loss = np.zeros((2, len(AMINO_ACIDS), len(at)), np.float32)
    for first in _watched(range(0, len(mutants), MUTANTS), len(mutants), predictor.progress):
        part = mutants[first : first + MUTANTS]
        lost = np.zeros((1, len(part)))
        if losses:
            lost = mutant_losses(losses, wild.sequence, domains, part, [()] * len(part))
        places = [mutant.positions[0] for mutant in part]
        rows = [AMINO_ACIDS.index(m.sequence[place]) for m, place in zip(part, places, strict=True)]
        cells = rows, np.searchsorted(at, places)
        tables = scores.of(wild, mutant_records(wild.id, part), lost)
        effects[cells] = [table["delta_score"].iloc[0] for table in tables]
        loss[cells] = lost[0]
    chosen, length = separate(domains), len(wild.sequence)
    contact = contact_residues(length, chosen, contact_weights(predictor))
    canonical = np.zeros(length, np.int64)
    for domain in chosen:
        canonical[domain.start : domain.end] = [n or 0 for n in canonical_numbers(domain)]
    return ResidueEffects(np.array(at, np.int64), effects, loss, contact[at], canonical[at])


def substitutable(wild: SequenceRecord, domains: Sequence[Domain]) -> Sequence[int]:
    """0-based residues of the domains; all of a protein without a known domain."""
    return domain_residues(domains) or range(len(wild.sequence))


def _watched(firsts: range, total: int, progress: bool) -> Iterator[int]:
    """The same numbers, with a bar that counts mutants."""
    from tqdm import tqdm

    with tqdm(total=total, unit=" mutants", desc="protein", disable=not progress) as bar:
        for first in firsts:
            yield first
            bar.update(min(firsts.step, total - first))
