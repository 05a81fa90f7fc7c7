"""A protein's sequence and domains -> the residues that the model reads, as padded tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.io.tokenizers import ProteinTokenizer

from .domains import Domain, annotate, format_domains

FLANK = 12
"""Residues read on either side of a domain: the N-terminal arm of a homeodomain (canonical 1 to 5)
and the linkers of a zinc-finger array lie there."""

ARRAY_FAMILY = "zf-C2H2"
"""The family whose domains are read as an array, finger by finger, in reverse along the DNA."""

MAX_ORDINAL = 40
"""Domains are numbered from the C-terminus up to this number, which all further ones share."""

_TOKENIZER = ProteinTokenizer()


class ProteinInput(NamedTuple):
    """One protein as the encoder reads it: `m` residues in and around its domains, in order.

    Attributes:
        id: the protein's id.
        residues: int64 [m], ids of `ProteinTokenizer`.
        family: int64 [m], index into `domains.families()`, -1 outside every domain.
        position: int64 [m], 0-based match state of the profile, -1 outside or at an insertion.
        ordinal: int64 [m], which domain counted from the C-terminus (1 is the last), 0 outside.
        fingers: int64 [f, 2], half-open spans into the `m` residues of the C2H2 fingers,
            N-terminal first.
        dbd: the domains as `family:start-end;...`, `none` where there is none.
        sequence_position: int64 [m], 0-based position of each residue in the full-length sequence.
        embedding: float32 [m, e], computed by an encoder for each residue beforehand; `e` is 0 for
            encoders that read residues alone.
    """

    id: str
    residues: np.ndarray
    family: np.ndarray
    position: np.ndarray
    ordinal: np.ndarray
    fingers: np.ndarray
    dbd: str
    sequence_position: np.ndarray
    embedding: np.ndarray


class ProteinBatch(NamedTuple):
    """Padded proteins. Tensors are int64 unless stated otherwise; in a mask, True is a token.

    Attributes:
        residues, family, position, ordinal: [b, m]; see `ProteinInput`.
        mask: bool [b, m].
        fingers: [b, f, 2]; finger_mask: bool [b, f], `f` may be 0.
        embedding: float [b, m, e], zero at padding; `e` is 0 where the encoder needs none.
    """

    residues: Tensor
    family: Tensor
    position: Tensor
    ordinal: Tensor
    mask: Tensor
    fingers: Tensor
    finger_mask: Tensor
    embedding: Tensor

    def to(self, device: torch.device | str) -> ProteinBatch:
        """The same batch on another device."""
        return ProteinBatch(*(tensor.to(device) for tensor in self))


def profile_starts(lengths: Sequence[int]) -> Tensor:
    """The row of each profile's first match state where all states stand in one table: int64."""
    return torch.tensor((0, *lengths), device="cpu").cumsum(0)[:-1]


def profile_rows(batch: ProteinBatch, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Each residue's row in a table of all match states, and whether it has one: [b, m] each.

    Args:
        starts: from `profile_starts`.
    """
    aligned = (batch.position >= 0) & (batch.family >= 0)
    return starts[batch.family.clamp(min=0)] + batch.position.clamp(min=0), aligned


def protein_input(
    id: str,
    sequence: str,
    domains: Sequence[Domain],
    *,
    flank: int = FLANK,
    whole: bool = False,
) -> ProteinInput:
    """Cut a protein down to the residues in and around its DNA-binding domains.

    Args:
        id: names the protein in messages and results.
        sequence: residues, one letter each, of the full-length protein.
        domains: from `find_domains`.
        flank: residues read on either side of each domain.
        whole: read every residue, with or without domains (`--any-protein`).

    Returns:
        The residues in order; none (`m` = 0) for a protein without domains unless `whole`.
    """
    length = len(sequence)
    family, position = annotate(length, domains)
    read = np.full(length, whole)
    ordinal = np.zeros(length, dtype=np.int64)
    for count, domain in enumerate(sorted(domains, key=lambda d: d.start, reverse=True), start=1):
        read[max(0, domain.start - flank) : domain.end + flank] = True
        ordinal[domain.start : domain.end] = min(count, MAX_ORDINAL)
    indices = np.flatnonzero(read)
    fingers = [
        np.searchsorted(indices, (domain.start, domain.end))
        for domain in sorted(domains, key=lambda d: d.start)
        if domain.family == ARRAY_FAMILY
    ]
    return ProteinInput(
        id=id,
        residues=_TOKENIZER.encode([sequence]).ids[0].numpy().astype(np.int64)[indices],
        family=family[indices].astype(np.int64),
        position=position[indices].astype(np.int64),
        ordinal=ordinal[indices],
        fingers=np.asarray(fingers, dtype=np.int64).reshape(-1, 2),
        dbd=format_domains(domains),
        sequence_position=indices,
        embedding=np.empty((len(indices), 0), dtype=np.float32),
    )


def collate(proteins: Sequence[ProteinInput]) -> ProteinBatch:
    """Pad proteins to a batch, at least one residue wide also where no protein has any."""
    width = max([1, *(len(protein.residues) for protein in proteins)])
    count = max([0, *(len(protein.fingers) for protein in proteins)])

    def padded(name: str, fill: int) -> Tensor:
        out = np.full((len(proteins), width), fill, dtype=np.int64)
        for row, protein in enumerate(proteins):
            values = getattr(protein, name)
            out[row, : len(values)] = values
        return torch.from_numpy(out)

    lengths = torch.tensor([len(protein.residues) for protein in proteins])
    finger_counts = torch.tensor([len(protein.fingers) for protein in proteins])
    fingers = np.zeros((len(proteins), count, 2), dtype=np.int64)
    for row, protein in enumerate(proteins):
        fingers[row, : len(protein.fingers)] = protein.fingers
    embedding = np.zeros((len(proteins), width, proteins[0].embedding.shape[1]), dtype=np.float32)
    for row, protein in enumerate(proteins):
        embedding[row, : len(protein.embedding)] = protein.embedding
    return ProteinBatch(
        residues=padded("residues", _TOKENIZER.pad_id),
        family=padded("family", -1),
        position=padded("position", -1),
        ordinal=padded("ordinal", 0),
        mask=torch.arange(width) < lengths[:, None],
        fingers=torch.from_numpy(fingers),
        finger_mask=torch.arange(count) < finger_counts[:, None],
        embedding=torch.from_numpy(embedding),
    )
