"""What weights were trained on."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

from dna_protein_bca.evaluation.training_data import (
    TrainingData,
    identity_to,
    read_training_data_of_all,
    trained_on,
)
from dna_protein_bca.io.fasta import read_fasta


def test_a_fragment_that_was_trained_on_is_not_the_whole(data_dir: Path) -> None:
    """Reports group proteins by the identity that predictions state."""
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    whole = next(record.sequence for record in records if record.id == "LHX2")
    query = [("whole", whole), ("none", "A" * 40)]
    fragment = identity_to(TrainingData([("fragment", whole[240:298])]), query, 1)
    np.testing.assert_allclose(fragment, [31 / 57, np.nan], atol=1e-6)
    np.testing.assert_allclose(identity_to(TrainingData([query[0]]), query, 1), [1, np.nan])


def test_pairs_are_known_by_their_sequences_whatever_their_ids() -> None:
    pairs = pd.DataFrame({"protein_id": ["p", "p"], "dna_id": ["a", "b"], "row": [0, 1]})
    training = TrainingData([("p", "MKR")], pairs, ["AACGT", "GGGAA"])
    proteins = {"p": "MKR", "same": "mkr", "other": "MKRR"}
    dna = {"a": "AACGT", "back": "acgtt", "b": "CCCC"}
    names = [("p", "a"), ("same", "back"), ("other", "a"), ("p", "b")]
    table = pd.DataFrame(names, columns=["protein_id", "dna_id"])
    assert trained_on(training, table, proteins, dna) == 2
    assert trained_on(TrainingData([]), table, proteins, dna) == 0


def test_pairs_of_every_member_count_once(tmp_path: Path, data_dir: Path) -> None:
    record = next(iter(read_fasta(data_dir / "example_proteins.fa", "protein")))
    dna = {name: name.upper() * 6 for name in ("acgtt", "cacgt", "ggatc")}
    for number, trained in enumerate((["acgtt", "cacgt"], ["cacgt", "ggatc"])):
        run = tmp_path / str(number)
        (run / "best").mkdir(parents=True)
        (run / "dna.fa.gz").write_bytes(
            gzip.compress("".join(f">{n}\n{dna[n]}\n" for n in trained).encode(), mtime=0)
        )
        rows = "".join(f"{record.id}\t{name}\t1\ttrain\n" for name in trained)
        (run / "pairs.tsv").write_text(f"protein_id\tdna_id\tlabel\tsplit\n{rows}")
        listed = f"protein_id\tdbd\tsequence\n{record.id}\tHLH\t{record.sequence}\n"
        (run / "best" / "training_proteins.tsv").write_text(listed)
    members = [tmp_path / "0" / "best", tmp_path / "1" / "best"]
    both = read_training_data_of_all(members, None)
    assert both.pairs is not None and len(both.pairs) == 3 and len(both.proteins) == 1
    assert sorted(both.dna[row] for row in both.pairs["row"]) == sorted(dna.values())
    table = pd.DataFrame({"protein_id": [record.id] * 3, "dna_id": list(dna)})
    assert trained_on(both, table, {record.id: record.sequence}, dna) == 3
    first = read_training_data_of_all(members[:1], None)
    assert trained_on(first, table, {record.id: record.sequence}, dna) == 2
    assert read_training_data_of_all([], None).pairs is None
