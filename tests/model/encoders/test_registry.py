"""A protein encoder of one's own needs a class and a name, and nothing else changes."""

from __future__ import annotations

import pytest
import torch

from dna_protein_bca.inference.encoding import encode_proteins
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import profile_lengths

MAX = "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE"


@pytest.fixture(scope="module")
def config(charges: str) -> BindingConfig:
    lengths = tuple(profile_lengths().values())
    shape = {"dim": 16, "heads": 2, "latents": 4, "joint_dim": 16, "joint_heads": 2, "relatives": 0}
    return BindingConfig(lengths, encoder=charges).replace(**shape)


def test_a_model_of_another_encoder_scores_saves_and_loads(
    config: BindingConfig, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("charges")
    BindingModel(config).save_pretrained(folder)
    predictor = BindingPredictor(load_model(folder))
    table = predictor.predict({"MAX": MAX}, {"x": "CCACGTGGTT", "y": "TTTTTTTT"})
    assert table["score"].notna().all()
    assert load_model(folder).config.encoder == "charges"


def test_its_features_reach_it(config: BindingConfig) -> None:
    model = BindingModel(config).eval()
    # Arginine for lysine keeps every charge; glutamate for lysine does not.
    same, other = MAX.replace("K", "R"), MAX.replace("KR", "EE")
    records = [
        SequenceRecord(name, text) for name, text in zip("abc", (MAX, same, other), strict=True)
    ]
    encoded = encode_proteins(Scorer(model), records, any_protein=True, threads=1)
    latents = {
        encoded.ids[row]: block.state.latents[place]
        for block in encoded.blocks
        for place, row in enumerate(block.rows)
    }
    torch.testing.assert_close(latents["a"], latents["b"])
    assert (latents["a"] - latents["c"]).abs().max() > 1e-4


def test_an_unknown_encoder_names_those_that_there_are(config: BindingConfig) -> None:
    with pytest.raises(ValueError, match=r"no protein encoder 'esm9': give one of .*profile"):
        BindingModel(BindingConfig(config.profile_lengths, encoder="esm9"))
