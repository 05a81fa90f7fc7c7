"""Twenty visitors of the web page at once.

    python benchmarks/web.py [--minutes 10] [--users 20] [--model NAME] [--seconds 120]
    python benchmarks/web.py --smoke

Starts `dna-protein-bca serve` on a free port, with an empty cache. Each user, a thread with a seed
of its own, sends a protein (a measured one, or one of the examples pasted, now and then with a
change at a random residue, so that it may be new to the server) and some random DNA, follows the
waiting page to the answer as a browser does, downloads a file, thinks for a second, and begins
again. Prints how many answers came, how many requests failed, and how long users waited. Exits with
1 where anything failed.
`--smoke` has three users for some seconds, with small random weights.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
from predict_memory import small_weights

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import CACHE_VARIABLE, data_path

NAMES = ("MAX", "TP53", "GATA1", "CTCF", "SP1", "RUNX1", "LHX2")
THINKS, ASKS_AGAIN = 1.0, 1.0
"""Seconds between an answer and the next question, and between two looks at the waiting page."""

REPLY = 300.0
"""Seconds that a single page may take; the page that says how many come before takes none."""


class User:
    """One visitor.

    Args:
        patience: seconds after which an answer will not come.

    Attributes:
        waited: seconds until each answer; errors: what went wrong.
    """

    def __init__(self, address: str, seed: int, named: bool, patience: float) -> None:
        self._address = address
        self._rng = random.Random(seed)
        self._named, self._patience = named, patience
        self.waited: list[float] = []
        self.errors: list[str] = []

    def visit(self, until: float) -> None:
        """Ask again and again until a time."""
        examples = list(read_fasta(data_path("example_proteins.fa"), "protein"))
        while time.monotonic() < until:
            begun = time.monotonic()
            try:
                self._ask(self._form(examples))
                self.waited.append(time.monotonic() - begun)
            except urllib.error.HTTPError as error:
                alert = re.search(r'role="(?:alert|status)">(.*?)</p>', error.read().decode())
                self.errors.append(f"{error.code}: {alert[1] if alert else error.reason}")
            except (OSError, AssertionError) as error:
                self.errors.append(f"{type(error).__name__}: {error}")
            time.sleep(THINKS)

    def _form(self, examples: list) -> dict[str, str]:
        bases = "".join(self._rng.choices("ACGT", k=self._rng.choice((60, 200, 1000))))
        form = {"dna": f">d\n{bases}", "proteins": ""}
        if self._named and self._rng.random() < 0.7:
            names = ", ".join(self._rng.sample(NAMES, 2))
            return {**form, "names": names, "species": "Homo_sapiens"}
        record = self._rng.choice(examples)
        residues = list(record.sequence)
        if self._rng.random() < 0.3:
            residues[self._rng.randrange(len(residues))] = self._rng.choice("ACDEFGHIKL")
        return {**form, "proteins": f">{record.id}\n{''.join(residues)}"}

    def _ask(self, form: dict[str, str]) -> None:
        begun = time.monotonic()
        data = urllib.parse.urlencode(form).encode()
        status, url, page = fetch(f"{self._address}/predict", data)
        while status == 202:
            assert time.monotonic() - begun < self._patience, "no answer came"
            time.sleep(ASKS_AGAIN)
            status, url, page = fetch(url)
        assert status == 200 and "Best sites" in page, f"status {status}"
        status, _, table = fetch(f"{url}/predictions.tsv")
        assert status == 200 and table.startswith("protein_id\tdna_id"), "no table"


def fetch(url: str, data: bytes | None = None) -> tuple[int, str, str]:
    """Status, final address and text of a request; redirections are followed."""
    with urllib.request.urlopen(url, data, timeout=REPLY) as reply:
        return reply.status, reply.url, reply.read().decode()


def start(arguments: list[str], cache: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and its address, which it prints first."""
    command = [sys.executable, "-m", "dna_protein_bca", "serve", "--port", "0", *arguments]
    env = {**os.environ, CACHE_VARIABLE: cache}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.startswith("http"), line
    return server, line.split("/ ")[0]


def soak(address: str, users: int, seconds: float, named: bool, patience: float) -> list[User]:
    """All users at once."""
    visitors = [User(address, seed, named, patience) for seed in range(users)]
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=one.visit, args=(until,)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return visitors


def main() -> int:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--model")
    parser.add_argument("--seconds", type=float, default=120, help="as serve takes it")
    parser.add_argument("--smoke", action="store_true", help="three users, some seconds")
    arguments = parser.parse_args()
    users, seconds = arguments.users, arguments.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model
        if arguments.smoke:
            users, seconds, model = 3, 5.0, folder
            small_weights(Path(folder))
        cache = str(Path(folder) / "cache")
        options = ["--seconds", str(arguments.seconds), *(["--model", model] if model else [])]
        server, address = start(options, cache)
        try:
            # All who came before may have taken the time that an answer may take.
            patience = users * arguments.seconds
            visitors = soak(address, users, seconds, not arguments.smoke, patience)
        finally:
            server.terminate()
            server.wait(60)
    waited = np.array([value for one in visitors for value in one.waited])
    errors = [text for one in visitors for text in one.errors]
    print(f"{users} users, {seconds / 60:g} minutes: {len(waited)} answers, {len(errors)} errors")
    if len(waited):
        median, late = np.percentile(waited, (50, 95))
        print(f"seconds until an answer: median {median:.1f}, 95% within {late:.1f}")
    for text in sorted(set(errors)):
        print(f"  {errors.count(text)} x {text}")
    return int(bool(errors) or not len(waited))


if __name__ == "__main__":
    raise SystemExit(main())
