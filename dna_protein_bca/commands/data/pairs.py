"""`data uniprobe` and `data peaks`: sets of pairs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.genome_options import CHROM_ALIASES, alias_file, read_chrom_aliases
from dna_protein_bca.commands.options import OFFLINE
from dna_protein_bca.io.outputs import check_new_folder

from .options import (
    CHECKSUM,
    OUTPUT,
    PARQUET,
    PROTEINS,
    SEED,
    check_inputs,
    present,
    save,
)

if TYPE_CHECKING:
    from dna_protein_bca.datasets.negatives.draw import Negatives
    from dna_protein_bca.datasets.sources.peaks import AtEnds


@click.command(
    "uniprobe",
    epilog=example("data uniprobe --proteins proteins.fa", "--download BAR15A -o uniprobe"),
)
@click.argument("tables", nargs=-1, metavar="[PROTEIN=]TABLE...")
@PROTEINS
@OUTPUT
@PARQUET
@click.option("--download", metavar="STUDY", help="Fetch the tables of a study, such as BAR15A.")
@CHECKSUM
@OFFLINE
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
    on_unknown: Literal["fail", "skip"],
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
    from dna_protein_bca.datasets.owned_files import OwnedFile, read_owned_tables

    files = [OwnedFile.parse(text) for text in tables]
    check_new_folder(output, [proteins, *(file.path for file in files)])
    check_inputs(proteins, *(file.path for file in files))
    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.protein_names import ProteinNames
    from dna_protein_bca.datasets.sources import uniprobe as source

    names = ProteinNames.read(proteins)
    parameters: dict[str, object] = {"bound": bound, "unbound": unbound}
    if download is not None:
        files.append(OwnedFile(None, _fetch(download, checksum, parameters)))
    owned = read_owned_tables(files, names, proteins, skip_unknown=on_unknown == "skip")
    data, counts = source.pairs_of(
        owned.tables, names.sequences, owned.owner, bound=bound, unbound=unbound
    )
    counts["tables"] = [f"{t.name} (E-score in column {t.column})" for t in owned.tables]
    if owned.left_out:
        counts["tables_left_out"] = owned.left_out
    inputs = [proteins, *(file.path for file in files)]
    sheet = make_sheet("UniPROBE", inputs, parameters=parameters, counts=counts)
    save(output, data, sheet, parquet=parquet)


@click.command(
    "peaks",
    epilog=example(
        "data peaks --proteins proteins.fa --genome genome.fa", "MAX=max.narrowPeak -o peaks"
    ),
)
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
    width: int,
    at_ends: AtEnds,
    chrom_aliases: str | None,
    negatives: tuple[Negatives | Literal["none"], ...],
    ratio: float,
    assay: str | None,
    seed: int,
) -> None:
    """BED or narrowPeak files to windows around summits, with negatives.

    Each file is given to its protein (MAX=max.narrowPeak), but for a FASTA file of one protein.
    """
    from dna_protein_bca.datasets.owned_files import OwnedFile, files_by_protein

    owned = [OwnedFile.parse(text) for text in peaks]
    used = present([proteins, genome, alias_file(chrom_aliases)])
    check_new_folder(output, [*used, *(file.path for file in owned)])
    check_inputs(*used, *(file.path for file in owned))
    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.protein_names import ProteinNames
    from dna_protein_bca.datasets.sources.peak_sets import PeakOptions, peak_set
    from dna_protein_bca.io.genome import Genome

    names = ProteinNames.read(proteins)
    files = files_by_protein(owned, names, proteins)
    sequences = {id: text for id, text in names.sequences.items() if id in files}
    kinds = tuple(kind for kind in negatives if kind != "none")
    options = PeakOptions(kinds, width, at_ends, ratio, assay, seed)
    aliases = read_chrom_aliases(chrom_aliases)
    data, counts = peak_set(sequences, files, Genome(genome), options, aliases=aliases)
    inputs = [*used[:2], *(path for several in files.values() for path in several), *used[2:]]
    parameters = {"chrom_aliases": chrom_aliases, **asdict(options)}
    sheet = make_sheet("peaks", inputs, parameters=parameters, counts=counts)
    save(output, data, sheet, parquet=parquet)


def _fetch(study: str, checksum: str | None, parameters: dict[str, object]) -> str:
    from dna_protein_bca.datasets.download import download
    from dna_protein_bca.datasets.sources.uniprobe import URL

    url = URL.format(study=study)
    parameters["url"] = url
    return str(download(url, checksum))
