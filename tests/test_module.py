"""A protein as a torch module: the scores of `predict`, with a gradient, for other tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dna_protein_bca import BindingPredictor, InputError
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.module import BindingModule, spread

DNA = DNATokenizer()


@pytest.fixture(scope="module")
def proteins(data_dir: Path) -> dict[str, str]:
    """MAX, GATA1, and a protein without a domain."""
    factors = list(read_fasta(data_dir / "example_proteins.fa", "protein"))[:2]
    other = next(read_fasta(data_dir / "non_binders.fa", "protein"))
    return {record.id: record.sequence for record in (*factors, other)}


def with_form(predictor: BindingPredictor, form: str) -> BindingPredictor:
    """The same members with a joint stage of the other form."""
    config = predictor.model.config.replace(joint_form=form, joint_residues=8, joint_places=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = BindingModel(config)
        for parameter in model.joint.parameters():
            parameter.data += 0.1 * torch.randn(parameter.shape)
    kept = predictor.model.state_dict().items()
    members = {name: tensor for name, tensor in kept if not name.startswith("joint.")}
    model.load_state_dict(members, strict=False)
    return BindingPredictor(model.to(predictor.scorer.device).eval())


@pytest.fixture(scope="module", params=["latents", "sites"])
def predictor(tiny_weights: Path, request: pytest.FixtureRequest) -> BindingPredictor:
    """Small random weights, with either form of the joint stage."""
    known = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    return known if request.param == "latents" else with_form(known, "sites")


@pytest.fixture(scope="module")
def module(predictor: BindingPredictor, proteins: dict[str, str]) -> BindingModule:
    found = predictor.module("MAX", proteins)
    assert isinstance(found, BindingModule)
    return found


def one_hot(texts: Sequence[str]) -> Tensor:
    """[N, 4, L] of texts of one length; an N is .25 of each base."""
    return DNA.base_probabilities[DNA.encode(list(texts)).ids.long()].transpose(1, 2)


def random_dna(length: int, count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), length)) for _ in range(count)]


def assert_equal_scores(found: Tensor, expected: np.ndarray) -> None:
    """Within the bound that scores are promised to agree in."""
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=2e-5, rtol=1e-6)


# A tile has 128 bp; the lengths lie below, at and above it, are odd and even, and have several.
@pytest.mark.parametrize("length", [5, 36, 127, 128, 129, 192, 193, 331])
def test_the_score_of_predict_on_both_strands(
    predictor: BindingPredictor, module: BindingModule, proteins: dict[str, str], length: int
) -> None:
    texts = random_dna(length, 3)
    expected = predictor.score_matrix({"MAX": proteins["MAX"]}, [*enumerate_records(texts)])[0]
    dna = one_hot(texts)
    assert module(dna).shape == (3, 1)
    assert_equal_scores(module(dna)[:, 0], expected)
    assert_equal_scores(module(dna.flip(1, 2))[:, 0], expected)


def enumerate_records(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(str(number), text) for number, text in enumerate(texts)]


def test_unknown_bases(
    predictor: BindingPredictor, module: BindingModule, proteins: dict[str, str]
) -> None:
    text = "NNACGTCACGTGNNNNTTGACRYA"
    expected = predictor.score_matrix({"MAX": proteins["MAX"]}, {"x": text})[0]
    quarters = one_hot([text])
    assert_equal_scores(module(quarters)[:, 0], expected)
    zeros = quarters * (quarters.amax(1, keepdim=True) > 0.25)
    assert (zeros.sum(1) == 0).any()
    assert_equal_scores(module(zeros)[:, 0], expected)
    torch.testing.assert_close(spread(zeros), quarters)


def test_its_gradient_is_that_of_the_score(module: BindingModule) -> None:
    dna = one_hot(random_dna(150, 1, seed=3)).double()
    point = (0.9 * dna + 0.025).requires_grad_()
    (slope,) = torch.autograd.grad(module(point).sum(), point)
    assert slope.dtype == torch.float64
    direction = torch.randn(point.shape, generator=torch.Generator().manual_seed(0)).double()
    step = 1e-3
    with torch.no_grad():
        rise = module(point + step * direction) - module(point - step * direction)
    expected = float((slope * direction).sum())
    assert float(rise) / (2 * step) == pytest.approx(expected, rel=0.02, abs=0.02)
    # What a column sums to makes no difference, so that no gradient points away from bases.
    assert slope.sum(1).abs().max() < 1e-5
    assert slope.abs().max() > 1e-3


def test_predicting_goes_on_whatever_becomes_of_the_module(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    dna = {"x": "ACGTCACGTGACCTTGACGT"}
    before = predictor.score_matrix(proteins, dna)
    found = predictor.module("MAX", proteins)
    module = found.double()
    assert not any(parameter.requires_grad for parameter in module.parameters())
    for parameter in module.parameters():
        parameter.data.zero_()
    np.testing.assert_array_equal(predictor.score_matrix(proteins, dna), before)


def test_moves_with_its_protein_and_is_saved(module: BindingModule, tmp_path: Path) -> None:
    assert all(tensor.is_floating_point() for tensor in module.state_dict().values())
    dna = one_hot(["ACGTCACGTGACCTTGACGT"])
    expected = module(dna)
    other = module.double()
    torch.testing.assert_close(other(dna).float(), expected, atol=1e-3, rtol=0)
    module.float()
    torch.save(module.state_dict(), tmp_path / "module.pt")
    changed = {name: torch.zeros_like(value) for name, value in module.state_dict().items()}
    kept = {name: value.clone() for name, value in module.state_dict().items()}
    module.load_state_dict(changed)
    assert not torch.allclose(module(dna), expected)
    module.load_state_dict(torch.load(tmp_path / "module.pt", weights_only=True))
    torch.testing.assert_close(module(dna), expected)
    assert all(torch.equal(kept[name], value) for name, value in module.state_dict().items())


def test_which_protein(
    predictor: BindingPredictor, module: BindingModule, proteins: dict[str, str], data_dir: Path
) -> None:
    dna = one_hot(["ACGTCACGTGACCTTGACGT"])
    expected = module(dna)
    encoded = predictor.encode({"MAX": proteins["MAX"]})
    for found in (
        predictor.module(proteins["MAX"]),
        predictor.module(encoded),
        predictor.module("MAX", data_dir / "example_proteins.fa"),
    ):
        torch.testing.assert_close(found(dna), expected, atol=2e-5, rtol=0)
    with pytest.raises(InputError, match="no protein 'MAXX': the ids are GATA1, MAX"):
        predictor.module("MAXX", proteins)
    with pytest.raises(InputError, match=r"no measured protein .* is called 'MAXX': give its seq"):
        predictor.module("MAXX")
    (other,) = proteins.keys() - {"MAX", "GATA1"}
    with pytest.raises(
        InputError, match=f"{other!r} has no known DNA-binding domain".replace("|", r"\|")
    ):
        predictor.module(other, proteins)
    assert predictor.module(other, proteins, any_protein=True)(dna).isfinite().all()
    with pytest.raises(InputError, match="one protein, and 2 were given"):
        predictor.module(predictor.encode([*proteins.items()][:2]))


def test_of_an_ensemble_it_is_the_mean(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    ensemble = EnsemblePredictor([predictor, predictor])
    text = "ACGTCACGTGACCTTGACGT"
    expected = ensemble.score_matrix({"MAX": proteins["MAX"]}, {"x": text})[0]
    assert_equal_scores(ensemble.module("MAX", proteins)(one_hot([text]))[:, 0], expected)


def test_what_is_no_dna(module: BindingModule) -> None:
    with pytest.raises(ValueError, match=r"\[N, 4, L\], got \[1, 20, 4\]"):
        module(torch.zeros(1, 20, 4))
    with pytest.raises(ValueError, match="4 bp, and a site needs 5"):
        module(torch.zeros(1, 4, 4))


def test_tangermeme_gives_the_differences_of_predict(
    predictor: BindingPredictor, module: BindingModule, proteins: dict[str, str]
) -> None:
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    (text,) = random_dna(40, 1, seed=7)
    found = saturation_mutagenesis(module, one_hot([text]), raw_outputs=True, device="cpu")
    assert found.y_hat.shape == (1, 4, 40, 1)
    mutants = [text[:at] + base + text[at + 1 :] for base in "ACGT" for at in range(40)]
    records = enumerate_records([text, *mutants])
    score = predictor.score_matrix({"MAX": proteins["MAX"]}, records)[0]
    changes = (found.y_hat[0, :, :, 0] - found.y0[0, 0]).numpy().reshape(-1)
    np.testing.assert_allclose(changes, score[1:] - score[0], atol=4e-5, rtol=1e-6)


@pytest.mark.parametrize("baseline", [0.0, 0.25])
def test_captum_integrates_its_gradients(module: BindingModule, baseline: float) -> None:
    from captum.attr import IntegratedGradients

    dna = one_hot(random_dna(60, 2, seed=8))
    start = torch.full_like(dna, baseline)
    attributions = IntegratedGradients(module).attribute(dna, start, target=0, n_steps=50)
    assert attributions.shape == dna.shape
    difference = (module(dna) - module(start))[:, 0]
    # Zeros are as unknown as quarters are.
    torch.testing.assert_close(
        attributions.sum((1, 2)).float(),
        difference,
        atol=0.1 * float(difference.abs().max()),
        rtol=0,
    )
