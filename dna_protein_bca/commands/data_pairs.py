"""`data uniprobe` and `data peaks`: sets of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import refuse_inputs

from .data_options import (
    CHECKSUM,
    CHROM_ALIASES,
    OUTPUT,
    PARQUET,
    PROTEINS,
    SEED,
    check_inputs,
    read_chrom_aliases,
    save,
)


@click.command("uniprobe")
@click.argument("tables", nargs=-1, metavar="[PROTEIN=]TABLE...")
@PROTEINS
@OUTPUT
@PARQUET
@click.option("--download", metavar="STUDY", help="Fetch the tables of a study, such as BAR15A.")
@CHECKSUM
@click.option("--bound", type=click.FloatRange(-0.5, 0.5), default=0.45, show_default=True)
@click.option("--unbound", type=click.FloatRange(-0.5, 0.5), default=0.3, show_default=True)
@click.option(
    "--on-unknown",
    type=click.Choice(["fail", "skip"]),
    default="fail",
    show_default=True,
    help="At a table whose protein is not known: stop, or leave it out and count it.",
)
def uniprobe(
    tables: tuple[str, ...],
    proteins: str,
    output: str,
    parquet: bool,
    download: str | None,
    checksum: str | None,
    bound: float,
    unbound: float,
    on_unknown: str,
) -> None:
    """PBM 8-mer tables (or UniPROBE's zip archives of them) to pairs with their E-score.

    A table belongs to the protein that it is given to (LHX1=Lhx1_2240_contig8mers.txt), or whose
    name stands before the numbers of its experiment. Tables of one protein are replicates, and are
    averaged.
    """
    if not tables and download is None:
        raise click.UsageError("give tables, or --download STUDY.")
    if unbound > bound:
        raise click.UsageError("--unbound must not be above --bound.")
    refuse_inputs(output, [proteins, *(path for _, path in map(_owned, tables))])
    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.sources import uniprobe as source
    from dna_protein_bca.datasets.sources.protein_names import ProteinNames

    given = [_owned(text) for text in tables]
    check_inputs(proteins, *(path for _, path in given))
    names = ProteinNames.read(proteins)
    parameters: dict[str, Any] = {"bound": bound, "unbound": unbound}
    if download is not None:
        from dna_protein_bca.datasets.sources.download import download as fetch

        parameters["url"] = source.URL.format(study=download)
        given.append((None, str(fetch(parameters["url"], checksum))))
    read, owner, unknown = [], {}, []
    for protein, path in given:
        for table in source.read_tables([path]):
            known = _proteins_of(table.name, protein, names)
            if len(known) != 1:
                several = f" (its name means {', '.join(known)})" if known else ""
                unknown.append(f"{table.name}{several}")
                if on_unknown == "fail":
                    some = (
                        f"several proteins in {proteins} are"
                        if known
                        else (f"no protein in {proteins} is")
                    )
                    raise InputError(
                        f"{some} named as this table is{several}: give it as PROTEIN={path}, or "
                        "leave it out with --on-unknown skip",
                        table.path,
                    )
                continue
            owner[table.path] = known[0]
            read.append(table)
    if not read:
        raise InputError("no table has a protein in the FASTA file", proteins)
    data, counts = source.pairs_of(read, names.sequences, owner, bound=bound, unbound=unbound)
    counts["tables"] = [f"{table.name} (E-score in column {table.column})" for table in read]
    if unknown:
        counts["tables_left_out"] = unknown
    inputs = [proteins, *(path for _, path in given)]
    sheet = make_sheet("UniPROBE", inputs, parameters=parameters, counts=counts)
    save(output, data, sheet, parquet=parquet)


@click.command("peaks")
@click.argument("peaks", nargs=-1, required=True, metavar="[PROTEIN=]PEAKS...")
@PROTEINS
@click.option("--genome", required=True, metavar="FASTA", help="Plain, or compressed with bgzip.")
@OUTPUT
@PARQUET
@click.option("--width", type=click.IntRange(min=5), default=101, show_default=True)
@click.option(
    "--at-ends",
    type=click.Choice(["drop", "clip"]),
    default="drop",
    show_default=True,
    help="What becomes of windows past a chromosome's end.",
)
@CHROM_ALIASES
@click.option(
    "--negatives",
    multiple=True,
    type=click.Choice(["windows", "shuffle", "others", "none"]),
    default=["windows"],
    show_default=True,
    help="Windows outside the peaks with like G+C, dinucleotide-preserving shuffles, other "
    "proteins' windows; repeat for several.",
)
@click.option(
    "--ratio",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Negatives of each kind for a positive.",
)
@click.option("--assay", metavar="NAME", help="Such as ChIP-seq; goes into the table.")
@SEED
def peaks(
    peaks: tuple[str, ...],
    proteins: str,
    genome: str,
    output: str,
    parquet: bool,
    chrom_aliases: str | None,
    negatives: tuple[str, ...],
    **given: Any,
) -> None:
    """BED or narrowPeak files to windows around summits, with negatives.

    Each file is given to its protein (MAX=max.narrowPeak), but for a FASTA file of one protein.
    """
    files_of_peaks = [path for _, path in map(_owned, peaks)]
    refuse_inputs(output, [proteins, genome, chrom_aliases, *files_of_peaks])
    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.sources.peak_sets import peak_set
    from dna_protein_bca.datasets.sources.protein_names import ProteinNames
    from dna_protein_bca.io.genome import Genome

    owned = [_owned(text) for text in peaks]
    table = None if chrom_aliases == "auto" else chrom_aliases
    check_inputs(proteins, genome, table, *(path for _, path in owned))
    names = ProteinNames.read(proteins)
    files = _by_protein(owned, names, proteins)
    aliases = read_chrom_aliases(chrom_aliases)
    kinds: Any = [kind for kind in negatives if kind != "none"]
    sequences = {id: text for id, text in names.sequences.items() if id in files}
    data, counts = peak_set(
        sequences, files, Genome(genome), aliases=aliases, negatives=kinds, **given
    )
    inputs = [proteins, genome, *(path for several in files.values() for path in several)]
    if table is not None:
        inputs.append(table)
    parameters = {"chrom_aliases": chrom_aliases, "negatives": kinds, **given}
    sheet = make_sheet("peaks", inputs, parameters=parameters, counts=counts)
    save(output, data, sheet, parquet=parquet)


def _owned(text: str) -> tuple[str | None, str]:
    """`PROTEIN=FILE`, or a file alone."""
    import os

    protein, equals, path = text.partition("=")
    return (protein, path) if equals and not os.path.exists(text) else (None, text)


def _proteins_of(table: str, given: str | None, names: Any) -> list[str]:
    """The id of the protein that a table is given to, or those that its name means."""
    if given is not None:
        return [_one(given, names)]
    from dna_protein_bca.datasets.sources.uniprobe import protein_names

    found = (names.find(name) for name in protein_names(table))
    return next((ids for ids in found if ids), [])


def _one(name: str, names: Any) -> str:
    found = names.find(name)
    if len(found) != 1:
        some = f"means {', '.join(found)}" if found else "is not in the FASTA file"
        raise InputError(f"protein {name!r} {some}: give its id")
    return str(found[0])


def _by_protein(
    given: Sequence[tuple[str | None, str]], names: Any, proteins: str
) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for protein, path in given:
        if protein is None and len(names.sequences) != 1:
            raise InputError(
                f"which of the {len(names.sequences)} proteins in {proteins} are these peaks of? "
                f"Give PROTEIN={path}",
                path,
            )
        id = next(iter(names.sequences)) if protein is None else _one(protein, names)
        found.setdefault(id, []).append(path)
    return found
