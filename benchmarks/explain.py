"""Do the bases that matter most to a score lie in the site?

    python benchmarks/explain.py --data DIR [--model release]
    python benchmarks/explain.py --smoke

DIR is the folder of all shared data. Its 20 textbook sites are planted in random DNA of 101 bp,
each for one human protein that is known to bind it; `--smoke` takes the first planted site of each
of the example proteins instead. Every base is substituted by the three others. Printed is, for each
pair, how many of the five bases with the largest mean effect lie in the planted sequence, and at
the end how many pairs have all five there. The first exits with 1 where these are fewer than 19.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.variant.genomic.substitutions import base_effects

DATA = Path(__file__).resolve().parents[1] / "data"

LENGTH, LARGEST, ENOUGH = 101, 5, 19

BINDS = {
    **{"CRE": "CREB1", "Ebox": "MAX", "GATA": "GATA1", "GAS": "STAT1", "NFkB": "NFKB1"},
    **{"HRE": "ARNT2", "p53RE": "TP53", "CArG": "SRF", "FOX": "FOXA1", "ETS": "ETS1"},
    **{"SOX": "SOX2", "POU": "POU2F1", "GRE": "NR3C1", "ERE": "ESR1", "DR5": "RARA"},
    **{"AP1": "JUN", "CEBP": "CEBPA", "NFAT": "NFATC3", "TEAD": "TEAD1", "HNF1": "HNF1A"},
}
"""Textbook site -> a human protein that binds it."""


class Planted(NamedTuple):
    """A site in random DNA: `start` and `end`, 0-based and half-open, of what was planted."""

    name: str
    protein: SequenceRecord
    dna: str
    start: int
    end: int


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of all shared data")
    parser.add_argument("--model", default="release")
    parser.add_argument("--smoke", action="store_true", help="on the examples of the repository")
    args = parser.parse_args()
    if args.data is None and not args.smoke:
        sys.exit("the sites do not come with the repository: give --data DIR, or --smoke")
    predictor = BindingPredictor.from_pretrained(args.model, threads=1)
    planted = list(examples() if args.smoke else textbook(predictor, args.data))
    inside = []
    for site in planted:
        effects = base_effects([(predictor, predictor.encode([site.protein]))], site.dna)[0]
        mean = np.abs(effects.sum(0)) / 3
        largest = np.argsort(-mean, kind="stable")[:LARGEST]
        inside.append(int(((largest >= site.start) & (largest < site.end)).sum()))
        print(f"{site.name:10}{site.protein.id:20}{inside[-1]} of {LARGEST}", flush=True)
    whole = inside.count(LARGEST)
    print(f"all {LARGEST} in the site: {whole} of {len(planted)}")
    if whole < (len(planted) - 1 if args.smoke else ENOUGH):
        sys.exit(1)


def textbook(predictor: BindingPredictor, data: Path) -> Iterator[Planted]:
    """The textbook sites, each in random DNA of its own."""
    table = pd.read_csv(data / "sequences" / "textbook_sites.tsv", sep="\t")
    human = {
        record.id.partition("|")[0]: record
        for record in read_collection(predictor.folder, "Homo_sapiens")
    }
    rng = np.random.default_rng(0)
    for row in table.itertuples():
        dna = "".join(rng.choice(list("ACGT"), LENGTH))
        start = (LENGTH - len(row.sequence)) // 2
        end = start + len(row.sequence)
        yield Planted(
            row.site, human[BINDS[row.site]], dna[:start] + row.sequence + dna[end:], start, end
        )


def examples() -> Iterator[Planted]:
    """The first site of each example protein, whose header says where it was planted."""
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    proteins = {each.id: each for each in read_fasta(DATA / "example_proteins.fa", "protein")}
    with open(DATA / "example_dna.fa", encoding="utf-8") as file:
        for title, dna in SimpleFastaParser(file):
            found = re.match(r"(\w+)_site_1 .* at (\d+)-(\d+)", title)
            if found and found[1] in proteins:
                yield Planted(found[1], proteins[found[1]], dna, int(found[2]), int(found[3]))


if __name__ == "__main__":
    main()
