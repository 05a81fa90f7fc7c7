"""Proteins that are encoded once for all later calls, wherever they run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import Callable, Sequence

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins, TrustMap
from dna_protein_bca.inference.fingerprint import EncodedAs
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.resources import cache_path

from .store import load_encoded, save_encoded

log = logging.getLogger(__name__)

METHOD = 1
"""Of encoding: raised with every change that moves what is kept."""


def cached_proteins(
    records: Sequence[SequenceRecord],
    wanted: EncodedAs,
    trust: TrustMap | None,
    encode: Callable[[Sequence[SequenceRecord]], EncodedProteins],
) -> EncodedProteins:
    """The proteins of the cache, or newly encoded and put there.

    Args:
        records: the proteins.
        wanted: how they are to be encoded; a part of the file's name, with the sequences,
            `METHOD` and the version of the program.
        trust: gives the trust in them, which is kept as well; its representation is a part of the
            name, for the same weights may come with another map.
        encode: does it, where the cache does not have them.

    Returns:
        On the CPU where they are from the cache. A cache that cannot be written is a warning.
    """
    path = cache_path(f"proteins-{_key(records, wanted, trust)}.safetensors")
    found = load_encoded(path)
    if found is not None and found.encoded_as == wanted:
        log.info("%d encoded proteins from %s", len(found), path)
        return found
    encoded = encode(records)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_encoded(path, encoded)
    except (InputError, OSError) as error:
        log.warning("encoded proteins are not kept for later calls: %s", error)
    return encoded


def _key(records: Sequence[SequenceRecord], wanted: EncodedAs, trust: TrustMap | None) -> str:
    fields = json.dumps(
        [__version__, METHOD, dataclasses.asdict(wanted), repr(trust)], sort_keys=True
    )
    digest = hashlib.sha256(fields.encode())
    for record in records:
        digest.update(f"{record.id}\n{record.sequence}\n".encode())
    return digest.hexdigest()[:32]
