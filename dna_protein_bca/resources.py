"""Paths of the files that come with the package, in the checkout or in the installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_path(name: str) -> Path:
    """Path of a file of `data/`."""
    return _folder("data") / name


def models_path(name: str | None = None) -> Path:
    """Path of the folder that holds the bundled weights, or of one set of them."""
    folder = _folder("models")
    return folder if name is None else folder / name


def _folder(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name
