"""Shards on the machines of a Ray cluster, or on the cores of this one."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.shards import Shard, existing

from .run import ShardRunner, Work

LOCAL = "local"
"""The address that stands for a cluster of this machine's cores, started for one run."""

EACH = 4
"""Shards for each worker, where no number is given: one that is lost costs little."""

TOKEN = "RAY_AUTH_TOKEN"
"""Environment variables of Ray: its token, and whether it asks for one."""
MODE = "RAY_AUTH_MODE"

log = logging.getLogger(__name__)


class ShardWorker:
    """Computes shards: a class as Ray Data's `map_batches` takes it.

    Args:
        work: the run.
        count: of its shards.
    """

    def __init__(self, work: Work, count: int) -> None:
        self.runner = ShardRunner(work)
        self.count = count

    def __call__(self, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Compute the shards of a batch.

        Args:
            batch: `item`, int64 [b], numbers of shards.

        Returns:
            `item` as given, and `new`, bool [b], whether each was computed.
        """
        new = [self.runner.run(Shard(int(number), self.count)) for number in batch["item"]]
        return {"item": np.asarray(batch["item"]), "new": np.array(new)}


def run_on_ray(work: Work, address: str, count: int | None, cores: int) -> int:
    """Compute all shards of a run that are not there yet.

    Ray starts a worker that dies, and what it was doing, again.

    Args:
        address: of the cluster, as `ray.init` takes it, or `LOCAL`.
        count: of shards; None for as many as are there of, or `EACH` for each worker.
        cores: of each worker.

    Returns:
        How many were computed.

    Raises:
        InputError: Ray is not installed, or there is no cluster; see `ShardRunner`.
    """
    runner = ShardRunner(work)
    with _cluster(address) as ray:
        workers = max(1, int(ray.cluster_resources().get("CPU", 1)) // cores)
        there = existing(runner.folder)
        total = count or (there[0].count if there else EACH * workers)
        every = [Shard(number, total) for number in range(1, total + 1)]
        missing = [shard.number for shard in every if not runner.done(shard)]
        if not missing:
            return 0
        computed = ray.data.from_items(missing, override_num_blocks=len(missing)).map_batches(
            ShardWorker,
            fn_constructor_args=(work, total),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=min(workers, len(missing))),
            num_cpus=cores,
        )
        try:
            return sum(bool(row["new"]) for row in computed.iter_rows())
        except ray.exceptions.RayError as error:
            raise _cause(error) from None


def _cause(error: BaseException) -> BaseException:
    """The error of the input that an error of Ray was caused by, or that itself."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, InputError):
            return seen
        seen = getattr(seen, "cause", None) or seen.__cause__
    return error


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster until the block ends.

    The ports of a cluster that is started here answer on all interfaces, so that it asks for a
    token, which nobody else knows.
    """
    # Before Ray is imported, which reads them.
    if address == LOCAL:
        os.environ.setdefault(MODE, "token")
        os.environ.setdefault(TOKEN, secrets.token_hex(32))
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise InputError(
            "--engine ray needs Ray: pip install 'dna-protein-bca[distributed]'"
        ) from None
    options = {"include_dashboard": False} if address == LOCAL else {}
    try:
        ray.init(address=address, logging_level=logging.WARNING, **options)
    # Where nodes do not answer in time, Ray raises Exception itself.
    except Exception as error:
        what = "Ray does not start here" if address == LOCAL else "this cluster cannot be used"
        raise InputError(f"--address {address}: {what}: {error}") from None
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        yield ray
    finally:
        ray.shutdown()
