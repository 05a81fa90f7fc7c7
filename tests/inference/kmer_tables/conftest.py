"""Two proteins with tables: of small random weights, which these tests do not hang on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.kmer_tables import KmerTable, kmer_tables
from dna_protein_bca.io.fasta import read_fasta


@pytest.fixture(scope="package")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="package")
def proteins(predictor: BindingPredictor, data_dir: Path) -> EncodedProteins:
    known = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    some = {"MAX": known["MAX"], "none": "MKAAGGSTLLAAKK", "CTCF": known["CTCF"]}
    return predictor.encode(some)


@pytest.fixture(scope="package")
def tables(predictor: BindingPredictor, proteins: EncodedProteins) -> list[KmerTable | None]:
    return kmer_tables(predictor.scorer, proteins, cache=False)
