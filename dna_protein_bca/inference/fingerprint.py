"""Which weights and relatives these are, the same for the same content wherever it lies, and how
they encoded proteins.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch

from dna_protein_bca.errors import InputError
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.relatives import LEARNED, MeasuredProteins

if TYPE_CHECKING:
    from dna_protein_bca.model.relative_motifs import RelativeMotifs

    from .scoring import Scorer

_State = tuple[tuple[int, int], ...]

# Hashing the bundled weights takes 30 ms, and proteins are encoded once to be scored many times.
_known: WeakKeyDictionary[BindingModel, tuple[_State, BindingConfig, str]] = WeakKeyDictionary()

_known_relatives: WeakKeyDictionary[MeasuredProteins, str] = WeakKeyDictionary()


def relatives_fingerprint(measured: MeasuredProteins) -> str:
    """SHA-256 of measured proteins, in their order, in hexadecimal.

    Of their domains and motifs, and of which motifs were learned from pairs.
    """
    if measured not in _known_relatives:
        digest = hashlib.sha256()
        for protein in measured.proteins:
            # Learned motifs count for more than measured ones.
            learned = f" {LEARNED}" if protein.source == LEARNED else ""
            digest.update(f"{protein.protein_id} {len(protein.motifs)}{learned}".encode())
            for name, array in (*protein.domains.items(), *(("", m) for m in protein.motifs)):
                digest.update(f"{name} {array.dtype} {array.shape}".encode())
                digest.update(array.tobytes())
        _known_relatives[measured] = digest.hexdigest()
    return _known_relatives[measured]


def fingerprint(model: BindingModel) -> str:
    """SHA-256 of a model's configuration and numbers, in hexadecimal.

    Equal for weights that are loaded twice, saved and loaded again, or on another device. It is
    computed anew once the configuration or a tensor was replaced, or a tensor changed in place, as
    training does; torch does not count changes by way of a parameter's `.data`, which are not seen.
    """
    tensors = model.state_dict()
    state = _versions(list(tensors.values()))
    known = _known.get(model)
    if state is not None and known is not None and known[:2] == (state, model.config):
        return known[2]
    digest = hashlib.sha256(json.dumps(asdict(model.config), sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    if state is not None:
        _known[model] = state, model.config, digest.hexdigest()
    return digest.hexdigest()


def _versions(tensors: list[torch.Tensor]) -> _State | None:
    """Where each tensor lies and how often it was changed; None where torch does not count that."""
    if any(tensor.is_inference() for tensor in tensors):
        return None
    return tuple((tensor.data_ptr(), tensor._version) for tensor in tensors)


@dataclass(frozen=True)
class EncodedAs:
    """How proteins were encoded, on which their scores depend.

    Attributes:
        weights: `fingerprint` of the model.
        relatives: `relatives_fingerprint` of the measured proteins whose motifs the model reads;
            empty where it reads none.
        references: the same of the measured proteins against which substitutions are counted.
        precision: of the arithmetic, such as `float32`.
        any_protein: whether proteins without a known domain are read whole.
    """

    weights: str
    relatives: str
    references: str
    precision: str
    any_protein: bool

    @classmethod
    def by(
        cls,
        scorer: Scorer,
        relative_motifs: RelativeMotifs | None,
        references: MeasuredProteins | None,
        any_protein: bool,
    ) -> EncodedAs:
        """How `encode_proteins` encodes with the same arguments."""
        reads = relative_motifs is not None and scorer.model.config.matching.relatives
        return cls(
            fingerprint(scorer.model),
            relatives_fingerprint(relative_motifs.measured) if reads and relative_motifs else "",
            relatives_fingerprint(references) if references is not None else "",
            str(scorer.dtype or torch.float32).removeprefix("torch."),
            any_protein,
        )

    def check(self, wanted: EncodedAs) -> None:
        """Refuse proteins that are encoded like this where others are wanted.

        Proteins read whole are accepted where that is not asked for: they are then scored too.

        Raises:
            InputError: says what differs.
        """
        differences = []
        if self.weights != wanted.weights:
            differences.append("by other weights than those that are to score them")
        if self.relatives != wanted.relatives:
            here, there = (
                "with the motifs of measured relatives" if one.relatives else "without relatives"
                for one in (self, wanted)
            )
            if here == there:
                here, there = "with the motifs of other measured relatives", "with its own"
            differences.append(f"{here}, and this predictor reads proteins {there}")
        elif self.references != wanted.references:
            differences.append("beside other measured proteins than those of this predictor")
        if self.precision != wanted.precision:
            differences.append(
                f"in {self.precision}, and this predictor computes in {wanted.precision}"
            )
        if wanted.any_protein and not self.any_protein:
            differences.append("without any_protein, which is asked for now")
        if differences:
            raise InputError(
                f"these proteins were encoded {'; '.join(differences)}: encode them anew, with the "
                "predictor and the options that are to score them"
            )
