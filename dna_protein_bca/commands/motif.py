"""`motif`: the DNA that each protein prefers, as motifs."""

from __future__ import annotations

import click

from dna_protein_bca.io.outputs import refuse_inputs

from .options import Compute, compute_options


@click.command("motif")
@click.option("--proteins", required=True, metavar="FASTA", help="Proteins.")
@click.option(
    "-o",
    "--output",
    default="-",
    show_default=True,
    metavar="FILE",
    help="Motif file to write, in MEME's minimal format; - is stdout.",
)
@compute_options
def command(proteins: str, output: str, compute: Compute) -> None:
    """Predict motifs from sequence.

    The first motif of a protein, MOTIF protein_id, is what all that is known of it has in common;
    MOTIF 2@protein_id and further ones are other ways to bind, by weight (1@protein_id is the
    first of an id with an @ in it, so that its name reads back). A protein without a known
    DNA-binding domain has none and is named on stderr.
    """
    compute.check()
    refuse_inputs(output, [proteins, *compute.weights()])
    from dna_protein_bca.io.meme import Motif, motif_name, write_meme

    found = compute.load().motif(proteins)
    write_meme(
        output,
        (
            Motif(motif_name(name, "" if number == 1 else str(number)), matrix)
            for name, motifs in found.items()
            for number, matrix in enumerate(motifs, 1)
        ),
    )
    for name, motifs in found.items():
        if not motifs:
            click.echo(f"No motif: {name} has no known DNA-binding domain", err=True)
