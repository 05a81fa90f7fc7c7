"""The families of DNA-binding domains that are read, as docs/families.md lists them.

    python benchmarks/families.py [--write docs/families.md]

Names, accessions and descriptions are those of the Pfam profiles in data/pfam_dbd.hmm.gz; the last
column counts the measured proteins of the default weights that have such a domain.
"""

from __future__ import annotations

import argparse
import gzip
from collections import Counter
from pathlib import Path

from page import put

from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.proteins.domains import PROFILES
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.resources import data_path

FIELDS = ("NAME", "ACC", "DESC", "LENG")


def profiles() -> list[dict[str, str]]:
    """`FIELDS` of every profile, in the order of the file."""
    found: list[dict[str, str]] = []
    with gzip.open(data_path(PROFILES), "rt", encoding="ascii") as lines:
        for line in lines:
            key, _, value = line.strip().partition(" ")
            if key == "NAME":
                found.append({})
            if key in FIELDS:
                found[-1][key] = value.strip()
    return found


def table() -> str:
    """Markdown, a row a family, the best known first."""
    weights = locate()
    known = Counter(
        family
        for protein in MeasuredProteins.read(weights / RELATIVES).proteins
        for family in protein.domains
    )
    rows = sorted(profiles(), key=lambda row: (-known[row["NAME"]], row["NAME"].lower()))
    lines = [
        f"{len(rows)} families; measured proteins of {weights.name}.",
        "",
        "| `dbd` | Pfam | what it is | match states | measured proteins |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        pfam = row["ACC"].split(".")[0]
        link = f"[{pfam}](https://www.ebi.ac.uk/interpro/entry/pfam/{pfam}/)"
        lines.append(
            f"| {row['NAME']} | {link} | {row['DESC']} | {row['LENG']} | {known[row['NAME']]:,} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", type=Path, help="put the table between its marks in this file")
    parser.add_argument("--smoke", action="store_true", help="the same: it takes a second")
    args = parser.parse_args()
    text = table()
    print(text)
    if args.write:
        put(args.write, "families", text)


if __name__ == "__main__":
    main()
