"""What weights were trained on, from the files beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.io.folder_names import DNA, PAIRS, RELATIVES, TRAINING_PROTEINS
from dna_protein_bca.motifs.kmers import canonical_sequence
from dna_protein_bca.proteins.identity import MatchStates
from dna_protein_bca.proteins.relatives import MeasuredProteins

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TrainingData:
    """What weights were trained on.

    Attributes:
        proteins: (id, sequence) of the training proteins, or the residues of their domains; may be
            empty.
        pairs: `protein_id`, `dna_id`, `row` (index into `dna`), `label` or `affinity`; None where
            unknown.
        dna: training DNA.
        source: what lists the proteins, for a note.
        are_relatives: whether the proteins are the relatives that travel with the weights;
            predictions give the identity to these already.
    """

    proteins: list[tuple[str, str]]
    pairs: pd.DataFrame | None = None
    dna: Sequence[str] = ()
    source: str = "unknown"
    are_relatives: bool = False


def read_training_data(folder: Path | None, measured: MeasuredProteins | None) -> TrainingData:
    """Read what weights were trained on.

    Args:
        folder: of the weights, inside the run folder; None where they are in memory alone.
        measured: relatives that travel with the weights; their domains stand in for a list of
            training proteins where there is none.
    """
    import pandas as pd

    proteins: list[tuple[str, str]] = []
    source = "no list of training proteins travels with these weights"
    are_relatives = False
    if folder is not None and (folder / TRAINING_PROTEINS).is_file():
        table = pd.read_csv(folder / TRAINING_PROTEINS, sep="\t", dtype=str, keep_default_na=False)
        proteins = list(zip(table["protein_id"], table["sequence"].str.upper(), strict=True))
        source = TRAINING_PROTEINS
    elif measured is not None:
        proteins = [(p.protein_id, _domain_residues(p.domains)) for p in measured.proteins]
        source, are_relatives = f"the domains in {RELATIVES}", True
    pairs, dna = _run_pairs(folder.parent if folder is not None else None)
    return TrainingData(proteins, pairs, dna, source, are_relatives)


def read_training_data_of_all(
    folders: Sequence[Path], measured: MeasuredProteins | None
) -> TrainingData:
    """What the members of an ensemble were trained on, all together; see `read_training_data`.

    Args:
        folders: of the members; none where they are in memory alone.
    """
    import pandas as pd

    every = [read_training_data(folder, measured) for folder in folders]
    if len(every) < 2:
        return every[0] if every else read_training_data(None, measured)
    proteins = list(dict.fromkeys(protein for one in every for protein in one.proteins))
    # What several members were trained on counts once.
    row: dict[str, int] = {}
    tables = []
    for one in every:
        if one.pairs is not None:
            rows = [row.setdefault(one.dna[old], len(row)) for old in one.pairs["row"]]
            tables.append(one.pairs.assign(row=rows))
    pairs = None
    if tables:
        pairs = pd.concat(tables).drop_duplicates(["protein_id", "row"]).reset_index(drop=True)
    are_relatives = all(one.are_relatives for one in every)
    return TrainingData(proteins, pairs, list(row), every[0].source, are_relatives)


def _domain_residues(domains: MatchStates) -> str:
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
    indices = {name: index for index, name in enumerate(records)}
    table = table[table["dna_id"].isin(indices)].dropna(axis=1, how="all")
    if not len(table):
        return None, []
    numbered = table.assign(row=table["dna_id"].map(indices)).reset_index(drop=True)
    return numbered, list(records.values())


def identity_to(
    training: TrainingData, records: Sequence[tuple[str, str]], threads: int
) -> np.ndarray:
    """Identity of each protein's domains to those of the nearest listed training protein.

    It is counted over the residues of the longer domain, as the column `nearest_identity` is.

    Returns:
        float64 [proteins]; NaN without a similar one, and where the training proteins are the
        relatives.
    """
    import pandas as pd

    from dna_protein_bca.proteins.domains import find_domains

    identity = np.full(len(records), np.nan)
    if not training.proteins or training.are_relatives:
        return identity
    table = pd.DataFrame(training.proteins, columns=["protein_id", "sequence"])
    listed = MeasuredProteins.from_tables(table.drop_duplicates("protein_id"), [], threads=threads)
    domains = find_domains(records, threads=threads)
    for row, ((_, sequence), of_protein) in enumerate(zip(records, domains, strict=True)):
        for relative in listed.nearest(of_protein, sequence, n=1, over="longer"):
            identity[row] = relative.identity
    return identity


def trained_on(
    training: TrainingData,
    table: pd.DataFrame,
    proteins: Mapping[str, str],
    dna: Mapping[str, str],
) -> int:
    """How many pairs of a table are among those that the weights were trained on, if known.

    Pairs are compared by their sequences, those of DNA on either strand, whatever their ids.

    Args:
        proteins, dna: id -> sequence, of all ids of the table.
    """
    if training.pairs is None:
        return 0
    known = dict(training.proteins)
    trained = {
        (known.get(name, ""), canonical_sequence(training.dna[row]))
        for name, row in zip(training.pairs["protein_id"], training.pairs["row"], strict=True)
    }
    sequence = {name: text.upper() for name, text in proteins.items()}
    canonical = {name: canonical_sequence(text) for name, text in dna.items()}
    pairs = zip(table["protein_id"], table["dna_id"], strict=True)
    return sum((sequence[one], canonical[other]) in trained for one, other in pairs)
