"""How well each transcription factor of the example tells its own sites from the others'.

    python benchmarks/example.py [--model NAME] [--write README.md]

Scores the seven proteins on the 45 pieces of DNA in data/, and prints for each protein the mean
score of the five records that hold its own site, the highest mean among the other proteins' sites,
and the mean of the ten records without a site. The records are made, not measured, and the bundled
weights know all seven proteins: this shows what the program does, and not how good it is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.resources import data_path

if TYPE_CHECKING:
    import pandas as pd

MARK, END_MARK = "<!-- example -->", "<!-- /example -->"

NO_SITE = "no"
"""What the ids of records without a site begin with."""


def mean_scores(predictor: BindingPredictor) -> pd.DataFrame:
    """Mean score of each protein (row) on each protein's records (column), in the files' order."""
    table = predictor.predict(data_path("example_proteins.fa"), data_path("example_dna.fa"))
    site = table["dna_id"].str.split("_").str[0]
    means = table.groupby(["protein_id", site], sort=False)["score"].mean()
    return means.unstack(sort=False)


def as_markdown(means: pd.DataFrame) -> str:
    """A row a protein; raises SystemExit where one prefers another's sites."""
    lines = [
        "| protein | its own sites | the next best, and whose | no site |",
        "|---|---|---|---|",
    ]
    for name, row in means.iterrows():
        others = row.drop([name, NO_SITE])
        if others.max() >= row[name]:
            sys.exit(f"{name} prefers the sites of {others.idxmax()}:\n{means.round(2)}")
        best = f"{others.max():.2f} ({others.idxmax()})"
        lines.append(f"| {name} | {row[name]:.2f} | {best} | {row[NO_SITE]:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--write", type=Path, help="put the table between its marks in this file")
    parser.add_argument("--smoke", action="store_true", help="the same: it takes a few seconds")
    args = parser.parse_args()
    table = as_markdown(mean_scores(BindingPredictor.from_pretrained(args.model, "cpu")))
    print(table)
    if args.write:
        before, rest = args.write.read_text(encoding="utf-8").split(MARK, 1)
        _, after = rest.split(END_MARK, 1)
        text = f"{before}{MARK}\n{table}\n{END_MARK}{after}"
        args.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
