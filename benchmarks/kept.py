"""What the lightest motifs of a protein are worth: figures and speed without them.

    python benchmarks/kept.py [--model heldout] [--data DIR] [--shares 1 0.99] [--bases N]

A row for each share of the motifs' weight that is read (`MatchingConfig.kept`), on the same
weights: how many motifs each of the example proteins then has, and their mean, kbp a second of the
processor of a scan of random DNA with each of them, one thread, and how far the scores of the best
tenth of a per cent of positions move against those of all motifs (root of the mean square, nats).
With DIR, the folder of the specificity data set, also means over the validation proteins: of every
sixteenth 8-mer, and the AUROC of windows with a planted site; half a minute to a minute of one core
a row.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.reducers import tracks
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import data_path
from dna_protein_bca.training.recipe.joint_validation import Validation

BEST = 0.001
"""Share of the positions whose change is reported."""


def scan(
    predictor: BindingPredictor, proteins: dict[str, str], dna: str
) -> tuple[list[int], float, np.ndarray]:
    """Motifs a protein, seconds of the processor, and the scores of all positions."""
    motifs, took, scores = [], 0.0, []
    for name, sequence in proteins.items():
        encoded = predictor.encode({name: sequence})
        if not encoded.blocks:
            continue
        motifs.append(encoded.blocks[0].state.motifs.weight.shape[1])
        begun = time.process_time()
        for _, meeting in predictor.positions(encoded, {"dna": dna}):
            scores.append(tracks(meeting)[0][0].max(1))
        took += time.process_time() - begun
    return motifs, took, np.stack(scores)


def moved(scores: np.ndarray, of_all: np.ndarray) -> float:
    """How far the scores of the best positions of each protein move."""
    count = max(1, round(BEST * of_all.shape[1]))
    best = np.argsort(-of_all, axis=1)[:, :count]
    change = np.take_along_axis(scores - of_all, best, axis=1)
    return float(np.sqrt((change**2).mean()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="heldout")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--shares", type=float, nargs="+", default=[1, 0.99, 0.97, 0.95])
    parser.add_argument("--bases", type=int, default=100_000)
    parser.add_argument("--smoke", action="store_true", help="two shares on a little DNA")
    args = parser.parse_args()
    if args.smoke:
        args.shares, args.bases = [1, 0.99], 2_000
    torch.set_num_threads(1)
    proteins = {r.id: r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein")}
    dna = "".join(random.Random(0).choices("ACGT", k=args.bases))
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=1)
    model = predictor.model
    validation = None
    if args.data and predictor.measured is not None:
        validation = Validation(args.data, predictor.measured, threads=1)
    of_all, rows = None, []
    for share in args.shares:
        model.config = model.config.replace(kept=share)
        motifs, took, scores = scan(predictor, proteins, dna)
        print(f"motifs of {', '.join(proteins)} at {share:g}: {motifs}")
        of_all = scores if of_all is None else of_all
        speed = args.bases * len(scores) / 1000 / took
        row = {
            "share": share,
            "motifs": np.mean(motifs),
            "kbp/s": speed,
            "moved": moved(scores, of_all),
        }
        rows.append(row | (validation.measure(model) if validation else {}))
        print(pd.DataFrame(rows).round(4).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
