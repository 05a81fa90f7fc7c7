"""Fuzz all parsers in turn: `python tests/fuzz/campaign.py FOLDER CPU_SECONDS [PARSER ...]`.

Each parser has a slice of time, one after the other and again, until so many seconds of CPU time
are spent. FOLDER holds the corpora, which a later campaign goes on with, and `campaign.tsv`:
parser, inputs tried, seconds of CPU time, and inputs kept that show a fault.
"""

from __future__ import annotations

import itertools
import re
import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SLICE = 150
"""Seconds."""


def cpu_seconds() -> float:
    """What the children that ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run the targets, and note what they did."""
    folder, most, *names = sys.argv[1:]
    if not names:
        sys.path.insert(0, str(HERE))
        from parsers import PARSERS

        names = [*PARSERS]
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    for name in itertools.cycle(names):
        before = cpu_seconds()
        corpus = root / name
        command = [sys.executable, str(HERE / "target.py"), name, str(corpus)]
        with (root / f"{name}.log").open("ab") as log:
            command.append(f"-max_total_time={SLICE}")
            done = subprocess.run(command, stdout=log, stderr=subprocess.PIPE, check=False)
            log.write(done.stderr)
        ended = re.search(rb"Done (\d+) runs", done.stderr)
        runs = int(ended[1]) if ended else "stopped"
        spent = cpu_seconds() - before
        faults = root / f"{name}.faults"
        kept = len([*faults.iterdir()]) if faults.is_dir() else 0
        with (root / "campaign.tsv").open("a") as table:
            print(name, runs, f"{spent:.0f}", kept, sep="\t", file=table)
        if cpu_seconds() >= float(most):
            return


if __name__ == "__main__":
    main()
