"""Ten million training pairs: memory, and whether reading them keeps up with the model.

    python benchmarks/data.py [--pairs 10000000] [--threads 1] [--smoke]

A Parquet table of pairs, 100 proteins on 100,000 windows of 101 bp at the full size, with a label,
an assay and a split (a tenth for validation), is read, checked and ordered as `train --init` does,
in a process of its own; then steps of 64 pairs are made and computed. `loader` is the time to make
a batch, with its share of the ordering of an epoch; `model` is the rest of a step: forward,
backward and optimizer. Both are CPU time, so that other work on the machine does not change them.
The last table is the split of 10,000 proteins by identity, each compared with each. Linux and
macOS.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import data_path

PROTEINS = 100
LENGTH = 101
STEPS = 10


def write_inputs(folder: Path, pairs: int) -> None:
    """Random labels and affinities, seed 0; example proteins, each many times."""
    rng = np.random.default_rng(0)
    examples = [r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein")]
    names = [f"protein_{number}" for number in range(PROTEINS)]
    fasta = (f">{name}\n{examples[n % len(examples)]}\n" for n, name in enumerate(names))
    (folder / "proteins.fa").write_text("".join(fasta), encoding="ascii")
    windows = [f"chr1:{n * LENGTH}-{(n + 1) * LENGTH}" for n in range(pairs // PROTEINS)]
    with open(folder / "dna.fa", "wb") as file:
        for name in windows:
            bases = np.frombuffer(b"ACGT", np.uint8)[rng.integers(0, 4, LENGTH)]
            file.write(f">{name}\n".encode() + bases.tobytes() + b"\n")
    count = len(windows)
    splits = pa.array(np.where(rng.random(count) < 0.1, "validation", "train"))
    assays = pa.array(["ChIP-seq", "DAP-seq"] * (count // 2) + ["ChIP-seq"] * (count % 2))
    texts = ("protein_id", "dna_id", "assay", "split")
    schema = pa.schema([*((name, pa.string()) for name in texts), ("label", pa.int8())])
    with pq.ParquetWriter(folder / "pairs.parquet", schema) as writer:
        for name in names:
            label = rng.integers(0, 2, count).astype(np.int8)
            columns = [pa.array([name] * count), pa.array(windows), assays, splits, pa.array(label)]
            writer.write_table(pa.table(columns, schema=schema))


def peak() -> float:
    """Peak resident memory of this process so far, GiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def measure(folder: Path, threads: int, steps: int) -> dict[str, float]:
    """Read the inputs, then make and compute steps."""
    import torch

    from dna_protein_bca.training.finetune.data import Inputs
    from dna_protein_bca.training.finetune.fit import make_trainer
    from dna_protein_bca.training.finetune.models import new_model
    from dna_protein_bca.training.finetune.prepare import prepare
    from dna_protein_bca.training.finetune.settings import TrainSettings
    from dna_protein_bca.training.weights import save_weights

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    settings = TrainSettings()
    save_weights(new_model(settings), folder / "weights")
    measured = {"imported_gib": peak()}
    begun = time.perf_counter()
    inputs = Inputs(folder / "proteins.fa", dna=folder / "dna.fa", pairs=folder / "pairs.parquet")
    job = prepare(inputs, settings, init=folder / "weights", threads=threads)
    measured |= {"read_seconds": time.perf_counter() - begun, "read_gib": peak()}
    task, trained = job.tasks[0], len(job.data.train)
    begun = time.process_time()
    task.batcher.epoch(0)
    layout = (time.process_time() - begun) / trained
    trainer = make_trainer(job, folder / "run", device="cpu", report=lambda _: None)
    trainer.step()
    loader, whole = [], []
    for step in range(1, steps + 1):
        begun = time.process_time()
        groups = task.batcher.batch(step)
        task.hide(task.collate(groups, torch.device("cpu")), range(len(groups)), step)
        loader.append((time.process_time() - begun) / task.samples(step) + layout)
        begun = time.process_time()
        trainer.step()
        whole.append((time.process_time() - begun) / task.samples(step) + layout)
    measured["loader_us"] = 1e6 * float(np.median(loader))
    measured["model_us"] = 1e6 * float(np.median(np.subtract(whole, loader)))
    return measured | {"peak_gib": peak(), "pairs": trained + len(job.data.validation)}


def split_seconds(count: int) -> float:
    """CPU seconds to compare every protein's domains with every other's, and to group them."""
    from dna_protein_bca.datasets.similarity import by_identity, protein_states

    rng = np.random.default_rng(0)
    examples = [r.sequence for r in read_fasta(data_path("example_proteins.fa"), "protein")]
    proteins = {}
    for number in range(count):
        text = np.frombuffer(examples[number % len(examples)].encode(), np.uint8).copy()
        at = rng.random(len(text)) < 0.3
        text[at] = np.frombuffer(b"ACDEFGHIKLMNPQRSTVWY", np.uint8)[rng.integers(0, 20, at.sum())]
        proteins[f"p{number}"] = text.tobytes().decode()
    begun = time.process_time()
    by_identity(proteins, protein_states(proteins, threads=1))
    return time.process_time() - begun


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="a five-hundredth of the size")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    steps = 2 if options.smoke else STEPS
    if options.child is not None:
        print(json.dumps(measure(options.child, options.threads, steps)))
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, 20_000 if options.smoke else options.pairs)
        command = [sys.executable, __file__, "--child", name, "--threads", str(options.threads)]
        command += ["--smoke"] if options.smoke else []
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        measured = json.loads(answer.stdout.splitlines()[-1])
    print("pairs\tread (s)\tpeak (GiB)\tof it imports\tloader (us/pair)\tmodel (us/pair)\tratio")
    print(
        f"{measured['pairs']:.0f}\t{measured['read_seconds']:.0f}\t{measured['peak_gib']:.2f}\t"
        f"{measured['imported_gib']:.2f}\t{measured['loader_us']:.1f}\t{measured['model_us']:.1f}\t"
        f"{measured['model_us'] / measured['loader_us']:.1f}"
    )
    count = 100 if options.smoke else 10_000
    print(f"proteins\tsplit by identity (CPU s)\n{count}\t{split_seconds(count):.1f}")


if __name__ == "__main__":
    main()
