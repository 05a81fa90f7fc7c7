"""The page on predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.inference.background import UNIFORM, Background
from dna_protein_bca.inference.encoding import EncodedByAll
from dna_protein_bca.inference.results import Fragments, Unscored
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.reports.page import write_report
from dna_protein_bca.reports.parts.cards import SiteCard
from dna_protein_bca.reports.parts.limits import Doubts, limits
from dna_protein_bca.reports.parts.proteins import MOST_PROTEINS, ProteinCard, protein_cards

from .best import MOST_ROWS, BestRows, Choice
from .drawn import chosen_pairs, pair_cards, track_of
from .records import PassingRecords
from .rows import Counts, protein_rows, site_rows

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.protocol import Predictor


class PredictionReport:
    """Takes in a stream of predictions, and writes one page about them.

    Memory does not grow with the number of records, unless rows about one record may come twice.

    Args:
        predictor, encoded: what makes the predictions, and the proteins as it encoded them.
        choice: which rows are asked for.
        background: as `predict_stream` takes it; None where there are no p-values.
        keep: rows about a record may come again later (a table of pairs).
        facts: names and values about how the predictions were made.
    """

    def __init__(
        self,
        predictor: Predictor,
        encoded: Any,
        *,
        choice: Choice | None = None,
        background: Any = UNIFORM,
        keep: bool = False,
        facts: Mapping[str, str] | None = None,
        whole: bool = False,
    ) -> None:
        self._predictor, self._encoded = predictor, encoded
        self._background = background
        self._records = PassingRecords(keep)
        self._best = BestRows(choice or Choice())
        self._counts = Counts()
        self._unscored = Unscored(whole or predictor.reads_whole)
        self._fragments = Fragments(predictor.measured)
        self._facts = dict(facts or {})

    def watch(self, records: Iterable[SequenceRecord]) -> Iterator[SequenceRecord]:
        """The same records, which the predictions are to be made of."""
        return self._records.watch(records)

    def watch_rows(self, tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The same predictions, which the page is to be about; see `add`."""
        for table in tables:
            self.add(table)
            yield table

    def add(self, table: pd.DataFrame) -> None:
        """Take in predictions: all rows, those included that are not asked for."""
        self._best.add(table, self._records.attach)
        self._records.forget(table)
        self._counts.add(table)
        self._unscored.add(table)
        self._fragments.add(table)

    def write(self, folder: str | Path, asked: int, title: str = "Prediction") -> None:
        """Write `report.html` into a folder, which is made where there is none.

        Args:
            asked: rows that are asked for, of which the page shows some.
        """
        write_report(folder, "prediction.html", title=title, **self.view(asked))

    def view(self, asked: int) -> dict[str, Any]:
        """The values of the template `prediction.html`, but for its title."""
        rows = self._best.rows
        if rows is None:
            rows = self._empty()
        names = self._counts.ranked()[:MOST_PROTEINS]
        cards = protein_cards(self._encoded, names)
        return {
            "facts": self._facts,
            "pairs": self._counts.pairs,
            "proteins": len(self._counts.best),
            "asked": asked,
            "cards": protein_rows(cards, self._counts),
            "drawn": self._drawn(rows, cards),
            "rows": site_rows(rows),
            "most": MOST_ROWS,
            "levels": self._counts.levels(),
            "limits": limits(self._doubts()),
        }

    def _empty(self) -> pd.DataFrame:
        import pandas as pd

        columns = [*self._predictor.columns, "window", "sequence"]
        return pd.DataFrame(columns=columns)

    def _drawn(self, rows: pd.DataFrame, cards: Mapping[str, ProteinCard]) -> list[SiteCard]:
        chosen = chosen_pairs(rows)
        missing = [name for name in chosen["protein_id"].unique() if name not in cards]
        cards = {**cards, **protein_cards(self._encoded, missing)}
        return pair_cards(chosen, cards, self._tracks(chosen))

    def _tracks(self, rows: pd.DataFrame) -> dict[tuple[str, str], str]:
        """Tracks of the pairs whose record was kept; none of several sets of weights."""
        if isinstance(self._encoded, EncodedByAll):
            return {}
        place = {name: row for row, name in enumerate(self._encoded.ids)}
        backgrounds: dict[str, Background | None] = {}
        found = {}
        for row in rows.to_dict("records"):
            name = row["protein_id"]
            if row["sequence"] is None:
                continue
            one = self._encoded.take(np.array([place[name]]))
            if name not in backgrounds:
                rated = self._background is not None
                known = self._predictor.background(one, self._background) if rated else [None]
                backgrounds[name] = known[0]
            found[name, row["dna_id"]] = track_of(
                self._predictor, one, row, backgrounds[name], self._background
            )
        return found

    def _doubts(self) -> Doubts:
        first = self._encoded[0] if isinstance(self._encoded, EncodedByAll) else self._encoded
        low = [id for id, trust in zip(first.ids, first.trust, strict=True) if trust == "low"]
        whole = self._predictor.reads_whole
        return Doubts(
            no_domain=list(self._unscored.proteins),
            read_whole=[] if whole else list(self._unscored.read_whole),
            fragments=list(self._fragments.found.values()),
            low_trust=low,
            unscored_dna=list(self._unscored.dna),
            tests=self._counts.tests,
            uncalibrated=self._counts.tests > 0 and self._predictor.calibration is None,
        )
