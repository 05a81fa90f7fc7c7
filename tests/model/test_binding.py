"""The model's promises: padding changes nothing, both strands count alike, both sides are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.matching import MASKED
from dna_protein_bca.model.relative_motifs import random_bases
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.features import ProteinBatch, ProteinInput, collate, protein_input

DNA = DNATokenizer()
BASES = st.text(alphabet="ACGTNRYW", min_size=1, max_size=40)


@pytest.fixture(scope="module")
def inputs(data_dir: Path) -> list[ProteinInput]:
    """Seven factors: one domain, two, and arrays of three and eleven fingers."""
    named = [(r.id, r.sequence) for r in read_fasta(data_dir / "example_proteins.fa", "protein")]
    found = find_domains(named, threads=1)
    return [protein_input(*record, domains) for record, domains in zip(named, found, strict=True)]


@pytest.fixture(scope="module", params=["latents", "sites", "gated"])
def model(tiny_weights: Path, request: pytest.FixtureRequest) -> BindingModel:
    """Small random weights, with either form of the joint stage, and behind a gate."""
    known = load_model(tiny_weights)
    if request.param == "latents":
        return known
    config = known.config.replace(joint_form="sites", joint_residues=12, joint_places=8)
    if request.param == "gated":
        config = config.replace(joint_gate=0.8, level_windows=64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        other = BindingModel(config)
        for parameter in other.joint.parameters():
            parameter.data += 0.1 * torch.randn(parameter.shape)
    kept = {k: v for k, v in known.state_dict().items() if not k.startswith("joint.")}
    other.load_state_dict(kept, strict=False)
    return other.eval()


@pytest.fixture(scope="module")
def state(model: BindingModel, inputs: list[ProteinInput]) -> ProteinState:
    with torch.inference_mode():
        return model.encode(collate(inputs))


def load_like(model: BindingModel, **changes: object) -> BindingModel:
    """Another model with the same weights and a changed configuration."""
    other = BindingModel(model.config.replace(**changes))
    other.load_state_dict(model.state_dict())
    return other.eval()


@torch.inference_mode()
def _position(model: BindingModel, texts: list[str], state: ProteinState) -> torch.Tensor:
    tokens = DNA.encode(texts)
    return model(tokens.ids[None], tokens.mask[None], state).position


@settings(max_examples=25, deadline=None)
@given(st.lists(BASES, min_size=2, max_size=5))
def test_a_pair_alone_and_in_a_ragged_batch(
    model: BindingModel, state: ProteinState, texts: list[str]
) -> None:
    tokens = DNA.encode(texts)
    with torch.inference_mode():
        together = model(tokens.ids[None], tokens.mask[None], state)
    assert (together.position[:, ~tokens.mask] == MASKED).all()
    for row, text in enumerate(texts):
        alone = _position(model, [text], state)
        torch.testing.assert_close(
            together.position[:, row : row + 1, : len(text)], alone, atol=1e-5, rtol=0
        )
        score = alone.flatten(2).logsumexp(-1)
        torch.testing.assert_close(together.score[:, row : row + 1], score, atol=1e-5, rtol=0)


@settings(max_examples=15, deadline=None)
@given(BASES, st.integers(1, 30), st.integers(0, DNA.vocab_size - 1))
def test_what_stands_at_padding_is_not_read(
    model: BindingModel, state: ProteinState, text: str, more: int, letter: int
) -> None:
    ids, mask = DNA.encode([text], len(text) + more)
    ids[~mask] = letter
    with torch.inference_mode():
        padded = model(ids[None], mask[None], state).position[:, :, : len(text)]
    torch.testing.assert_close(padded, _position(model, [text], state), atol=1e-5, rtol=0)


def test_a_steep_score_is_that_of_the_best_site(
    model: BindingModel, inputs: list[ProteinInput]
) -> None:
    tokens = DNA.encode(["ACGTCACGTGACCTTGACGTCATTGC" * 3])
    above, added = [], []
    for steepness in (1.0, 2.0, 4.0):
        steep = BindingModel(model.config.replace(steepness=steepness)).eval()
        steep.load_state_dict(model.state_dict())
        with torch.inference_mode():
            state = steep.encode(collate(inputs)).open()
            found = steep(tokens.ids[None], tokens.mask[None], state)
        best = found.match.flatten(2).amax(-1)
        matched = (steepness * found.match).flatten(2).logsumexp(-1)
        above.append(matched / steepness - best)
        added.append(found.position - steepness * found.match - state.bias[:, None, None, None])
    for more in added[1:]:  # what the joint transformer adds is not made steeper
        torch.testing.assert_close(more, added[0], atol=1e-4, rtol=0)
    assert (above[0] > above[1]).all() and (above[1] > above[2]).all()


def test_padded_proteins(
    model: BindingModel, inputs: list[ProteinInput], state: ProteinState
) -> None:
    dna = ["ACGTCACGTGACC", "GGGGCGGGGC"]
    together = _position(model, dna, state)
    for row, item in enumerate(inputs):
        with torch.inference_mode():
            alone = model.encode(collate([item]))
        torch.testing.assert_close(
            together[row : row + 1], _position(model, dna, alone), atol=1e-5, rtol=0
        )


def test_what_stands_at_the_padding_of_a_protein_is_not_read(
    model: BindingModel, inputs: list[ProteinInput], state: ProteinState
) -> None:
    batch = collate(inputs)
    other = batch._asdict()
    for name in ("residues", "ordinal"):
        other[name] = torch.where(batch.mask, other[name], 1)
    with torch.inference_mode():
        changed = model.encode(ProteinBatch(**other))
    dna = ["ACGTCACGTGACC"]
    torch.testing.assert_close(
        _position(model, dna, changed), _position(model, dna, state), atol=1e-5, rtol=0
    )


@settings(max_examples=25, deadline=None)
@given(BASES)
def test_the_other_strand_mirrors(model: BindingModel, state: ProteinState, text: str) -> None:
    ids, mask = DNA.encode([text])
    other = DNA.reverse_complement(ids, mask)
    with torch.inference_mode():
        there = model(ids[None], mask[None], state)
        back = model(other[None], mask[None], state)
    torch.testing.assert_close(there.score, back.score, atol=1e-5, rtol=0)
    torch.testing.assert_close(there.position, back.position.flip(2, 3), atol=1e-5, rtol=0)


def test_dna_of_padding_alone(model: BindingModel, state: ProteinState) -> None:
    ids, mask = DNA.encode(["", "ACGTACGT"])
    with torch.inference_mode():
        out = model(ids[None], mask[None], state)
    assert out.score.isfinite().all()
    assert (out.score[:, 0] < MASKED / 2).all()
    torch.testing.assert_close(
        out.score[:, 1:], _position(model, ["ACGTACGT"], state).flatten(2).logsumexp(-1)
    )


def test_dna_of_one_protein_each(model: BindingModel, state: ProteinState) -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ACGT"), size)) for size in (20, 31, 12, 25, 9, 30, 18)]
    ids, mask = DNA.encode(texts)
    with torch.inference_mode():
        every = model(ids[None], mask[None], state).score
        each = model(ids[:, None], mask[:, None], state).score
    torch.testing.assert_close(each.squeeze(1), every.diagonal(), atol=1e-5, rtol=0)


def test_ambiguous_bases_are_scored(model: BindingModel, state: ProteinState) -> None:
    texts = [f"GGAT{base}ACGACC" for base in "AGRN"]
    scores = _position(model, texts, state).flatten(2).logsumexp(-1)
    assert scores.isfinite().all()
    assert all(len(of_protein.unique()) == 4 for of_protein in scores)


def test_masked_bases_are_read(model: BindingModel, state: ProteinState) -> None:
    ids, mask = DNA.encode(["ACGTCACGTGACC"])
    hidden = ids.clone()
    hidden[0, 5:8] = DNA.mask_id
    with torch.inference_mode():
        seen, unseen = (model(x[None], mask[None], state).score for x in (ids, hidden))
    assert unseen.isfinite().all()
    assert (seen - unseen).abs().max() > 1e-4


def test_the_joint_layers_take_part(model: BindingModel, state: ProteinState) -> None:
    ids, mask = DNA.encode(["ACGTCACGTGACC"])
    state = state.open()
    other = replace(state, latents=state.latents.flip(0))
    with torch.inference_mode():
        whole = model(ids[None], mask[None], state)
        without = model(ids[None], mask[None], state, joint=False)
        swapped = model(ids[None], mask[None], other)
    torch.testing.assert_close(whole.match, without.match)
    assert (whole.score - without.score).abs().min() > 1e-4
    # The protein reaches the score through its latents as well as through its motifs.
    assert (whole.score - swapped.score).abs().max() > 1e-4


@pytest.mark.parametrize("length", [8, 30, 101])
def test_the_gate_lets_a_share_of_random_dna_through(
    model: BindingModel, inputs: list[ProteinInput], length: int
) -> None:
    if model.config.joint.form != "sites":
        pytest.skip("has no gate")
    gated = load_like(model, joint_gate=0.2, level_windows=256)
    torch.manual_seed(1)
    ids = torch.randint(0, 4, (1, 400, length), dtype=torch.uint8)
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.inference_mode():
        state = gated.encode(collate(inputs))
        through, motifs, opened = (
            gated(ids, mask, of, joint=joint)
            for of, joint in ((state, True), (state, False), (state.open(), True))
        )
    changed = (through.position != motifs.position).flatten(2).any(-1)
    assert (opened.position != motifs.position).flatten(2).any(-1).all()
    # The ends of short DNA hang out of the motifs, which the windows that were measured do not.
    assert (changed.float().mean(1) <= 0.3).all()
    assert changed.float().mean() == pytest.approx(0.2, abs=0.1)
    highest = through.match.amax((2, 3))
    for protein, mine in zip(highest, changed, strict=True):
        assert protein[mine].min() >= protein[~mine].max()


def test_dna_that_is_longer_than_the_random_windows_has_their_threshold(
    model: BindingModel, inputs: list[ProteinInput]
) -> None:
    if model.config.joint.form != "sites":
        pytest.skip("has no gate")
    gated = load_like(model, joint_gate=0.2, level_windows=64)
    torch.manual_seed(1)
    ids = torch.randint(0, 4, (1, 60, 150), dtype=torch.uint8)
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.inference_mode():
        state = gated.encode(collate(inputs))
        through, motifs = (gated(ids, mask, state, joint=joint) for joint in (True, False))
    changed = (through.position != motifs.position).flatten(2).any(-1)
    above = through.match.amax((2, 3)) > state.thresholds[:, -1:]
    assert above.any() and not above.all()
    assert (changed == above).all()


def test_a_score_of_0_is_that_of_random_dna(
    model: BindingModel, inputs: list[ProteinInput]
) -> None:
    plain, levelled = (load_like(model, level_windows=count) for count in (0, 16))
    for one in (plain, levelled):
        torch.nn.init.zeros_(one.to_bias.weight)
        torch.nn.init.zeros_(one.to_bias.bias)
    random = DNA.decode(random_bases(16).argmax(-1).to(torch.uint8))
    ids, mask = DNA.encode(random)
    with torch.inference_mode():
        before, after = (
            one(ids[None], mask[None], one.encode(collate(inputs)), joint=False).score
            for one in (plain, levelled)
        )
    torch.testing.assert_close(after.exp().mean(1), torch.ones(len(inputs)), atol=1e-3, rtol=0)
    # Nothing else changes: the DNAs of one protein keep their distances.
    moved = before - after
    torch.testing.assert_close(moved, moved[:, :1].expand_as(moved), atol=1e-3, rtol=0)


def test_what_a_protein_has_lost_lowers_its_scores(
    model: BindingModel, inputs: list[ProteinInput]
) -> None:
    broken = load_like(model)
    batch = collate(inputs[:1])
    at = int(torch.nonzero(batch.position[0] >= 0)[0])
    row = broken.invariants.start[batch.family[0, at]] + batch.position[0, at]
    broken.invariants.cost[row, batch.residues[0, at]] = 2.0
    ids, mask = DNA.encode(["ACGTTGCATT"])
    with torch.inference_mode():
        before, after = (
            one(ids[None], mask[None], one.encode(batch)).score for one in (model, broken)
        )
    lost = float(broken.invariants(batch))
    assert lost == pytest.approx(2.0)
    lower = model.config.matching.scale * model.config.matching.inverse_temperature * lost
    torch.testing.assert_close(before - after, torch.full_like(before, lower), atol=1e-4, rtol=0)


def test_saved_and_loaded(model: BindingModel, state: ProteinState, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    again = BindingModel.from_pretrained(tmp_path).eval()
    assert isinstance(again.config, BindingConfig) and again.config == model.config
    torch.testing.assert_close(
        _position(again, ["ACGTACGT"], state), _position(model, ["ACGTACGT"], state), atol=0, rtol=0
    )
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".pt", ".bin", ".pkl")]


@pytest.mark.parametrize("values", [{"width": 20}, {"stem": 8}, {"protein_region": "half"}])
def test_impossible_configurations(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        BindingConfig((5,)).replace(**values)
