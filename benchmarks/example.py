"""The result of the README's first command, and each factor's scores on its sites and on others'.

    python benchmarks/example.py [--model NAME] [--write]

Runs `dna-protein-bca predict` on the seven proteins and the 45 DNA sequences in data/. Prints the
first lines of its table, as the README shows them, and for each protein the mean score of the five
records that hold its own site, the highest mean among the other proteins' sites, and the mean of
the ten records without a site. The DNA was made by hand, and all seven proteins are in the training
data of the bundled weights: this shows what the program does, and not how good it is. `--write`
puts both into README.md and docs/predict.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from page import put, shown

from dna_protein_bca.resources import data_path

ROOT = Path(__file__).resolve().parents[1]
README, MEANS = ROOT / "README.md", ROOT / "docs" / "predict.md"

NO_SITE = "no"
"""The first word in the ids of records without a site."""

LINES, COLUMNS = 10, 7
"""Lines and columns that the command of the README prints: `head | cut -f 1-7`."""

TOLERANCE = 0.01
"""Difference of scores and probabilities that is ignored: machines differ in the last digits."""


def run_example(model: str | None) -> pd.DataFrame:
    """The table that the command writes, all fields as text."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "example.tsv"
        inputs = {
            "--proteins": data_path("example_proteins.fa"),
            "--dna": data_path("example_dna.fa"),
        }
        options = [str(part) for option in inputs.items() for part in option]
        options += ["--device", "cpu", "-o", str(out)] + (["--model", model] if model else [])
        command = [sys.executable, "-m", "dna_protein_bca", "predict", *options]
        subprocess.run(command, check=True)
        return pd.read_csv(out, sep="\t", dtype=str, keep_default_na=False)


def first_lines(table: pd.DataFrame) -> str:
    """The first lines and columns, in a block, the columns aligned."""
    rows = [list(table.columns), *table.head(LINES - 1).to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = ([f"{c:<{w}}" for c, w in zip(row, widths, strict=True)][:COLUMNS] for row in rows)
    return "\n".join(["```", *("  ".join(row).rstrip() for row in cells), "```"])


def means(table: pd.DataFrame) -> str:
    """A row a protein; raises SystemExit where one prefers another's sites."""
    site = table["dna_id"].str.split("_").str[0]
    score = table["score"].astype(float)
    mean = score.groupby([table["protein_id"], site], sort=False).mean().unstack(sort=False)
    lines = [
        "| protein | its own sites | the next best, and whose | no site |",
        "|---|---|---|---|",
    ]
    for name, row in mean.iterrows():
        others = row.drop([name, NO_SITE])
        if others.max() >= row[name]:
            sys.exit(f"{name} prefers the sites of {others.idxmax()}:\n{mean.round(2)}")
        best = f"{others.max():.2f} ({others.idxmax()})"
        lines.append(f"| {name} | {row[name]:.2f} | {best} | {row[NO_SITE]:.2f} |")
    return "\n".join(lines)


def same(left: str, right: str) -> bool:
    """Whether two texts say the same, numbers with a point within `TOLERANCE`."""
    pairs = list(zip(left.split(), right.split(), strict=False))
    return len(left.split()) == len(right.split()) and all(
        a == b or ("." in a and "." in b and abs(float(a) - float(b)) <= TOLERANCE)
        for a, b in pairs
    )


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--write", action="store_true", help="put both into the documentation")
    parser.add_argument(
        "--smoke", action="store_true", help="stop if the README shows anything else"
    )
    args = parser.parse_args()
    table = run_example(args.model)
    head, rows = first_lines(table), means(table)
    print(f"{head}\n\n{rows}")
    if args.write:
        put(README, "example", head)
        put(MEANS, "example", rows)
    if args.smoke and not same(shown(README, "example"), head):
        sys.exit("README.md shows another result: python benchmarks/example.py --write")


if __name__ == "__main__":
    main()
