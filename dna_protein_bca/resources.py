"""Paths of the files that come with the package, and of the folder of what it keeps for later."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "DNA_PROTEIN_BCA_CACHE"
"""Environment variable that names the folder of the cache."""

_PACKAGE = Path(__file__).resolve().parent


def data_path(name: str) -> Path:
    """Path of a file of `data/`."""
    return _folder("data") / name


def models_path(name: str | None = None) -> Path:
    """Path of the folder that holds the bundled weights, or of one set of them."""
    folder = _folder("models")
    return folder if name is None else folder / name


def cache_path(name: str) -> Path:
    """Path of a file of the cache: of what is expensive to compute, and can be computed again.

    The folder is that of `DNA_PROTEIN_BCA_CACHE`, else `dna-protein-bca` in the user's own place
    for such files; it need not be there yet.
    """
    given = os.environ.get(CACHE_VARIABLE)
    return (Path(given).expanduser() if given else _user_cache() / "dna-protein-bca") / name


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"])
    # https://specifications.freedesktop.org/basedir-spec/latest/
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _folder(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name
