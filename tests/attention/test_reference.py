"""The attention module stands in for the reference package: same names, weights and results."""

from __future__ import annotations

import copy
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import bidirectional_cross_attention as reference
import pytest
import torch
from torch import Tensor

from dna_protein_bca import attention
from dna_protein_bca.attention import choice

DIM, CONTEXT_DIM, HEADS = 20, 12, 4
SIZES = {"dim": DIM, "context_dim": CONTEXT_DIM, "heads": HEADS, "dim_head": 6}


@pytest.fixture(params=["plain", "fused"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to compute the same, whatever the size."""
    chosen = str(request.param)
    monkeypatch.setattr(choice, "fused_pays", lambda *_, **__: chosen == "fused")
    return chosen


def inputs(b: int, n: int, m: int, device: str = "cpu") -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Both sides and masks of which every row has a real token."""
    generator = torch.Generator().manual_seed(b + n + m)
    x, context = (
        torch.randn(b, length, dim, generator=generator)
        for length, dim in ((n, DIM), (m, CONTEXT_DIM))
    )
    masks = [torch.rand(b, length, generator=generator) > 0.4 for length in (n, m)]
    for mask in masks:
        mask[:, 0] = True
    return tuple(side.to(device) for side in (x, context, *masks))  # type: ignore[return-value]


def pair(name: str, device: str = "cpu", **options: Any) -> tuple[Any, Any]:
    """The reference's module and ours, with the reference's weights."""
    theirs = getattr(reference, name)(**SIZES, **options).to(device)
    ours = getattr(attention, name)(**SIZES, **options).to(device)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def assert_same(found: Any, expected: Any) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        tolerance = 1e-5 if ours.device.type == "cpu" else 1e-4
        torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=tolerance)


def gradients(module: torch.nn.Module, *sides: Tensor, **call: Any) -> list[Tensor]:
    """Of both sides and of every parameter, for one and the same weighting of the outputs."""
    sides = tuple(side.detach().clone().requires_grad_() for side in sides)
    outs = module(*sides, **call)
    weights = [torch.linspace(-1, 1, out.numel(), device=out.device) for out in outs]
    loss = sum((out.flatten() * weight).sum() for out, weight in zip(outs, weights, strict=True))
    return list(torch.autograd.grad(loss, [*sides, *module.parameters()]))


@pytest.mark.parametrize(
    ("talking_heads", "prenorm", "masked", "biased"),
    list(itertools.product((False, True), repeat=4)),
)
@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (40, 33)])
def test_every_option_of_the_step(
    form: str,
    device: str,
    n: int,
    m: int,
    talking_heads: bool,
    prenorm: bool,
    masked: bool,
    biased: bool,
) -> None:
    theirs, ours = pair(
        "BidirectionalCrossAttention", device, talking_heads=talking_heads, prenorm=prenorm
    )
    x, context, mask, context_mask = inputs(3, n, m, device)
    call: dict[str, Any] = {"mask": mask, "context_mask": context_mask} if masked else {}
    if biased:
        call["rel_pos_bias"] = torch.randn(HEADS, n, m, device=device)
    assert_same(ours(x, context, **call), theirs(x, context, **call))
    assert_same(
        ours(x, context, return_attn=True, **call), theirs(x, context, return_attn=True, **call)
    )
    assert_same(gradients(ours, x, context, **call), gradients(theirs, x, context, **call))


@pytest.mark.parametrize("options", [{}, {"heads": 1, "dim_head": 3}, {"heads": 3, "dim_head": 64}])
@pytest.mark.parametrize("sides", ["both", "mask", "context_mask"])
@pytest.mark.parametrize("batch", [1, 7])
def test_one_mask_or_two_and_any_batch(
    form: str, options: dict[str, int], sides: str, batch: int
) -> None:
    sizes = {**SIZES, **options}
    theirs = reference.BidirectionalCrossAttention(**sizes)
    ours = attention.BidirectionalCrossAttention(**sizes)
    ours.load_state_dict(theirs.state_dict())
    x, context, mask, context_mask = inputs(batch, 7, 11)
    call = {"mask": mask, "context_mask": context_mask}
    if sides != "both":
        call = {sides: call[sides]}
    assert_same(ours(x, context, **call), theirs(x, context, **call))
    assert_same(gradients(ours, x, context, **call), gradients(theirs, x, context, **call))


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"talking_heads": True, "dropout": 0.1},
        {"ff_expansion_factor": 1.5},
        {"final_norms": True, "context_dim": DIM},
    ],
)
def test_every_option_of_the_transformer(
    form: str, device: str, depth: int, options: dict[str, Any]
) -> None:
    sizes = {**SIZES, **options, "depth": depth}
    theirs = reference.BidirectionalCrossAttentionTransformer(**sizes).to(device).eval()
    ours = attention.BidirectionalCrossAttentionTransformer(**sizes).to(device).eval()
    ours.load_state_dict(theirs.state_dict())
    x, context, mask, context_mask = inputs(2, 6, 8, device)
    if sizes["context_dim"] == DIM:
        context = torch.randn(2, 8, DIM, device=device)
    for call in ({}, {"mask": mask, "context_mask": context_mask}):
        assert_same(ours(x, context, **call), theirs(x, context, **call))
        assert_same(gradients(ours, x, context, **call), gradients(theirs, x, context, **call))


@pytest.mark.parametrize("talking_heads", [False, True])
def test_dropout_draws_the_same_numbers(talking_heads: bool) -> None:
    theirs, ours = pair("BidirectionalCrossAttention", dropout=0.3, talking_heads=talking_heads)
    x, context, mask, context_mask = inputs(2, 6, 8)
    outs = []
    for module in (ours, theirs):
        torch.manual_seed(1)
        outs.append(module(x, context, mask, context_mask, return_attn=True))
    assert_same(*outs)
    assert (outs[0][2] == 0).any()
    assert_same(ours.eval()(x, context), theirs.eval()(x, context))


@pytest.mark.parametrize("name", ["Attention", "AttentionTransformer"])
def test_one_seed_makes_the_same_weights(name: str) -> None:
    options = {"depth": 2, "final_norms": True} if name.endswith("Transformer") else {}
    states = []
    for package in (reference, attention):
        torch.manual_seed(2)
        sizes = {**SIZES, **options, "talking_heads": True, "context_dim": DIM}
        states.append(getattr(package, f"BidirectionalCross{name}")(**sizes).state_dict())
    theirs, ours = states
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_positional_arguments_stand_in_the_same_order() -> None:
    theirs, ours = pair("BidirectionalCrossAttentionTransformer", depth=1)
    x, context, mask, context_mask = inputs(2, 6, 8)
    call = (x, context, mask, context_mask, False, torch.randn(6, 8))
    assert_same(ours(*call), theirs(*call))


def test_final_norms_have_the_width_of_their_side() -> None:
    module = attention.BidirectionalCrossAttentionTransformer(**SIZES, depth=1, final_norms=True)
    x, context, *_ = inputs(2, 6, 8)
    out, context_out = module(x, context)
    for side, like in ((out, x), (context_out, context)):
        assert side.shape == like.shape
        torch.testing.assert_close(side.square().mean(-1), torch.ones(like.shape[:2]))


def test_usage_example_of_the_reference() -> None:
    """4096 tokens of width 512 with 8192 of width 386, forward.

    What a token reads depends on no other token of its side, so that a few of each side before
    the whole of the other say whether all are right without the reference's gigabytes.
    """
    sizes = {"dim": 512, "heads": 8, "dim_head": 64, "context_dim": 386}
    theirs = reference.BidirectionalCrossAttention(**sizes)
    ours = attention.BidirectionalCrossAttention(**sizes)
    ours.load_state_dict(theirs.state_dict())
    video, audio = torch.randn(1, 4096, 512), torch.randn(1, 8192, 386)
    video_mask, audio_mask = torch.ones(1, 4096).bool(), torch.ones(1, 8192).bool()
    with torch.no_grad():
        video_out, audio_out = ours(video, audio, mask=video_mask, context_mask=audio_mask)
        few_video, few_audio = torch.randperm(4096)[:40], torch.randperm(8192)[:40]
        expected, _ = theirs(video[:, few_video], audio)
        _, context_expected = theirs(video, audio[:, few_audio])
    assert video_out.shape == video.shape
    assert audio_out.shape == audio.shape
    assert_same((video_out[:, few_video], audio_out[:, few_audio]), (expected, context_expected))


@pytest.mark.parametrize(("b", "c"), [(3, 1), (1, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_a_batch_of_one_meets_every_example(form: str, b: int, c: int, masked: bool) -> None:
    ours = attention.BidirectionalCrossAttentionTransformer(**SIZES, depth=2)
    x, _, mask, _ = inputs(b, 5, 7)
    _, context, _, context_mask = inputs(c, 5, 7)
    wide = [side.expand(3, *side.shape[1:]) for side in (x, context, mask, context_mask)]
    one, all_three = (
        ([x, context], wide[:2]) if not masked else ([x, context, mask, context_mask], wide)
    )
    assert_same(ours(*one), ours(*all_three))
    assert_same(gradients(ours, x, context)[2:], gradients(ours, *wide[:2])[2:])


def test_a_copy_and_a_saved_state_load_unchanged(tmp_path: Any) -> None:
    theirs, ours = pair("BidirectionalCrossAttentionTransformer", depth=2, talking_heads=True)
    torch.save(theirs.state_dict(), tmp_path / "weights.pt")
    fresh = attention.BidirectionalCrossAttentionTransformer(**SIZES, depth=2, talking_heads=True)
    fresh.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    x, context, *_ = inputs(2, 6, 8)
    assert_same(fresh(x, context), theirs(x, context))
    assert_same(copy.deepcopy(fresh)(x, context), theirs(x, context))
    theirs.load_state_dict(ours.state_dict())
    assert_same(ours(x, context), theirs(x, context))


@pytest.mark.parametrize("which", ["mask", "context_mask"])
def test_a_mask_of_the_wrong_shape_is_named(which: str) -> None:
    ours = attention.BidirectionalCrossAttention(**SIZES)
    x, context, *_ = inputs(2, 6, 8)
    with pytest.raises(ValueError, match=rf"^{which} must be \(2, [68]\)"):
        ours(x, context, **{which: torch.ones(2, 7).bool()})


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
@pytest.mark.parametrize(("which", "length"), [("mask", 6), ("context_mask", 8)])
def test_a_mask_that_is_not_bool_is_refused(
    form: str, which: str, length: int, dtype: torch.dtype
) -> None:
    ours = attention.BidirectionalCrossAttention(**SIZES)
    x, context, *_ = inputs(2, 6, 8)
    with pytest.raises(ValueError, match=rf"^{which} must be bool"):
        ours(x, context, **{which: torch.tensor([[1.0] * (length - 1) + [0.0]] * 2).to(dtype)})


def test_import_loads_torch_and_einops_alone() -> None:
    script = (
        "import sys, torch, einops, torch.utils.checkpoint;"
        "before = set(sys.modules);"
        "import dna_protein_bca.attention;"
        "new = set(sys.modules) - before;"
        "print(*sorted(name for name in new if name.split('.')[0] not in ('torch', 'einops')))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [
        "dna_protein_bca",
        "dna_protein_bca.attention",
        *(
            f"dna_protein_bca.attention.{name}"
            for name in (
                "checks",
                "choice",
                "kernels",
                "latents",
                "padding",
                "step",
                "transformer",
            )
        ),
    ]


@pytest.mark.parametrize("number", range(5))
def test_examples_of_the_documentation_run(number: int) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "attention.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert len(blocks) == 5
    names: dict[str, Any] = {}
    exec(blocks[number], names)  # each ends with an assertion of its own
    assert "assert" in blocks[number] and names["torch"] is torch
