"""HOCOMOCO: a MEME file whose motifs are named by UniProt entry, `ZN281.H13CORE.0.P.B`."""

from __future__ import annotations

from collections.abc import Iterator

from dna_protein_bca.datasets.motif_sets import SourceMotif
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.meme import motif_protein, read_meme

URL = (
    "https://hocomoco13.autosome.org/final_bundle/hocomoco13/H13CORE/formatted_motifs/"
    "H13CORE_meme_format.meme"
)


def read_file(path: PathLike, species: str = "HUMAN") -> Iterator[SourceMotif]:
    """The motifs of a HOCOMOCO release in MEME form.

    Up to release 11 a name begins with the whole entry (`ZN281_HUMAN.H11MO.0.A`), from release 12
    on with its first part, for human and mouse alike.

    Args:
        species: the second part of the entry where the name has none.

    Raises:
        InputError: not a MEME file of DNA motifs.
    """
    for motif in read_meme(path):
        entry = motif.name.partition(".")[0]
        whole = entry if "_" in entry else f"{entry}_{species}"
        names = [whole, entry]
        if "@" in motif.name:
            names.insert(0, motif_protein(motif.name))
        yield SourceMotif(motif.name.partition("@")[0], (tuple(names),), motif.matrix)
