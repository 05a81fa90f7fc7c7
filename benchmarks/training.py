"""How fast a training step is: samples a second, beside the reference's transformer.

    python benchmarks/training.py [--smoke] [--data DIR] [--threads 2] [--rounds 5] [--part muon]

64 windows of 101 bp x 8 proteins of about 400 residues: 512 pairs a step, forward, backward and
optimizer, in rounds that run the contenders one after the other; the table gives medians.

- `train`: a step of `dna-protein-bca train` from scratch, all layers learning.
- frozen: the same with `--freeze`, from given weights.
- reference: `BidirectionalCrossAttentionTransformer` of the bidirectional-cross-attention package,
  as many parameters (dim 128, heads 4, dim_head 32, the depth that comes nearest), in a plain loop
  over batches of 32 pairs with padded full-length proteins.

`loader` is the share of a step of `train` that is spent on making its batch. Proteins come from
`--data` (or the folder that DNA_PROTEIN_BCA_DATA names); without it, the package's example proteins
stand in. Times are of the wall clock; `--clock cpu` counts this process's seconds of CPU instead,
for a machine that others use too (give it `--threads 1`). `--smoke` shows in a few seconds that all
of this runs: fewer windows, one round, and its numbers mean nothing.

`--part muon` times one step of the optimizer Muon instead, torch's own beside the package's, on the
hidden matrices of a model 128 wide.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from bidirectional_cross_attention import BidirectionalCrossAttentionTransformer
from torch import Tensor, nn

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.resources import data_path
from dna_protein_bca.training.engine.muon import Muon
from dna_protein_bca.training.engine.optimizers import hidden_matrices
from dna_protein_bca.training.engine.trainer import Trainer
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.fit import make_trainer
from dna_protein_bca.training.finetune.prepare import Job, prepare
from dna_protein_bca.training.finetune.settings import TrainSettings
from dna_protein_bca.training.weights import save_weights

PROTEINS, WINDOWS, LENGTH = 8, 64, 101
SMOKE_WINDOWS = 2
REFERENCE_BATCH = 32


def proteins(data: Path | None) -> dict[str, str]:
    """Proteins with a domain, those nearest to 400 residues first."""
    if data is None:
        examples = [r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein")]
        return {f"protein_{i}": examples[i % len(examples)] for i in range(PROTEINS)}
    with gzip.open(data / "proteins.tsv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["dbd"] != "none"]
    rows.sort(key=lambda row: (abs(len(row["sequence"]) - 400), row["protein_id"]))
    return {row["protein_id"]: row["sequence"] for row in islice(rows, PROTEINS)}


def examples(names: list[str], windows: int) -> tuple[dict[str, str], pd.DataFrame]:
    """Random windows, and every protein on every one of them with a random label."""
    rng = np.random.default_rng(0)
    dna = {f"dna_{i}": "".join(rng.choice(list("ACGT"), LENGTH)) for i in range(windows)}
    rows = [(protein, name, int(rng.random() < 0.5)) for protein in names for name in dna]
    return dna, pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])


class Reference(nn.Module):
    """The package's transformer between two embeddings and a linear layer."""

    def __init__(self, depth: int, dim: int = 128) -> None:
        super().__init__()
        self.dna = nn.Embedding(DNATokenizer.vocab_size, dim)
        self.protein = nn.Embedding(ProteinTokenizer.vocab_size, dim)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=dim, depth=depth, context_dim=dim, heads=4, dim_head=32
        )
        self.head = nn.Linear(2 * dim, 1)

    def forward(self, dna: Tensor, mask: Tensor, protein: Tensor, context_mask: Tensor) -> Tensor:
        x, y = self.joint(
            self.dna(dna.long()), self.protein(protein.long()), mask=mask, context_mask=context_mask
        )
        return self.head(torch.cat((x.mean(1), y.mean(1)), dim=-1)).squeeze(-1)


def size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def reference_as_large(parameters: int) -> Reference:
    """The depth whose number of parameters comes nearest."""
    return min((Reference(depth) for depth in range(1, 9)), key=lambda m: abs(size(m) - parameters))


def reference_step(
    model: Reference, sequences: dict[str, str], dna: dict[str, str], pairs: pd.DataFrame
) -> Callable[[], None]:
    """All pairs once, in batches."""
    optimizer = torch.optim.AdamW(model.parameters())
    bases, bases_mask = DNATokenizer().encode(list(dna.values()))
    residues, residues_mask = ProteinTokenizer().encode(list(sequences.values()))
    rows = torch.tensor(pairs["dna_id"].map({n: i for i, n in enumerate(dna)}).to_numpy())
    which = torch.tensor(
        pairs["protein_id"].map({n: i for i, n in enumerate(sequences)}).to_numpy()
    )
    label = torch.tensor(pairs["label"].to_numpy(np.float32))

    def step() -> None:
        model.train()
        for part in torch.randperm(len(rows)).split(REFERENCE_BATCH):
            d, p = rows[part], which[part]
            score = model(bases[d], bases_mask[d], residues[p], residues_mask[p])
            nn.functional.binary_cross_entropy_with_logits(score, label[part]).backward()
            optimizer.step()
            optimizer.zero_grad()

    return step


def our_job(
    sequences: dict[str, str], dna: dict[str, str], pairs: pd.DataFrame, init: Path | None = None
) -> Job:
    """One batch of all pairs; from scratch past its first stage, so that all layers learn."""
    settings = TrainSettings(batch_size=len(pairs), freeze=init is not None, match_share=0.0)
    validation = pairs.head(2).assign(label=[0, 1])
    inputs = Inputs(sequences, dna=dna, pairs=pairs, validation=validation)
    return prepare(inputs, settings, init=init, allow_overlap=True)


def our_step(job: Job, folder: Path) -> tuple[Trainer, Callable[[], None]]:
    trainer = make_trainer(job, folder, device="cpu", report=lambda _: None)

    def step() -> None:
        trainer.step()

    return trainer, step


def load(job: Job, step: int) -> None:
    """Draw and lay out the batch of a step."""
    task = job.tasks[0]
    groups = task.batcher.batch(step)
    task.hide(task.collate(groups, torch.device("cpu")), range(len(groups)), step)


def measure(
    contenders: dict[str, Callable[[], None]],
    loader: Callable[[int], None],
    rounds: int,
    clock: Callable[[], float],
) -> tuple[dict[str, list[float]], list[float]]:
    """Seconds of every contender, one after the other in each round, and of the loader."""

    def seconds(work: Callable[[], None]) -> float:
        begun = clock()
        work()
        return clock() - begun

    stepping: dict[str, list[float]] = {name: [] for name in contenders}
    loading: list[float] = []
    for number in range(rounds):
        for name, step in contenders.items():
            stepping[name].append(seconds(step))
        loading.append(seconds(partial(loader, number)))
    return stepping, loading


def muon_step(matrices: list[Tensor], kind: Callable[..., torch.optim.Optimizer]) -> Callable:
    """A step of an optimizer on copies of some matrices, with gradients that stay."""
    moved = [nn.Parameter(matrix.detach().clone()) for matrix in matrices]
    for matrix in moved:
        matrix.grad = torch.randn_like(matrix)
    optimizer = kind(moved, lr=1e-3)

    def step() -> None:
        optimizer.step()

    return step


def muon(rounds: int, clock: Callable[[], float], smoke: bool) -> None:
    """Print how long a step of torch's Muon takes beside one of the package's."""
    width = 32 if smoke else 128
    model = BindingModel(BindingConfig(tuple(profile_lengths().values())).replace(dim=width))
    matrices: list[Tensor] = [*hidden_matrices(model)]
    contenders = {
        "torch.optim.Muon": muon_step(matrices, torch.optim.Muon),
        "package": muon_step(matrices, Muon),
    }
    for step in contenders.values():
        step()
    stepping, _ = measure(contenders, lambda _: None, rounds, clock)
    seconds = {name: statistics.median(times) for name, times in stepping.items()}
    print(f"{len(matrices)} matrices of a model {width} wide, {rounds} rounds")
    print("optimizer\tmilliseconds a step\tx package")
    for name, value in seconds.items():
        print(f"{name}\t{1000 * value:.0f}\t{value / seconds['package']:.1f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    data = os.environ.get("DNA_PROTEIN_BCA_DATA")
    parser.add_argument("--data", type=Path, default=Path(data) if data else None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--part", choices=["steps", "muon"], help="One part; both in --smoke.")
    parser.add_argument("--smoke", action="store_true")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    rounds, windows = (1, SMOKE_WINDOWS) if options.smoke else (options.rounds, WINDOWS)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clock = time.process_time if options.clock == "cpu" else time.perf_counter
    if options.part == "muon" or options.smoke:
        muon(rounds, clock, options.smoke)
    if options.part != "muon":
        steps(options, rounds, windows, clock)


def steps(
    options: argparse.Namespace, rounds: int, windows: int, clock: Callable[[], float]
) -> None:
    """Print the speed of training steps."""
    if options.data is None:
        print("no --data: the package's example proteins stand in")
    sequences = proteins(options.data)
    dna, pairs = examples(list(sequences), windows)
    with TemporaryDirectory() as folder:
        path = Path(folder)
        scratch = our_job(sequences, dna, pairs)
        save_weights(scratch.model, path / "weights")
        frozen = our_job(sequences, dna, pairs, path / "weights")
        reference = reference_as_large(size(scratch.model))
        contenders = {
            "train": our_step(scratch, path / "a")[1],
            "frozen": our_step(frozen, path / "b")[1],
            "reference": reference_step(reference, sequences, dna, pairs),
        }
        if not options.smoke:
            for step in contenders.values():
                step()
        stepping, loading = measure(contenders, partial(load, scratch), rounds, clock)
    models = {"train": scratch.model, "frozen": frozen.model, "reference": reference}
    print(
        f"{options.threads} threads, {rounds} rounds, {len(pairs)} pairs a step, "
        f"{options.clock} clock"
    )
    print("contender\tparameters\tsamples/s\tx reference")
    speed = {name: len(pairs) / statistics.median(times) for name, times in stepping.items()}
    for name, samples in speed.items():
        print(f"{name}\t{size(models[name])}\t{samples:.0f}\t{samples / speed['reference']:.1f}")
    share = statistics.median(np.divide(loading, stepping["train"]))
    print(f"loader\t{100 * share:.1f}% of a step")


if __name__ == "__main__":
    main()
