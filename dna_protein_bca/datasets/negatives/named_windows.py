"""DNA whose id names its place in a genome, `chr1:100-201`, and is checked against the genome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dna_protein_bca.datasets.sources.peaks import Window
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.files import PathLike, is_stream
from dna_protein_bca.io.genome import Genome, match_chromosomes
from dna_protein_bca.motifs.kmers import canonical_sequence


class Places:
    """Where DNA lies.

    Args:
        dna: id -> bases.
        genome: by whose names of chromosomes windows are named, if any.
        aliases: see `match_chromosomes`.
        need: ids that must name a place where the genome has this DNA, on either strand.
        path: of the DNA, for errors.

    Attributes:
        windows: id -> window, of the ids that name one.

    Raises:
        InputError: an id of `need` names no place, or the genome has another sequence there.
    """

    def __init__(
        self,
        dna: Mapping[str, str],
        genome: Genome | None = None,
        aliases: Mapping[str, str] | None = None,
        *,
        need: Iterable[str] = (),
        path: PathLike = "",
    ) -> None:
        self.windows = {id: window for id in dna if (window := Window.named(id))}
        self._names: dict[str, str] = {}
        if genome is None:
            return
        for id in need:
            if fault := self._fault(id, dna[id], genome, aliases):
                raise InputError(f"record {id!r}: {fault}", path, line_of(id, path))
        self.windows = {
            id: window._replace(chrom=self._names[window.chrom])
            for id, window in self.windows.items()
            if window.chrom in self._names
        }
        self._back = {name: in_ids for in_ids, name in reversed(self._names.items())}

    def id(self, window: Window) -> str:
        """The id of a window of the genome, its chromosome named as in the other ids."""
        return window._replace(chrom=self._back.get(window.chrom, window.chrom)).id

    def _fault(
        self, id: str, bases: str, genome: Genome, aliases: Mapping[str, str] | None
    ) -> str | None:
        window = self.windows.get(id)
        if window is None:
            return "its id names no place in the genome: give ids such as chr1:100-201"
        if window.chrom not in self._names:
            where = {"path": "", "genome_path": genome.path}
            try:
                self._names |= match_chromosomes(
                    [(window.chrom, 0)], genome.lengths, aliases, **where
                )
            except InputError as error:
                return error.message
        chrom = self._names[window.chrom]
        if len(bases) != window.end - window.start:
            return (
                f"{len(bases)} bp, but its id names {window.end - window.start}: positions are "
                "0-based and half-open, as in BED"
            )
        if window.end > genome.lengths[chrom]:
            return f"{chrom} of {genome.path} has {genome.lengths[chrom]} bp: is it the assembly?"
        expected = genome.fetch(chrom, window.start, window.end)
        if canonical_sequence(expected) != canonical_sequence(bases):
            return (
                f"{genome.path} has another sequence there: is it the assembly, and are the "
                "positions 0-based and half-open, as in BED?"
            )
        return None


def line_of(id: str, path: PathLike) -> int:
    """The line of a record in a FASTA file; 0 where it cannot be read again."""
    if not path or is_stream(path):
        return 0
    return next((record.line for record in read_fasta(path, "dna") if record.id == id), 0)
