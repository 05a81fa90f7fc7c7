"""`merge`: one result of all shards of a run."""

from __future__ import annotations

from typing import Literal

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.io.outputs import check_output


@click.command("merge", epilog=example("merge hits.bed.shards -o hits.bed"))
@click.argument("folder", metavar="OUT.shards")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="What one run would have written; the ending names the format. - is stdout.",
)
@click.option("--q/--no-q", default=None, help="Of a scan: add q-values.")
@click.option(
    "--overlaps/--no-overlaps",
    default=None,
    help="Of a scan: whether of one protein's overlapping sites all are reported, or the best.",
)
@click.option("--track", metavar="OUT.bw", help="Of a scan with --track: where it is written.")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of predictions: only the N rows with the lowest p-values of what --top-by names.",
)
@click.option(
    "--top-by", type=click.Choice(["protein", "dna"]), help="What has N rows each with --top."
)
def command(
    folder: str,
    output: str,
    q: bool | None,
    overlaps: bool | None,
    track: str | None,
    top: int | None,
    top_by: Literal["protein", "dna"] | None,
) -> None:
    """Join the shards that predict, scan and variant dna wrote with --shard.

    Gives the rows, and their order, of one run without --shard. The options finish the results as
    the commands' own do; where one is not given, it is as it was given with --shard. All shards
    have to be there, and to come of the same inputs, weights and options.
    """
    from dna_protein_bca.commands.options import set_up_logging
    from dna_protein_bca.sharding import merge_shards

    set_up_logging(quiet=False, verbose=False)
    for path in (output, track):
        if path is not None:
            check_output(path, [folder])
    merge_shards(folder, output, q=q, overlaps=overlaps, track=track, top=top, top_by=top_by)
