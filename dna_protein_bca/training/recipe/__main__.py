"""`python -m dna_protein_bca.training.recipe RECIPE`: make weights from the data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import torch

from dna_protein_bca.errors import InputError

from .configs import RECIPES, model_config
from .materials import Materials
from .overrides import override
from .runner import run_stages
from .stages import Workplace


@click.command()
@click.argument("name", metavar="RECIPE", type=click.Choice(list(RECIPES)))
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--run", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option("--stage", "named", multiple=True, help="Make this stage again, and no other.")
@click.option("--members", type=click.IntRange(1), help="Only so many members, for ablations.")
@click.option("--set", "settings", multiple=True, metavar="STAGE.NAME=VALUE")
@click.option("--threads", default=1, show_default=True)
def main(
    name: str,
    data: Path,
    run: Path,
    named: tuple[str, ...],
    members: int | None,
    settings: tuple[str, ...],
    threads: int,
) -> None:
    """Make the weights of RECIPE from the data, in stages, from where RUN left off.

    Stages are member-0, member-1, ..., contacts, trust, joint, assembly, calibration and model,
    whose folder is what --model takes. What they are made with stands in `configs.py`; --set
    changes it, for ablations: `--set members.task.rank=0`, `--set data.sources=-HOCOMOCO`.
    """
    torch.set_num_threads(threads)
    recipe = RECIPES[name]
    if members:
        recipe = dataclasses.replace(recipe, members=recipe.members[:members])
    try:
        recipe = override(recipe, settings)
        model_config(recipe)
    except ValueError as error:
        raise click.UsageError(f"--set: {error}") from None
    try:
        materials = Materials(data, recipe.data, run, threads)
        run_stages(Workplace(run, recipe, materials), named)
    except InputError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
