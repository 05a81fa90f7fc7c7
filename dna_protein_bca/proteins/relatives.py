"""The measured proteins most like a protein, and their motifs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, check_readable
from dna_protein_bca.io.meme import Motif, motif_protein
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.io.tables.parquet import open_parquet

from .domains import Domain, find_domains
from .identity import DomainTable, Identities, MatchStates, Over, match_states, parse_states

if TYPE_CHECKING:
    import pandas as pd

VOTING_RELATIVES = 20
"""Relatives whose motifs are read."""

PROBABILITY_UNIT = 50_000
"""Measured probabilities are stored as whole numbers of this fraction: exact for four decimals."""

FORMAT = "dna_protein_bca.relatives"
VERSION = "1"


LEARNED = "learned from pairs"
"""The source of a protein whose motifs were learned from its pairs in a training, not measured."""


class Relative(NamedTuple):
    """A measured protein with a DNA-binding domain similar to the query's.

    Attributes:
        protein_id: its id.
        identity: of its DNA-binding domains and the query's, 0 to 1.
        row: its row in `MeasuredProteins`.
    """

    protein_id: str
    identity: float
    row: int


class MeasuredProtein(NamedTuple):
    """A protein whose binding was measured.

    Attributes:
        protein_id, species, source: of the protein; empty where unknown.
        domains: its match states.
        motifs: float32 [width, 4] each, base probabilities; may be none.
        motif_sources: the database or article of each motif.
    """

    protein_id: str
    species: str
    source: str
    domains: MatchStates
    motifs: tuple[np.ndarray, ...]
    motif_sources: tuple[str, ...]


class MeasuredProteins:
    """Proteins with known DNA-binding domains, and their measured motifs.

    Args:
        proteins: at least one domain each; ids unique.
    """

    def __init__(self, proteins: Iterable[MeasuredProtein]) -> None:
        self.proteins = list(proteins)
        self.rows = {protein.protein_id: row for row, protein in enumerate(self.proteins)}
        if len(self.rows) != len(self.proteins):
            raise ValueError("ids of measured proteins must be unique")

    def __len__(self) -> int:
        return len(self.proteins)

    def __repr__(self) -> str:
        motifs = sum(len(protein.motifs) for protein in self.proteins)
        return f"<MeasuredProteins: {len(self):,} proteins with {motifs:,} motifs>"

    @classmethod
    def from_tables(
        cls,
        proteins: pd.DataFrame,
        motifs: Iterable[Motif],
        sources: Mapping[str, str] | None = None,
        *,
        threads: int = 0,
    ) -> MeasuredProteins:
        """Find the domains of proteins and gather their motifs.

        Args:
            proteins: columns `protein_id` and `sequence`, and if known `species` and `source`;
                those without a known domain are left out.
            motifs: named after their protein (`protein_id`, or anything`@protein_id`); those of
                other proteins are left out.
            sources: motif name -> its database or article.
            threads: CPU threads of the domain search; 0 for all cores.
        """
        gathered: dict[str, list[Motif]] = {name: [] for name in proteins["protein_id"]}
        for motif in motifs:
            if (protein := motif_protein(motif.name)) in gathered:
                gathered[protein].append(motif)
        pairs = list(zip(proteins["protein_id"], proteins["sequence"], strict=True))
        blank = [""] * len(pairs)
        species, source = (list(proteins.get(column, blank)) for column in ("species", "source"))
        domains = find_domains(pairs, threads=threads)
        return cls(
            MeasuredProtein(
                name,
                species[row],
                source[row],
                match_states(sequence, domains[row]),
                tuple(motif.matrix for motif in gathered[name]),
                tuple((sources or {}).get(motif.name, "") for motif in gathered[name]),
            )
            for row, (name, sequence) in enumerate(pairs)
            if domains[row]
        )

    def measured_alone(self) -> MeasuredProteins:
        """The same without proteins whose motifs were learned from pairs."""
        alone = [protein for protein in self.proteins if protein.source != LEARNED]
        return self if len(alone) == len(self) else MeasuredProteins(alone)

    def identities(self, query: MatchStates) -> np.ndarray:
        """Identity of the query's domains and every measured protein's: float64 [proteins]."""
        return self._table.identities(query)

    def nearest(
        self,
        domains: Sequence[Domain],
        sequence: str,
        n: int | None = VOTING_RELATIVES,
        exclude: Collection[str] = (),
        over: Over = "shorter",
    ) -> list[Relative]:
        """The measured proteins with the DNA-binding domains most similar to a protein's.

        Args:
            domains: of the protein, from `find_domains`.
            sequence: its residues.
            n: the most that are returned; None for all.
            exclude: ids that are left out.
            over: see `identity`.

        Returns:
            Relatives by falling identity, in the order of the table where it is equal; only
            proteins that share a family with the query.
        """
        return self.nearest_to(match_states(sequence, domains), n, exclude, over=over)

    def nearest_to(
        self,
        query: MatchStates,
        n: int | None = VOTING_RELATIVES,
        exclude: Collection[str] = (),
        table: Identities | None = None,
        over: Over = "shorter",
    ) -> list[Relative]:
        """`nearest` by a protein's match states.

        Args:
            table: from `domain_table`, or `ContactIdentities`; None for unweighted identities.
        """
        identities = (table or self._table).identities(query, over)
        if exclude:
            identities[[self.rows[name] for name in exclude if name in self.rows]] = 0
        order = np.argsort(-identities, kind="stable")[:n]
        return [
            Relative(self.proteins[row].protein_id, float(identities[row]), int(row))
            for row in order
            if identities[row] > 0
        ]

    def domain_table(self, weights: Mapping[str, np.ndarray] | None = None) -> DomainTable:
        """The proteins' domains; identities from it weight match states by `weights`."""
        return DomainTable([protein.domains for protein in self.proteins], weights)

    @cached_property
    def _table(self) -> DomainTable:
        return self.domain_table()

    def save(self, path: PathLike) -> None:
        """Write a Parquet file, beside `path` and renamed when complete.

        Motifs that were learned are stored exactly: rare bases count in them.
        """
        import pyarrow as pa
        from pyarrow import parquet

        parts = [("source", pa.string()), ("units", pa.list_(pa.uint16()))]
        if any(protein.source == LEARNED for protein in self.proteins):
            parts.append(("probabilities", pa.list_(pa.float32())))
        motif = pa.struct(parts)
        domain = pa.struct([("family", pa.string()), ("states", pa.string())])
        schema = pa.schema(
            [
                ("protein_id", pa.string()),
                ("species", pa.string()),
                ("source", pa.string()),
                ("domains", pa.list_(domain)),
                ("motifs", pa.list_(motif)),
            ],
            metadata={"format": FORMAT, "version": VERSION, "unit": str(PROBABILITY_UNIT)},
        )
        table = pa.Table.from_pylist([_as_row(protein) for protein in self.proteins], schema)
        with atomic_path(path) as sibling:
            parquet.write_table(table, sibling, compression="zstd", compression_level=15)

    @classmethod
    def read(cls, path: PathLike) -> MeasuredProteins:
        """Read what `save` wrote.

        Raises:
            InputError: no such file, or not one that `save` wrote.
        """
        import pyarrow as pa

        check_readable(path)
        try:
            with open_parquet(path) as file:
                table = file.read()
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            raise InputError("damaged, or not a Parquet file of relatives", path) from None
        about = table.schema.metadata or {}
        if about.get(b"format") != FORMAT.encode() or about.get(b"version") != VERSION.encode():
            raise InputError(
                "not a file of relatives that this version of the program can read", path
            )
        try:
            return cls(map(_from_row, table.to_pylist()))
        except (KeyError, TypeError, ValueError):
            raise InputError("damaged, or not a Parquet file of relatives", path) from None


class _DomainRow(TypedDict):
    family: str
    states: str


class _MotifRow(TypedDict):
    source: str
    units: list[int]
    probabilities: NotRequired[list[float] | None]


class _Row(TypedDict):
    """A row of the Parquet file."""

    protein_id: str
    species: str
    source: str
    domains: list[_DomainRow]
    motifs: list[_MotifRow]


def _as_row(protein: MeasuredProtein) -> _Row:
    return {
        "protein_id": protein.protein_id,
        "species": protein.species,
        "source": protein.source,
        "domains": [
            {"family": family, "states": states.tobytes().decode("ascii")}
            for family, letters in protein.domains.items()
            for states in letters
        ],
        "motifs": [
            _motif_row(source, matrix, exact=protein.source == LEARNED)
            for source, matrix in zip(protein.motif_sources, protein.motifs, strict=True)
        ],
    }


def _motif_row(source: str, matrix: np.ndarray, *, exact: bool) -> _MotifRow:
    units = (matrix * PROBABILITY_UNIT).round().reshape(-1).tolist()
    row: _MotifRow = {"source": source, "units": units}
    if exact:
        row["probabilities"] = matrix.reshape(-1).tolist()
    return row


def _matrix(row: _MotifRow, *, learned: bool) -> np.ndarray:
    """Base probabilities float32 [width, 4] of a motif; ValueError where they are none."""
    stored = row.get("probabilities")
    if stored is None:
        matrix = np.array(row["units"], np.float32).reshape(-1, 4) / np.float32(PROBABILITY_UNIT)
        # Files from before learned motifs were stored exactly have a rare base as 0.
        return np.maximum(matrix, np.float32(0.5 / PROBABILITY_UNIT)) if learned else matrix
    matrix = np.array(stored, np.float32).reshape(-1, 4)
    if not (np.isfinite(matrix).all() and (matrix >= 0).all()):
        raise ValueError("a learned motif has values that are no probabilities")
    return matrix


def _from_row(row: _Row) -> MeasuredProtein:
    grouped: dict[str, list[str]] = {}
    for domain in row["domains"]:
        grouped.setdefault(domain["family"], []).append(domain["states"])
    learned = row["source"] == LEARNED
    return MeasuredProtein(
        row["protein_id"],
        row["species"],
        row["source"],
        {family: parse_states(states) for family, states in grouped.items()},
        tuple(_matrix(motif, learned=learned) for motif in row["motifs"]),
        tuple(motif["source"] for motif in row["motifs"]),
    )
