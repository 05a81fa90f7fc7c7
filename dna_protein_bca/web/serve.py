"""The server that runs the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dna_protein_bca.errors import InputError
from dna_protein_bca.proteins.collection import read_by_species

from .limits import Limits
from .query import Collection

if TYPE_CHECKING:
    from dna_protein_bca.predictor import BindingPredictor

NEEDED = ("fastapi", "uvicorn", "python_multipart")
EVERY = ("0.0.0.0", "::")
"""Addresses that stand for all of this machine's."""


def check_installed() -> None:
    """Raise InputError where the extra `web` is not installed."""
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(f"serve needs {', '.join(missing)}: pip install 'dna-protein-bca[web]'")


def read_choices(predictor: BindingPredictor, species: Sequence[str]) -> Collection:
    """The measured proteins that come with the weights; none where they have no collection.

    Args:
        species: those whose proteins can all be asked about at once; they are encoded now.

    Raises:
        InputError: the weights have no collection, or it has no such species.
    """
    ready = {name: predictor.collection(name) for name in species}
    try:
        return Collection(read_by_species(predictor.folder), ready)
    except InputError:
        return Collection({})


def serve(
    predictor: BindingPredictor,
    host: str,
    port: int,
    limits: Limits | None = None,
    species: Sequence[str] = (),
) -> None:
    """Answer at an address until interrupted.

    Args:
        host: of this machine; `127.0.0.1` is seen by nobody else.
        port: 0 for any that is free.
        species: see `read_choices`.

    Raises:
        InputError: the address cannot be used; see `read_choices`.
    """
    import socket

    import uvicorn

    from .app import create_app

    choices = read_choices(predictor, species)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise InputError(f"{host}:{port} cannot be used: {error.strerror}") from None
    name = f"[{host}]" if ":" in host else host
    hosts = ["*"] if host in EVERY else [name, "localhost"]
    app = create_app(predictor, choices, limits, hosts)
    print(f"http://{name}:{listening.getsockname()[1]}/  (Ctrl-C ends it)", flush=True)
    config = uvicorn.Config(app, log_level="warning", server_header=False, date_header=True)
    uvicorn.Server(config).run([listening])
