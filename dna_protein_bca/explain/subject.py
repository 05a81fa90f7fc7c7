"""The proteins that are explained, with all that was found out of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins, readable_proteins
from dna_protein_bca.io.fasta import SequenceRecord, Sequences
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.proteins.collection import asked_species, read_collection
from dna_protein_bca.proteins.domains import Domain, find_domains

if TYPE_CHECKING:
    from dna_protein_bca.predictor import BindingPredictor


class Subject(NamedTuple):
    """One protein.

    Attributes:
        record: its sequence.
        domains: what `find_domains` found in it.
        encoded: the protein alone.
    """

    record: SequenceRecord
    domains: list[Domain]
    encoded: EncodedProteins

    @property
    def state(self) -> ProteinState:
        """What the model keeps of it."""
        return self.encoded.blocks[0].state


def protein_records(predictor: BindingPredictor, proteins: Sequences) -> list[SequenceRecord]:
    """The records of proteins, checked, or those of a collection; see `BindingPredictor.encode`."""
    species = asked_species(proteins)
    if species is not None:
        return read_collection(predictor.folder, species)
    return readable_proteins(proteins)


def read_subjects(
    predictor: BindingPredictor, records: Iterable[SequenceRecord], *, any_protein: bool
) -> dict[str, Subject]:
    """Find the domains of proteins, and encode each of them, by id.

    Raises:
        InputError: one without a known DNA-binding domain, unless `any_protein`.
    """
    proteins = list(records)
    threads = predictor.threads or 0
    found = find_domains([(each.id, each.sequence) for each in proteins], threads=threads)
    subjects = {}
    for record, domains in zip(proteins, found, strict=True):
        encoded = predictor.encode([record], any_protein=any_protein)
        if not encoded.blocks:
            raise InputError(
                f"protein {record.id!r} has no known DNA-binding domain, so that it has no score "
                "to explain: leave it out, or read it whole (--any-protein)",
                record.path,
                record.line,
            )
        subjects[record.id] = Subject(record, domains, encoded)
    return subjects
