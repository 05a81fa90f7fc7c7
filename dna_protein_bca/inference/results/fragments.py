"""Proteins that have less of their domain than others of their family, and look whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dna_protein_bca.proteins.coverage import describe_fragment, is_fragment, typical_coverage
from dna_protein_bca.proteins.relatives import MeasuredProteins

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.inference.encoding import EncodedProteins


class Fragments:
    """Collects fragments of domains, chunk after chunk.

    Args:
        measured: the proteins that a coverage is compared with; None for none.

    Attributes:
        found: protein -> what `fragment_warning` takes, in the order of the table.
    """

    def __init__(self, measured: MeasuredProteins | None) -> None:
        self.typical = {} if measured is None else typical_coverage(measured)
        self.found: dict[str, str] = {}
        self._seen: set[str] = set()

    def add(self, table: pd.DataFrame) -> None:
        """Take in a table of predictions, or a part of one."""
        new = table[~table["protein_id"].isin(self._seen)].drop_duplicates("protein_id")
        self._seen.update(new["protein_id"])
        for name, dbd, share in zip(new["protein_id"], new["dbd"], new["coverage"], strict=True):
            families = sorted({part.split(":")[0] for part in dbd.split(";")})
            # Of several families the coverage is that of one: the most lenient one decides.
            typical = min(self.typical.get(family, 0.0) for family in families)
            if is_fragment(share, typical):
                self.found[name] = describe_fragment(name, "/".join(families), share, typical)


def fragments_of(encoded: EncodedProteins, measured: MeasuredProteins | None) -> list[str]:
    """What `fragment_warning` takes of those proteins that may be fragments.

    Args:
        measured: see `Fragments`.
    """
    import pandas as pd

    fragments = Fragments(measured)
    columns = {"protein_id": encoded.ids, "dbd": encoded.dbd, "coverage": encoded.coverage}
    fragments.add(pd.DataFrame(columns))
    return [*fragments.found.values()]
