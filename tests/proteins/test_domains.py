"""Domains: families, spans and profile positions."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from Bio.SeqIO.FastaIO import SimpleFastaParser
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.proteins.domains import (
    Domain,
    aligned_match_states,
    annotate,
    families,
    family_ids,
    find_domains,
    format_domains,
    profile_lengths,
)


@pytest.fixture(scope="module")
def examples(data_dir: Path) -> dict[str, str]:
    with open(data_dir / "example_proteins.fa") as file:
        return {title.split()[0]: sequence for title, sequence in SimpleFastaParser(file)}


@pytest.fixture(scope="module")
def found(examples: dict[str, str]) -> dict[str, list[Domain]]:
    return dict(zip(examples, find_domains(list(examples.items())), strict=True))


def spans(column: str) -> list[tuple[str, int, int]]:
    """A `dbd` entry as sorted (family, start, end)."""
    parsed = []
    for text in column.split(";") if column != "none" else []:
        family, span = text.split(":")
        start, end = span.split("-")
        parsed.append((family, int(start), int(end)))
    return sorted(parsed)


def test_profiles_are_those_of_the_file() -> None:
    assert len(families()) == len(set(families())) == 88
    assert profile_lengths()["Homeodomain"] == 57
    assert profile_lengths()["zf-C2H2"] == 23
    assert [family_ids()[family] for family in families()] == list(range(88))


def test_example_proteins_have_the_domains_they_are_known_for(
    found: dict[str, list[Domain]],
) -> None:
    counts = {name: {d.family: 0 for d in domains} for name, domains in found.items()}
    for name, domains in found.items():
        for domain in domains:
            counts[name][domain.family] += 1
    assert counts == {
        "MAX": {"HLH": 1},
        "GATA1": {"GATA": 2},
        "CTCF": {"zf-C2H2": 11},
        "LHX2": {"Homeodomain": 1},
        "SP1": {"zf-C2H2": 3},
        "TP53": {"P53": 1},
        "RUNX1": {"Runt": 1},
    }


def test_proteins_that_bind_no_dna_have_none(data_dir: Path) -> None:
    with open(data_dir / "non_binders.fa") as file:
        records = [(title, sequence) for title, sequence in SimpleFastaParser(file)]
    assert len(records) == 10
    assert [format_domains(domains) for domains in find_domains(records)] == ["none"] * 10


def test_contacts_of_a_homeodomain_stand_at_their_canonical_positions(
    examples: dict[str, str], found: dict[str, list[Domain]]
) -> None:
    (domain,) = found["LHX2"]
    states = aligned_match_states(examples["LHX2"], domain)
    # Canonical residue c is 0-based match state c - 2.
    assert {c: states[c - 2] for c in (5, 47, 48, 49, 50, 51, 53)} == {
        5: "R", 47: "V", 48: "W", 49: "F", 50: "Q", 51: "N", 53: "R",
    }  # fmt: skip


def test_helices_of_zinc_fingers_stand_at_the_same_match_states(
    examples: dict[str, str], found: dict[str, list[Domain]]
) -> None:
    helices = [aligned_match_states(examples["SP1"], finger)[11:18] for finger in found["SP1"]]
    assert helices == ["KTSHLRA", "RSDELQR", "RSDHLSK"]


def test_match_states_are_the_residues_at_their_positions(
    examples: dict[str, str], found: dict[str, list[Domain]]
) -> None:
    for name, sequence in examples.items():
        for domain in found[name]:
            states = aligned_match_states(sequence, domain)
            assert len(states) == profile_lengths()[domain.family]
            assert len(domain.positions) == domain.end - domain.start
            matched = domain.positions[domain.positions >= 0]
            assert (np.diff(matched) > 0).all()
            residues = sequence[domain.start : domain.end]
            for residue, position in zip(residues, domain.positions, strict=True):
                assert position == -1 or states[position] == residue
            assert states.count("-") == len(states) - len(matched)


def test_insertions_have_no_position(found: dict[str, list[Domain]]) -> None:
    inserted = [d for domains in found.values() for d in domains if (d.positions < 0).any()]
    assert {domain.family for domain in inserted} >= {"P53", "zf-C2H2"}


def test_annotation_gives_overlaps_to_the_lower_evalue() -> None:
    weak = Domain("GATA", 2, 6, 1e-4, 10.0, np.arange(4, dtype=np.int16))
    strong = Domain("Homeodomain", 4, 8, 1e-9, 30.0, np.array([5, -1, 6, 7], dtype=np.int16))
    gata, homeodomain = family_ids()["GATA"], family_ids()["Homeodomain"]
    for domains in ([weak, strong], [strong, weak]):
        family, position = annotate(10, domains)
        assert family.tolist() == [-1, -1, gata, gata, *[homeodomain] * 4, -1, -1]
        assert position.tolist() == [-1, -1, 0, 1, 5, -1, 6, 7, -1, -1]
        assert family.dtype == position.dtype == np.int16


def test_annotation_without_domains_is_empty() -> None:
    family, position = annotate(3, [])
    assert family.tolist() == position.tolist() == [-1, -1, -1]


def test_format_is_one_based_and_inclusive() -> None:
    domain = Domain("GATA", 2, 6, 1e-4, 10.0, np.arange(4, dtype=np.int16))
    assert format_domains([domain, domain._replace(start=0, end=1)]) == "GATA:3-6;GATA:1-1"
    assert format_domains([]) == "none"


def test_a_protein_is_found_alone_as_among_others(
    examples: dict[str, str], found: dict[str, list[Domain]]
) -> None:
    for record in examples.items():
        (alone,) = find_domains([record], threads=1)
        assert format_domains(alone) == format_domains(found[record[0]])
        assert [d.evalue for d in alone] == [d.evalue for d in found[record[0]]]


def test_searches_at_the_same_time_do_not_disturb_each_other(
    examples: dict[str, str], found: dict[str, list[Domain]]
) -> None:
    def search(record: tuple[str, str]) -> str:
        return format_domains(find_domains([record], threads=1)[0])

    records = list(examples.items()) * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search, records)) == [
            format_domains(found[name]) for name, _ in records
        ]


def test_no_proteins_and_empty_ones() -> None:
    assert find_domains([]) == []
    assert find_domains([("empty", "")]) == [[]]


def test_unusual_letters_do_not_hide_a_domain(
    examples: dict[str, str], found: dict[str, list[Domain]]
) -> None:
    (domain,) = found["LHX2"]
    sequence = "XBZJUO*-" + examples["LHX2"].replace("HHQLRTMK", "HHXBZUOJ")
    (mutant,) = find_domains([("mutant", sequence)])
    assert [d.family for d in mutant] == ["Homeodomain"]
    assert abs(mutant[0].start - 8 - domain.start) <= 2
    assert "XBZUOJ" in aligned_match_states(sequence, mutant[0])


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="ACDEFGHIKLMNPQRSTVWYXBZJUO", max_size=40))
def test_any_short_sequence_is_searched(sequence: str) -> None:
    (domains,) = find_domains([("any", sequence)], threads=1)
    assert all(0 <= d.start < d.end <= len(sequence) for d in domains)


def test_importing_the_module_reads_no_profiles() -> None:
    code = (
        "import sys, dna_protein_bca.proteins.domains as d; "
        "assert 'pyhmmer' not in sys.modules and 'torch' not in sys.modules; "
        "assert d.profile_lengths.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_domains_agree_with_the_data_set(specificity_dir: Path) -> None:
    table = pd.read_csv(specificity_dir / "proteins.tsv.gz", sep="\t", keep_default_na=False)
    every = find_domains(list(zip(table.protein_id, table.sequence, strict=True)))
    same_families, off = 0, 0
    for domains, column in zip(every, table.dbd, strict=True):
        ours, theirs = spans(format_domains(domains)), spans(column)
        same_families += {family for family, *_ in ours} == {family for family, *_ in theirs}
        off += len(ours) != len(theirs) or any(
            a[0] != b[0] or abs(a[1] - b[1]) > 2 or abs(a[2] - b[2]) > 2
            for a, b in zip(ours, theirs, strict=False)
        )
    assert same_families >= 0.99 * len(table)
    # Two of the nine arrays' rows list a second, partial homeodomain beyond the rule's E-value.
    assert off <= 2
