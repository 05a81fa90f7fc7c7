"""How long some 1,600 pairs of four proteins take to convergence from nothing, with the defaults.

    python benchmarks/from_scratch.py [--smoke] [--init MODEL] [--threads 2]

Four of the package's example proteins, of four families, on the real genomic windows of
`data/retraining`. Half of a protein's pairs hold a site drawn from its measured motif (those that
travel with the heldout weights), at a random place and strand; half of the others hold a site of
another of the four proteins, so that the DNA alone does not tell the label. 400 pairs a
protein train (a tenth of them held out by `train` itself), 100 on other windows are the test.
Prints the minutes, the steps, where it stopped, and the test beside k-mer regression.
`--smoke` shows in a few seconds that all of this runs: two steps of a small model.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch

from dna_protein_bca.evaluation import evaluate
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.folder_names import BEST, CONFIG, METRICS, RELATIVES
from dna_protein_bca.motifs.sampling import draw_site
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.resources import data_path
from dna_protein_bca.training import TrainSettings, fit

NAMES = ("MAX", "GATA1", "LHX2", "RUNX1")
TRAIN, TEST = 400, 100
TEST_WINDOWS = 450
SMOKE = {"dim": 16, "heads": 2, "decoder_depth": 1, "latents": 4, "joint_dim": 16, "joint_heads": 2}
SHOWN = ("auroc", "average_precision", "mean_reciprocal_rank")


def sequences() -> dict[str, str]:
    """The four proteins."""
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    return {record.id: record.sequence for record in records if record.id in NAMES}


def motifs(proteins: dict[str, str]) -> dict[str, np.ndarray]:
    """Each protein's measured motif: base probabilities, [width, 4]."""
    measured = MeasuredProteins.read(locate("heldout") / RELATIVES)
    first = {}
    domains = find_domains(list(proteins.items()))
    for (name, sequence), of_protein in zip(proteins.items(), domains, strict=True):
        nearest = measured.nearest(of_protein, sequence, n=1)[0]
        first[name] = measured.proteins[nearest.row].motifs[0]
    return first


def planted(window: str, motif: np.ndarray, rng: np.random.Generator) -> str:
    """The window with a site drawn from a motif, on a random strand."""
    site = "".join("ACGT"[base] for base in draw_site(motif, rng))
    start = int(rng.integers(0, len(window) - len(site) + 1))
    return window[:start] + site + window[start + len(site) :]


def pairs_of(
    measured: dict[str, np.ndarray], windows: list[str], each: int, rng: np.random.Generator
) -> tuple[dict[str, str], pd.DataFrame]:
    """DNA and `each` pairs of every protein, half of them bound."""
    dna, rows = {}, []
    for protein, motif in measured.items():
        others = [other for name, other in measured.items() if name != protein]
        for number, window in enumerate(rng.permutation(len(windows))[:each]):
            name, label = f"{protein}_{window}", number % 2
            chosen = motif if label else others[number % len(others)]
            bare = not label and number % 4 == 0
            dna[name] = windows[window] if bare else planted(windows[window], chosen, rng)
            rows.append((protein, name, label))
    return dna, pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])


def measure(init: str | None, threads: int, smoke: bool, work: Path) -> None:
    rng = np.random.default_rng(0)
    proteins = sequences()
    measured = motifs(proteins)
    windows = [
        record.sequence for record in read_fasta(data_path("retraining") / "dna.fa.gz", "dna")
    ]
    windows = [windows[index] for index in rng.permutation(len(windows))]
    train, test = (20, 8) if smoke else (TRAIN, TEST)
    dna, pairs = pairs_of(measured, windows[TEST_WINDOWS:], train, rng)
    test_dna, test_pairs = pairs_of(measured, windows[:TEST_WINDOWS], test, rng)
    settings = TrainSettings(steps=2, architecture=SMOKE) if smoke else TrainSettings()
    begun, cpu = time.perf_counter(), time.process_time()
    done = fit(
        proteins,
        work,
        dna=dna,
        pairs=pairs,
        init=None if smoke else init,
        settings=settings,
        device="cpu",
        threads=threads,
        report=lambda line: print(line, file=sys.stderr),
    )
    minutes, busy = (time.perf_counter() - begun) / 60, (time.process_time() - cpu) / 60
    counts = json.loads((work / CONFIG).read_text())["counts"]
    rows = pd.read_csv(work / METRICS)
    epochs = done.step / (rows["step"].iloc[0])
    print(
        f"{len(pairs)} pairs of {len(measured)} proteins ({counts['validation_pairs']} of them "
        f"held out), from {init or 'nothing'}, {threads} threads: {minutes:.1f} minutes "
        f"({busy:.1f} of CPU), {done.step} steps, {epochs:.0f} validations, best at step "
        f"{done.best_step}"
    )
    metrics = evaluate(done.folder / BEST, proteins, test_dna, test_pairs, device="cpu").metrics
    print(f"test, {len(test_pairs)} pairs\t" + "\t".join(SHOWN))
    for name, values in {"model": metrics, **metrics["baselines"]}.items():
        print(f"{name}\t" + "\t".join(f"{values.get(key, float('nan')):.3f}" for key in SHOWN))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--init", help="Weights to start from, in place of nothing.")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(0)
    with TemporaryDirectory() as folder:
        measure(options.init, options.threads, options.smoke, Path(folder))


if __name__ == "__main__":
    main()
