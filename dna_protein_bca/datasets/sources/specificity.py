"""The specificity tables: proteins, their measured motifs, single zinc fingers, 8-mer arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.datasets.training_set import TrainingSet
from dna_protein_bca.io.meme import Motif, motif_protein, read_meme

if TYPE_CHECKING:
    import pandas as pd

HELIX_POSITIONS = (11, 12, 13, 14, 15, 16, 17)
"""0-based match states of Pfam's zf-C2H2 (PF00096) where helix residues -1, 1, 2, 3, 4, 5, 6 stand
(Zif268, finger one: R S D E L T R before the first zinc-binding histidine)."""

CORE = (0, 2, 3, 6)
"""Where residues -1, 2, 3, 6 stand among the seven of the helix."""

CELLS = "HOCOMOCO"
"""How the sources of motifs begin that were found in cells and may be another protein's."""

Keep = Callable[[str], bool]
"""Whether a row counts, by its `source`."""


def every(source: str) -> bool:
    """Rows of all sources."""
    return True


@dataclass(frozen=True)
class Fingers:
    """Single C2H2 fingers measured by bacterial one-hybrid.

    Attributes:
        helix: seven letters each, residues -1 to 6; `X` where only the core is known.
        bases: float32 [f, 4, 4], base probabilities of the triplet, 5' to 3', and of the base
            3' of it; NaN where not measured.
    """

    helix: list[str]
    bases: np.ndarray


def read_proteins(folder: Path, splits: Iterable[str], keep: Keep = every) -> pd.DataFrame:
    """`proteins.tsv.gz` of some splits and sources, indexed by `protein_id`, in order of the ids.

    In the data set relatives are ordered by identity, then by id. Here relatives of equal identity
    stand in the order of this table, so that it has to be sorted by id, which the file is not.
    Blanks in sequences, which some rows have, are removed.
    """
    import pandas as pd

    table = pd.read_csv(folder / "proteins.tsv.gz", sep="\t", keep_default_na=False)
    table["sequence"] = table.sequence.str.replace(r"\s+", "", regex=True)
    counted = table.split.isin(list(splits)) & table.source.map(keep)
    return table[counted].set_index("protein_id").sort_index()


def relatives_motifs(folder: Path, keep: Keep = every) -> list[Motif]:
    """The motifs that weights travel with: all, but HOCOMOCO's only of proteins without others.

    Many of HOCOMOCO's are from cells, and may be those of another protein that binds there.
    """
    sources = read_sources(folder)
    cells = {name for name, source in sources.items() if source.startswith(CELLS)}
    motifs = [m for m in read_meme(folder / "motifs.meme.gz") if keep(sources.get(m.name, ""))]
    others = {motif_protein(motif.name) for motif in motifs if motif.name not in cells}
    return [m for m in motifs if m.name not in cells or motif_protein(m.name) not in others]


def read_motifs(
    folder: Path, proteins: Iterable[str], keep: Keep = every
) -> dict[str, list[np.ndarray]]:
    """The measured motifs of each of the proteins, float32 [width, 4] each."""
    motifs: dict[str, list[np.ndarray]] = {protein: [] for protein in proteins}
    sources = {} if keep is every else read_sources(folder)
    for motif in read_meme(folder / "motifs.meme.gz"):
        protein = motif_protein(motif.name)
        if protein in motifs and keep(sources.get(motif.name, "")):
            motifs[protein].append(motif.matrix)
    return motifs


def read_sources(folder: Path) -> dict[str, str]:
    """Where each motif is from, by its name."""
    import pandas as pd

    table = pd.read_csv(folder / "motifs.tsv.gz", sep="\t", keep_default_na=False)
    return dict(zip(table.motif_id, table.source, strict=True))


def read_fingers(folder: Path, keep: Keep = every) -> Fingers:
    """`zinc_finger_helices.tsv.gz`; the helix has `X` where only its core was published."""
    import pandas as pd

    table = pd.read_csv(folder / "zinc_finger_helices.tsv.gz", sep="\t", keep_default_na=False)
    if keep is not every:
        table = table[table.source.map(keep)]
    helix = [
        whole if len(whole) == len(HELIX_POSITIONS) else f"{core[0]}X{core[1]}{core[2]}XX{core[3]}"
        for whole, core in zip(table.helix, table.core, strict=True)
    ]
    columns = [f"{base}{column}" for column in range(1, 5) for base in "ACGT"]
    values = table[columns].apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
    return Fingers(helix, values.reshape(-1, 4, 4))


def read_pbm(folder: Path) -> pd.DataFrame:
    """E-scores of the nine arrays: 8-mers x proteins, in the order of the file."""
    import pandas as pd

    return pd.read_csv(folder / "pbm_8mer_escores.tsv.gz", sep="\t", index_col="kmer")


def read_training_set(folder: Path, splits: Iterable[str]) -> TrainingSet:
    """The tables in the project's own format, with the data set's own split.

    Motifs stand under `train` and `validation` as their proteins do (`excluded` and `reserved`
    under `train`, where they are asked for); the 8-mers of the nine arrays are pairs, all of them
    with their E-score as `affinity`, in the split `test`. Single zinc fingers have no protein, and
    are not in it.

    Args:
        folder: of the data set.
        splits: which of its splits.
    """
    import pandas as pd

    table = read_proteins(folder, splits)
    motifs = [
        motif
        for motif in read_meme(folder / "motifs.meme.gz")
        if motif_protein(motif.name) in table.index
    ]
    motif_splits = {
        name: "validation" if split == "validation" else "train"
        for name, split in table.split.items()
    }
    names = [name for name in table.index if table.split[name] == "validation-pbm"]
    if not names:
        return TrainingSet(dict(table.sequence), motifs=motifs, motif_splits=motif_splits)
    scores = read_pbm(folder)
    pairs = pd.DataFrame(
        {
            "protein_id": np.repeat(names, len(scores)),
            "dna_id": np.tile(scores.index.to_numpy(str), len(names)),
            "affinity": scores[names].to_numpy().T.reshape(-1),
            "assay": "PBM",
            "split": "test",
        }
    )
    return TrainingSet(
        dict(table.sequence), {kmer: kmer for kmer in scores.index}, pairs, motifs, motif_splits
    )
