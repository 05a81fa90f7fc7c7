"""Proteins by their accessions, from UniProt's REST service."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError

from .offline import require_network

WORD = "uniprot"

SERVICE_VARIABLE = "DNA_PROTEIN_BCA_UNIPROT"
"""Environment variable with the address of a mirror of the service."""

SERVICE = "https://rest.uniprot.org"

ACCESSION = re.compile(
    r"([OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2})(-[0-9]+)?"
)
"""An accession, with the number of an isoform or without
(https://www.uniprot.org/help/accession_numbers)."""

TIMEOUT = 30.0
"""Seconds without an answer after which a request is given up."""


def asked_accessions(proteins: object) -> list[str] | None:
    """The accessions in `uniprot:P61244,P04637`; None for anything else.

    Raises:
        InputError: one of them is no accession, or there is none.
    """
    if not isinstance(proteins, str) or proteins.partition(":")[0] != WORD:
        return None
    accessions = [part.strip().upper() for part in proteins.partition(":")[2].split(",")]
    for accession in accessions:
        if not ACCESSION.fullmatch(accession):
            raise InputError(
                f"{accession!r} is no accession of UniProt: give such as {WORD}:P61244,P04637-2",
                proteins,
            )
    return list(dict.fromkeys(accessions))


def fetch_proteins(accessions: Sequence[str]) -> list[tuple[str, str]]:
    """Ids and sequences from UniProt, in the order of the accessions.

    Args:
        accessions: see `asked_accessions`. The id of P61244 is `sp|P61244|MAX_HUMAN`.

    Raises:
        InputError: no network, or `--offline`; UniProt has no such entry, or its entry has no
            sequence.
    """
    return [_fetch(accession) for accession in accessions]


def _fetch(accession: str) -> tuple[str, str]:
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    asked = f"{WORD}:{accession}"
    require_network(asked)
    text = _read(f"{_service()}/uniprotkb/{accession}.fasta", asked)
    records = list(SimpleFastaParser(io.StringIO(text)))
    if not records:
        raise InputError(
            "UniProt has no sequence under this accession: the entry was deleted or merged into "
            "another; look it up on UniProt's pages",
            asked,
        )
    title, sequence = records[0]
    return title.partition(" ")[0], sequence


def _service() -> str:
    return (os.environ.get(SERVICE_VARIABLE) or SERVICE).rstrip("/")


def _read(url: str, asked: str) -> str:
    """The text at an address; `asked` names it in errors."""
    # Imported here, since every command imports this module and hardly any needs a network.
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    request = Request(url, headers={"User-Agent": f"dna-protein-bca/{__version__}"})
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            text: str = answer.read().decode("utf-8")
            return text
    except HTTPError as error:
        reason = "there is no such entry" if error.code in (400, 404) else "try again later"
        raise InputError(f"UniProt answers {error.code}: {reason}", asked) from None
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise InputError(
            f"UniProt cannot be reached ({cause}): is there a network? Or give the sequence in a "
            "FASTA file",
            asked,
        ) from None
