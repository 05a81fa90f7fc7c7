"""What the defaults of `train --init` cost and bring, on four kinds of data.

Each set has eight proteins that are trained on (`train` rows of the data set) and six that are new
to the training and to the `heldout` weights: these and their relatives were made from the `train`
split alone, and the new proteins are of other splits. Their DNA is that of the same assay:

    windows    genomic windows with a site against windows of proteins of other families; labels
    reads      selected reads of HT-SELEX against unselected ones; labels (new: genomic windows)
    affinities E-scores of random 8-mers of protein-binding microarrays; affinities
    motifs     measured motifs alone, tested on genomic windows

Tested are DNA that was not trained on of the known proteins, and the new proteins: AUROC, or
Spearman's correlation for affinities, means over proteins and seeds.

    python benchmarks/retraining_defaults.py --data DIR [--seeds 3] [--sets windows,reads]
        [--ways before,scratch,init] [--set 'NAME:rate=0.001,steps=200'] [--rows FILE]
        [--write PAGE] [--smoke]

A way is `before` (the weights as they come), `scratch` and `init` (the defaults of `train`), or one
that `--set` names, from `heldout` weights with other settings. What was measured stands in the file
of `--rows`, one JSON object a line: a run that was stopped goes on there, and further seeds, sets
and ways are added to it. `--write docs/training.md` puts the means of all of its rows between the
markers there. `--smoke` takes two steps on made-up data, and its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from page import put

from dna_protein_bca.datasets.sources.specificity import read_proteins
from dna_protein_bca.evaluation import metrics
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.folder_names import BEST
from dna_protein_bca.io.meme import Motif, motif_protein, read_meme, write_meme
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.resources import data_path
from dna_protein_bca.training import TrainSettings, fit

MARKER = "retraining-defaults-benchmark"

TITLES = {
    "windows": "genomic windows, AUROC",
    "reads": "reads of HT-SELEX, AUROC (new proteins: genomic windows)",
    "affinities": "E-scores of 8-mers, Spearman",
    "motifs": "measured motifs alone, AUROC of genomic windows",
}
HOW = {
    "before": "not at all: `heldout` as it comes",
    "scratch": "from scratch",
    "init": "`--init heldout`",
    "encoders": "`--init heldout --encoder-rate 1`",
}
"""How the documentation names sets and ways."""

KNOWN, NEW = 8, 6
"""Proteins that are trained on, and that are new."""

TRAINED, TESTED = 80, 40
"""Pairs of a protein, half of them bound, and pairs that test it."""

WINDOW = 60
"""Bases that genomic windows are cut to, so that the site lies anywhere."""

SMALL = {"dim": 16, "heads": 2, "decoder_depth": 1, "latents": 4, "joint_dim": 16, "joint_heads": 2}


class Set(NamedTuple):
    """A set to train on.

    Attributes:
        proteins: id -> sequence; dna: id -> sequence.
        train, known, new: tables of pairs, with `label` or `affinity`.
        motifs: of the training proteins, for a set of motifs.
    """

    proteins: dict[str, str]
    dna: dict[str, str]
    train: pd.DataFrame
    known: pd.DataFrame
    new: pd.DataFrame
    motifs: list[Motif] | None = None


def drawn(
    bound: dict[str, list[str]], others: dict[str, list[str]], each: int, rng: np.random.Generator
) -> tuple[dict[str, str], pd.DataFrame]:
    """DNA and pairs: half of each protein's own, half of what others have."""
    dna, rows = {}, []
    for protein in bound:
        for label, pool in ((1, bound[protein]), (0, others[protein])):
            for number in rng.permutation(len(pool))[: each // 2]:
                name = f"{protein}_{label}_{number}"
                dna[name] = pool[number]
                rows.append((protein, name, label))
    return dna, pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])


def windows(data: Path, rng: np.random.Generator) -> tuple[dict[str, list[str]], pd.DataFrame]:
    """Windows of each protein, cut at random and half of them turned over; and the proteins."""
    table = pd.read_csv(data / "sequences" / "genomic_sites.tsv.gz", sep="\t")
    table = table[table["sequence"].str.len() >= WINDOW + 20]
    proteins = read_proteins(data / "specificity", ("train", "validation", "excluded"))
    table = table[table["protein_id"].isin(proteins.index)]
    complement = str.maketrans("ACGTN", "TGCAN")
    found: dict[str, list[str]] = {}
    for row in table.itertuples():
        low = max(0, row.site_end - WINDOW)
        high = min(len(row.sequence) - WINDOW, row.site_start)
        if low > high:
            continue
        start = int(rng.integers(low, high + 1))
        cut = row.sequence[start : start + WINDOW]
        found.setdefault(row.protein_id, []).append(
            cut.translate(complement)[::-1] if rng.random() < 0.5 else cut
        )
    enough = {name: cuts for name, cuts in found.items() if len(cuts) >= 120}
    return enough, proteins.loc[list(enough)]


def chosen(proteins: pd.DataFrame, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Proteins to train on and new ones, of different families as far as there are some."""

    def pick(names: pd.Index, count: int) -> list[str]:
        table = proteins.loc[rng.permutation(names)]
        family = table["dbd"].str.split(":").str[0]
        order = family.groupby(family).cumcount().sort_values(kind="stable").index
        return list(order[:count])

    train = proteins.index[proteins["split"] == "train"]
    return pick(train, KNOWN), pick(proteins.index.difference(train), NEW)


def others_of(names: list[str], cuts: dict[str, list[str]], dbd: pd.Series) -> dict[str, list[str]]:
    """For each protein the windows of proteins of other families."""
    family = dbd.str.split(":").str[0]
    return {
        name: [cut for other in names if family[other] != family[name] for cut in cuts[other][:60]]
        for name in names
    }


def window_set(data: Path, rng: np.random.Generator) -> Set:
    cuts, proteins = windows(data, rng)
    known, new = chosen(proteins, rng)
    return of_windows(cuts, proteins, known, new, rng)


def of_windows(
    cuts: dict[str, list[str]],
    proteins: pd.DataFrame,
    known: list[str],
    new: list[str],
    rng: np.random.Generator,
) -> Set:
    """Pairs of known and of new proteins; each DNA is in one of the three tables."""
    half = {name: (cuts[name][::2], cuts[name][1::2]) for name in (*known, *new)}
    sides = [{name: half[name][side] for name in half} for side in (0, 1)]
    parts = []
    for names, pool, each in (
        (known, sides[0], TRAINED),
        (known, sides[1], TESTED),
        (new, sides[1], TESTED),
    ):
        bound = {name: pool[name] for name in names}
        others = others_of(names, pool, proteins["dbd"])
        parts.append(drawn(bound, others, each, rng))
    dna: dict[str, str] = {}
    tables = []
    for number, (sequences, table) in enumerate(parts):
        dna |= {f"{number}_{name}": sequence for name, sequence in sequences.items()}
        tables.append(table.assign(dna_id=f"{number}_" + table["dna_id"]))
    return Set(proteins.loc[[*known, *new], "sequence"].to_dict(), dna, *tables)


def read_set(data: Path, rng: np.random.Generator) -> Set:
    """Reads of known proteins; the new ones are tested on windows, as none has reads."""
    base = window_set(data, rng)
    table = pd.read_csv(data / "sequences" / "htselex_reads.tsv.gz", sep="\t")
    names = list(rng.permutation(table["protein_id"].unique())[:KNOWN])
    bound, others = (
        {
            name: list(part["sequence"].iloc[:2000])
            for name, part in table[table["selected"] == selected].groupby("protein_id")
            if name in names
        }
        for selected in (1, 0)
    )
    dna = {name: base.dna[name] for name in base.new["dna_id"]}
    tables = []
    for side, each in ((0, TRAINED), (1, TESTED)):
        own, other = ({name: pool[name][side::2] for name in names} for pool in (bound, others))
        found, pairs = drawn(own, other, each, rng)
        dna |= {f"{side}r_{name}": sequence for name, sequence in found.items()}
        tables.append(pairs.assign(dna_id=f"{side}r_" + pairs["dna_id"]))
    sequences = read_proteins(data / "specificity", ("train",)).loc[names, "sequence"].to_dict()
    new = {name: base.proteins[name] for name in base.new["protein_id"].unique()}
    return Set({**sequences, **new}, dna, *tables, base.new)


def array_set(data: Path, rng: np.random.Generator) -> Set:
    """E-scores of random 8-mers, a third of them of the 1% that are bound best."""
    arrays = pd.read_csv(data / "arrays" / "arrays.tsv", sep="\t").drop_duplicates("protein_id")
    scores = pd.read_csv(data / "arrays" / "escores.tsv.gz", sep="\t", index_col=0)
    splits = ("train", "validation", "excluded")
    proteins = read_proteins(data / "specificity", splits)
    arrays = arrays[arrays["protein_id"].isin(proteins.index)].set_index("protein_id")
    of = proteins.loc[arrays.index].assign(split=arrays["split"])
    known, new = chosen(of, rng)
    kmers = rng.permutation(scores.index.to_numpy())
    sides = (kmers[: len(kmers) // 2], kmers[len(kmers) // 2 :])
    tables = []
    for names, side, each in ((known, 0, TRAINED), (known, 1, TESTED), (new, 1, TESTED)):
        rows = []
        for name in names:
            column = scores.loc[sides[side], arrays.at[name, "array"]].dropna()
            best = column.nlargest(len(column) // 100).index
            taken = [*rng.permutation(best)[: each // 3], *column.index[: each - each // 3]]
            rows += [(name, kmer, float(column[kmer])) for kmer in dict.fromkeys(taken)]
        tables.append(pd.DataFrame(rows, columns=["protein_id", "dna_id", "affinity"]))
    used = pd.concat(tables)["dna_id"].unique()
    sequences = proteins.loc[[*known, *new], "sequence"].to_dict()
    return Set(sequences, {kmer: kmer for kmer in used}, *tables)


def motif_set(data: Path, rng: np.random.Generator) -> Set:
    """The motifs of the known proteins of a set of windows, and its tests."""
    base = window_set(data, rng)
    known = set(base.known["protein_id"])
    motifs = [
        Motif(f"{number}@{motif_protein(one.name)}", one.matrix)
        for number, one in enumerate(read_meme(data / "specificity" / "motifs.meme.gz"))
        if motif_protein(one.name) in known
    ]
    return base._replace(motifs=motifs)


SETS = {"windows": window_set, "reads": read_set, "affinities": array_set, "motifs": motif_set}


def smoke_set(_: Path, rng: np.random.Generator) -> Set:
    """A few proteins of the examples on random DNA."""
    records = list(read_fasta(data_path("example_proteins.fa"), "protein"))[:4]
    proteins = {record.id: record.sequence for record in records}
    dna = {f"d{n}": "".join(rng.choice(list("ACGT"), 40)) for n in range(40)}
    rows = [(name, one, n % 2) for name in proteins for n, one in enumerate(dna)]
    pairs = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])
    old = pairs["protein_id"].isin([*proteins][:2])
    return Set(proteins, dna, pairs[old], pairs[old], pairs[~old])


def quality(model: Path | str, one: Set, table: pd.DataFrame) -> float:
    """Mean over proteins of AUROC, or of Spearman's correlation."""
    predictor = BindingPredictor.from_pretrained(model, "cpu", threads=1)
    pairs = table[["protein_id", "dna_id"]]
    proteins = {name: one.proteins[name] for name in pairs["protein_id"].unique()}
    found = predictor.predict(proteins, one.dna, pairs, background=None)
    scored = table.assign(score=found["score"].to_numpy()).dropna(subset="score")
    means = metrics.means(metrics.by_protein(scored))
    return means["auroc"] if "label" in table else means["spearman"]


def trained(
    one: Set, way: str, init: str | Path, changes: dict[str, Any], seed: int, work: Path
) -> tuple[Path, float, int]:
    """The best weights of a training, its CPU seconds and its steps."""
    settings = TrainSettings(seed=seed, **changes)
    inputs: dict[str, Any] = {"dna": one.dna, "pairs": one.train}
    if one.motifs is not None:
        write_meme(work / "motifs.meme", one.motifs)
        inputs = {"motifs": work / "motifs.meme"}
    names = set(one.train["protein_id"])
    cpu = time.process_time()
    done = fit(
        {name: sequence for name, sequence in one.proteins.items() if name in names},
        work / "run",
        **inputs,
        init=None if way.startswith("scratch") else init,
        settings=settings,
        device="cpu",
        threads=1,
        report=lambda _: None,
    )
    return done.folder / BEST, time.process_time() - cpu, done.step


def results(
    options: argparse.Namespace, ways: dict[str, dict[str, Any]], earlier: list[dict]
) -> Iterator[dict]:
    known = {(row["set"], row["seed"], row["way"]) for row in earlier}
    sets = {"smoke": smoke_set} if options.smoke else {n: SETS[n] for n in options.sets.split(",")}
    for name, make in sets.items():
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            one = make(options.data, np.random.default_rng(seed))
            init = options.init
            for way, changes in ways.items():
                if (name, seed, way) in known:
                    continue
                with TemporaryDirectory() as folder:
                    seconds, steps, model = 0.0, 0, locate(init)
                    if way != "before":
                        model, seconds, steps = trained(one, way, init, changes, seed, Path(folder))
                    row = {"set": name, "seed": seed, "way": way, "cpu_s": seconds, "steps": steps}
                    row |= {t: quality(model, one, getattr(one, t)) for t in ("known", "new")}
                print(json.dumps(row), file=sys.stderr, flush=True)
                if options.rows:
                    with open(options.rows, "a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
                yield row


def measured(path: Path | None) -> list[dict]:
    """The rows of earlier runs."""
    if path is None or not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def page_table(rows: pd.DataFrame) -> str:
    """Means over seeds, for the documentation."""
    lines = [
        "| | trained how | DNA held out of known proteins | new proteins | CPU seconds |",
        "|---|---|---|---|---|",
    ]
    for name, of_set in rows.groupby("set", sort=False):
        seeds = of_set["seed"].nunique()
        title = f"{TITLES.get(name, name)} ({seeds} seed{'s' * (seeds > 1)})"
        for way, part in of_set.groupby("way", sort=False):
            mean = part[["known", "new", "cpu_s"]].mean()
            cells = [title, HOW.get(way, f"`{way}`"), f"{mean.known:.3f}", f"{mean.new:.3f}"]
            lines.append("| " + " | ".join([*cells, f"{mean.cpu_s:.0f}"]) + " |")
            title = ""
    return "\n".join(lines)


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """Name and settings of `NAME:rate=0.001,steps=200`."""
    name, _, values = text.partition(":")
    pairs = (part.split("=") for part in values.split(",") if part)
    return name, {key: json.loads(value) for key, value in pairs}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--init", default="heldout")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--ways", default="before,scratch,init")
    parser.add_argument("--set", action="append", default=[], type=parsed, dest="more")
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    if not options.smoke and (options.data is None or not options.data.is_dir()):
        print("no data: give --data DIR, the folder with specificity, sequences and arrays")
        return
    ways: dict[str, dict[str, Any]] = {way: {} for way in options.ways.split(",") if way}
    ways |= dict(options.more)
    if options.smoke:
        options.seeds = 1
        ways = {"scratch": {"steps": 2, "architecture": SMALL}}
    earlier = measured(options.rows)
    table = pd.DataFrame([*earlier, *results(options, ways, earlier)])
    if options.write and not options.smoke:
        put(options.write, MARKER, page_table(table))
    means = table.groupby(["set", "way"], sort=False)[["known", "new", "cpu_s", "steps"]].mean()
    print(means.round(3).to_csv(sep="\t"), end="")


if __name__ == "__main__":
    main()
