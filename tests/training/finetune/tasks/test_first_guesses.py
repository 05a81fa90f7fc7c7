"""What a training protein's own motifs begin with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.relative_motifs import MOTIFS_EACH, frame
from dna_protein_bca.motifs.pwm import score_motif
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.prepare import prepare
from dna_protein_bca.training.finetune.settings import TrainSettings
from dna_protein_bca.training.finetune.tasks.first_guesses import first_guesses

WORD = "TGACTCA"


@pytest.fixture
def motif() -> np.ndarray:
    matrix = np.full((len(WORD), 4), 0.05, dtype=np.float32)
    matrix[np.arange(len(WORD)), ["ACGT".index(base) for base in WORD]] = 0.85
    return matrix


def test_begins_with_the_motif_that_fits_the_pairs_best(
    proteins: Path,
    motif: np.ndarray,
    tiny_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    dna = {f"d{n}": "".join(rng.choice(list("ACGT"), int(rng.integers(30, 60)))) for n in range(80)}
    found = {
        name: float(score_motif(motif, *(t.numpy() for t in DNATokenizer().encode([sequence])))[0])
        for name, sequence in dna.items()
    }
    affinity = pd.DataFrame({"dna_id": list(found), "affinity": list(found.values())})
    pairs = affinity.assign(protein_id="MAX")[["protein_id", "dna_id", "affinity"]]
    write_meme(tmp_path / "m.meme", [Motif("a@MAX", motif), Motif("b@SP1", motif)])
    inputs = Inputs(proteins, dna, pairs, tmp_path / "m.meme")
    job = prepare(inputs, TrainSettings(encoder_rate=1.0), init=tiny_weights)
    start = first_guesses(job.model, job.data, job.proteins)
    names = {job.data.proteins[row].record.id: motifs for row, motifs in start.items()}
    width = job.model.config.protein.width
    assert sorted(names) == ["MAX", "SP1"]
    assert names["MAX"].shape == (MOTIFS_EACH, width, 4)
    np.testing.assert_allclose(names["MAX"][0], frame(motif, width), atol=1e-4)
    # Long DNA is read in pieces, which changes nothing.
    monkeypatch.setattr(f"{first_guesses.__module__}.PIECE", 16)
    again = first_guesses(job.model, job.data, job.proteins)
    for row, motifs in start.items():
        np.testing.assert_array_equal(again[row], motifs)
    # Without pairs there is nothing to compare by, and what was measured stands.
    assert names["SP1"].shape == (1, width, 4)
    np.testing.assert_allclose(names["SP1"][0], frame(motif, width), atol=1e-4)


def test_a_protein_with_too_few_pairs_begins_with_what_the_model_decodes(
    proteins: Path, tiny_weights: Path
) -> None:
    dna = {f"d{n}": base * 9 + WORD for n, base in enumerate("ACGT")}
    labels = [1, 1, 0, 0]
    pairs = pd.DataFrame({"protein_id": "MAX", "dna_id": list(dna), "label": labels})
    job = prepare(Inputs(proteins, dna, pairs), TrainSettings(encoder_rate=1.0), init=tiny_weights)
    (motifs,) = first_guesses(job.model, job.data, job.proteins).values()
    assert len(motifs)
    assert motifs.dtype == np.float32
