"""How many proteins and motifs of each source travel with the bundled weights.

    python benchmarks/sources.py [--write models/LICENSE.md]

Every protein of `relatives.parquet` says where its sequence is from, and each motif where it was
measured; one that did not would be named here, and end in an error.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from page import put

from dna_protein_bca.inference.weights import bundled
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins
from dna_protein_bca.resources import models_path

Rows = Counter[tuple[str, str]]


def counts(proteins: list[MeasuredProtein]) -> Rows:
    """Proteins and motifs by what they are and their source, without a source's details."""
    rows: Rows = Counter()
    for protein in proteins:
        if not protein.source or not all(protein.motif_sources):
            sys.exit(f"{protein.protein_id}: its sequence or one of its motifs has no source")
        rows["protein", protein.source.split(";")[0]] += 1
        rows.update(("motif", source.split(";")[0]) for source in protein.motif_sources)
    return rows


def table(found: dict[str, Rows]) -> str:
    """Markdown, a row a source, a column a set of weights."""
    lines = [f"| | source | {' | '.join(found)} |", "|---|---|" + "---|" * len(found)]
    for kind in ("protein", "motif"):
        sources = sum((rows for rows in found.values()), Counter())
        named = sorted(source for what, source in sources if what == kind)
        for source in named:
            numbers = " | ".join(f"{rows[kind, source]:,}" for rows in found.values())
            lines.append(f"| {kind}s | {source} | {numbers} |")
        totals = (sum(n for key, n in rows.items() if key[0] == kind) for rows in found.values())
        lines.append(f"| {kind}s | all | {' | '.join(f'{total:,}' for total in totals)} |")
    return "\n".join(lines)


def main() -> None:
    """Parse, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", type=Path, help="put the table between its marks in this file")
    parser.add_argument("--smoke", action="store_true", help="the same: it takes a second")
    args = parser.parse_args()
    read = MeasuredProteins.read
    names = sorted(bundled())
    text = table({name: counts(read(models_path(name) / RELATIVES).proteins) for name in names})
    print(text)
    if args.write:
        put(args.write, "sources", text)


if __name__ == "__main__":
    main()
