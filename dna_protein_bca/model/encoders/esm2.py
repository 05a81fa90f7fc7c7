"""Residue states of ESM-2, a protein language model, which stays as it is.

The only module that needs transformers (the extra `pretrained`), and it needs it only where a
protein is embedded that is not in the cache.

Lin et al. 2023, Science 379, 1123: https://doi.org/10.1126/science.ade2574
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.io.remote.hub import HUB_PREFIX, download_repository
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.features import ProteinBatch, ProteinInput
from dna_protein_bca.resources import cache_path

from .base import ProteinEncoder, register
from .layers import self_attention

NAME = "esm2"
"""`BindingConfig.encoder` is `esm2:DIR` or `esm2:hf://ORG/NAME`."""

READ = ("config.json", "*.safetensors", "vocab.txt", "tokenizer_config.json")
"""Files of a repository that are downloaded: pickled weights never."""

log = logging.getLogger(__name__)


@register(NAME)
class Esm2Encoder(ProteinEncoder):
    """States that ESM-2 has for the residues in and around the domains -> residue states.

    ESM-2 reads the whole chain once, is not trained, and is no part of the weights: they hold the
    checksum of its file, and refuse another one.

    Attributes:
        source: the folder or repository of ESM-2.
        checksum: SHA-256 of its weights, uint8 [32]; zeros before the first protein was read.
    """

    def __init__(self, config: BindingConfig) -> None:
        super().__init__(config)
        self.source = config.encoder.partition(":")[2]
        self.output_dim = dim = config.protein.dim
        self.checksum: Tensor
        self.register_buffer("checksum", torch.zeros(32, dtype=torch.uint8))
        self.width = hidden_size(locate_esm2(self.source))
        self.project = nn.Sequential(nn.LayerNorm(self.width), nn.Linear(self.width, dim))
        self.dropout = nn.Dropout(config.protein.dropout)
        self.layers = self_attention(dim, config.protein.heads, config.protein.encoder_depth)

    def features(
        self, record: SequenceRecord, domains: Sequence[Domain], *, whole: bool = False
    ) -> ProteinInput:
        """The residues that are read, and ESM-2's states of them in the context of the chain.

        Raises:
            InputError: ESM-2 or transformers is not there, or it is another one than was learned
                from.
        """
        item = super().features(record, domains, whole=whole)
        if not len(item.residues):
            return item._replace(embedding=np.empty((0, self.width), np.float32))
        folder = locate_esm2(self.source)
        self._check(folder)
        states = embed_chain(folder, record.sequence)
        return item._replace(embedding=states[item.sequence_position].astype(np.float32))

    def _check(self, folder: Path) -> None:
        """Note which ESM-2 is read, and refuse another one."""
        digest = torch.frombuffer(bytearray(weights_digest(folder)), dtype=torch.uint8)
        if not self.checksum.any():
            self.checksum.copy_(digest)
        elif not torch.equal(self.checksum.cpu(), digest):
            raise InputError("another ESM-2 than these weights were trained on", folder)

    def forward(self, batch: ProteinBatch) -> Tensor:
        """Residue states, float [b, m, dim]; zeros where `batch.mask` is False."""
        x = self.dropout(self.project(batch.embedding)) * batch.mask[..., None]
        # A row that is all padding would make softmax NaN: let it look at its own padding.
        ignored = ~batch.mask & batch.mask.any(-1, keepdim=True)
        return self.layers(x, src_key_padding_mask=ignored) * batch.mask[..., None]


@lru_cache
def locate_esm2(source: str) -> Path:
    """The folder of ESM-2; a repository is downloaded.

    Raises:
        InputError: there is none, or it has no `config.json`, `vocab.txt` and safetensors.
    """
    if source.startswith(HUB_PREFIX):
        return download_repository(source, READ)
    folder = Path(source)
    if not source or not folder.is_dir():
        raise InputError(
            "no such folder: give --encoder esm2:DIR, the folder of an ESM-2 in the format of "
            "transformers, or esm2:hf://ORG/NAME. Weights that were trained with one name it in "
            "their config.json",
            source or NAME,
        )
    for pattern in ("config.json", "vocab.txt", "*.safetensors"):
        if not any(folder.glob(pattern)):
            raise InputError(
                f"no ESM-2 that can be read: {pattern} is missing. Pickled weights are never "
                "loaded: save them with save_pretrained, which writes safetensors",
                folder,
            )
    return folder


def hidden_size(folder: Path) -> int:
    """The width of ESM-2's states.

    Raises:
        InputError: the folder's `config.json` is not that of an ESM-2.
    """
    path = folder / "config.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["model_type"] != "esm":
            raise ValueError
        return int(values["hidden_size"])
    except (ValueError, KeyError, TypeError):
        raise InputError("not the configuration of an ESM-2", path) from None


@lru_cache(maxsize=4)
def weights_digest(folder: Path) -> bytes:
    """SHA-256 of the safetensors files of a folder, 32 bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.digest()


def embed_chain(folder: Path, sequence: str) -> np.ndarray:
    """ESM-2's last states of every residue of a whole chain, float16 [residues, width].

    They are kept in the cache (`resources.cache_path`) under the checksum of the weights and of the
    sequence. The memory that a new chain takes grows with the square of its length.

    Raises:
        InputError: transformers is not installed, or the weights cannot be read.
    """
    key = hashlib.sha256(sequence.encode()).hexdigest()
    path = cache_path(f"esm2-{weights_digest(folder).hex()[:32]}") / f"{key}.npy"
    try:
        kept: np.ndarray = np.load(path, allow_pickle=False)
        if len(kept) == len(sequence):
            return kept
    except (OSError, ValueError, EOFError):
        log.debug("%s: not in the cache yet", path)
    states = _run(folder, sequence)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as partial, open(partial, "wb") as file:
            np.save(file, states, allow_pickle=False)
    except (InputError, OSError) as error:
        log.warning("embedded proteins are not kept for later calls: %s", error)
    return states


@torch.inference_mode()
def _run(folder: Path, sequence: str) -> np.ndarray:
    model, ids, start, end = _load(folder)
    tokens = [start, *(ids.get(letter, ids["<unk>"]) for letter in sequence.upper()), end]
    batch = torch.tensor([tokens])
    states = model(input_ids=batch, attention_mask=torch.ones_like(batch)).last_hidden_state
    found: np.ndarray = states[0, 1:-1].to(torch.float16).numpy()
    return found


@lru_cache(maxsize=1)
def _load(folder: Path) -> tuple[Any, dict[str, int], int, int]:
    """ESM-2 on the CPU, the ids of its letters, and those of the chain's start and end."""
    if find_spec("transformers") is None:
        raise InputError("ESM-2 needs transformers: pip install 'dna-protein-bca[pretrained]'")
    from transformers import EsmModel

    try:
        with _silent():
            loaded: Any = EsmModel.from_pretrained(
                folder,
                add_pooling_layer=False,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"no ESM-2 that can be read: {error}", folder) from None
    model, found = loaded
    if missing := sorted(found["missing_keys"]):
        raise InputError(f"this ESM-2 lacks {listed(missing, 3)}: download it again", folder)
    letters = (folder / "vocab.txt").read_text(encoding="utf-8").split()
    ids = {letter: number for number, letter in enumerate(letters)}
    return model.float().eval(), ids, ids["<cls>"], ids["<eos>"]


@contextmanager
def _silent() -> Iterator[None]:
    """Keep transformers from its progress bar, and from listing the layers that are not read."""
    from transformers.utils import logging as said

    verbosity, bar = said.get_verbosity(), said.is_progress_bar_enabled()
    said.set_verbosity_error()
    said.disable_progress_bar()
    try:
        yield
    finally:
        said.set_verbosity(verbosity)
        if bar:
            said.enable_progress_bar()
