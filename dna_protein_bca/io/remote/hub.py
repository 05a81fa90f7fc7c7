"""Repositories of Hugging Face: the files of one, as a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dna_protein_bca.errors import InputError

from .offline import is_forbidden, require_network

HUB_PREFIX = "hf://"


def download_repository(source: str, patterns: Sequence[str]) -> Path:
    """The folder of a repository, downloaded where no earlier download is kept.

    Args:
        source: `hf://ORG/NAME`.
        patterns: of the names of the files that are wanted.

    Raises:
        InputError: no such repository, no network, or `--offline`.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    name = source.removeprefix(HUB_PREFIX)
    try:
        folder = snapshot_download(
            name, allow_patterns=list(patterns), local_files_only=is_forbidden()
        )
    except LocalEntryNotFoundError:
        if is_forbidden():
            require_network(source)
        raise InputError(
            "cannot be downloaded, and no earlier download is kept: is there a network?", source
        ) from None
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"cannot be downloaded: {reason}", source) from error
    return Path(folder)
