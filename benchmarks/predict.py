"""Speed of `predict` in pairs a second, compared with a plain loop and the reference's transformer.

    python benchmarks/predict.py [--data DIR] [--threads 2] [--model NAME]

Scores twenty transcription factors of about 400 residues on 5,000 windows of 101 bp, in rounds that
run the three methods in turn; the table gives medians over the rounds. Then scores nine proteins on
every 8-mer. Loading weights is not counted; domain search and encoding are counted for `predict`
alone. `--clock cpu` counts seconds of the processor, for a machine that is busy with other work;
these can be compared only with `--threads 1`.

- `predict`: `BindingPredictor.predict`, as the command runs it.
- plain: the same model on one batch of pairs at a time, each pair with a protein and a DNA.
- reference: `BidirectionalCrossAttentionTransformer` of the bidirectional-cross-attention package
  (dim 128, depth 4, heads 4, dim_head 32), untrained, batches of 32 padded full-length proteins.

Proteins come from `--data` (or the folder that DNA_PROTEIN_BCA_DATA names); without it, the
package's example proteins are used in their place, under twenty names.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from bidirectional_cross_attention import BidirectionalCrossAttentionTransformer
from torch import Tensor, nn

from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.features import ProteinInput, collate
from dna_protein_bca.proteins.relatives import Relative
from dna_protein_bca.resources import data_path

WINDOW = 101
PLAIN_BATCH = 64
REFERENCE_BATCH = 32

Pairs = list[tuple[str, str]]
Inputs = dict[str, tuple[ProteinInput, list[Relative]]]


def proteins(data: Path | None, count: int) -> dict[str, str]:
    """Proteins with a domain, those nearest to 400 residues first."""
    if data is None:
        examples = [r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein")]
        return {f"protein_{i}": examples[i % len(examples)] for i in range(count)}
    with gzip.open(data / "proteins.tsv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["dbd"] != "none"]
    rows.sort(key=lambda row: (abs(len(row["sequence"]) - 400), row["protein_id"]))
    return {row["protein_id"]: row["sequence"] for row in islice(rows, count)}


def pbm_proteins(data: Path | None) -> dict[str, str]:
    """The nine proteins of the protein-binding microarrays, or nine examples."""
    if data is None:
        return proteins(None, 9)
    with gzip.open(data / "proteins.tsv.gz", "rt") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {r["protein_id"]: r["sequence"] for r in rows if r["split"] == "validation-pbm"}


def windows(count: int) -> dict[str, str]:
    """Random DNA, seed 0."""
    rng = random.Random(0)
    return {f"window_{i}": "".join(rng.choices("ACGT", k=WINDOW)) for i in range(count)}


def inputs_of(predictor: BindingPredictor, sequences: dict[str, str]) -> Inputs:
    """Features and relatives of each protein, which the plain loop needs before it starts."""
    domains_of = find_domains(list(sequences.items()))
    model, measured = predictor.model, predictor.relative_motifs
    count = model.config.matching.relatives
    inputs: Inputs = {}
    for (name, sequence), domains in zip(sequences.items(), domains_of, strict=True):
        near = measured.nearest(domains, sequence, count) if measured else []
        inputs[name] = model.features(SequenceRecord(name, sequence, "", 0), domains), near
    return inputs


@torch.inference_mode()
def plain(predictor: BindingPredictor, inputs: Inputs, pairs: Pairs) -> Tensor:
    """Scores of (protein id, DNA) pairs, without any computation shared between them."""
    measured = predictor.relative_motifs
    tokenizer, scores = DNATokenizer(), []
    for first in range(0, len(pairs), PLAIN_BATCH):
        batch = pairs[first : first + PLAIN_BATCH]
        read, near = zip(*(inputs[name] for name, _ in batch), strict=True)
        relatives = measured.collate(near) if measured else None
        state = predictor.model.encode(collate(read), relatives)
        tokens = tokenizer.encode([sequence for _, sequence in batch])
        out = predictor.model(tokens.ids[:, None], tokens.mask[:, None], state)
        scores.append(out.score.squeeze(1))
    return torch.cat(scores)


class Reference(nn.Module):
    """The reference's transformer between two embeddings and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.dna, self.protein = DNATokenizer(), ProteinTokenizer()
        self.of_dna = nn.Embedding(self.dna.vocab_size, 128)
        self.of_protein = nn.Embedding(self.protein.vocab_size, 128)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=128, depth=4, context_dim=128, heads=4, dim_head=32
        )
        self.head = nn.Linear(128, 1)

    @torch.inference_mode()
    def forward(self, sequences: dict[str, str], pairs: Pairs) -> Tensor:
        scores = []
        for first in range(0, len(pairs), REFERENCE_BATCH):
            batch = pairs[first : first + REFERENCE_BATCH]
            dna = self.dna.encode([sequence for _, sequence in batch])
            protein = self.protein.encode([sequences[name] for name, _ in batch])
            tokens, _ = self.joint(
                self.of_dna(dna.ids.long()),
                self.of_protein(protein.ids.long()),
                mask=dna.mask,
                context_mask=protein.mask,
            )
            scores.append(self.head(tokens.mean(1)).squeeze(1))
        return torch.cat(scores)


def timed(function: Callable[[], object], clock: str) -> float:
    """Seconds of one call."""
    now = time.perf_counter if clock == "wall" else time.process_time
    begun = now()
    function()
    return now() - begun


def compare(
    predictor: BindingPredictor, sequences: dict[str, str], args: argparse.Namespace
) -> None:
    """Print pairs/s of the three methods."""
    dna = windows(args.windows)
    names = list(dna)
    share = -(-len(names) // args.rounds)
    inputs, reference = inputs_of(predictor, sequences), Reference().eval()
    rng = random.Random(1)
    every = [(name, sequence) for name in sequences for sequence in dna.values()]
    score = partial(predictor.predict, background=None)
    speeds: dict[str, list[float]] = {"predict": [], "plain": [], "reference": []}
    difference = 0.0
    for number in range(args.rounds):
        part = {name: dna[name] for name in names[number * share : (number + 1) * share]}
        some = rng.sample(every, min(len(every), args.plain_pairs))
        few = some[: args.reference_pairs]
        seconds = timed(lambda part=part: score(sequences, part), args.clock)  # type: ignore[misc]
        speeds["predict"].append(len(part) * len(sequences) / seconds)
        seconds = timed(lambda some=some: plain(predictor, inputs, some), args.clock)  # type: ignore[misc]
        speeds["plain"].append(len(some) / seconds)
        seconds = timed(lambda few=few: reference(sequences, few), args.clock)  # type: ignore[misc]
        speeds["reference"].append(len(few) / seconds)
        shared = score(sequences, [(str(i), s) for i, (_, s) in enumerate(few)])
        grid = shared.pivot(index="dna_id", columns="protein_id", values="score")
        ours = np.array([grid.loc[str(i), name] for i, (name, _) in enumerate(few)])
        difference = max(
            difference, float(np.abs(ours - plain(predictor, inputs, few).numpy()).max())
        )
    median = {name: statistics.median(values) for name, values in speeds.items()}
    print(
        f"{len(sequences)} proteins x {len(dna)} windows of {WINDOW} bp, {args.rounds} rounds, "
        f"{args.clock} time, {args.threads} threads"
    )
    print("method\tpairs/s (median)\tlowest\thighest\tspeed of predict relative to it")
    for name, values in speeds.items():
        ratio = median["predict"] / median[name]
        print(f"{name}\t{median[name]:.0f}\t{min(values):.0f}\t{max(values):.0f}\t{ratio:.1f}")
    print(f"largest difference between predict and plain: {difference:.1e}")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("DNA_PROTEIN_BCA_DATA") or None)
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--windows", type=int, default=5_000)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--smoke", action="store_true", help="a few pairs, to check that it runs")
    args = parser.parse_args()
    args.plain_pairs, args.reference_pairs, count = 640, 64, 20
    if args.smoke:
        args.windows, args.plain_pairs, args.reference_pairs, args.rounds = 40, 8, 8, 1
        count = 4
    data = Path(args.data) if args.data else None
    if data is None:
        print("no --data: the package's example proteins are used in place of it")
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=args.threads)
    compare(predictor, proteins(data, count), args)
    words = dict(islice(((kmer, kmer) for kmer in canonical_kmers(8)), 200 if args.smoke else None))
    nine = dict(islice(pbm_proteins(data).items(), 2 if args.smoke else None))
    seconds = timed(lambda: predictor.predict(nine, words, background=None), args.clock)
    print(f"{len(nine)} proteins x {len(words)} 8-mers: {seconds:.1f} s ({args.clock} time)")


if __name__ == "__main__":
    main()
