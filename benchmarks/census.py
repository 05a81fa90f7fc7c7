"""How fast and how sure the census of DNA-binding domains is.

    python benchmarks/census.py --data DIR [--threads 2]
    python benchmarks/census.py --smoke

Searches all proteins of the data set, and the same sequences reversed, in which a domain can be
found by chance alone. The time is that of the whole census, with the comparison with measured
proteins, scaled to 20,000 sequences: of transcription factors, which take longer than others. CPU
seconds tell more than elapsed ones where other work runs beside. `--smoke` searches the few
proteins that come with the package.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dna_protein_bca.datasets.sources.specificity import read_proteins
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.proteins.census import census, fragments
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.resources import data_path

SPLITS = ("train", "validation", "validation-pbm", "excluded", "reserved")
PROTEOME = 20_000


def run(
    records: Sequence[SequenceRecord], measured: MeasuredProteins, threads: int
) -> tuple[pd.DataFrame, float, float]:
    """The census, with its elapsed and CPU seconds."""
    elapsed, cpu = time.perf_counter(), time.process_time()
    table = pd.concat([part for _, part in census(records, measured, threads=threads)])
    return table, time.perf_counter() - elapsed, time.process_time() - cpu


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the specificity data set")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true", help="a few proteins only")
    args = parser.parse_args()
    if args.smoke:
        records = list(read_fasta(data_path("example_proteins.fa"), "protein"))
    elif args.data is not None and (args.data / "proteins.tsv.gz").is_file():
        table = read_proteins(args.data, SPLITS)
        records = [SequenceRecord(*pair) for pair in zip(table.index, table.sequence, strict=True)]
    else:
        sys.exit(f"No specificity data set in {args.data}: give --data DIR, or --smoke")
    measured = MeasuredProteins.read(locate() / RELATIVES)
    found, elapsed, cpu = run(records, measured, args.threads)
    turned = [SequenceRecord(record.id, record.sequence[::-1]) for record in records]
    by_chance, _, _ = run(turned, measured, args.threads)
    count, scale = len(records), PROTEOME / len(records)
    known, chance = found.protein_id.nunique(), by_chance.protein_id.nunique()
    print(f"{count:,} sequences, {args.threads} threads")
    print(f"  found                        {known:>7,} ({known / count:.2%})")
    print(f"  found when reversed          {chance:>7,} ({chance / count:.2%})")
    print(f"  below 0.8 of the typical     {len(fragments(found)):>7,}")
    print(f"  elapsed                      {elapsed:>7.1f} s")
    print(f"  CPU                          {cpu:>7.1f} s")
    print(f"  CPU for {PROTEOME:,} sequences   {cpu * scale:>7.1f} s")


if __name__ == "__main__":
    main()
