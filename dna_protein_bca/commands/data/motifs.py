"""`data jaspar`, `cisbp`, `hocomoco` and `specificity`: sets of motifs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.options import OFFLINE
from dna_protein_bca.io.outputs import check_new_folder

from .options import (
    CHECKSUM,
    DOWNLOAD,
    OUTPUT,
    PARQUET,
    PROTEINS,
    check_inputs,
    check_one_file,
    save,
)

if TYPE_CHECKING:
    from dna_protein_bca.datasets.motif_sets import Complexes, Linked

SPECIFICITY_FILES = ("proteins.tsv.gz", "motifs.meme.gz", "pbm_8mer_escores.tsv.gz")


@click.command(
    "jaspar",
    epilog=example("data jaspar --proteins uniprot.fa", "--tax-group vertebrates -o jaspar"),
)
@PROTEINS
@OUTPUT
@click.option("--file", metavar="FILE", help="JASPAR or TRANSFAC file, in place of pyjaspar's.")
@DOWNLOAD
@CHECKSUM
@OFFLINE
@click.option("--release", metavar="NAME", help="Release in pyjaspar.  [default: JASPAR2026]")
@click.option(
    "--collection",
    "collections",
    multiple=True,
    default=["CORE"],
    show_default=True,
    help="Collection in pyjaspar; repeat for several.",
)
@click.option("--tax-group", "tax_groups", multiple=True, help="Such as vertebrates.")
@click.option("--all-versions", is_flag=True, help="Older versions of a motif too.")
@click.option(
    "--complexes",
    type=click.Choice(["skip", "each"]),
    default="skip",
    show_default=True,
    help="Motifs of several proteins: leave them out, or give them to each.",
)
def jaspar(
    proteins: str,
    output: str,
    file: str | None,
    download: bool,
    checksum: str | None,
    release: str | None,
    collections: tuple[str, ...],
    tax_groups: tuple[str, ...],
    all_versions: bool,
    complexes: Complexes,
) -> None:
    """Motifs of JASPAR: the package pyjaspar's database, or a file."""
    if file is not None and download:
        raise click.UsageError("give either --file or --download.")
    check_new_folder(output, [proteins, file])
    check_inputs(proteins, file)
    from dna_protein_bca.datasets.motif_sets import link
    from dna_protein_bca.datasets.protein_names import ProteinNames
    from dna_protein_bca.datasets.sources import jaspar as source

    parameters: dict[str, object] = {"complexes": complexes}
    names = ProteinNames.read(proteins)
    if download:
        file = _fetch(source.URL, checksum, parameters)
    if file is not None:
        linked = link(source.read_file(file), names, complexes=complexes)
        _save(output, "JASPAR", linked, [proteins, file], parameters)
        return
    release = release or source.RELEASE
    motifs = source.read_database(
        release, collections=collections, tax_groups=tax_groups, all_versions=all_versions
    )
    linked = link(motifs, names, complexes=complexes)
    parameters |= {
        "release": release,
        "collections": list(collections),
        "tax_groups": list(tax_groups),
        "all_versions": all_versions,
    }
    _save(output, "JASPAR", linked, [proteins], parameters, _versions("pyjaspar"))


@click.command(
    "hocomoco",
    epilog=example("data hocomoco --proteins uniprot.fa", "--motifs H13CORE.meme -o hocomoco"),
)
@PROTEINS
@OUTPUT
@click.option("--motifs", metavar="MEME", help="Motifs of a release, in MEME form.")
@DOWNLOAD
@CHECKSUM
@OFFLINE
@click.option(
    "--species",
    default="HUMAN",
    show_default=True,
    help="Second part of the UniProt entry, where a motif's name has none.",
)
def hocomoco(
    proteins: str,
    output: str,
    motifs: str | None,
    download: bool,
    checksum: str | None,
    species: str,
) -> None:
    """Motifs of HOCOMOCO, named by UniProt entry (ZN281.H13CORE.0.P.B)."""
    check_one_file(motifs, download, "--motifs")
    check_new_folder(output, [proteins, motifs])
    check_inputs(proteins, motifs)
    from dna_protein_bca.datasets.motif_sets import link
    from dna_protein_bca.datasets.protein_names import ProteinNames
    from dna_protein_bca.datasets.sources import hocomoco as source

    parameters: dict[str, object] = {"species": species}
    names = ProteinNames.read(proteins)
    path = motifs or _fetch(source.URL, checksum, parameters)
    linked = link(source.read_file(path, species), names)
    _save(output, "HOCOMOCO", linked, [proteins, path], parameters)


@click.command(
    "cisbp",
    epilog=example(
        "data cisbp --proteins proteins.fa --information TF_Information.txt",
        "--pwms pwms -o cisbp",
    ),
)
@click.option("--information", required=True, metavar="FILE", help="TF_Information.txt.")
@click.option("--pwms", required=True, metavar="FOLDER|FILE", help="Folder of PWMs, or PWM.txt.")
@click.option("--proteins", required=True, metavar="FILE", help="prot_seq.txt.")
@OUTPUT
@click.option("--species", metavar="NAME", help="Such as Homo_sapiens.  [default: all]")
@click.option(
    "--inferred",
    is_flag=True,
    help="Also motifs inferred from a similar TF, which are not measurements.",
)
def cisbp(
    information: str, pwms: str, proteins: str, output: str, species: str | None, inferred: bool
) -> None:
    """Motifs of CIS-BP, directly determined, with the longest isoform of each TF."""
    check_new_folder(output, [information, pwms, proteins])
    check_inputs(information, pwms, proteins)
    from dna_protein_bca.datasets.motif_sets import link
    from dna_protein_bca.datasets.sources import cisbp as source

    motifs = source.read_motifs(information, pwms, inferred=inferred, species=species)
    linked = link(motifs, source.read_proteins(proteins))
    parameters = {"species": species or "all", "inferred": inferred}
    _save(output, "CIS-BP", linked, [information, pwms, proteins], parameters)


@click.command("specificity", epilog=example("data specificity specificity_data -o set"))
@click.argument("folder", metavar="DIR")
@OUTPUT
@PARQUET
@click.option(
    "--split",
    "splits",
    multiple=True,
    type=click.Choice(["train", "validation", "validation-pbm", "excluded", "reserved"]),
    default=["train", "validation", "validation-pbm"],
    show_default=True,
    help="Splits of the data set; repeat for several.",
)
def specificity(folder: str, output: str, parquet: bool, splits: tuple[str, ...]) -> None:
    """The data set of binding specificities in DIR, with its own split."""
    check_new_folder(output, [folder])
    from pathlib import Path

    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.sources.specificity import read_training_set
    from dna_protein_bca.errors import InputError

    root = Path(folder)
    for name in SPECIFICITY_FILES:
        if not (root / name).is_file():
            raise InputError(f"no {name} in it: give the folder of the data set", folder)
    data = read_training_set(root, splits)
    sheet = make_sheet(
        "data set of binding specificities",
        [root / name for name in SPECIFICITY_FILES],
        parameters={"splits": list(splits)},
    )
    save(output, data, sheet, parquet=parquet)


def _fetch(url: str, checksum: str | None, parameters: dict[str, object]) -> str:
    from dna_protein_bca.datasets.download import download

    parameters["url"] = url
    return str(download(url, checksum))


def _versions(package: str) -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package)}


def _save(
    output: str,
    source: str,
    linked: Linked,
    inputs: list[str],
    parameters: Mapping[str, object],
    versions: Mapping[str, str] | None = None,
) -> None:
    from dna_protein_bca.datasets.datasheet import make_sheet

    counts: dict[str, object] = {"left_out": linked.counts} if linked.counts else {}
    if linked.unknown:
        counts["first_without_sequence"] = linked.unknown
    if linked.ambiguous:
        counts["names_of_several_records"] = linked.ambiguous
    sheet = make_sheet(source, inputs, parameters=parameters, counts=counts, versions=versions)
    save(output, linked.data, sheet)
