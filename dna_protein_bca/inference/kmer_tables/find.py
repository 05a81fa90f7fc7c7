"""The tables of encoded proteins."""

from __future__ import annotations

from os import PathLike

from tqdm import tqdm

from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background.find import undamaged_member
from dna_protein_bca.inference.background.store import background_key
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.scoring import Scorer

from .store import load_table, save_table
from .table import KmerTable, build_table


def table_key(encoded: EncodedProteins, row: int, dna: BackgroundDNA) -> str:
    """What a protein's table hangs on, as a checksum in hexadecimal."""
    return background_key([encoded], row, dna)


def kmer_tables(
    scorer: Scorer,
    encoded: EncodedProteins,
    dna: str | PathLike[str] | BackgroundDNA = "uniform",
    *,
    cache: bool = True,
    progress: bool = False,
) -> list[KmerTable | None]:
    """The table of each protein, undamaged.

    Args:
        dna: what p-values compare with, see `BackgroundDNA.parse`.
        cache: keep tables in the user's cache folder, and look there first.
        progress: draw a bar on standard error.

    Returns:
        One for each protein, None where it has no known domain.

    Raises:
        InputError: see `BackgroundDNA.parse`.
    """
    background = BackgroundDNA.parse(dna)
    found: list[KmerTable | None] = []
    rows = range(len(encoded.ids))
    for row in tqdm(rows, "tables", unit=" proteins", leave=False, disable=not progress):
        member = undamaged_member(scorer, encoded, row)
        if member is None:
            found.append(None)
            continue
        key = table_key(encoded, row, background)
        table = load_table(key, background.name) if cache else None
        if table is None:
            table = build_table(member, background)
            if cache:
                save_table(key, table)
        found.append(table)
    return found
