"""Inputs that are empty, wrong, or hold anything in their padding."""

from __future__ import annotations

import math
from typing import Any

import bidirectional_cross_attention as reference
import pytest
import torch
from torch import Tensor, nn

from dna_protein_bca import attention

SIZES: dict[str, Any] = {"dim": 6, "context_dim": 4, "heads": 2, "dim_head": 4}
FORMS = ("plain", "fused")


def modules(**options: Any) -> dict[str, nn.Module]:
    torch.manual_seed(0)
    return {
        "step": attention.BidirectionalCrossAttention(**SIZES, **options),
        "transformer": attention.BidirectionalCrossAttentionTransformer(
            **SIZES, depth=2, **options
        ),
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["step", "transformer"])
@pytest.mark.parametrize("return_attn", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_a_batch_of_no_examples(form: str, kind: str, return_attn: bool, masked: bool) -> None:
    for n, m in ((5, 7), (60, 70)):
        x, context = torch.randn(0, n, 6, requires_grad=True), torch.randn(0, m, 4)
        masks = (torch.ones(0, n).bool(), torch.ones(0, m).bool()) if masked else (None, None)
        module = modules(form=form)[kind]
        out, context_out, *_ = module(x, context, *masks, return_attn=return_attn)
        assert out.shape == x.shape and context_out.shape == context.shape
        grads = torch.autograd.grad(out.sum() + context_out.sum(), [x, *module.parameters()])
        assert all((grad == 0).all() for grad in grads)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("n", "m"), [(5, 0), (0, 7), (0, 0)])
def test_a_side_of_no_tokens_as_in_the_reference(form: str, n: int, m: int) -> None:
    theirs = reference.BidirectionalCrossAttention(**SIZES)
    ours = attention.BidirectionalCrossAttention(**SIZES, form=form)
    ours.load_state_dict(theirs.state_dict())
    sides = (torch.randn(2, n, 6), torch.randn(2, m, 4))
    for found, expected in zip(ours(*sides), theirs(*sides), strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("kind", ["step", "transformer"])
@pytest.mark.parametrize(
    ("x", "context", "message"),
    [
        ((5, 6), (2, 7, 4), r"x must be \[batch, tokens, 6\], got \(5, 6\); .* x\[None\]"),
        ((2, 5, 6), (7, 4), r"context must be \[batch, tokens, 4\], got \(7, 4\); .*\[None\]"),
        ((2, 2, 5, 6), (2, 7, 4), r"x must be \[batch, tokens, 6\], got \(2, 2, 5, 6\)$"),
        ((2, 5, 6), (2, 2, 7, 4), r"context must be \[batch, tokens, 4\], got \(2, 2, 7, 4\)$"),
        ((6,), (2, 7, 4), r"x must be \[batch, tokens, 6\], got \(6,\)"),
        ((2, 5, 4), (2, 7, 4), r"x must be \[batch, tokens, 6\], got \(2, 5, 4\)"),
        ((2, 5, 6), (2, 7, 6), r"context must be \[batch, tokens, 4\], got \(2, 7, 6\)"),
        ((2, 5, 6), (3, 7, 4), "as many examples as each other, .* got 2 and 3"),
        ((0, 5, 6), (3, 7, 4), "as many examples as each other, .* got 0 and 3"),
    ],
)
def test_wrong_sides_are_named(
    kind: str, x: tuple[int, ...], context: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        modules()[kind](torch.randn(x), torch.randn(context))


def test_wrong_latents_are_named() -> None:
    module = attention.BidirectionalLatentTransformer(dim=6, depth=1, num_latents=3, latent_dim=4)
    x = torch.randn(2, 5, 6)
    with pytest.raises(ValueError, match=r"latents must be \[batch, tokens, 4\], got \(3, 4\)"):
        module(x, latents=torch.randn(3, 4))
    with pytest.raises(ValueError, match=r"x must be \[batch, tokens, 6\], got \(5, 6\)"):
        module(x[0])


# Whatever a buffer may hold; 3e38 overflows in the first product.
CONTENTS = (math.nan, math.inf, -math.inf, 3e38)


def real_parts(module: nn.Module, sides: list[Tensor], masks: list[Tensor], **call: Any) -> list:
    """Outputs of real tokens, and gradients of their sum of squares."""
    sides = [side.clone().requires_grad_() for side in sides]
    outs = module(*sides, *masks, **call)
    real = [out[mask] for out, mask in zip(outs, masks, strict=True)]
    loss = sum(out.square().sum() for out in real)
    grads = torch.autograd.grad(loss, [*sides, *module.parameters()], allow_unused=True)
    return [*real, *(grad for grad in grads if grad is not None)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["step", "transformer"])
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize(
    "options",
    [{}, {"prenorm": True, "qk_norm": True, "rotary": True}, {"talking_heads": True}],
)
def test_no_content_of_padding_reaches_a_real_token(
    form: str, kind: str, content: float, options: dict[str, Any], device: str
) -> None:
    module = modules(form=form, **options)[kind].to(device)
    generator = torch.Generator().manual_seed(3)
    masks = [torch.rand(3, length, generator=generator) > 0.4 for length in (9, 11)]
    masks[0][:, 0] = masks[1][:, -1] = True
    masks[1][2] = False  # an example of padding alone
    sides = [torch.randn(3, 9, 6, generator=generator), torch.randn(3, 11, 4, generator=generator)]
    masks = [mask.to(device) for mask in masks]
    sides = [side.to(device) for side in sides]
    clean = real_parts(module, sides, masks)
    dirty = [
        torch.where(mask[..., None], side, content) for side, mask in zip(sides, masks, strict=True)
    ]
    for found, expected in zip(real_parts(module, dirty, masks), clean, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("content", [math.nan, math.inf, 6e4])
def test_nor_in_half_precision(dtype: torch.dtype, form: str, content: float) -> None:
    module = modules(form=form)["step"].to(dtype)
    sides = [torch.randn(2, 9, 6, dtype=dtype), torch.randn(2, 11, 4, dtype=dtype)]
    masks = [torch.arange(length).expand(2, -1) < 6 for length in (9, 11)]
    clean = real_parts(module, sides, masks)
    for side in sides:
        side[:, 6:] = content
    for found, expected in zip(real_parts(module, sides, masks), clean, strict=True):
        torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("one_for_all", [False, True])
def test_nor_do_positions_of_padding(form: str, one_for_all: bool) -> None:
    module = modules(form=form, rotary=True, context_rotary=True)["transformer"]
    sides = [torch.randn(2, 9, 6), torch.randn(2, 11, 4)]
    masks = [torch.arange(length).expand(2, -1) < 6 for length in (9, 11)]
    found = []
    for content in (0.0, math.nan, math.inf):
        places = [torch.arange(float(length)) for length in (9, 11)]
        for place in places:
            place[6:] = content
        if not one_for_all:
            places = [place.expand(2, -1) for place in places]
        call = {"positions": places[0], "context_positions": places[1]}
        found.append(real_parts(module, sides, masks, **call))
    for other in found[1:]:
        for value, same in zip(other, found[0], strict=True):
            torch.testing.assert_close(value, same, atol=1e-5, rtol=1e-5)


def test_nor_does_a_bias_at_padding() -> None:
    module = modules()["step"]
    sides = [torch.randn(2, 9, 6), torch.randn(2, 11, 4)]
    masks = [torch.arange(length).expand(2, -1) < 6 for length in (9, 11)]
    bias = torch.randn(2, 9, 11)
    clean = real_parts(module, sides, masks, rel_pos_bias=bias)
    bias[:, 6:], bias[:, :, 6:] = math.nan, math.inf
    for found, expected in zip(
        real_parts(module, sides, masks, rel_pos_bias=bias), clean, strict=True
    ):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
