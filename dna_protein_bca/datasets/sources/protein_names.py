"""Which record of a protein FASTA a database means: by id, accession, entry name or gene."""

from __future__ import annotations

import re

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.files import PathLike, check_rereadable, open_text

_UNIPROT = re.compile(r"^(?:sp|tr)\|(?P<accession>[A-Z0-9]+)(?:-\d+)?\|(?P<entry>\w+)$")
_GENE = re.compile(r"\bGN=(\S+)")


class ProteinNames:
    """The proteins of a FASTA file and the names that databases use for them.

    A UniProt header, `>sp|Q9Y2X9|ZN281_HUMAN Zinc finger protein 281 OS=... GN=ZNF281 ...`, is
    known by its id, its accession, its entry name with and without the species, and its gene.

    Attributes:
        sequences: id -> residues; the id is the header up to the first blank, pipes included.
    """

    def __init__(self, headers: dict[str, str], sequences: dict[str, str]) -> None:
        self.sequences = sequences
        # From the surest to the least sure; a name is looked for in each in turn.
        self._levels: list[dict[str, list[str]]] = [{} for _ in range(5)]
        for id, header in headers.items():
            found = _UNIPROT.match(id)
            gene = _GENE.search(header)
            names = [
                [id, *([found["accession"]] if found else [])],
                [found["entry"]] if found else [],
                [gene[1]] if gene else [],
                [found["entry"].partition("_")[0]] if found else [],
                [gene[1].upper()] if gene else [],
            ]
            for level, several in zip(self._levels, names, strict=True):
                for name in dict.fromkeys(several):
                    level.setdefault(name, []).append(id)

    @classmethod
    def read(cls, path: PathLike) -> ProteinNames:
        """Read a FASTA file, twice.

        Raises:
            InputError: a broken record, or a pipe.
        """
        check_rereadable(path)
        sequences = {record.id: record.sequence for record in read_fasta(path, "protein")}
        with open_text(path) as lines:
            heads = [line[1:].rstrip() for line in lines if line.startswith(">")]
        return cls({re.split(r"[ \t]", head, maxsplit=1)[0]: head for head in heads}, sequences)

    def find(self, name: str) -> list[str]:
        """Ids that a name may mean, by the surest kind of name that fits; several where it is
        ambiguous, none where it is unknown."""
        for level in self._levels[:-1]:
            if name in level:
                return level[name]
        return self._levels[-1].get(name.upper(), [])

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
