"""The same input gives the same bytes, and scores that hang on nothing but the two sequences."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import predictor
from dna_protein_bca.inference.scanning import stretches
from dna_protein_bca.io.fasta import read_fasta


@pytest.fixture
def inputs(data_dir: Path, tmp_path: Path) -> list[object]:
    """Two proteins, and DNA of many lengths."""
    proteins = list(read_fasta(data_dir / "example_proteins.fa", "protein"))[:2]
    rng = np.random.default_rng(0)
    lengths = (1, 4, 5, 30, 101, 128, 129, 300, 1000)
    dna = {f"d{length}": "".join(rng.choice(list("ACGTN"), length)) for length in lengths}
    (tmp_path / "p.fa").write_text("".join(f">{r.id}\n{r.sequence}\n" for r in proteins))
    (tmp_path / "d.fa").write_text("".join(f">{id}\n{text}\n" for id, text in dna.items()))
    turned = reversed(dna.items())
    (tmp_path / "turned.fa").write_text("".join(f">{id}\n{text}\n" for id, text in turned))
    return ["predict", "--no-p-values", "--device", "cpu", "--proteins", tmp_path / "p.fa", "--dna"]


def test_predict_gives_the_same_bytes_and_scores(
    run: Callable, inputs: list, tmp_path: Path
) -> None:
    given = [*inputs, tmp_path / "d.fa", "--threads", 1]
    first, second = run(*given), run(*given)
    assert first.exit_code == 0 and first.stdout == second.stdout
    others = [
        [*given, "--batch-size", 1],
        [*given, "--batch-size", 7],
        [*given[:-1], 2],
        [*inputs, tmp_path / "turned.fa", "--threads", 1],
    ]
    key = ["protein_id", "dna_id"]
    expected = pd.read_csv(io.StringIO(first.stdout), sep="\t").set_index(key)
    # What cannot be scored is blank, and nothing else is.
    blank = expected.index[expected["score"].isna()]
    assert {dna for _, dna in blank} == {"d1", "d4"}
    for arguments in others:
        table = pd.read_csv(io.StringIO(run(*arguments).stdout), sep="\t").set_index(key)
        table = table.loc[expected.index]
        np.testing.assert_allclose(table["score"], expected["score"], rtol=1e-6, atol=2e-5)
        places = ["start", "end", "strand", "dbd", "nearest_measured"]
        pd.testing.assert_frame_equal(table[places], expected[places])


def test_what_is_read_at_once_changes_no_answer(
    run: Callable, inputs: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, genome = np.random.default_rng(1), tmp_path / "genome.fa"
    contigs = ("".join(rng.choice(list("ACGT"), length)) for length in (2000, 90, 700))
    genome.write_text("".join(f">c{n}\n{text}\n" for n, text in enumerate(contigs)))
    scan = ["scan", "--proteins", tmp_path / "p.fa", "--genome", genome, "--max-p", 0.01]
    commands = {"predict": [*inputs, tmp_path / "d.fa"], "scan": [*scan, "--device", "cpu"]}

    def answers(name: str) -> pd.DataFrame:
        out = tmp_path / f"{name}.tsv"
        assert run(*commands[name], "-o", out).exit_code == 0
        return pd.read_csv(out, sep="\t")

    whole = {name: answers(name) for name in commands}
    monkeypatch.setattr(predictor, "CHUNK_PAIRS", 3)
    monkeypatch.setattr(predictor, "CHUNK_BASES", 150)
    monkeypatch.setattr(stretches, "FEWEST", 128)
    monkeypatch.setattr(stretches, "MOST", 256)
    for name, expected in whole.items():
        table = answers(name)
        np.testing.assert_allclose(table["score"], expected["score"], rtol=1e-6, atol=2e-5)
        numbers = ["score", "p_value", "probability", "uncertainty", "bed_score"]
        others = [column for column in expected if column not in numbers]
        pd.testing.assert_frame_equal(table[others], expected[others])
        if name == "scan":
            np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-3)
    assert len(whole["scan"]) > 10
