"""`motif`: predicted motifs of proteins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.motif_formats.choice import FORMATS, motif_format
from dna_protein_bca.io.outputs import check_output, check_output_folder

from .about import example
from .options import Compute, compute_options, output_option, proteins_option

if TYPE_CHECKING:
    from dna_protein_bca.io.motif_formats.write import NamedMode
    from dna_protein_bca.proteins.relatives import MeasuredProteins

COMPARED = ("nearest_motif", "nearest_source", "correlation")
"""Columns that --compare adds to a table."""


class CountOrAll(click.ParamType):
    """`all`, or a whole number of one or more."""

    name = "n|all"

    def convert(
        self, value: int | str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        if value == "all":
            return value
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f"{value!r} is neither 'all' nor a whole number of 1 or more.", param, ctx)
        return number


@click.command("motif", epilog=example("motif --proteins proteins.fa -o motifs.meme --logo logos"))
@proteins_option()
@output_option("File to write: .meme, .jaspar, or a table (.tsv); - is stdout (MEME).")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Format of the file, where its name does not end in it.",
)
@click.option(
    "--top",
    type=CountOrAll(),
    default=3,
    show_default=True,
    help="The most motifs of a protein.",
)
@click.option(
    "--logo",
    metavar="DIR",
    help="Draw each motif as well: an SVG and a PNG file in this folder. Needs the extra plots.",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Name the measured motif that is most like each one, and their correlation: on stderr, "
    "and in a table.",
)
@compute_options
def command(
    proteins: str,
    output: str,
    form: str | None,
    top: int | str,
    logo: str | None,
    compare: bool,
    compute: Compute,
) -> None:
    """Predict motifs from protein sequences.

    The motifs that the model decodes from a protein's sequence and, unless --no-relatives is given,
    those of its measured relatives are grouped by similarity; each group, a way to bind, gives one
    motif, with its share of all. The best is MOTIF protein_id, further ones are MOTIF 2@protein_id
    and so on. (If the id itself has an @ in it, the first motif is 1@protein_id, so that commands
    which read the file find the id again.) A protein without a known DNA-binding domain has no
    motif and is named on stderr; where none has one, that is an error, and no file is written.
    """
    compute.check()
    form = motif_format(output, form)
    check_output(output, [proteins, *compute.weights()])
    if logo is not None:
        _check_logo(Path(logo))
    from dna_protein_bca.inference.results import fragments_of
    from dna_protein_bca.io.motif_formats.write import NamedMode, write_modes
    from dna_protein_bca.motif import predicted_modes
    from dna_protein_bca.proteins.coverage import fragment_warning

    predictor = compute.load()
    encoded = predictor.encode(proteins)
    predicted = predicted_modes(encoded, None if top == "all" else int(top))
    if not any(predicted.values()):
        raise InputError(_no_motif([*predicted]), proteins)
    modes = [
        NamedMode(name, number, mode.motif, mode.share)
        for name, found in predicted.items()
        for number, mode in enumerate(found, 1)
    ]
    if compare:
        modes = _compared(modes, predictor.measured)
    write_modes(output, modes, form, COMPARED if compare else ())
    if logo is not None:
        _draw(modes, Path(logo))
    for name, found in predicted.items():
        if not found:
            click.echo(f"No motif: {name} has no known DNA-binding domain", err=True)
    low = fragment_warning(fragments_of(encoded, predictor.measured))
    if low and not compute.quiet:
        click.echo(f"Warning: {low}", err=True)


def _compared(modes: Sequence[NamedMode], measured: MeasuredProteins | None) -> list[NamedMode]:
    """The same motifs with the measured one that is most like each, which is printed as well."""
    from dna_protein_bca.proteins.measured_motifs import MeasuredMotifs

    motifs = MeasuredMotifs(measured) if measured is not None else ()
    if not isinstance(motifs, MeasuredMotifs) or not len(motifs):
        raise InputError(
            "--compare: no measured motifs come with these weights: leave the option out"
        )
    compared = []
    for mode in modes:
        nearest = motifs.nearest(mode.matrix)
        source = f" ({nearest.source})" if nearest.source else ""
        click.echo(
            f"{mode.name}: most like the measured motif {nearest.name}{source}, "
            f"correlation {nearest.correlation:.2f}",
            err=True,
        )
        compared.append(mode._replace(more=dict(zip(COMPARED, nearest, strict=True))))
    return compared


def _check_logo(folder: Path) -> None:
    """Raise InputError where logos cannot be drawn, before anything is computed."""
    from importlib.util import find_spec

    missing = [name for name in ("logomaker", "matplotlib") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"--logo needs {' and '.join(missing)}: pip install 'dna-protein-bca[plots]'"
        )
    check_output_folder(folder, "logos")


def _draw(modes: Sequence[NamedMode], folder: Path) -> None:
    """An SVG and a PNG file of each motif."""
    from contextlib import ExitStack

    from dna_protein_bca.io.file_names import file_names
    from dna_protein_bca.io.outputs import atomic_path, open_folder
    from dna_protein_bca.motifs.pwm import column_information
    from dna_protein_bca.plots.logo import save_logo

    with open_folder(folder):
        for mode, name in zip(modes, file_names([mode.name for mode in modes]), strict=True):
            heights = mode.matrix * column_information(mode.matrix)[:, None].clip(0)
            with ExitStack() as stack:
                paths = [
                    stack.enter_context(atomic_path(folder / f"{name}{ending}"))
                    for ending in (".svg", ".png")
                ]
                save_logo(heights, f"{mode.name}  share {mode.share:.2f}", paths)


def _no_motif(names: list[str]) -> str:
    which = (
        f"none of the {len(names)} proteins has" if len(names) > 1 else f"{names[0]} does not have"
    )
    return (
        f"{which} a known DNA-binding domain, so that there is no motif to write: give proteins "
        "with one (docs/families.md lists them)"
    )
