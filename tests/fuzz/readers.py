"""Parsers of a user's input, each as a function that reads a file to its end.

What they make of it is checked as far as it holds for every input.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.proteins.mutations import NotationError

REFUSALS = (InputError, NotationError, click.UsageError)
"""What wrong input may raise; `NotationError` is made an `InputError` with file and line."""


def check_one_line(error: Exception) -> None:
    """Fail where a refusal is not one line that a terminal can print."""
    text = error.format_message() if isinstance(error, click.UsageError) else str(error)
    assert text and (text.isprintable() or isinstance(error, NotationError)), repr(text)


def of_text(parse: Callable[[str], object]) -> Callable[[Path], object]:
    """A parser of a text of the command line."""
    return lambda path: parse(path.read_bytes().decode("utf-8", "surrogateescape"))


def fasta(path: Path) -> None:
    from dna_protein_bca.io.fasta import read_fasta

    skipped: list[InputError] = []
    for kind in ("protein", "dna"):
        try:
            for record in read_fasta(path, kind, on_error="skip", skipped=skipped):
                assert record.id and record.sequence
        except InputError as error:
            check_one_line(error)
    for error in skipped:
        check_one_line(error)


def bed(path: Path) -> object:
    from dna_protein_bca.io.intervals.bed import read_bed

    regions = read_bed(path)
    assert (regions.start < regions.end).all() and (regions.start >= 0).all()
    return regions.first_lines()


def variants(path: Path) -> object:
    from dna_protein_bca.io.variants import is_bases, is_symbolic, open_variants

    for variant in open_variants(path):
        for allele in variant.alts:
            assert is_bases(allele) or is_symbolic(allele) or allele in "*."
    return ()


def variant(text: str) -> None:
    from dna_protein_bca.io.variants import parse_variant

    variant = parse_variant(text)
    again = parse_variant(
        f"{variant.chrom}:{variant.pos}:{variant.ref}:{','.join(variant.alts) or '.'}"
    )
    assert again[1:] == variant[1:]


def mutation(text: str) -> None:
    from dna_protein_bca.proteins.mutations import mutate, parse_mutation

    changes = parse_mutation(text)
    assert parse_mutation("+".join(change.text for change in changes)) == changes
    mutant = mutate("MSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDS", changes)
    assert len(mutant.source) == len(mutant.sequence)


def mutations(path: Path) -> object:
    from dna_protein_bca.io.fasta import SequenceRecord
    from dna_protein_bca.variant.mutants.read import read_mutations

    return read_mutations(path, [SequenceRecord("max", "MSDNDDIEVESDEEQPRFQSAADKRAHHNALERK")])


def meme(path: Path) -> None:
    from dna_protein_bca.io.meme import read_meme

    for motif in read_meme(path):
        assert motif.name and np.isfinite(motif.matrix).all() and len(motif.matrix)


def jaspar(path: Path) -> None:
    from dna_protein_bca.datasets.sources.jaspar import read_file

    for motif in read_file(path):
        assert np.isfinite(motif.matrix).all()


def cisbp(path: Path) -> object:
    from dna_protein_bca.datasets.sources import cisbp

    return cisbp._blocks(path, "M1")


def cisbp_information(path: Path) -> object:
    from dna_protein_bca.datasets.sources import cisbp

    try:
        cisbp.read_proteins(path)
    except InputError as error:
        check_one_line(error)
    return cisbp._pairs(path, True, None)


def kmers(path: Path) -> object:
    from dna_protein_bca.datasets.sources.uniprobe import read_tables

    return read_tables([path])


def pairs(path: Path) -> None:
    from dna_protein_bca.io.pairs import NUMBERS, TARGETS, read_pairs

    optional = ("weight", "split", "assay")
    for compact in (False, True):
        table = read_pairs(path, one_of=TARGETS, optional=optional, compact=compact)
        for name in NUMBERS:
            assert name not in table or not np.isinf(table[name].to_numpy(float)).any()


def genome(path: Path) -> None:
    from dna_protein_bca.io.genome import Genome

    for forward in (False, True):
        genome = Genome(path, forward=forward)
        for name, length in genome.lengths.items():
            assert len(genome.fetch(name, 0, length)) == length


def index(path: Path) -> None:
    from dna_protein_bca.io.genome import Genome

    text = b">chr1\nACGTACGTAC\nACGT\n>chr2\nGGATC\n"
    fasta = path.with_name("genome.fa")
    fasta.write_bytes(text)
    path.rename(f"{fasta}.fai")
    genome = Genome(fasta)
    assert genome.fetch("chr1", 8, 12) == "ACAC" and genome.lengths == {"chr1": 14, "chr2": 5}


def aliases(path: Path) -> object:
    from dna_protein_bca.io.genome.chromosomes import read_aliases

    return read_aliases(path)


def config_file(path: Path) -> None:
    import click

    from dna_protein_bca.commands.training.config_file import read_config_file
    from dna_protein_bca.commands.training.train import command

    values = read_config_file(path, click.Context(command))
    command.make_context("train", ["--proteins", "p.fa", "-o", "run"], default_map=values)


def weights(path: Path) -> None:
    from dna_protein_bca.inference.loading import load_model

    config, _, tensors = path.read_bytes().partition(b"\n---\n")
    folder = path.with_name("weights")
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_bytes(config)
    (folder / "model.safetensors").write_bytes(tensors)
    load_model(folder)


def fitted(path: Path) -> None:
    """What is read beside weights; a number of each that is read is finite."""
    from dna_protein_bca.inference.calibration import AffinityScale, Calibration
    from dna_protein_bca.inference.trust import TrustLevels
    from dna_protein_bca.inference.weights import members

    text = path.read_bytes()
    for name in ("calibration.json", "affinity.json", "trust.json", "ensemble.json"):
        path.with_name(name).write_bytes(text)
    for read in (Calibration.read, AffinityScale.read, TrustLevels.read, lambda f: members([f])):
        try:
            found = read(path.parent)
        except InputError as error:
            check_one_line(error)
            continue
        if isinstance(found, Calibration):
            assert np.isfinite(found.probabilities(np.array([1e-300, 0.5, 1]))).all()
        if isinstance(found, AffinityScale):
            assert np.isfinite(found.affinities(np.array([-10.0, 10]))).all()
        if isinstance(found, TrustLevels):
            assert found.level(1.0) in ("high", "medium", "low")


def relatives(path: Path) -> object:
    from dna_protein_bca.proteins.relatives import MeasuredProteins

    return MeasuredProteins.read(path).proteins


def collection(path: Path) -> object:
    from dna_protein_bca.proteins.collection import read_collection

    path.rename(path.with_name("collection.fa.xz"))
    return read_collection(path.parent)


def backgrounds(path: Path) -> object:
    from dna_protein_bca.inference.background.store import Bundle

    bundle = Bundle(path)
    return [bundle.get(key, "uniform") for key in [*bundle._rows]]


def background(text: str) -> None:
    from dna_protein_bca.inference.background.dna import BackgroundDNA

    assert abs(sum(BackgroundDNA.parse(text).fractions) - 1) < 1e-9


def shard(text: str) -> None:
    from dna_protein_bca.io.shards import Shard

    try:
        shard = Shard.parse(text)
    except ValueError as error:
        assert str(error) == f"{text!r} is not I/N, with I from 1 to N"  # the option shows it
        return
    assert Shard.parse(str(shard)) == shard
    first, end = shard.span(1000)
    assert 0 <= first <= end <= 1000


def shard_file(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dna_protein_bca.io.shards import ShardFile

    with pq.ParquetWriter(path.with_suffix(".parquet"), pa.schema([("a", pa.int64())])) as writer:
        writer.write_table(pa.table({"a": [1, 2]}))
        writer.add_key_value_metadata({b"dna-protein-bca shard": path.read_bytes()})
    for _ in ShardFile(path.with_suffix(".parquet")).tables():
        pass
