"""Speed of the search for DNA-binding domains, and agreement with those of the data set.

    python benchmarks/domains.py --data DIR [--threads 2]
    python benchmarks/domains.py --smoke

`--smoke` searches the few proteins that come with the package, to check that the script works.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pandas as pd
from Bio.SeqIO.FastaIO import SimpleFastaParser

from dna_protein_bca.proteins.domains import find_domains, format_domains, profile_lengths
from dna_protein_bca.resources import data_path

PROTEINS = 1000
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the specificity data set")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true", help="a few proteins only")
    args = parser.parse_args()
    table = None
    if args.smoke:
        with open(data_path("example_proteins.fa")) as file:
            proteins = list(SimpleFastaParser(file))
    elif args.data is not None and (args.data / "proteins.tsv.gz").is_file():
        table = pd.read_csv(args.data / "proteins.tsv.gz", sep="\t", keep_default_na=False)
        proteins = human_sized(table)
    else:
        sys.exit(f"No specificity data set in {args.data}: give --data DIR, or --smoke")

    started = time.perf_counter()
    find_domains(proteins[:1], threads=args.threads)
    first = time.perf_counter() - started
    seconds = min(timed(proteins, args.threads) for _ in range(1 if args.smoke else REPEATS))
    residues = sum(len(sequence) for _, sequence in proteins)
    print(f"{'proteins':28}{len(proteins):>12,}")
    print(f"{'mean length (residues)':28}{residues / len(proteins):>12.0f}")
    print(f"{'profiles':28}{len(profile_lengths()):>12}")
    print(f"{'threads':28}{args.threads:>12}")
    print(f"{'first protein, cold (s)':28}{first:>12.2f}")
    print(f"{'all proteins (s)':28}{seconds:>12.2f}")
    print(f"{'s per 1,000 proteins':28}{1000 * seconds / len(proteins):>12.2f}")
    if table is not None:
        agreement(table, args.threads)


def human_sized(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Up to a thousand human transcription factors drawn at random; fragments are left out."""
    human = table[(table.species == "Homo_sapiens") & (table.sequence.str.len() >= 100)]
    sample = human.sample(min(PROTEINS, len(human)), random_state=0)
    return list(zip(sample.protein_id, sample.sequence, strict=True))


def timed(proteins: list[tuple[str, str]], threads: int) -> float:
    started = time.perf_counter()
    find_domains(proteins, threads=threads)
    return time.perf_counter() - started


def agreement(table: pd.DataFrame, threads: int) -> None:
    """Print how many of the data set's proteins get the domains that its `dbd` column lists."""
    proteins = list(zip(table.protein_id, table.sequence, strict=True))
    searched = [set(format_domains(d).split(";")) for d in find_domains(proteins, threads=threads)]
    listed = [set(column.split(";")) for column in table.dbd]
    same = sum(ours == theirs for ours, theirs in zip(searched, listed, strict=True))
    same_families = sum(
        {text.split(":")[0] for text in ours} == {text.split(":")[0] for text in theirs}
        for ours, theirs in zip(searched, listed, strict=True)
    )
    print(f"{'data set (proteins)':28}{len(table):>12,}")
    print(f"{'  same families':28}{same_families:>12,}")
    print(f"{'  same domains and spans':28}{same:>12,}")


if __name__ == "__main__":
    main()
