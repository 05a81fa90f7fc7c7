"""How commands that train show what is going on, and how a training ended."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import BEST

if TYPE_CHECKING:
    from dna_protein_bca.training.finetune.fit import Fit

T = TypeVar("T")


def told(
    output: str, quiet: bool, call: Callable[..., T], *, named: Sequence[str], **arguments: Any
) -> T:
    """What a call gives, its progress shown; what it raises becomes one line for the user.

    Args:
        named: callbacks by name.
    """
    import errno
    import warnings

    from tqdm import tqdm

    from dna_protein_bca.training.engine.callbacks import Callback, ProgressBar, ProgressLines
    from dna_protein_bca.training.engine.trainer import NotFinite

    # In mixed precision torch says that a layer is not as fast as it could be.
    warnings.filterwarnings("ignore", "Mismatch dtype between input and weight")

    def report(line: str) -> None:
        if not quiet:
            # Past the bar, which stays below.
            tqdm.write(line, sys.stderr)

    shown: list[Callback | str] = [*named]
    if not quiet:
        shown.append(ProgressBar() if sys.stderr.isatty() else ProgressLines(report))
    try:
        return call(callbacks=shown, report=report, **arguments)
    except NotFinite as error:
        raise InputError(str(error)) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise InputError(
            "no space left on the disk; what was saved before is whole: make room, and go on with "
            "--resume",
            error.filename or output,
        ) from None


def conclude(done: Fit, quiet: bool) -> None:
    """Print how the training ended; exit as shells do where a signal stopped it (143, SIGTERM)."""
    from accelerate import PartialState

    if not done.finished:
        with suppress(OSError):  # After a SIGHUP nobody may be there to read it.
            click.echo(f"stopped at step {done.step}; go on with --resume", err=True)
        raise click.exceptions.Exit(128 + done.signal)
    best = ""
    if done.best is not None:
        best = f" ({done.monitor} {done.best:.4f} at step {done.best_step})"
    if not quiet and PartialState().is_main_process:
        click.echo(
            f"{done.folder}: finished at step {done.step}; the best weights{best} are in "
            f"{done.folder / BEST}"
        )
