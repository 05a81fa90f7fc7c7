"""The record of a protein FASTA file that a database's name means: an id, accession or gene."""

from __future__ import annotations

import re

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.files import PathLike, check_rereadable, open_text

_UNIPROT = re.compile(r"^(?:sp|tr)\|(?P<accession>[A-Z0-9]+)(?:-\d+)?\|(?P<entry>\w+)$")
_GENE = re.compile(r"\bGN=(\S+)")


class ProteinNames:
    """The proteins of a FASTA file and the names that databases use for them.

    The names of a UniProt header, `>sp|Q9Y2X9|ZN281_HUMAN Zinc finger ... GN=ZNF281 ...`, are its
    id, its accession, its entry name with and without the species, and its gene.

    Attributes:
        sequences: id -> residues; the id is the header up to the first blank, pipes included.
    """

    def __init__(self, headers: dict[str, str], sequences: dict[str, str]) -> None:
        self.sequences = sequences
        # From the most to the least specific kind of name.
        self._kinds: list[dict[str, list[str]]] = [{} for _ in range(5)]
        for id, header in headers.items():
            uniprot = _UNIPROT.match(id)
            gene = _GENE.search(header)
            names = [
                [id, *([uniprot["accession"]] if uniprot else [])],
                [uniprot["entry"]] if uniprot else [],
                [gene[1]] if gene else [],
                [uniprot["entry"].partition("_")[0]] if uniprot else [],
                [gene[1].upper()] if gene else [],
            ]
            for by_name, of_kind in zip(self._kinds, names, strict=True):
                for name in dict.fromkeys(of_kind):
                    by_name.setdefault(name, []).append(id)

    @classmethod
    def read(cls, path: PathLike) -> ProteinNames:
        """Read a FASTA file, twice.

        Raises:
            InputError: a broken record, or a pipe.
        """
        check_rereadable(path)
        sequences = {record.id: record.sequence for record in read_fasta(path, "protein")}
        with open_text(path) as lines:
            headers = [line[1:].rstrip() for line in lines if line.startswith(">")]
        ids = [re.split(r"[ \t]", header, maxsplit=1)[0] for header in headers]
        return cls(dict(zip(ids, headers, strict=True)), sequences)

    def find(self, name: str) -> list[str]:
        """Ids that a name may mean, by the most specific kind of name that any record has; several
        where it is ambiguous, none where no record has it."""
        for by_name in self._kinds[:-1]:
            if name in by_name:
                return by_name[name]
        return self._kinds[-1].get(name.upper(), [])

    def find_one(self, name: str) -> str:
        """The one id that a name means.

        Raises:
            InputError: the name means none, or several.
        """
        ids = self.find(name)
        if len(ids) != 1:
            some = f"means {', '.join(ids)}" if ids else "is not in the FASTA file"
            raise InputError(f"protein {name!r} {some}: give its id")
        return ids[0]
