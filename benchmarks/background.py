"""Whether p-values are what they say: how many random records and positions reach each.

    python benchmarks/background.py [--smoke] [--model NAME] [--proteins CTCF,MAX,...]
        [--lengths 20,101,...] [--backgrounds uniform,gc35,gc65] [--share F] [--genome MBP]
        [--best GENOME.fa] [--shipped] [--device cuda]

Scores random DNA of several lengths with ten proteins of different families, one seed for all, and
prints what share of the records has a p-value of at most 0.01 and 0.001: 10,000 records for each
protein up to 500 bp, 1,000 of the longer ones, or the part `--share` of them. `--smoke` takes a
twentieth, up to 2,000 bp of uniform DNA, and 1 Mbp, with the four proteins of `SMOKE`. The share of
records passes in a whole run where it lies in the bands of `BANDS`, and in a part of one where it
lies within four standard errors (and a tenth) of what is expected. `--genome` counts the positions
of random DNA in contigs of 1 Mbp that reach p-values: the lowest is that of which 100 are expected,
such as 1e-6 in 100 Mbp, where 60 to 140 pass; at the others, what lies within four standard errors
and 15%. `--best` scans a real genome, and prints of the best 100 sites of each protein how many
scores and how many p-values they have: sites with different scores differ.

Time is given in seconds of the processor (`--threads 1`). All backgrounds are simulated anew, but
with `--shipped`: then those that come with the weights are taken, for the proteins that have one.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.background import Background, BackgroundDNA
from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import record_scores
from dna_protein_bca.io.fasta import read_fasta

DATA = Path(__file__).parents[1] / "data"

PROTEINS = {
    **dict.fromkeys(("CTCF", "TP53", "MAX", "GATA1", "LHX2", "SP1"), "example_proteins.fa"),
    "RUNX1": "example_proteins.fa",
    "Q99581": "validation/proteins.fa",
    "Q9LZV6": "validation/proteins.fa",
    "Q9R1E0": "validation/proteins.fa",
}
"""Zinc fingers, p53, bHLH, GATA, homeodomain, zinc fingers, Runt, ETS, WRKY and forkhead."""

BACKGROUNDS = {
    "uniform": "uniform",
    "gc35": "0.325,0.175,0.175,0.325",
    "gc65": "0.175,0.325,0.325,0.175",
}

LENGTHS = {20: 10_000, 101: 10_000, 150: 10_000, 500: 10_000, 2_000: 1_000, 5_000: 1_000}
"""Length in bp -> records."""

LEVELS = (0.01, 0.001)
BANDS = {(0.01, False): (0.9, 1.1), (0.001, False): (0.7, 1.3), (0.01, True): (0.7, 1.3)}
"""Level, and whether records are longer than 500 bp -> the pooled share, over the level."""

EACH = (0.6, 1.4)
"""The same of one protein's share at 0.01."""

SMOKE = ("CTCF", "TP53", "MAX", "Q9LZV6")
SMOKE_SHARE = 1 / 20
SMOKE_LENGTHS = (20, 101, 150, 500, 2_000)

SMOKE_GENOME = 1

SITE_LEVELS = (1e-2, 1e-3, 1e-4, 1e-5)
RAREST = 100
SITES_OFF = 0.15
"""p-values of which positions are counted, and how many of those with the lowest one are expected;
the share that the others may be off, beside standard errors."""

ERRORS = 4.0
BEST = 100
CONTIG = 1_000_000
SEED = 1
"""Of the DNA, which no background was simulated with."""


def random_records(dna: BackgroundDNA, count: int, length: int, seed: int) -> DNARecords:
    """Records of random DNA of one length."""
    bases = dna.draw(np.random.default_rng([SEED, seed]), count, length)
    start = np.arange(count) * length
    return DNARecords(bases.ravel(), start, np.full(count, length), np.ones(count, bool))


def shares(
    predictor: BindingPredictor,
    encoded: EncodedProteins,
    found: Sequence[Background | None],
    dna: BackgroundDNA,
    length: int,
    count: int,
) -> np.ndarray:
    """Share of the records whose p-value is at most each level: float64 [proteins, levels]."""
    reached = np.zeros((len(encoded), len(LEVELS)))
    step = max(1, 1_000_000 // length)
    for first in range(0, count, step):
        size = min(step, count - first)
        records = random_records(dna, size, length, length + first)
        meetings = predictor.scorer.positions(records, encoded.blocks)
        scores = record_scores(meetings, len(encoded), size).score
        for row, background in enumerate(found):
            assert background is not None
            p = background.record_p(scores[row], np.full(size, length))
            reached[row] += [(p <= level).sum() for level in LEVELS]
    return reached / count


def verdict(share: float, level: float, count: int, band: tuple[float, float], part: bool) -> bool:
    """Whether a share of `count` records is as the p-values say; `part` of a whole run's."""
    if part:
        return abs(share - level) <= ERRORS * math.sqrt(level * (1 - level) / count) + 0.1 * level
    return band[0] * level <= share <= band[1] * level


def genome_hits(
    predictor: BindingPredictor,
    encoded: EncodedProteins,
    found: Sequence[Background | None],
    levels: Sequence[float],
    megabases: int,
) -> np.ndarray:
    """Positions of random contigs that reach p-values: float64 [proteins, levels]."""
    dna = BackgroundDNA.parse("uniform")
    hits = np.zeros((len(encoded), len(levels)))
    limits = np.array([[each.site_threshold(p) for p in levels] for each in found if each])
    for contig in range(megabases):
        records = random_records(dna, 1, CONTIG, 10_000_000 + contig)
        for meeting in predictor.scorer.positions(records, encoded.blocks):
            limit = torch.from_numpy(limits[meeting.rows])
            for batch in meeting:
                best = batch.score.amax(-1)[..., None]
                over = best >= limit.to(best)[:, None, None]
                # A position between two tiles counts half in each.
                counted = over * (batch.owned * batch.log_share.exp())[..., None]
                hits[meeting.rows] += counted.sum((1, 2)).cpu().numpy()
    return hits


def check_sites(
    predictor: BindingPredictor,
    encoded: EncodedProteins,
    found: Sequence[Background | None],
    megabases: int,
) -> bool:
    """Print how many positions reach p-values; False where a number is not as these say."""
    rarest = RAREST / (megabases * CONTIG)
    levels = [p for p in SITE_LEVELS if p > rarest] + [rarest]
    hits = genome_hits(predictor, encoded, found, levels, megabases)
    print(
        f"\npositions of {megabases} Mbp of random DNA\nprotein\tp-value\texpected\tfound\tpasses"
    )
    passed = True
    for name, counts in zip(encoded.ids, hits, strict=True):
        for p, count in zip(levels, counts, strict=True):
            expected = p * megabases * CONTIG
            fine = abs(count - expected) <= ERRORS * math.sqrt(expected) + SITES_OFF * expected
            if p == rarest:
                fine = 0.6 * expected <= count <= 1.4 * expected
            passed &= fine
            print(f"{name}\t{p:.0e}\t{expected:.0f}\t{count:.0f}\t{'yes' if fine else 'NO'}")
    return passed


def best_sites(predictor: BindingPredictor, encoded: EncodedProteins, genome: Path) -> bool:
    """Print how many scores and p-values the best sites have; False where p-values are fewer."""
    table = pd.concat(list(predictor.scan(encoded, genome, max_p=1e-4)))
    print(f"\nthe best {BEST} sites of {genome.name}\nprotein\tscores\tp-values\tlowest p-value")
    passed = True
    for name, sites in table.groupby("protein_id", sort=False):
        best = sites.nlargest(BEST, "score")
        scores, p_values = best["score"].nunique(), best["p_value"].nunique()
        passed &= p_values == scores
        print(f"{name}\t{scores}\t{p_values}\t{best['p_value'].min():.2e}", flush=True)
    return passed


def check_lengths(
    predictor: BindingPredictor,
    encoded: EncodedProteins,
    found: Sequence[Background | None],
    name: str,
    lengths: Sequence[int],
    part: float,
) -> bool:
    """Print the shares on one background; False where one is outside its band."""
    dna = BackgroundDNA.parse(BACKGROUNDS[name])
    print("length\trecords\tlevel\tpooled\tlowest\thighest\tpasses")
    passed = True
    for length in lengths:
        count = round(LENGTHS[length] * part)
        every = shares(predictor, encoded, found, dna, length, count)
        for column, level in enumerate(LEVELS):
            share = every[:, column]
            band = BANDS.get((level, length > 500))
            fine = band is None or verdict(share.mean(), level, count * len(share), band, part < 1)
            if level == LEVELS[0] and (part < 1 or length <= 500):
                fine &= all(verdict(one, level, count, EACH, part < 1) for one in share)
            passed &= bool(fine)
            print(
                f"{length}\t{count}\t{level}\t{share.mean():.5f}\t{share.min():.5f}"
                f"\t{share.max():.5f}\t{'yes' if fine else 'NO'}",
                flush=True,
            )
    return passed


def simulated(
    predictor: BindingPredictor, encoded: EncodedProteins, name: str
) -> list[Background | None]:
    """The backgrounds of the proteins on one kind of DNA, which are not put into the cache."""
    dna = BackgroundDNA.parse(BACKGROUNDS[name])
    before = time.process_time()
    found = predictor.background(encoded, dna, cache=False)
    seconds = (time.process_time() - before) / len(encoded)
    print(f"\n{name}: {seconds:.1f} s of the processor a protein", flush=True)
    return list(found)


def load(predictor: BindingPredictor, names: Sequence[str]) -> EncodedProteins:
    """The named proteins, encoded."""
    sequences = {}
    for name in names:
        records = read_fasta(DATA / PROTEINS[name], "protein")
        sequences[name] = next(each.sequence for each in records if each.id == name)
    return predictor.encode(sequences)


def main() -> None:
    """Print the tables; exit 1 where something is outside its band."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--proteins", default=",".join(PROTEINS))
    parser.add_argument("--lengths", default=",".join(map(str, LENGTHS)))
    parser.add_argument("--backgrounds", default=",".join(BACKGROUNDS))
    parser.add_argument("--share", type=float, default=1.0, metavar="F")
    parser.add_argument("--genome", type=int, default=0, metavar="MBP")
    parser.add_argument("--best", type=Path, metavar="GENOME.fa")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    predictor = BindingPredictor.from_pretrained(
        options.model, options.device, threads=options.threads
    )
    if options.genome and "uniform" not in options.backgrounds.split(","):
        parser.error("--genome counts on uniform DNA: name it in --backgrounds")
    if not options.shipped:
        predictor.folder = None
    names = options.proteins.split(",")
    lengths = [int(length) for length in options.lengths.split(",") if length]
    backgrounds = options.backgrounds.split(",")
    if options.smoke:
        names, lengths, backgrounds = list(SMOKE), list(SMOKE_LENGTHS), ["uniform"]
        options.share, options.genome = SMOKE_SHARE, SMOKE_GENOME
    encoded = load(predictor, names)
    passed = True
    for name in backgrounds:
        counted = options.genome if name == "uniform" else 0
        if not (lengths or counted):
            continue
        found = simulated(predictor, encoded, name)
        if lengths:
            passed &= check_lengths(predictor, encoded, found, name, lengths, options.share)
        if counted:
            passed &= check_sites(predictor, encoded, found, counted)
    if options.best:
        passed &= best_sites(predictor, encoded, options.best)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
