"""`explain`: why proteins bind DNA as they do, by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import check_new_folder, new_folder

from .about import example
from .options import (
    Compute,
    background_file,
    background_option,
    check_inputs,
    compute_options,
    pairs_option,
    proteins_option,
)

if TYPE_CHECKING:
    from dna_protein_bca.explain import Explanation

TABLE = "pairs.tsv"
"""In the output folder: a row a pair."""

COLUMNS = ("protein_id", "dna_id", "score", "p_value", "start", "end", "strand", "dbd", "files")


class Residues(click.ParamType):
    """`all`, `none`, or the numbers of a protein's residues, the first one 1: `28-36` or `36`."""

    name = "all|none|first-last"

    def convert(
        self,
        value: str | range | None,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> range | None:
        if not isinstance(value, str):
            return value
        if value == "none":
            return None
        if value == "all":
            from dna_protein_bca.variant.mutants.substitutions import EVERY_RESIDUE

            return EVERY_RESIDUE
        first, dash, last = value.partition("-")
        numbers = (first, last if dash else first)
        if not all(number.isdecimal() for number in numbers):
            self.fail(f"{value!r} is not all, none or numbers such as 28-36.", param, ctx)
        start, end = map(int, numbers)
        if not 1 <= start <= end:
            self.fail(f"{value!r}: the first is 1 or more, and the last is no less.", param, ctx)
        return range(start - 1, end)


@click.command("explain", epilog=example("explain --proteins protein.fa --dna dna.fa -o explained"))
@proteins_option()
@click.option("--dna", required=True, metavar="FASTA", help="DNA sequences of at most 512 bp.")
@pairs_option("Explain only these pairs")
@click.option("-o", "--output", required=True, metavar="DIR", help="New folder to write.")
@click.option(
    "--residues",
    type=Residues(),
    default="all",
    show_default=True,
    help="Residues of the protein's domains to substitute, which takes most of the time: all, "
    "none, or numbers such as 28-36.",
)
@click.option(
    "--plots/--no-plots",
    default=True,
    show_default=True,
    help="Draw figures as SVG and PNG. Needs the extra plots.",
)
@background_option
@click.option(
    "--p-values/--no-p-values",
    default=True,
    show_default=True,
    help="Compute p_value. The first time this takes some seconds a protein.",
)
@click.option(
    "--any-protein",
    is_flag=True,
    help="Read the whole sequence of a protein that has no known DNA-binding domain.",
)
@compute_options
def command(
    proteins: str,
    dna: str,
    pairs: str | None,
    output: str,
    residues: range | None,
    plots: bool,
    background: str,
    p_values: bool,
    any_protein: bool,
    compute: Compute,
) -> None:
    """Explain the scores of a few pairs of proteins and DNA, at most 20.

    For each pair, files with the pair's name are written into a new folder: .npz with all arrays
    (docs/explain.md lists them), .relatives.tsv (whose motifs the match comes from), and figures:
    the score at each base and strand with integrated gradients and the mutagenesis of the DNA
    (.dna, and .site around the best site), the mutagenesis of the protein's domains (.protein),
    attention between residues and bases (.attention), and relatives (.relatives). pairs.tsv has a
    row a pair. The folder appears when it is complete.
    """
    compute.check()
    inputs = [proteins, dna, *([pairs] if pairs else [])]
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    check_inputs(inputs)
    compared = background_file(background) if p_values else None
    check_new_folder(output, [*inputs, compared, *compute.weights()])
    if plots:
        _check_plots()
    with new_folder(output) as folder:
        from dna_protein_bca.explain import explain

        explained = explain(
            compute.load(),
            proteins,
            dna,
            pairs,
            residues=residues,
            background=background if p_values else None,
            any_protein=any_protein,
        )
        lines = []
        for number, found in enumerate(explained, 1):
            name = _name(number, found)
            found.save(folder, name, plots=plots)
            lines.append(_line(name, found))
        text = "\n".join("\t".join(line) for line in [COLUMNS, *lines])
        (folder / TABLE).write_text(f"{text}\n", encoding="utf-8")


def _check_plots() -> None:
    """Raise InputError where figures cannot be drawn, before anything is computed."""
    from importlib.util import find_spec

    missing = [name for name in ("logomaker", "matplotlib") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"figures need {' and '.join(missing)}: pip install 'dna-protein-bca[plots]', or leave "
            "them out with --no-plots"
        )


def _name(number: int, found: Explanation) -> str:
    """Of a pair's files, unique by its number."""
    from dna_protein_bca.io.file_names import file_names

    (name,) = file_names([f"{number}_{found.protein_id}_{found.dna_id}"])
    return name


def _line(name: str, found: Explanation) -> tuple[str, ...]:
    """A row of the table of pairs."""
    p_value = "" if found.p_value != found.p_value else f"{found.p_value:.7g}"
    place = (str(found.start), str(found.end), found.strand, found.dbd)
    return (found.protein_id, found.dna_id, f"{found.score:.7g}", p_value, *place, f"{name}.*")


__all__ = ["TABLE", "command"]
