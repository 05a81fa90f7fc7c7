"""What the stages of a recipe read from the data set, each once and when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from dna_protein_bca.datasets.sources import bound_dna, specificity
from dna_protein_bca.datasets.sources.specificity import HELIX_POSITIONS, Fingers
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.collection import CollectedProtein, collect
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.features import ProteinInput
from dna_protein_bca.proteins.relatives import MeasuredProteins

from .bound.draws import ASSAYS, BoundDNA, DrawConfig
from .configs import DataConfig
from .folds import Fold, make_folds, parse_fold
from .joint_validation import Validation
from .sources import ALL, Sources, choose_sources
from .specificity_task import SpecificityTask, TaskConfig

NO_FINGER = Fingers(["X" * len(HELIX_POSITIONS)], np.full((1, 4, 4), np.nan, np.float32))
"""Stands for the measured fingers where all are left out: nothing is known of it, or learned."""

Measured = tuple[list[ProteinInput], list[list[np.ndarray]], np.ndarray]
"""Proteins with motifs, the motifs, and the mean scores of all 8-mers, float32 [p, 32896]."""

Features = Callable[[SequenceRecord, Sequence[Domain]], ProteinInput]
"""What a model reads of a protein and its domains: `BindingModel.features`."""


class Materials:
    """The data set as a recipe reads it.

    Args:
        folder: of the data set.
        config: which rows count.
        cache: folder where the scores of 8-mers are kept.
        threads: of searches for domains; 0 for all cores.

    Raises:
        InputError: a source that the data set does not name.
    """

    def __init__(self, folder: Path, config: DataConfig, cache: Path, threads: int = 1) -> None:
        self.folder, self.config, self.cache, self.threads = folder, config, cache, threads
        try:
            self.sources = choose_sources(folder, config.sources)
        except ValueError as error:
            raise InputError(f"data.sources: {error}", folder) from None

    def task(self, config: TaskConfig, seed: int, features: Features) -> SpecificityTask:
        """Batches drawn from the proteins that count.

        Args:
            features: what the model reads of a protein.
        """
        fingers = specificity.read_fingers(self.folder, self.sources.keep)
        if not fingers.helix:
            fingers = NO_FINGER
        inputs, motifs, scores = self._read(self.config.splits, self.sources, features)
        rows = [row for row, protein in enumerate(inputs) if self._counts(protein.id)]
        inputs, motifs = [inputs[row] for row in rows], [motifs[row] for row in rows]
        return SpecificityTask(inputs, motifs, scores[rows], fingers, config, seed)

    @cached_property
    def relatives(self) -> MeasuredProteins:
        """The proteins that count, with the motifs that are read as relatives'."""
        proteins = self._with_fold.proteins
        return MeasuredProteins(each for each in proteins if self._counts(each.protein_id))

    @cached_property
    def _with_fold(self) -> MeasuredProteins:
        """The same, and those of the fold that is left out."""
        table = specificity.read_proteins(self.folder, self.config.splits, self.sources.keep)
        table = table[[self._is_chosen(name) for name in table.index]].reset_index()
        motifs = specificity.relatives_motifs(self.folder, self.sources.keep)
        return MeasuredProteins.from_tables(table, motifs, specificity.read_sources(self.folder))

    @cached_property
    def fold(self) -> Fold:
        """What is left out to be judged on; nothing where the recipe names no fold."""
        if not self.config.fold:
            return Fold(frozenset(), frozenset())
        number, count = parse_fold(self.config.fold)
        dna = self._read_bound_dna(DrawConfig(), self._with_fold.rows)
        return make_folds(self._with_fold, list(map(dna.proteins, ASSAYS)), count)[number - 1]

    def collection(self) -> list[CollectedProtein]:
        """The whole sequences of these proteins, one a species and gene name."""
        table = specificity.read_proteins(self.folder, self.config.splits, self.sources.keep)
        table = table.loc[[name for name in table.index if name in self.relatives.rows]]
        columns = (table[name] for name in ("name", "species", "sequence", "source"))
        return collect(zip(table.index, *columns, strict=True))

    def validation(self, features: Features) -> tuple[list[ProteinInput], np.ndarray]:
        """The validation proteins, and the scores of all 8-mers under their motifs."""
        inputs, _, scores = self._read(("validation",), ALL, features)
        return inputs, scores

    def validation_records(self) -> tuple[list[SequenceRecord], np.ndarray]:
        """The validation proteins with domains, and the scores of all 8-mers under their motifs."""
        table = specificity.read_proteins(self.folder, ("validation",))
        motifs = specificity.read_motifs(self.folder, table.index)
        table = table[[bool(motifs[protein]) for protein in table.index]]
        scores = self._scores("kmers-validation.npy", table.index, motifs)
        records = [SequenceRecord(*pair) for pair in zip(table.index, table.sequence, strict=True)]
        pairs = [(record.id, record.sequence) for record in records]
        domains = find_domains(pairs, threads=self.threads)
        rows = [row for row, found in enumerate(domains) if found]
        return [records[row] for row in rows], scores[rows]

    def bound_dna(self, config: DrawConfig) -> BoundDNA:
        """Real bound DNA of the proteins that count, from the folder that the data set lies in.

        Raises:
            InputError: it is not there.
        """
        return self._read_bound_dna(config, filter(self._counts, self._families))

    def _read_bound_dna(self, config: DrawConfig, names: Iterable[str]) -> BoundDNA:
        folder = self.folder.resolve().parent
        for name in (bound_dna.READS, bound_dna.SITES, bound_dna.ARRAYS, bound_dna.ESCORES):
            if not (folder / name).exists():
                raise InputError(f"{name} is missing, which the joint stage learns from", folder)
        return BoundDNA(folder, {name: self._families[name] for name in names}, config)

    @cached_property
    def _families(self) -> dict[str, str]:
        """The family of each protein's first domain, also of those that do not count."""
        table = specificity.read_proteins(self.folder, self.config.splits, self.sources.keep)
        families: dict[str, str] = table.dbd.str.partition(":")[0].to_dict()
        return families

    def inputs(self, names: Sequence[str], features: Features) -> list[ProteinInput]:
        """What a model reads of some proteins; those without a known domain are left out."""
        table = specificity.read_proteins(self.folder, self.config.splits, self.sources.keep)
        records = [SequenceRecord(name, table.sequence[name]) for name in names]
        pairs = [(record.id, record.sequence) for record in records]
        domains = find_domains(pairs, threads=self.threads)
        inputs = [features(*pair) for pair in zip(records, domains, strict=True)]
        return [protein for protein in inputs if protein.residues.size]

    @cached_property
    def joint_validation(self) -> Validation:
        """The same proteins, as the joint transformer is judged on them."""
        return Validation(self.folder, self.relatives, self.threads)

    def _counts(self, name: str) -> bool:
        return self._is_chosen(name) and name not in self.fold.without

    def _is_chosen(self, name: str) -> bool:
        return not (self.config.without and name.startswith(self.config.without))

    def _read(self, splits: tuple[str, ...], sources: Sources, features: Features) -> Measured:
        table = specificity.read_proteins(self.folder, splits, sources.keep)
        motifs = specificity.read_motifs(self.folder, table.index, sources.keep)
        table = table[[bool(motifs[protein]) for protein in table.index]]
        if not len(table):
            raise InputError(
                f"no protein of the splits {', '.join(splits)} has a sequence and a motif from "
                "these sources: change data.sources",
                self.folder,
            )
        scores = self._scores(f"kmers-{'-'.join(splits)}.npy", table.index, motifs)
        records = [SequenceRecord(*pair) for pair in zip(table.index, table.sequence, strict=True)]
        pairs = [(record.id, record.sequence) for record in records]
        domains = find_domains(pairs, threads=self.threads)
        inputs = [features(*pair) for pair in zip(records, domains, strict=True)]
        rows = [row for row, protein in enumerate(inputs) if protein.residues.size]
        inputs = [inputs[row] for row in rows]
        return inputs, [motifs[protein.id] for protein in inputs], scores[rows]

    def _scores(
        self, name: str, proteins: Iterable[str], motifs: Mapping[str, Sequence[np.ndarray]]
    ) -> np.ndarray:
        """Mean score of every 8-mer under each protein's motifs; stored, as it takes minutes."""
        path = self.cache / name
        if not path.exists():
            means = [mean_kmer_scores(motifs[protein]) for protein in proteins]
            self.cache.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as partial, open(partial, "wb") as file:
                np.save(file, np.stack(means).astype(np.float16))
        scores: np.ndarray = np.load(path).astype(np.float32)
        return scores
