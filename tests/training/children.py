"""What tests run in processes of their own; imported there by name."""

from __future__ import annotations

import contextlib
import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


def train(steps: Connection, given: dict[str, Any]) -> None:
    """`fit`, which sends the number of every step that it has taken."""
    import torch

    from dna_protein_bca.training import Callback, fit

    class Tell(Callback):
        def on_step(self, report: Any) -> None:
            # Nobody may be listening any more.
            with contextlib.suppress(BrokenPipeError):
                steps.send(report.step)

    torch.set_num_threads(1)
    fit(callbacks=[Tell()], report=_silent, **given)


def save_on_a_full_disk(result: Connection, path: Path) -> None:
    """Save a small checkpoint, then one that is larger than any file may be; sends the error."""
    import torch

    from dna_protein_bca.training.engine.checkpoint import save_checkpoint

    def save(width: int, step: int) -> None:
        model, ema = torch.nn.Linear(width, 2), torch.nn.Linear(width, 2)
        optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(model.parameters())]
        save_checkpoint(path, model, ema, optimizers, {"step": step})

    save(3, 1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        save(4000, 2)
        result.send(None)
    except OSError as error:
        result.send(str(error))


def _silent(_: str) -> None:
    pass
