"""ESM-2 as the encoder of proteins: a tiny random one, as transformers saves it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.checksums import write_checksums
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.model.encoders import esm2
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.resources import cache_path
from dna_protein_bca.training import TrainSettings, fit
from dna_protein_bca.training.finetune.models import new_model

pytest.importorskip("transformers", reason="the extra pretrained is not installed")

RESIDUES = "LAGVSERTIDPKQNFYMHWCX"
LETTERS = ["<cls>", "<pad>", "<eos>", "<unk>", *RESIDUES, "<mask>"]
SHAPE = {"dim": 16, "heads": 2, "decoder_depth": 1, "latents": 4, "joint_dim": 16, "joint_heads": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_esm2(tmp_path_factory.mktemp("esm2"), seed=0)


def save_esm2(folder: Path, seed: int) -> Path:
    """A random ESM-2 of two small layers."""
    from transformers import EsmConfig, EsmModel

    torch.manual_seed(seed)
    config = EsmConfig(
        vocab_size=len(LETTERS),
        pad_token_id=LETTERS.index("<pad>"),
        mask_token_id=LETTERS.index("<mask>"),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        position_embedding_type="rotary",
        emb_layer_norm_before=False,
        token_dropout=True,
    )
    EsmModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(LETTERS))
    return folder


@pytest.fixture(scope="module")
def max_protein(data_dir: Path) -> SequenceRecord:
    from dna_protein_bca.io.fasta import read_fasta

    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return next(record for record in records if record.id == "MAX")


def test_domains_have_the_states_of_the_whole_chain(
    folder: Path, max_protein: SequenceRecord
) -> None:
    from transformers import EsmModel

    model = new_model(TrainSettings(architecture={"encoder": f"esm2:{folder}", **SHAPE}))
    domains = find_domains([(max_protein.id, max_protein.sequence)])[0]
    item = model.features(max_protein, domains)
    own = EsmModel.from_pretrained(folder, add_pooling_layer=False).eval()
    ids = [0, *(LETTERS.index(letter) for letter in max_protein.sequence), 2]
    with torch.inference_mode():
        states = own(torch.tensor([ids]), torch.ones(1, len(ids))).last_hidden_state[0, 1:-1]
    assert 0 < len(item.residues) < len(max_protein.sequence)
    expected = states[item.sequence_position].half().float().numpy()
    np.testing.assert_allclose(item.embedding, expected, atol=1e-2)
    # A substitution outside of the domains changes their states: the chain is the context.
    assert item.sequence_position[0] > 0 and max_protein.sequence[0] == "M"
    changed = max_protein._replace(sequence="W" + max_protein.sequence[1:])
    assert np.abs(model.features(changed, domains).embedding - item.embedding).max() > 1e-3
    assert not any("esm" in name for name, _ in model.named_parameters())


def test_a_chain_is_embedded_once(
    folder: Path, max_protein: SequenceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = esm2.embed_chain(folder, max_protein.sequence)
    assert any(cache_path("x").parent.glob("esm2-*/*.npy"))
    monkeypatch.setattr(esm2, "_run", None)
    np.testing.assert_array_equal(esm2.embed_chain(folder, max_protein.sequence), first)


def test_reading_it_says_nothing(
    folder: Path, max_protein: SequenceRecord, capfd: pytest.CaptureFixture[str]
) -> None:
    esm2._load.cache_clear()
    esm2._run(folder, max_protein.sequence)
    assert capfd.readouterr() == ("", "")


def test_trains_saves_and_predicts_with_the_same_esm2_alone(
    folder: Path, max_protein: SequenceRecord, tmp_path: Path
) -> None:
    dna = {f"d{n}": "ACGTT" * 3 + ("CACGTG" if n % 2 else "ATATAT") + "GGACA" for n in range(20)}
    dna = {
        name: sequence + "ACGT"[n % 4] * (n // 4) for n, (name, sequence) in enumerate(dna.items())
    }
    pairs = pd.DataFrame([("MAX", name, n % 2) for n, name in enumerate(dna)])
    pairs.columns = ["protein_id", "dna_id", "label"]
    proteins = {"MAX": max_protein.sequence}
    settings = TrainSettings(steps=2, architecture={"encoder": f"esm2:{folder}", **SHAPE})
    done = fit(proteins, tmp_path / "run", dna=dna, pairs=pairs, settings=settings, report=str)
    found = BindingPredictor(load_model(done.folder / "best")).predict(
        proteins, dna, background=None
    )
    assert found["score"].notna().all()
    # Another ESM-2 in its place is refused.
    other = save_esm2(tmp_path / "other", seed=1)
    config = done.folder / "best" / "config.json"
    values = json.loads(config.read_text())
    assert values["encoder"] == f"esm2:{folder}"
    config.write_text(json.dumps(values | {"encoder": f"esm2:{other}"}))
    write_checksums(config.parent)
    predictor = BindingPredictor(load_model(done.folder / "best"))
    with pytest.raises(InputError, match="another ESM-2"):
        predictor.predict(proteins, dna, background=None)


def test_what_is_no_esm2(folder: Path, tmp_path: Path) -> None:
    def build(source: object) -> None:
        new_model(TrainSettings(architecture={"encoder": f"esm2:{source}", **SHAPE}))

    with pytest.raises(InputError, match="no such folder"):
        build(tmp_path / "none")
    with pytest.raises(InputError, match=r"config\.json is missing"):
        build(tmp_path)
    for name in ("config.json", "vocab.txt"):
        (tmp_path / name).write_text((folder / name).read_text())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    esm2.locate_esm2.cache_clear()
    with pytest.raises(InputError, match=r"\.safetensors is missing\. Pickled weights are never"):
        build(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text('{"model_type": "bert", "hidden_size": 8}')
    with pytest.raises(InputError, match="not the configuration of an ESM-2"):
        build(tmp_path)


def test_nothing_else_loads_transformers() -> None:
    import subprocess

    program = (
        "import sys, dna_protein_bca.model.encoders, dna_protein_bca.training.finetune.fit;"
        "sys.exit('transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
