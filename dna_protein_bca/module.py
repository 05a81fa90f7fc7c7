"""A protein as a `torch.nn.Module`: one-hot DNA in, its score out, with a gradient."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from dna_protein_bca.inference.dna_records import SHORTEST
from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.reducers import reduce_positions
from dna_protein_bca.inference.tiling import owned_positions, tile_records
from dna_protein_bca.io.fasta import SequenceRecord, Sequences, as_records
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.proteins.collection import read_collection

from .errors import InputError, listed
from .protocol import Predictor

PREFERRED_SPECIES = "Homo_sapiens"
"""Whose protein a name stands for that several species of the collection have."""

SHORTEST_SEQUENCE = 20
"""Residues; shorter text that is no protein's name is taken for a misspelt one."""


class BindingModule(nn.Module):
    """One protein, by one set of weights, as a function of one-hot DNA.

    Its output is the `score` of `predict` within 2e-5 + 1e-6 |score|, for DNA of any length from 5
    bp. The weights are a frozen copy; gradients are those of the DNA.

    Args:
        model: in evaluation mode.
        state: of one protein.
    """

    def __init__(self, model: BindingModel, state: ProteinState) -> None:
        super().__init__()
        if len(state) != 1:
            raise ValueError(f"a module is of one protein, not of {len(state)}")
        self.model = copy.deepcopy(model).requires_grad_(False)
        # What has read the protein is not needed any more.
        del self.model.members
        self._state = state
        # As copies: those made in inference mode have no place in a gradient.
        state.map(lambda tensor: self._keep(tensor.clone()))

    def forward(self, one_hot: Tensor) -> Tensor:
        """Scores float32 [N, 1].

        Args:
            one_hot: [N, 4, L], any kind of number, A C G T. What a column lacks to a sum of 1 is
                spread over the four bases, so that zeros are an N, as .25 each is.

        Raises:
            ValueError: another shape, or less than 5 bp.
        """
        bases = spread(_checked(one_hot).to(self.state.bias)).transpose(1, 2)
        length = bases.shape[1]
        tiles = tile_records(np.array([length]), self.model.config.tile)
        width = int((tiles.end - tiles.start).max())
        start, end, owned, log_share = (
            torch.from_numpy(values).to(bases.device)
            for values in (tiles.start, tiles.end, *owned_positions(tiles, width))
        )
        at = start[:, None] + torch.arange(width, device=bases.device)
        dna = bases[:, at.clamp(max=length - 1)].flatten(0, 1)

        def each(tensor: Tensor) -> Tensor:
            """The same for every record."""
            return tensor.repeat(len(bases), 1)

        position = self.model(dna[None], each(at < end[:, None])[None], self.state).position
        score = reduce_positions(position, each(owned), each(log_share))[0]
        return score.reshape(len(bases), -1).logsumexp(1, keepdim=True)

    @property
    def state(self) -> ProteinState:
        """The protein, where the module is."""
        kept = iter(self.buffers(recurse=False))
        return self._state.map(lambda _: next(kept))

    def _keep(self, tensor: Tensor) -> Tensor:
        self.register_buffer(f"state_{len(self._buffers)}", tensor)
        return tensor


class MeanModule(nn.Module):
    """The mean of the modules of an ensemble's members.

    Args:
        members: one or more.
    """

    def __init__(self, members: Sequence[BindingModule]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, one_hot: Tensor) -> Tensor:
        """Scores float32 [N, 1]; see `BindingModule.forward`."""
        return torch.stack([member(one_hot) for member in self.members]).mean(0)


def spread(one_hot: Tensor) -> Tensor:
    """Columns with what each lacks to a sum of 1 spread over its four bases: float [N, 4, L]."""
    return one_hot + (1 - one_hot.sum(1, keepdim=True)) / one_hot.shape[1]


def protein_module(
    predictor: Predictor,
    protein: str | EncodedProteins | EncodedByAll,
    proteins: Sequences | None = None,
    *,
    any_protein: bool = False,
) -> BindingModule | MeanModule:
    """One protein as a `torch.nn.Module` for tools that explain, design or search DNA.

    Args:
        protein: an id in `proteins`; without these the name of a measured protein that comes with
            the weights, as `MAX` or `MAX|P61244` (the human one where several species have it), or
            a sequence of 20 residues or more; or one encoded protein.
        proteins: FASTA path, dict or pairs.
        any_protein: read the whole sequence of a protein without a known domain.

    Returns:
        On the predictor's device, one-hot [N, 4, L] -> scores [N, 1]; of an ensemble the mean.

    Raises:
        InputError: no such protein, several, or one without a known DNA-binding domain; see
            `encode`.
    """
    given: object = protein
    if isinstance(protein, str):
        given = [_named(protein, proteins) if proteins is not None else _known(predictor, protein)]
    encoded = predictor.encode(given, any_protein=any_protein)
    several = isinstance(encoded, EncodedByAll)
    by_member = encoded if several else (encoded,)
    if len(by_member[0]) != 1:
        raise InputError(f"a module is of one protein, and {len(by_member[0])} were given")
    (name,) = by_member[0].ids
    if any(not member.blocks for member in by_member):
        raise InputError(
            f"protein {name!r} has no known DNA-binding domain, so that it has no score: give "
            "another one, or any_protein=True to read all of it"
        )
    models = [each.model for each in getattr(predictor, "members", [predictor])]
    modules = [
        BindingModule(model, member.blocks[0].state).eval()
        for model, member in zip(models, by_member, strict=True)
    ]
    return MeanModule(modules).eval() if several else modules[0]


def _checked(one_hot: Tensor) -> Tensor:
    if one_hot.ndim != 3 or one_hot.shape[1] != 4:
        raise ValueError(f"one-hot DNA is [N, 4, L], got {list(one_hot.shape)}")
    if one_hot.shape[2] < SHORTEST:
        raise ValueError(f"{one_hot.shape[2]} bp, and a site needs {SHORTEST}")
    return one_hot


def _named(name: str, proteins: Sequences) -> SequenceRecord:
    records = {record.id: record for record in as_records(proteins, "protein")}
    if name not in records:
        raise InputError(f"no protein {name!r}: the ids are {listed(sorted(records), 5)}")
    return records[name]


def _known(predictor: Predictor, text: str) -> SequenceRecord:
    """The protein that a name or a sequence stands for."""
    first = getattr(predictor, "members", [predictor])[0]
    for species in (PREFERRED_SPECIES, ""):
        try:
            collection = read_collection(first.folder, species)
        except InputError:
            continue
        found = [each for each in collection if text in (each.id, each.id.partition("|")[0])]
        if len(found) > 1:
            ids = listed([each.id for each in found], 5)
            raise InputError(
                f"{len(found)} measured proteins are called {text!r}: give one of {ids}"
            )
        if found:
            return found[0]
    if len(text) < SHORTEST_SEQUENCE:
        raise InputError(
            f"no measured protein that comes with the weights is called {text!r}: give its "
            "sequence, or the file that it is in as `proteins`"
        )
    (record,) = as_records({"protein": text}, "protein")
    return record
