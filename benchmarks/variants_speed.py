"""How long variants take when they are not scored exactly: of proteins, and of DNA.

    python benchmarks/variants_speed.py [--model release] [--smoke]
    python benchmarks/variants_speed.py --dna [--genome ecoli.fa] [--variants 100000]

The first form is of all substitutions of a homeodomain. Printed are the seconds of one core that
`variant protein --scan` takes for LHX2 of the examples (57 residues, 1,083 mutants, each on all
32,896 8-mers), and of those that exact scores of some mutants on some 8-mers take, from which
follows how much longer all of them would. The correlation says how far the scores by the motifs
alone agree with exact ones on the same 8-mers, of the wild type.

The second form is of `variant dna --fast`: single-base changes at random places of a genome (random
DNA where none is given), and 20 human proteins of the collection. Printed are rows a second of the
processor from the VCF file to the table, and what 100,000 changes take; tables and backgrounds are
made before that, and their time is given, too. Then the same with exact scores for a few hundred
changes, half of them in sites that a fast scan finds at p 1e-4, with MAX, LHX2, GATA1, TP53 and
CTCF of the examples: Spearman's correlation of delta_score, of all changes, and of those where an
exact p-value of an allele is 0.01 or less; the share of the rows that have the same effect (gained,
lost, moved, kept or none), of all rows, and of those where either of the two has an effect.

--smoke: a few mutants and 8-mers, and a few changes of DNA.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

from dna_protein_bca import BindingPredictor, variant
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.variant.genomic import DNAVariantStream, variant_writer

ROOT = Path(__file__).resolve().parents[1]
PROTEIN = "LHX2"
MUTANTS, STRIDE = 4, 16
"""Mutants that are scored exactly, and of the 8-mers every so many."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="release")
    parser.add_argument("--smoke", action="store_true", help="a few mutants and 8-mers")
    parser.add_argument("--dna", action="store_true", help="variants of DNA")
    parser.add_argument("--genome", type=Path, metavar="FASTA", help="without it, random DNA")
    parser.add_argument("--variants", type=int, default=100_000)
    parser.add_argument("--exact", type=int, default=600, help="changes with exact scores")
    args = parser.parse_args()
    torch.set_num_threads(1)
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=1)
    if args.dna or args.smoke:
        of_dna(predictor, args)
    if not args.dna:
        of_proteins(predictor, args)


def of_proteins(predictor, args) -> None:
    """Print how long substitutions take, and how far their scores agree with exact ones."""
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


def of_dna(predictor, args) -> None:
    """Print how long changes of DNA take, and how far their scores agree with exact ones."""
    rng = random.Random(0)
    variants, exact, bases, proteins = args.variants, args.exact, 4_000_000, 20
    examples = ("MAX", "LHX2", "GATA1", "TP53", "CTCF")
    if args.smoke:
        variants, exact, bases, proteins, examples = 200, 20, 100_000, 1, ("MAX",)
    if args.genome is None:
        dna = "".join(rng.choices("ACGT", k=bases))
    else:
        genome = Genome(args.genome)
        dna = genome.fetch(next(iter(genome.lengths)), 0, bases).upper()
    human = [(r.id, r.sequence) for r in read_collection(predictor.folder, "Homo_sapiens")]
    some = dict(human[:: max(1, len(human) // proteins)][:proteins])
    speed(predictor, some, dna, rng.sample(range(len(dna)), variants))
    records = read_fasta(ROOT / "data" / "example_proteins.fa", "protein")
    agreement(predictor, {r.id: r.sequence for r in records if r.id in examples}, dna, exact)


def speed(predictor, proteins, dna: str, places: list[int]) -> None:
    """Print rows a second, from a VCF file to a table."""
    with TemporaryDirectory() as folder:
        vcf, genome = Path(folder, "v.vcf"), Path(folder, "g.fa")
        genome.write_text(f">chr\n{dna}\n")
        head = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        rows = (
            f"chr\t{at}\t.\t{ref}\t{alt}\t.\t.\t.\n" for _, at, ref, alt in changes(dna, places)
        )
        vcf.write_text(head + "".join(rows))
        encoded = predictor.encode(proteins)
        first = [("chr", at, ref, alt) for _, at, ref, alt in changes(dna, places[:2])]
        make_s, _ = measured(lambda: variant.dna(predictor, encoded, first, genome, fast=True))

        def run() -> None:
            stream = DNAVariantStream(predictor, encoded, vcf, genome, fast=True)
            with variant_writer(Path(folder, "o.tsv"), stream, {}) as writer:
                for batch in stream:
                    writer.write(batch)

        took, _ = measured(run)
    count = len(places) * len(proteins)
    print(f"{len(places):,} changes x {len(proteins)} proteins, from VCF to TSV: {took:.1f} CPU s")
    print(f"tables, backgrounds and random changes, unless cached, before that: {make_s:.1f} CPU s")
    whole = 2e6 * took / count
    print(f"{count / took:.0f} rows a second; 100,000 changes x 20 proteins: {whole:.0f} CPU s")


def changes(dna: str, places: list[int]) -> list[tuple[str, int, str, str]]:
    """A change of the base at each place that is no N."""
    rng = random.Random(1)
    others = {base: "ACGT".replace(base, "") for base in "ACGT"}
    known = sorted(at for at in places if dna[at] in others)
    return [("chr", at + 1, dna[at], rng.choice(others[dna[at]])) for at in known]


def agreement(predictor, proteins, dna: str, count: int) -> None:
    """Print how far fast scores agree with exact ones, a protein a row."""
    rng = random.Random(2)
    dna = dna[:400_000]
    print("protein\tdelta_score: all\tnear sites\tsame effect: all\twhere there is one")
    for name, sequence in proteins.items():
        one = predictor.encode({name: sequence})
        sites = pd.concat(predictor.scan(one, {"chr": dna}, max_p=1e-4, fast=True))
        spans = [*zip(sites["start"].tolist(), sites["end"].tolist(), strict=True)]
        inside = [rng.randrange(*span) for span in rng.sample(spans, min(len(spans), count // 2))]
        places = [*inside, *rng.sample(range(len(dna)), count - len(inside))]
        made = changes(dna, places)
        exact, fast = (
            variant.dna(predictor, one, made, {"chr": dna}, change_p=False, fast=fast).table
            for fast in (False, True)
        )
        near = exact[["p_value_ref", "p_value_alt"]].min(axis=1) <= 0.01
        correlations = [
            spearmanr(exact["delta_score"][rows], fast["delta_score"][rows])[0]
            for rows in (near | True, near)
        ]
        effects = [table["effect"].fillna("").astype(str) for table in (exact, fast)]
        same, some = effects[0] == effects[1], (effects[0] != "") | (effects[1] != "")
        shares = [same.mean(), same[some].mean()]
        print(
            "\t".join([name, *(f"{value:.3f}" for value in (*correlations, *shares))]), flush=True
        )


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
