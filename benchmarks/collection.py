"""Which of all measured human proteins binds a site? Ranks them on well-known sites.

    python benchmarks/collection.py --data DIR [--p-values N]
    python benchmarks/collection.py --smoke

Of each site in `sequences/textbook_sites.tsv` beside the folder DIR: the rank of the first protein
of its true family among the human collection, of the site alone and in the middle of 101 bp of
random DNA (the flanks drawn `DRAWS` times). Proteins are ranked by `score`; by `above mean`, the
score less the protein's mean on random DNA of the same length; by `z`, the same in standard
deviations; and with `--p-values N` by `p_value`, computed of the N proteins that these put highest.
Proteins are encoded at the first run, and kept in the cache. `--smoke` ranks the example proteins.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import data_path

SPECIES = "Homo_sapiens"
FLANKED_BP, DRAWS, RANDOM = 101, 5, 100
METHODS = ("score", "above mean", "z")
UNBOUND = ("HRE", "NFAT")
"""Sites that no protein of the collection binds alone."""

ENTRIES = {"^STAT": "^(STAT|STA5)"}
"""Names of families for UniProt's names of entries, which the collection has: STAT5B is STA5B."""


class Site(NamedTuple):
    """A site, and the names of the proteins that bind it as a regular expression."""

    name: str
    sequence: str
    family: str


def random_dna(generator: np.random.Generator, length: int) -> str:
    return "".join(generator.choice(list("ACGT"), length))


def standings(score: np.ndarray, random: np.ndarray) -> dict[str, np.ndarray]:
    """What proteins are ranked by, float [proteins, records], by method.

    Args:
        score: float [proteins, records].
        random: float [proteins, n], on random DNA of the same length.
    """
    above = score - random.mean(1, keepdims=True)
    return dict(zip(METHODS, (score, above, above / random.std(1, keepdims=True)), strict=True))


def first_rank(values: np.ndarray, names: Sequence[str], family: str) -> tuple[int, str]:
    """The rank of the first protein of the family, from 1, and the protein that is first."""
    order = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
    ranks = [rank for rank, row in enumerate(order, 1) if re.search(family, names[row])]
    return (ranks[0] if ranks else len(order) + 1), names[order[0]]


def rank(
    predictor: BindingPredictor, proteins: object, sites: Sequence[Site], bp: int, most: int
) -> pd.DataFrame:
    """A row for each site, draw and method: the rank of the true family, and what is first.

    Args:
        bp: of the records: 0 for the sites alone.
        most: proteins whose p-values are computed for each site.
    """
    generator = np.random.default_rng(bp)
    encoded = predictor.encode(proteins)  # type: ignore[arg-type]
    names = [id.partition("|")[0] for id in encoded.ids]
    rows = []
    for site in sites:
        length = max(bp, len(site.sequence))
        left = (length - len(site.sequence)) // 2
        records = []
        for _ in range(DRAWS if bp else 1):
            flanks = random_dna(generator, length - len(site.sequence))
            records.append(flanks[:left] + site.sequence + flanks[left:])
        random = [random_dna(generator, length) for _ in range(RANDOM)]
        score = predictor.score_matrix(encoded, [*records, *random])
        values = standings(score[:, : len(records)], score[:, len(records) :])
        if most:
            values["p_value"] = p_values(predictor, encoded, values, length, most)
        for method, standing in values.items():
            for column in standing.T:
                rows.append((site.name, method, *first_rank(column, names, site.family)))
    return pd.DataFrame(rows, columns=["site", "method", "rank", "first"])


def p_values(
    predictor: BindingPredictor,
    encoded: object,
    values: dict[str, np.ndarray],
    length: int,
    most: int,
) -> np.ndarray:
    """-log10 p of the proteins that are high by any method, 0 of others: [proteins, records]."""
    order = [np.argsort(-each, axis=0)[:most] for each in values.values()]
    chosen = np.unique(np.concatenate(order))
    found = np.zeros_like(values["score"], dtype=np.float64)
    part = encoded.take(chosen) if hasattr(encoded, "take") else None
    if part is None:
        sys.exit("--p-values: this version cannot take some of the encoded proteins")
    for row, background in zip(chosen, predictor.background(part), strict=True):
        if background is not None:
            score = values["score"][row]
            found[row] = -np.log10(background.record_p(score, np.full(len(score), length)))
    return found


def show(title: str, table: pd.DataFrame) -> None:
    sites = table.site.nunique()
    print(title)
    for method, part in table.groupby("method", sort=False):
        first = (part["rank"] == 1).mean() * sites
        missed = part[part["rank"] > 1].drop_duplicates("site")
        text = ", ".join(f"{r.site} ({r.first}; rank {r.rank})" for r in missed.itertuples())
        print(f"  {method:12} true family first {first:5.1f} of {sites}; not: {text or 'none'}")


def example_sites() -> list[Site]:
    """The sites of the example DNA, each named after the protein that binds it."""
    records = read_fasta(data_path("example_dna.fa"), "dna")
    named = [(record.id, record.id.partition("_site_"), record.sequence) for record in records]
    return [Site(id, text, f"^{parts[0]}$") for id, parts, text in named if parts[0] != "no"][::6]


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the specificity data set")
    parser.add_argument("--model")
    parser.add_argument("--p-values", type=int, default=0, metavar="N")
    parser.add_argument("--smoke", action="store_true", help="the example proteins alone")
    args = parser.parse_args()
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", progress=sys.stderr.isatty())
    if args.smoke:
        sites, proteins = example_sites(), data_path("example_proteins.fa")
        show("example sites", rank(predictor, proteins, sites, 0, args.p_values))
        return
    path = args.data and args.data.parent / "sequences" / "textbook_sites.tsv"
    if path is None or not path.is_file():
        sys.exit(f"No textbook sites beside {args.data}: give --data DIR, or --smoke")
    table = pd.read_csv(path, sep="\t")
    proteins = predictor.collection(SPECIES)
    table["family_names"] = table.family_names.replace(ENTRIES)
    sites = [Site(*row) for row in table.itertuples(index=False) if row.site not in UNBOUND]
    print(f"{len(proteins):,} proteins of {SPECIES}, {len(sites)} sites with a true binder")
    show("sites alone", rank(predictor, proteins, sites, 0, args.p_values))
    show(f"in {FLANKED_BP} bp", rank(predictor, proteins, sites, FLANKED_BP, args.p_values))


if __name__ == "__main__":
    main()
