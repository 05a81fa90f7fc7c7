"""What every protein encoder offers, and the registry that finds one by its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

from torch import Tensor, nn

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.features import ProteinBatch, ProteinInput, protein_input


class ProteinEncoder(nn.Module, ABC):
    """Residues of a protein -> a state for each of them.

    Args:
        config: of the model.

    Attributes:
        output_dim: width of the residue states.
    """

    output_dim: int

    def __init__(self, config: BindingConfig) -> None:
        super().__init__()
        self.flank = config.protein.flank
        self.reads_whole = config.protein.protein_region == "full"

    def features(
        self, record: SequenceRecord, domains: Sequence[Domain], *, whole: bool = False
    ) -> ProteinInput:
        """What the encoder reads of a protein: the residues in and around its domains.

        An encoder that needs more of the sequence than its letters overrides this and fills
        `ProteinInput.embedding`.

        Args:
            record: the full-length protein.
            domains: what `find_domains` found in it.
            whole: keep every residue, with domains or without.
        """
        return protein_input(
            record.id,
            record.sequence,
            domains,
            flank=self.flank,
            whole=whole or self.reads_whole,
        )

    @abstractmethod
    def forward(self, batch: ProteinBatch) -> Tensor:
        """Residue states, float [b, m, output_dim]; zeros where `batch.mask` is False."""


_ENCODERS: dict[str, type[ProteinEncoder]] = {}

_Kind = TypeVar("_Kind", bound=type[ProteinEncoder])


def register(name: str) -> Callable[[_Kind], _Kind]:
    """Decorator: `BindingConfig.encoder = name` or `name:SOURCE` then builds the class."""

    def add(kind: _Kind) -> _Kind:
        _ENCODERS[name] = kind
        return kind

    return add


def make_encoder(config: BindingConfig) -> ProteinEncoder:
    """The encoder that the configuration names, untrained.

    Raises:
        ValueError: there is none of that name.
    """
    name = config.encoder.partition(":")[0]
    if name not in _ENCODERS:
        raise ValueError(f"no protein encoder {name!r}: give one of {', '.join(sorted(_ENCODERS))}")
    return _ENCODERS[name](config)
