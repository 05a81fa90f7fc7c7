"""How long all substitutions of a homeodomain take, by the motifs, beside exact scores.

    python benchmarks/variants_speed.py [--model release] [--smoke]

Printed are the seconds of one core that `variant protein --scan` takes for LHX2 of the examples (57
residues, 1,083 mutants, each on all 32,896 8-mers), and of those that exact scores of some mutants
on some 8-mers take, from which follows how much longer all of them would. The correlation says how
far the scores by the motifs alone agree with exact ones on the same 8-mers, of the wild type.

--smoke: a few mutants and 8-mers.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from dna_protein_bca import BindingPredictor, variant
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.motifs.kmers import canonical_kmers

ROOT = Path(__file__).resolve().parents[1]
PROTEIN = "LHX2"
MUTANTS, STRIDE = 4, 16
"""Mutants that are scored exactly, and of the 8-mers every so many."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="release")
    parser.add_argument("--smoke", action="store_true", help="a few mutants and 8-mers")
    args = parser.parse_args()
    torch.set_num_threads(1)
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=1)
    records = read_fasta(ROOT / "data" / "example_proteins.fa", "protein")
    wild = {r.id: r.sequence for r in records if r.id == PROTEIN}
    some = [(PROTEIN, text) for text in mutations(wild[PROTEIN])]
    stride = 512 if args.smoke else STRIDE
    dna = {kmer: kmer for kmer in canonical_kmers(8)[::stride]}
    options = {"mutations": some[:8]} if args.smoke else {"scan": True}
    variant.protein(predictor, wild, some[:1])  # what is worked out once
    scan_s, result = measured(lambda: variant.protein(predictor, wild, **options))
    exact_s, exact = measured(lambda: exactly(predictor, wild, some, dna))
    one_s, _ = measured(lambda: exactly(predictor, wild, some, dict([*dna.items()][:1])))
    of_kmer = (exact_s - one_s) / (len(dna) - 1)
    each = (one_s + of_kmer * len(canonical_kmers(8))) / MUTANTS
    of_scan = scan_s / len(result.table)
    print(f"{len(result.table)} mutants on all 8-mers by the motifs: {scan_s:.1f} s of one core")
    print(f"one mutant: {of_scan * 1000:.0f} ms; with exact scores {each / of_scan:.0f} times that")
    by_motifs = result.wild_types[PROTEIN].kmers.score[::stride]
    scores = exact.pairs["wild_score"].to_numpy()[: len(dna)]
    print(f"correlation with exact scores: {np.corrcoef(by_motifs, scores)[0, 1]:.3f}")


def exactly(predictor, wild, mutations, dna):
    """Exact scores of a few mutants."""
    return variant.protein(predictor, wild, mutations[:MUTANTS], dna=dna, background=None)


def mutations(sequence: str) -> list[str]:
    """Substitutions of the recognition helix."""
    first = sequence.index("VWFQN")
    return [
        f"{sequence[at]}{at + 1}{new}"
        for at in range(first, first + 5)
        for new in "AKEL"
        if new != sequence[at]
    ]


def measured(work):
    """Seconds of the processor that a call takes, and what it returns."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    main()
