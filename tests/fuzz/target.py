"""Fuzz a parser with atheris: `python tests/fuzz/target.py PARSER [CORPUS] [options of libFuzzer]`.

The corpus begins with the seeds of `parsers.py`. Each fault is printed once, and the input that
shows it is kept beside the corpus, in `CORPUS.faults`. `docs/reliability.md` says how this is
installed.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import traceback
import warnings
from hashlib import sha1
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent))
with atheris.instrument_imports(include=["dna_protein_bca", "readers", "Bio.motifs"]):
    import parsers

MEMORY = Path("/dev/shm")
"""A folder that is no disk, where there is one."""


class Faults:
    """Inputs that show a fault, one for each line of the code that raises."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[tuple[str, str, int | None]] = set()

    def keep(self, data: bytes, error: Exception) -> None:
        """Keep an input, and say what it shows, unless another shows the same."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        key = type(error).__name__, last.filename, last.lineno
        if key in self._known:
            return
        self._known.add(key)
        self._folder.mkdir(exist_ok=True)
        path = self._folder / sha1(data).hexdigest()
        path.write_bytes(data)
        print(f"FAULT {path}", "".join(traceback.format_exception(error)), sep="\n", flush=True)


def main() -> None:
    """Run one target."""
    name, *rest = sys.argv[1:]
    parser = parsers.PARSERS[name]
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    corpus = Path(rest.pop(0)) if rest and not rest[0].startswith("-") else Path(f"corpus/{name}")
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in parsers.seeds(name):
        (corpus / sha1(seed).hexdigest()).write_bytes(seed)
    words = corpus.with_name(f"{corpus.name}.dict")
    quoted = ("".join(f"\\x{byte:02x}" for byte in word[:64]) for word in parsers.tokens(name))
    words.write_text("".join(f'"{word}"\n' for word in quoted if word))
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as root:
        folder = Path(root)
        # Instrumented before the first input: what is imported inside functions.
        with atheris.instrument_imports(include=["dna_protein_bca"]):
            for seed in parsers.seeds(name):
                parser(seed, folder)

        faults = Faults(corpus.with_name(f"{corpus.name}.faults"))

        def one(data: bytes) -> None:
            try:
                parser(data, folder)
            except Exception as error:
                faults.keep(data, error)

        options = [f"-dict={words}", "-rss_limit_mb=4096", "-timeout=20", *rest]
        atheris.Setup([sys.argv[0], *options, str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
