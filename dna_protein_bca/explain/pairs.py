"""`explain`: a few pairs of proteins and DNA, one explanation each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import UNIFORM, BackgroundDNA
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.io.fasta import SequenceRecord, Sequences, as_records
from dna_protein_bca.io.pairs import read_pairs
from dna_protein_bca.io.record_ids import RecordIds
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.module import BindingModule
from dna_protein_bca.variant.genomic.substitutions import base_effects
from dna_protein_bca.variant.mutants.substitutions import (
    EVERY_RESIDUE,
    residue_effects,
    substitutable,
)

from .attention import joint_attention
from .gradients import TOLERANCE, Attribution, integrated_gradients
from .relatives import voices
from .result import Explanation
from .site import best_position, shares_at_site
from .subject import Subject, protein_records, read_subjects

if TYPE_CHECKING:
    from dna_protein_bca.predictor import BindingPredictor

log = logging.getLogger(__name__)

MOST_PAIRS = 20
"""Pairs that are explained at once; a minute each is usual."""

LONGEST_DNA = 512
"""Base pairs: of longer DNA, that part is to be given which holds the site."""

_DNA = DNATokenizer()


def explain(
    predictor: BindingPredictor,
    proteins: Sequences,
    dna: Sequences,
    pairs: Any = None,
    *,
    residues: range | None = EVERY_RESIDUE,
    background: str | Path | BackgroundDNA | None = UNIFORM,
    any_protein: bool = False,
) -> Iterator[Explanation]:
    """Explain every pair of a few proteins and DNAs, or those of a table.

    Args:
        predictor: of one set of weights.
        proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs; proteins may
            be `collection:SPECIES`, with `pairs`.
        pairs: a table with `protein_id` and `dna_id`, as of `predict`.
        residues: 0-based positions of those that are substituted as well, where they lie in a
            domain: all of them take most of the time; None for none. Each protein has to have all
            of a range, and one of them in a domain.
        background: DNA whose scores p-values compare with; None for none.
        any_protein: read the whole sequence of a protein without a known domain.

    Yields:
        One explanation a pair: DNA outermost in the order of the input, proteins inside it, or in
        the order of `pairs`.

    Raises:
        InputError: more than 20 pairs, DNA of more than 512 bp, a pair without a score, residues
            that a protein does not have or none of which lies in a domain, or what `predict`
            refuses; before anything is computed.
    """
    chosen = choose_pairs(protein_records(predictor, proteins), dna, pairs)
    wanted = {protein.id: protein for protein, _ in chosen}
    subjects = read_subjects(predictor, wanted.values(), any_protein=any_protein)
    if residues is not None:
        for subject in subjects.values():
            _check_residues(subject, residues)
    return (
        explain_pair(
            predictor, subjects[protein.id], record, residues=residues, background=background
        )
        for protein, record in chosen
    )


def choose_pairs(
    proteins: list[SequenceRecord], dna: Sequences, pairs: Any
) -> list[tuple[SequenceRecord, SequenceRecord]]:
    """The pairs, checked.

    Raises:
        InputError: see `explain`.
    """
    records = as_records(dna, "dna")
    if pairs is None:
        # No more are read than it takes to know that they are too many.
        few = list(islice(records, MOST_PAIRS + 1))
        chosen = [(protein, record) for record in few for protein in proteins]
    else:
        table = read_pairs(pairs)
        by_id = {record.id: record for record in records}
        protein_by_id = {protein.id: protein for protein in proteins}
        known = {
            "protein_id": (protein_by_id, RecordIds("protein_id", [*protein_by_id], ())),
            "dna_id": (by_id, RecordIds("dna_id", [*by_id], ())),
        }
        for _, row in table.iterrows():
            for column, (there, ids) in known.items():
                if row[column] not in there:
                    raise ids.error(row[column], row.get("path"), row.get("line"))
        chosen = [
            (protein_by_id[protein], by_id[record])
            for protein, record in zip(table["protein_id"], table["dna_id"], strict=True)
        ]
    if not chosen:
        raise InputError("no pair to explain: give a protein and a DNA")
    if len(chosen) > MOST_PAIRS:
        more = "or more " if pairs is None else ""
        raise InputError(
            f"{len(chosen)} {more}pairs, and at most {MOST_PAIRS} are explained at once: give "
            "fewer records, or name the pairs with --pairs"
        )
    for record in {record.id: record for _, record in chosen}.values():
        _check_dna(record)
    return chosen


def _check_residues(subject: Subject, residues: range) -> None:
    record = subject.record
    length = len(record.sequence)
    if residues != EVERY_RESIDUE and residues.stop > length:
        raise InputError(
            f"protein {record.id!r} has {length:,} residues, and some up to {residues.stop:,} were "
            "asked for",
            record.path,
            record.line,
        )
    if not any(place in residues for place in substitutable(record, subject.domains)):
        raise InputError(
            f"none of the residues {residues.start + 1}-{residues.stop} of protein {record.id!r} "
            f"lies in a domain: its domains are {subject.encoded.dbd[0]}",
            record.path,
            record.line,
        )


def _check_dna(record: SequenceRecord) -> None:
    problem = None
    if len(record.sequence) > LONGEST_DNA:
        problem = (
            f"has {len(record.sequence):,} bp, and DNA of at most {LONGEST_DNA} bp is explained: "
            "give the part around the site, which predict names"
        )
    elif not DNARecords.from_sequences([record.sequence]).scorable[0]:
        problem = "is all N or shorter than 5 bp, so that it has no score to explain"
    if problem:
        raise InputError(f"DNA {record.id!r} {problem}", record.path, record.line)


def explain_pair(
    predictor: BindingPredictor,
    subject: Subject,
    record: SequenceRecord,
    *,
    residues: range | None,
    background: str | Path | BackgroundDNA | None,
) -> Explanation:
    """Explain one pair; see `explain`."""
    dna = record.sequence.upper().replace("U", "T")
    table = predictor.predict(subject.encoded, [(record.id, dna)], background=background)
    row = table.astype(object).where(table.notna(), float("nan")).iloc[0]
    best = best_position(predictor.scorer, subject.encoded, dna)
    effects = None
    if residues is not None:
        effects = residue_effects(predictor, subject.record, subject.domains, dna, residues)
    spoken = shares_at_site(predictor.model, subject.state, best)
    return Explanation(
        protein_id=subject.record.id,
        dna_id=record.id,
        protein=subject.record.sequence,
        dna=dna,
        dbd=row["dbd"],
        score=float(row["score"]),
        p_value=float(row["p_value"]),
        start=int(row["start"]),
        end=int(row["end"]),
        strand=row["strand"],
        position_score=best.track,
        base_effects=base_effects([(predictor, subject.encoded)], dna)[0],
        attribution=_attribution(predictor, subject, record.id, dna),
        residue_effects=effects,
        attention=joint_attention(predictor.model, subject, best),
        voices=voices(predictor, subject, spoken),
    )


def _attribution(
    predictor: BindingPredictor, subject: Subject, dna_id: str, dna: str
) -> Attribution:
    """Integrated gradients, with a warning where they do not sum to what they should."""
    module = BindingModule(predictor.model, subject.state).eval()
    found = integrated_gradients(module, one_hot(dna, subject.state.bias))
    if abs(found.gap) > TOLERANCE:
        log.warning(
            "%s on %s: the attributions sum to %+.2g nats of what the score is above that of the "
            "baseline, after %d steps",
            subject.record.id,
            dna_id,
            found.gap,
            found.steps,
        )
    return found._replace(values=found.values.cpu())


def one_hot(dna: str, like: torch.Tensor) -> torch.Tensor:
    """Base probabilities of a DNA in upper case: float [4, L]; an N is .25 of each base."""
    ids = _DNA.encode([dna]).ids[0].long()
    return _DNA.base_probabilities[ids].T.to(like).contiguous()


__all__ = ["LONGEST_DNA", "MOST_PAIRS", "explain"]
