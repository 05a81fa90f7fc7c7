"""Complete information retention: what of either side can be read back from the outputs?

Bidirectional cross-attention is said to retain the information of both sides completely. Three
transformers that differ in their attention alone and have the same number of parameters learn the
synthetic task of `claims.py`: where does this toy protein bind this toy DNA? Then they are frozen,
and linear probes are trained to read from their outputs, for pairs that were in no training,

- of each token, the letter that it was made from (its own side's input), and
- of the mean of a side's tokens, what it can only have from the other side: the four letters of
  the protein's word from the DNA's outputs, and whether it stands there from the protein's.

    python benchmarks/claims_retention.py [--smoke] [--seeds 3] [--write docs/attention.md]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from claims import learn, mean
from claims_tasks import FACTORS, SyntheticTask
from page import put
from torch import Tensor, nn
from torch.nn import functional as F

KINDS = tuple(FACTORS)[::-1]
PROBES = (
    ("DNA's outputs", "the base at each token", 1 / 4),
    ("DNA's outputs", "the letters of the protein's word", 1 / 4),
    ("protein's outputs", "the residue at each token", 1 / 20),
    ("protein's outputs", "whether the word stands in the DNA", None),
)


def probe(features: Tensor, target: Tensor, classes: int, steps: int) -> float:
    """Share of right answers of a linear probe on the half of the rows that it is not trained on.

    Args:
        features: float [rows, width]; target: int64 [rows].
    """
    half = len(features) // 2
    spread = features.std(0).clamp(min=1e-6)
    features = (features - features.mean(0)) / spread
    linear = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.AdamW(linear.parameters(), lr=1e-2, weight_decay=1e-2)
    for _ in range(steps):
        rows = torch.randint(half, (512,))
        loss = F.cross_entropy(linear(features[rows]), target[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return float((linear(features[half:]).argmax(1) == target[half:]).float().mean())


def read_back(task: SyntheticTask, model: nn.Module, steps: int) -> list[float]:
    """What each probe reads from the outputs of a frozen model."""
    (dna, protein), first = task.known[0]
    with torch.no_grad():
        bases, residues = model.sides(dna, protein)
    whole, other_whole = bases.mean(1), residues.mean(1)
    letters = protein[:, task.CONTACTS] % task.BASES
    words = [probe(whole, letter, task.BASES, steps) for letter in letters.unbind(1)]
    return [
        probe(bases.flatten(0, 1), dna.flatten(), task.BASES, steps),
        sum(words) / len(words),
        probe(residues.flatten(0, 1), protein.flatten(), task.AMINO_ACIDS, steps),
        probe(other_whole, (first < task.LENGTH).long(), 2, steps),
    ]


def report(seeds: int, steps: int, checked: int) -> str:
    found: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    for seed in range(seeds):
        for kind in KINDS:
            task = SyntheticTask(seed, checked=checked)
            model, _ = learn(kind, task, seed, steps)
            found[kind].append(read_back(task, model, steps))
            print(f"seed {seed}, {kind}: {found[kind][-1]}", file=sys.stderr, flush=True)
    (_, _), first = SyntheticTask(0, checked=checked).known[0]
    stands = float((first < SyntheticTask.LENGTH).float().mean())
    most = max(stands, 1 - stands)
    lines = [
        f"Right answers of a linear probe; {seeds} seeds, {steps} steps.",
        "",
        f"| read from | what | {' | '.join(KINDS)} | most frequent answer |",
        "|" + "---|" * (3 + len(KINDS)),
    ]
    for which, (side, what, chance) in enumerate(PROBES):
        values = " | ".join(mean([one[which] for one in found[kind]], ".2f") for kind in KINDS)
        lines.append(f"| {side} | {what} | {values} | {chance or most:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="two seeds, a few steps: no result")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="a page that is to show the table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = report(2, 2, 64) if options.smoke else report(options.seeds, 400, 1000)
    print(text)
    if options.write:
        put(options.write, "benchmarks/claims_retention.py", text)


if __name__ == "__main__":
    main()
