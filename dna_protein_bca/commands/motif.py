"""`motif`: predicted motifs of proteins."""

from __future__ import annotations

import click

from dna_protein_bca.io.outputs import refuse_inputs

from .options import Compute, compute_options, output_option


@click.command("motif")
@click.option("--proteins", required=True, metavar="FASTA", help="Protein sequences.")
@output_option("Motif file to write, in MEME's minimal format; - is stdout.")
@compute_options
def command(proteins: str, output: str, compute: Compute) -> None:
    """Predict motifs from protein sequences.

    The first motif of a protein, MOTIF protein_id, is the consensus of the motifs that the model
    decodes from its sequence and, unless --no-relatives is given, of its relatives' motifs;
    MOTIF 2@protein_id and further ones are the decoded motifs, alternative ways to bind, by falling
    weight. (If the id
    itself has an @ in it, the first motif is 1@protein_id, so that commands which read the file
    find the id again.) A protein without a known DNA-binding domain has no motif and is named on
    stderr; where none has one, that is an error, and no file is written.
    """
    compute.check()
    refuse_inputs(output, [proteins, *compute.weights()])
    from dna_protein_bca.errors import InputError
    from dna_protein_bca.io.meme import Motif, motif_name, write_meme

    predicted = compute.load().motif(proteins)
    if not any(predicted.values()):
        raise InputError(_no_motif([*predicted]), proteins)
    write_meme(
        output,
        (
            Motif(motif_name(name, "" if number == 1 else str(number)), matrix)
            for name, motifs in predicted.items()
            for number, matrix in enumerate(motifs, 1)
        ),
    )
    for name, motifs in predicted.items():
        if not motifs:
            click.echo(f"No motif: {name} has no known DNA-binding domain", err=True)


def _no_motif(names: list[str]) -> str:
    which = (
        f"none of the {len(names)} proteins has" if len(names) > 1 else f"{names[0]} does not have"
    )
    return (
        f"{which} a known DNA-binding domain, so that there is no motif to write: give proteins "
        "with one (docs/families.md lists them)"
    )
