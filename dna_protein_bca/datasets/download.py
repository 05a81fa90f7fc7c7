"""Files of public databases: downloaded once with `pooch`, resumed after a break, checked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.remote import require_network

if TYPE_CHECKING:
    from requests import Response

CACHE = "DNA_PROTEIN_BCA_CACHE"
"""Environment variable that names the folder of downloads."""

BLOCK = 1 << 16
TIMEOUT = 30.0
"""Seconds without an answer after which a download is given up."""


def download(url: str, checksum: str | None = None, folder: PathLike | None = None) -> Path:
    """Download the file at an address, unless the folder of downloads has it.

    The part that arrived before a download broke off is kept, and the next call asks for the rest.

    Args:
        url: http or https.
        checksum: `sha256:...` (or `md5:...`) that the file must have; None where it is not known.
            The datasheet of a set that is made from the file records its checksum.
        folder: of downloads; the system's cache folder where None.

    Raises:
        InputError: the network is forbidden (`--offline`), pooch is not installed, no network, an
            answer that is an error, or another checksum than the one given.
    """
    require_network(url)
    try:
        import pooch
        import requests
    except ImportError:
        raise InputError("--download needs pooch: pip install 'dna-protein-bca[data]'") from None
    downloads = folder or os.environ.get(CACHE) or pooch.os_cache("dna-protein-bca")
    name = Path(urlsplit(url).path).name
    pooch.get_logger().setLevel("WARNING")
    try:
        path = pooch.retrieve(url, checksum, name, downloads, downloader=fetch_resuming)
    except requests.ConnectionError:
        raise InputError(
            "cannot be reached: is there a network? Fetch it on a machine that has one, and give "
            "the file instead of --download",
            url,
        ) from None
    except requests.HTTPError as error:
        code = error.response.status_code if error.response is not None else "an error"
        raise InputError(
            f"the server answers {code}: the file may have moved; find it on the database's pages "
            "and give it instead of --download",
            url,
        ) from None
    except requests.RequestException as error:
        raise InputError(f"the download broke off ({error}): run it again to go on", url) from None
    except ValueError:
        raise InputError(
            f"what was downloaded does not have the checksum {checksum}: the file has changed, or "
            "was damaged on its way",
            url,
        ) from None
    return Path(path)


def fetch_resuming(url: str, output_file: PathLike, pooch: object) -> None:
    """A downloader for pooch that keeps what arrived, and asks for the rest of it next time.

    Args:
        url: where the file is.
        output_file: path of the whole file; a part of it is kept in the same folder.
        pooch: an argument of every downloader, which this one does not need.
    """
    import requests

    whole = Path(output_file)
    part = whole.with_name(f".{Path(urlsplit(url).path).name}.part")
    mark = part.with_suffix(".mark")
    begun = part.stat().st_size if part.is_file() and mark.is_file() else 0
    headers = {"Accept-Encoding": "identity"}
    if begun:
        # The server sends the whole file where it has changed since.
        headers |= {"Range": f"bytes={begun}-", "If-Range": mark.read_text(encoding="utf-8")}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()
            fetch_resuming(url, output_file, pooch)
            return
        answer.raise_for_status()
        tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        mark.unlink(missing_ok=True)
        if tag and not tag.startswith("W/"):
            mark.write_text(tag, encoding="utf-8")
        resumed = answer.status_code == requests.codes.partial_content
        with open(part, "ab" if resumed else "wb") as file:
            _receive(answer, file)
    part.replace(whole)
    mark.unlink(missing_ok=True)


def _receive(answer: Response, file: BinaryIO) -> None:
    from tqdm import tqdm

    total = int(answer.headers.get("Content-Length") or 0) or None
    with tqdm(total=total, unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
        for block in answer.iter_content(BLOCK):
            file.write(block)
            bar.update(len(block))
