"""The map of mutations of a protein: what is asked, and the page and files about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.reports.page import render

from .jobs import Deadline
from .limits import Limits
from .query import Query

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.variant.mutants import MutantStudy

CHOICE = ("protein", "dna")
"""Fields of the form: numbers of records of the answer that it belongs to."""


class Mutable(NamedTuple):
    """What a visitor may choose: names of proteins and of DNA by their numbers in a query."""

    proteins: Mapping[int, str]
    dna: Mapping[int, str]


NOTHING = Mutable({}, {})


@dataclass(frozen=True)
class MutationQuery:
    """A protein whose substitutions are asked for, and DNA on which they are scored, or none."""

    protein: SequenceRecord
    dna: SequenceRecord | None


def mutable(query: Query, dbd: list[str], limits: Limits) -> Mutable:
    """The records of a query that can be chosen.

    Args:
        dbd: domains of its proteins, as `predict` names them.
    """
    proteins = {n: r.id for n, r in enumerate(query.proteins) if dbd[n] != "none"}
    short = {n: r.id for n, r in enumerate(query.dna) if len(r.sequence) <= limits.mutant_bases}
    return Mutable(proteins, short)


def read_choice(form: Mapping[str, str], query: Query, choices: Mutable) -> MutationQuery:
    """The records that a form names.

    Raises:
        InputError: they are none of those that can be chosen.
    """
    protein = _number(form.get("protein", ""), choices.proteins)
    dna = form.get("dna", "")
    chosen = query.dna[_number(dna, choices.dna)] if dna else None
    return MutationQuery(query.proteins[protein], chosen)


def _number(text: str, known: Mapping[int, str]) -> int:
    number = next((each for each in known if str(each) == text), None)
    if number is None:
        raise InputError("this is no protein or DNA of the answer: choose one of those listed")
    return number


def mutations(
    predictor: BindingPredictor, query: MutationQuery, limits: Limits, deadline: Deadline
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """All substitutions in the domains of a protein, those of its contacts first.

    Where the time is over before the end, what was found until then is the answer.

    Returns:
        The values of a page, and files by their names.

    Raises:
        InputError: there are too many substitutions; see `variant.mutants.protein_stream`.
    """
    import pandas as pd

    from dna_protein_bca.variant.mutants import protein_stream

    proteins = {query.protein.id: query.protein.sequence}
    dna = {query.dna.id: query.dna.sequence} if query.dna else None
    study = protein_stream(predictor, proteins, scan=True, dna=dna, background=None)
    if len(study) > limits.substitutions:
        raise InputError(
            f"{query.protein.id} has {len(study):,} substitutions in its domains, and at most "
            f"{limits.substitutions:,} are drawn: use variant protein on the command line"
        )
    order = [each.mutant.text for each in study.asked]
    study.contacts_first()
    tables = []
    for effects in study:
        tables.append(effects.table)
        if deadline.over:
            break
    table = pd.concat(tables, ignore_index=True)
    known = table.set_index("mutation")
    table = known.loc[[name for name in order if name in known.index]].reset_index()
    table = table[tables[0].columns]
    view = _view(predictor, query, study, table)
    files = {"mutations.tsv": table.to_csv(sep="\t", index=False, float_format="%.7g").encode()}
    page = render("mutants.html", title=f"Mutations of {query.protein.id}", **view)
    return view, {**files, "report.html": page.encode()}


def _view(
    predictor: BindingPredictor, query: MutationQuery, study: MutantStudy, table: pd.DataFrame
) -> dict[str, Any]:
    """The values of the templates about mutations."""
    from dna_protein_bca.plots.substitutions import ORDER
    from dna_protein_bca.reports.mutants import MutantReport, WildTypes
    from dna_protein_bca.variant.mutants import EVIDENCE
    from dna_protein_bca.variant.mutants.result import stretches

    (wild,) = study.wild_types().values()
    notes = [f"{EVIDENCE[0].upper()}{EVIDENCE[1:]}."]
    if len(table) < len(study):
        notes.insert(
            0,
            f"The time was over after {len(table):,} of {len(study):,} substitutions, those of the "
            "contacts first. Those that were not reached are grey; the command line does all.",
        )
    facts = {
        "protein": query.protein.id,
        "DNA": f"{query.dna.id}, {len(query.dna.sequence):,} bp" if query.dna else "none",
        "substitutions": f"{len(table):,} of {len(study):,}",
        "weights": predictor.name,
        "made by": f"dna-protein-bca {__version__}",
    }
    report = MutantReport(notes, facts)
    report.add(table)
    known = WildTypes(predictor.encode([query.protein]), predictor.measured)
    return report.view({query.protein.id: stretches(table, wild)}, ORDER, known)
