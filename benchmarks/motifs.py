"""How true and how sharp the first predicted motifs are, beside the measured ones.

    python benchmarks/motifs.py --data DIR [--without-textbook]
    python benchmarks/motifs.py --smoke

For the 82 validation proteins with the weights `heldout`, which do not know them, and for the 58
well-known proteins of `textbook_proteins.txt` with the weights `release`, which do. A motif is true
where the median of its correlations with the protein's measured motifs is 0.8 or more, and sharp
where its information is at least three quarters of the median of theirs. `several` is the same of
the best of at most three motifs, and the line on measured motifs says for how many proteins one of
their own would be called true. `--smoke` runs the 60 proteins' kit of the repository on four.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources.specificity import read_motifs, read_proteins
from dna_protein_bca.io.fasta import as_records
from dna_protein_bca.io.meme import motif_protein, read_meme
from dna_protein_bca.motif import predicted_motifs
from dna_protein_bca.motifs.pwm import column_information, motif_correlation

TRUE, SHARP, SEVERAL = 0.8, 0.75, 3
SPLITS = ("train", "validation", "validation-pbm", "excluded", "reserved")

Measured = Mapping[str, Sequence[np.ndarray]]


def measure(model: str, sequences: Mapping[str, str], measured: Measured) -> dict[str, np.ndarray]:
    """Name of a number -> its values, one a protein: float [proteins]."""
    predictor = BindingPredictor.from_pretrained(model, "cpu", threads=1)
    predicted = predicted_motifs(predictor.encode(dict(sequences)))
    rows = []
    for name, truth in measured.items():
        each = np.array(
            [[motif_correlation(m, other) for other in truth] for m in predicted[name][:SEVERAL]]
        )
        bits = np.median([column_information(motif).sum() for motif in truth])
        ratio = column_information(predicted[name][0]).sum() / bits
        medians = np.median(each, axis=1)
        own = max(np.median([motif_correlation(m, other) for other in truth]) for m in truth)
        rows.append((medians[0], each[0].max(), medians.max(), own, ratio, len(predicted[name])))
    names = (
        "median correlation",
        "best correlation",
        "several",
        "measured",
        "information",
        "modes",
    )
    return dict(zip(names, np.array(rows, np.float64).T, strict=True))


def show(title: str, found: Mapping[str, np.ndarray]) -> None:
    count = len(found["modes"])
    true, several, own = (
        (found[name] >= TRUE).sum() for name in ("median correlation", "several", "measured")
    )
    print(f"{title}: {count} proteins")
    print(f"  true                          {true:>6} of {count}")
    print(f"  true among at most three      {several:>6} of {count}")
    print(f"  any measured motif true       {own:>6} of {count}")
    print(f"  sharp                         {(found['information'] >= SHARP).sum():>6} of {count}")
    print(f"  mean best correlation         {found['best correlation'].mean():>6.3f}")
    print(f"  median ratio of information   {np.median(found['information']):>6.2f}")
    print(f"  motifs a protein, mean        {found['modes'].mean():>6.2f}")


def smoke() -> None:
    folder = Path(__file__).parents[1] / "data" / "validation"
    motifs: dict[str, list[np.ndarray]] = {}
    for motif in read_meme(folder / "motifs.meme"):
        motifs.setdefault(motif_protein(motif.name), []).append(motif.matrix)
    records = {r.id: r.sequence for r in as_records(folder / "proteins.fa", "protein")}
    chosen = list(motifs)[:4]
    show(
        "heldout, kit",
        measure(
            "heldout",
            {name: records[name] for name in chosen},
            {name: motifs[name] for name in chosen},
        ),
    )


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the specificity data set")
    parser.add_argument("--without-textbook", action="store_true", help="validation alone")
    parser.add_argument("--smoke", action="store_true", help="four proteins of the repository")
    args = parser.parse_args()
    if args.smoke:
        smoke()
        return
    if args.data is None or not (args.data / "proteins.tsv.gz").is_file():
        sys.exit(f"No specificity data set in {args.data}: give --data DIR, or --smoke")
    table = read_proteins(args.data, ("validation",))
    measured = {id: found for id, found in read_motifs(args.data, table.index).items() if found}
    show("heldout, validation", measure("heldout", dict(table.sequence), measured))
    if not args.without_textbook:
        text = (args.data / "textbook_proteins.txt").read_text()
        ids = [line.split()[0] for line in text.splitlines()]
        table = read_proteins(args.data, SPLITS).loc[ids]
        measured = read_motifs(args.data, ids)
        show("release, textbook", measure("release", dict(table.sequence), measured))


if __name__ == "__main__":
    main()
