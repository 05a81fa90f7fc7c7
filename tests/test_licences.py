"""What a file is under stands beside it, and says no more than is known."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.weights import bundled
from dna_protein_bca.io.folder_names import CARD, RELATIVES
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.proteins.relatives import MeasuredProteins

ROOT = Path(__file__).resolve().parents[1]
LICENCE = ROOT / "models" / "LICENSE.md"


def test_weights_that_are_shared_get_no_licence_of_ours(tiny_weights: Path, tmp_path: Path) -> None:
    model = load_model(tiny_weights)
    assert isinstance(model, BindingModel)
    model.save_pretrained(tmp_path)
    cards = [str(model.generate_model_card())]
    cards += [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.md")]
    assert all("license: mit" not in card and "license_name" not in card for card in cards)


@pytest.mark.parametrize("name", bundled())
def test_every_row_of_the_relatives_names_its_source(name: str) -> None:
    measured = MeasuredProteins.read(ROOT / "models" / name / RELATIVES)
    page = LICENCE.read_text(encoding="utf-8").split("## What is in which file")[0]
    sources = {protein.source for protein in measured.proteins}
    sources |= {source for protein in measured.proteins for source in protein.motif_sources}
    assert "" not in sources
    for source in sources:
        first = source.split(" / ")[0].split(";")[0].split(",")[0].split(" (")[0]
        assert first.split(" ")[0] in page, f"{LICENCE.name} says nothing of {source}"


@pytest.mark.parametrize("name", bundled())
def test_cards_say_what_the_weights_are_under(name: str) -> None:
    card = (ROOT / "models" / name / CARD).read_text(encoding="utf-8")
    assert "license: mit" not in card.lower()
    assert "(../LICENSE.md)" in card


def test_the_work_of_others_is_credited() -> None:
    for page in ("README.md", "NOTICE", "CITATION.cff"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert "Phil Wang" in text or ("Wang" in text and "Phil" in text), page
        assert "lucidrains/bidirectional-cross-attention" in text, page
        assert "2402.12138" in text, page
    assert "NOTICE" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_no_placeholder_stands_for_an_address() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    addresses = config["metadata"].get("project_urls", "") + config["metadata"].get("url", "")
    words = ("example", "placeholder", "owner", "your", "todo", "localhost", "127.0.0.1", "<")
    assert not any(word in addresses.lower() for word in words)
