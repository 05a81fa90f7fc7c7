"""What weights were trained on, as far as the files beside them tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.io.folder_names import DNA, PAIRS, TRAINING_PROTEINS
from dna_protein_bca.proteins.relatives import MeasuredProteins

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Training:
    """Training data of some weights.

    Attributes:
        proteins: (id, sequence) of the training proteins, domains at least; may be empty.
        pairs: `protein_id`, `row` (index into `dna`), `label` or `affinity`; None where unknown.
        dna: training DNA.
        source: where the proteins are known from, for a note.
        measured: they are those of the relatives, whose identity predictions name already.
    """

    proteins: list[tuple[str, str]]
    pairs: pd.DataFrame | None = None
    dna: Sequence[str] = ()
    source: str = "unknown"
    measured: bool = False


def training_of(folder: Path | None, measured: MeasuredProteins | None) -> Training:
    """Read what a run left beside its weights, or fall back on the relatives that travel along."""
    import pandas as pd

    proteins: list[tuple[str, str]] = []
    source = "no list of training proteins travels with these weights"
    fallback = False
    if folder is not None and (folder / TRAINING_PROTEINS).is_file():
        table = pd.read_csv(folder / TRAINING_PROTEINS, sep="\t", dtype=str, keep_default_na=False)
        proteins = list(zip(table["protein_id"], table["sequence"], strict=True))
        source = TRAINING_PROTEINS
    elif measured is not None:
        proteins = [(one.protein_id, _domain_residues(one.domains)) for one in measured.proteins]
        source, fallback = "the domains in relatives.parquet", True
    pairs, dna = _run_pairs(folder.parent if folder is not None else None)
    return Training(proteins, pairs, dna, source, fallback)


def _domain_residues(domains: dict[str, np.ndarray]) -> str:
    letters = b"".join(states.tobytes() for states in domains.values())
    return letters.replace(b"-", b"").decode("ascii")


def _run_pairs(run: Path | None) -> tuple[pd.DataFrame | None, list[str]]:
    import pandas as pd

    from dna_protein_bca.io.fasta import read_fasta

    if run is None or not (run / PAIRS).is_file() or not (run / DNA).is_file():
        return None, []
    table = pd.read_csv(run / PAIRS, sep="\t", dtype={"protein_id": str, "dna_id": str})
    table = table[table["split"] == "train"]
    records = {record.id: record.sequence for record in read_fasta(run / DNA, "dna")}
    rows = {name: row for row, name in enumerate(records)}
    table = table[table["dna_id"].isin(rows)].dropna(axis=1, how="all")
    if not len(table):
        return None, []
    return table.assign(row=table["dna_id"].map(rows)).reset_index(drop=True), [*records.values()]


def identity_to(training: Training, records: Sequence[tuple[str, str]], threads: int) -> np.ndarray:
    """Identity of each protein's domains to the nearest training protein's that is listed.

    Counted over the residues of the longer domain, as the column `nearest_identity` is. NaN without
    one, and where the training proteins are the relatives.
    """
    import pandas as pd

    from dna_protein_bca.proteins.domains import find_domains

    found = np.full(len(records), np.nan)
    if not training.proteins or training.measured:
        return found
    table = pd.DataFrame(training.proteins, columns=["protein_id", "sequence"])
    known = MeasuredProteins.from_tables(table.drop_duplicates("protein_id"), [], threads=threads)
    domains = find_domains(records, threads=threads)
    for row, ((_, sequence), ones) in enumerate(zip(records, domains, strict=True)):
        for relative in known.nearest(ones, sequence, n=1, over="longer"):
            found[row] = relative.identity
    return found
