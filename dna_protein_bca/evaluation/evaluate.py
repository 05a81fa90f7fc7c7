"""Score labelled pairs, and say how good the scores are beside the baselines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.results import Unscored
from dna_protein_bca.io.fasta import SequenceRecord, as_records
from dna_protein_bca.io.pairs import IDS, TARGETS, count_targets, read_pairs
from dna_protein_bca.io.record_ids import RecordIds, select_records

from . import metrics
from .baselines import BASELINES, Matrices, baseline_matrices, derangement
from .reference import Training, identity_to, training_of
from .undefined import undefined

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.predictor import Predictor

BANDS = (0.4, 0.6, 0.8, 1.0)
"""Edges of the bands of identity to the nearest training protein."""

RANKED_SCORES = 100_000
"""Scores taken to rank all proteins for the positives; of more positives some are drawn."""

FEWEST_RANKED = 500
"""Positives that are ranked however many proteins there are."""


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found.

    Attributes:
        metrics: means over proteins at the top, and `intervals`, `pooled`, `baselines`,
            `comparisons`, `identity_bands`, `counts`, `notes`, `threshold`, `bootstrap`,
            `splits` (how many pairs of each; empty where the table has no such column),
            `undefined` (figure -> protein -> why the model's is not defined), `left_out` (what
            has no score, a line each); JSON values, None where a figure is not defined.
        proteins: figures of every protein under the model and every baseline (column `method`).
        predictions: one row a scored pair: its label or affinity, and the score of every method.
        ranks: one row a ranked positive, a column a method: the rank of its protein.
    """

    metrics: dict[str, Any]
    proteins: pd.DataFrame
    predictions: pd.DataFrame
    ranks: pd.DataFrame

    def save(self, folder: str | Path) -> None:
        """Write `metrics.json`, the three tables as TSV, and `report.html`."""
        from .report import save_evaluation

        save_evaluation(self, Path(folder))


def evaluate(
    model: Predictor | str | Path | None,
    proteins: Any,
    dna: Any,
    pairs: Any,
    *,
    split: str | None = None,
    threshold: float | None = None,
    training: Training | None = None,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    resamples: int = metrics.RESAMPLES,
) -> Evaluation:
    """Evaluate weights on labelled pairs.

    Args:
        model: a predictor, or weights as `BindingPredictor.from_pretrained` takes them.
        proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs.
        pairs: table with `protein_id`, `dna_id`, and `label` or `affinity` or both.
        split: evaluate the rows alone whose column `split` has this, such as `test`.
        threshold: probability from which a pair is called bound; None for the one stored with the
            weights, or 0.5.
        training: what the weights were trained on; None to read it beside the weights.
        device, threads: where weights run that are given by name.
        seed: of the bootstrap, the shuffling, the folds and what is drawn.
        resamples: of the bootstrap over proteins.

    Raises:
        InputError: an id without a sequence, no pair that can be scored, no pair of the split, a
            broken file.
    """
    table = _read_pairs(pairs, split)
    predictor, folder = _load(model, device, threads)
    records = _wanted(proteins, "protein", table)
    sequences = {record.id: record.sequence for record in _wanted(dna, "dna", table)}
    encoded = predictor.encode(records)
    scored = predictor.predict(encoded, sequences, table)
    for column in TARGETS:
        if column in table:
            scored[column] = table[column].to_numpy()
    unscored = Unscored(predictor.reads_whole)
    unscored.add(scored)
    kept = scored[scored["score"].notna()].reset_index(drop=True)
    if not len(kept):
        why = "; ".join(unscored.reasons()) or "the table has no rows"
        raise InputError(f"no pair can be scored: {why}")
    if training is None:
        training = training_of(folder, predictor.measured)
    if threshold is None:
        threshold = predictor.calibration.threshold or 0.5
    work = _Work(predictor, training, records, sequences, kept, float(threshold), seed, resamples)
    found = work.run()
    found.metrics["counts"] |= {"pairs": len(table), "trained_on": _trained_on(training, table)}
    found.metrics["left_out"] = unscored.reasons()
    found.metrics["splits"] = {} if "split" not in table else dict(Counter(table["split"]))
    return found


def _read_pairs(source: Any, split: str | None) -> pd.DataFrame:
    """The pairs, or those of one split."""
    need = IDS if split is None else (*IDS, "split")
    optional = ("assay", "split")
    table = read_pairs(source, need=need, one_of=TARGETS, optional=optional)
    if split is None:
        return table
    # A column that is blank in all rows is not there any more.
    rows = table[table["split"] == split] if "split" in table else table[:0]
    if not len(rows):
        path = table["path"].iloc[0] if len(table) else None
        raise InputError(f"no row has {split} in the column split: nothing to evaluate", path)
    return rows.reset_index(drop=True)


def _trained_on(training: Training, table: pd.DataFrame) -> int:
    """How many of the pairs are among those that the weights were trained on, as far as known."""
    import pandas as pd

    if training.pairs is None:
        return 0
    known, asked = (
        pd.MultiIndex.from_frame(part[[*IDS]].astype(str)) for part in (training.pairs, table)
    )
    return int(asked.isin(known).sum())


def _load(
    model: Predictor | str | Path | None, device: str, threads: int | None
) -> tuple[Predictor, Path | None]:
    if model is not None and not isinstance(model, str | Path):
        return model, None
    from dna_protein_bca.inference.weights import locate
    from dna_protein_bca.predictor import BindingPredictor

    folder = locate(model)
    return BindingPredictor.from_pretrained(folder, device, threads=threads), folder


def _wanted(source: Any, kind: Any, table: pd.DataFrame) -> list[SequenceRecord]:
    """The records that the table names, in the order of the file."""
    column = f"{kind}_id"
    records, others = select_records(as_records(source, kind), set(table[column]))
    present = [record.id for record in records]
    for _, row in table[~table[column].isin(present)].iterrows():
        known = RecordIds(column, [*present, *others])
        raise known.error(row[column], row["path"], int(row["line"]))
    return records


class _Work:
    """One evaluation in progress: pairs that have a score, and what is needed to judge them."""

    def __init__(
        self,
        predictor: Predictor,
        training: Training,
        records: Sequence[SequenceRecord],
        dna: dict[str, str],
        pairs: pd.DataFrame,
        threshold: float,
        seed: int,
        resamples: int,
    ) -> None:
        self.predictor, self.training, self.seed = predictor, training, seed
        self.threshold, self.resamples = threshold, resamples
        scorable, used = set(pairs["protein_id"]), set(pairs["dna_id"])
        self.proteins = [(r.id, r.sequence) for r in records if r.id in scorable]
        self.ids = [name for name, _ in self.proteins]
        self.dna = {name: sequence for name, sequence in dna.items() if name in used}
        self.protein = pairs["protein_id"].map({n: r for r, n in enumerate(self.ids)}).to_numpy()
        self.column = pairs["dna_id"].map({n: r for r, n in enumerate(self.dna)}).to_numpy()
        self.pairs = pairs
        self.encoded = predictor.encode(dict(self.proteins))

    def run(self) -> Evaluation:
        import pandas as pd

        threads = self.predictor.threads or 0
        numbered = self.pairs.assign(row=self.column)
        matrices = baseline_matrices(
            self.predictor,
            self.training,
            self.predictor.measured,
            self.proteins,
            self.dna,
            numbered,
            seed=self.seed,
            threads=threads,
        )
        predictions = self.predictions(matrices)
        methods = ["model", *(name for name in BASELINES if name in predictions)]
        ranks = self.ranks(matrices, methods)
        tables = {name: self.of_proteins(name, predictions, ranks) for name in methods}
        near = identity_to(self.training, self.proteins, threads)
        nearest = dict(zip(self.ids, near, strict=True))
        relatives = predictions.groupby("protein_id", sort=False)["nearest_identity"].first()
        for table in tables.values():
            table["identity"] = [np.fmax(nearest[name], relatives[name]) for name in table.index]
        found = self.summary(tables, predictions, ranks)
        found["notes"] = {**matrices.notes, "identity": self.training.source}
        parts = [table.assign(method=name) for name, table in tables.items()]
        return Evaluation(found, pd.concat(parts).reset_index(), predictions, ranks)

    def predictions(self, matrices: Matrices) -> pd.DataFrame:
        """The scored pairs with a column a baseline."""
        names = (*TARGETS, "score", "probability", "uncertainty", "nearest_identity")
        shown = [name for name in names if name in self.pairs]
        table = self.pairs[["protein_id", "dna_id", *shown]].copy()
        for name, matrix in matrices.scores.items():
            table[name] = matrix[self.protein, self.column]
        if len(self.ids) < 2:
            matrices.notes["shuffled"] = "needs two proteins or more"
        else:
            other = derangement(len(self.ids), self.seed)
            others = [self.ids[row] for row in other[self.protein]]
            pairs = list(zip(others, self.pairs["dna_id"], strict=True))
            table["shuffled"] = self.predictor.predict(self.encoded, self.dna, pairs)["score"]
            matrices.notes["shuffled"] = "every protein scored as another one, drawn at random"
        return table

    def ranks(self, matrices: Matrices, methods: Sequence[str]) -> pd.DataFrame:
        """Rank of each positive's protein among all proteins; of very many positives, of some."""
        import pandas as pd

        if "label" not in self.pairs or len(self.ids) < 2:
            return pd.DataFrame(columns=["protein_id", "dna_id", *methods])
        positive = np.flatnonzero(self.pairs["label"].to_numpy() == 1)
        rng = np.random.default_rng(self.seed)
        most = max(FEWEST_RANKED, RANKED_SCORES // len(self.ids))
        positive = np.sort(rng.permutation(positive)[:most])
        own, column = self.protein[positive], self.column[positive]
        bound = np.zeros((len(self.ids), len(self.dna)), dtype=bool)
        labelled = self.pairs["label"].to_numpy() == 1
        bound[self.protein[labelled], self.column[labelled]] = True
        names = list(self.dna)
        some = {names[place]: self.dna[names[place]] for place in np.unique(column)}
        place = np.searchsorted(np.unique(column), column)
        model = self.predictor.score_matrix(self.encoded, some)[:, place]
        table = self.pairs.loc[positive, ["protein_id", "dna_id"]].reset_index(drop=True)
        for name in methods:
            if name == "model":
                matrix = model
            elif name == "shuffled":
                matrix = model[derangement(len(self.ids), self.seed)]
            else:
                matrix = matrices.scores[name][:, column]
            table[name] = metrics.reciprocal_ranks(matrix, own, bound[:, column])
        return table

    def of_proteins(
        self, method: str, predictions: pd.DataFrame, ranks: pd.DataFrame
    ) -> pd.DataFrame:
        """Figures of every protein under one method."""
        found = metrics.by_protein(as_scores(method, predictions), self.threshold)
        for name, part in ranks.groupby("protein_id", sort=False):
            if name in found.index:
                for key, value in metrics.rank_metrics(part[method].to_numpy(float)).items():
                    found.loc[name, key] = value
        return found

    def summary(
        self, tables: dict[str, pd.DataFrame], predictions: pd.DataFrame, ranks: pd.DataFrame
    ) -> dict[str, Any]:
        """Everything of `metrics.json` but the notes."""
        found: dict[str, Any] = self.averages(tables["model"])
        found["pooled"] = self.pooled("model", predictions, ranks)
        found["baselines"], found["comparisons"] = {}, {}
        for name, table in tables.items():
            if name == "model":
                continue
            pooled = self.pooled(name, predictions, ranks)
            found["baselines"][name] = self.averages(table) | {"pooled": pooled}
            found["comparisons"][name] = self.comparison(tables["model"], table)
        found["identity_bands"] = identity_bands(tables["model"])
        found["undefined"] = undefined(predictions, {*ranks["protein_id"]})
        found["threshold"] = self.threshold
        found["bootstrap"] = {"seed": self.seed, "resamples": self.resamples}
        found["counts"] = {
            "pairs": len(predictions),
            "scored": len(predictions),
            "proteins": len(self.ids),
            "dna": len(self.dna),
            "ranked_positives": len(ranks),
        }
        found["counts"] |= count_targets(predictions)
        if "label" in predictions:
            found["counts"]["positives"] = int(predictions["label"].sum())
        return found

    def averages(self, table: pd.DataFrame) -> dict[str, Any]:
        names = [name for name in metrics.METRICS if name in table]
        return metrics.means(table, names) | {
            "intervals": {
                name: metrics.interval(table[name].to_numpy(float), self.seed, self.resamples)
                for name in names
            }
        }

    def pooled(self, method: str, predictions: pd.DataFrame, ranks: pd.DataFrame) -> dict:
        found = metrics.pair_metrics(as_scores(method, predictions), self.threshold)
        if len(ranks):
            found |= metrics.rank_metrics(ranks[method].to_numpy(float))
        return found

    def comparison(self, model: pd.DataFrame, other: pd.DataFrame) -> dict[str, Any]:
        other = other.reindex(model.index)
        names = [
            name for name in metrics.METRICS if name in other and name not in metrics.AT_A_THRESHOLD
        ]
        return {
            name: metrics.compare(
                model[name].to_numpy(float), other[name].to_numpy(float), self.seed, self.resamples
            )
            for name in names
        }


def as_scores(method: str, predictions: pd.DataFrame) -> pd.DataFrame:
    """The pairs that a method scored, with its score as `score`.

    Of the baselines only k-mer regression gives probabilities.
    """
    if method == "model":
        return predictions
    table = predictions.drop(columns=["score", "probability"], errors="ignore")
    table = table.assign(score=predictions[method])
    if method == "kmer_logistic" and "label" in predictions:
        # Of a protein that was trained on affinities alone it gives affinities.
        table["probability"] = predictions[method].where(predictions[method].between(0, 1))
    return table[table["score"].notna()]


def identity_bands(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over the proteins of each band of identity to the nearest training protein."""
    edges = (0.0, *BANDS)
    bands = [("none", table["identity"].isna())]
    for low, high in zip(edges, BANDS, strict=False):
        inside = (table["identity"] >= low) & (table["identity"] < high)
        bands.append((f"{low:.1f}-{high:.1f}", inside))
    bands.append(("1.0", table["identity"] >= 1))
    return [
        {"band": name, "proteins": int(inside.sum()), "pairs": int(table["pairs"][inside].sum())}
        | metrics.means(table[inside])
        for name, inside in bands
        if inside.any()
    ]


def plain(value: Any) -> Any:
    """The same value with NaN as None, for JSON."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def as_json(found: dict[str, Any]) -> str:
    """`metrics.json`."""
    return json.dumps(plain(found), indent=2) + "\n"
