"""Padding changes nothing that is real, and costs nothing of size n x m."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from dna_protein_bca.attention import (
    BidirectionalCrossAttention,
    BidirectionalCrossAttentionTransformer,
    BidirectionalLatentTransformer,
    choice,
)

FORMS = ("plain", "fused")


def form(name: str) -> Any:
    """Compute in this way, whatever the size."""
    return mock.patch.object(choice, "fused_pays", lambda *_, **__: name == "fused")


@st.composite
def batches(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sides of width 6 and 4 with any masks: ragged, with holes, empty or whole."""
    b, n, m = (draw(st.integers(1, 4)), draw(st.integers(1, 7)), draw(st.integers(1, 7)))
    masks = [
        torch.tensor(
            draw(
                st.lists(
                    st.lists(st.booleans(), min_size=length, max_size=length),
                    min_size=b,
                    max_size=b,
                )
            )
        )
        for length in (n, m)
    ]
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    x = torch.randn(b, n, 6, generator=generator)
    return x, torch.randn(b, m, 4, generator=generator), masks[0], masks[1]


def modules() -> list[nn.Module]:
    sizes: dict[str, Any] = {"dim": 6, "context_dim": 4, "heads": 2, "dim_head": 4}
    return [
        BidirectionalCrossAttention(**sizes),
        BidirectionalCrossAttention(**sizes, prenorm=True, qk_norm=True),
        BidirectionalCrossAttention(**sizes, talking_heads=True),
        BidirectionalCrossAttentionTransformer(**sizes, depth=2, final_norms=True),
    ]


def alone(module: nn.Module, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
    """One example's real tokens, without padding and masks."""
    if len(x) and len(context):
        out, context_out = module(x[None], context[None])
        return out[0], context_out[0]
    if isinstance(module, BidirectionalCrossAttention):
        return torch.zeros_like(x), torch.zeros_like(context)
    for _, refine, context_refine in module.layers:
        x, context = x + refine(x), context + context_refine(context)
    return module.norm(x), module.context_norm(context)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("kind", range(len(modules())))
@settings(max_examples=40, deadline=None)
@given(batch=batches())
def test_as_in_a_loop_over_examples_without_padding(
    name: str, kind: int, batch: tuple[Tensor, Tensor, Tensor, Tensor]
) -> None:
    torch.manual_seed(0)
    module = modules()[kind]
    x, context, mask, context_mask = batch
    with form(name), torch.no_grad():
        out, context_out = module(x, context, mask, context_mask)
        for i in range(len(x)):
            real, context_real = mask[i], context_mask[i]
            expected, context_expected = alone(module, x[i, real], context[i, context_real])
            torch.testing.assert_close(out[i, real], expected, atol=1e-5, rtol=1e-5)
            torch.testing.assert_close(
                context_out[i, context_real], context_expected, atol=1e-5, rtol=1e-5
            )


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=40, deadline=None)
@given(batch=batches())
def test_gradients_are_finite_and_blind_to_padding(
    name: str, batch: tuple[Tensor, Tensor, Tensor, Tensor]
) -> None:
    torch.manual_seed(0)
    module = modules()[0]
    x, context, mask, context_mask = (side.clone() for side in batch)
    found = []
    with form(name):
        for _ in range(2):
            sides = (x.requires_grad_(), context.requires_grad_())
            out, context_out = module(*sides, mask, context_mask)
            loss = out[mask].square().sum() + context_out[context_mask].square().sum()
            found.append(torch.autograd.grad(loss, [*sides, *module.parameters()]))
            with torch.no_grad():
                x = torch.where(mask[..., None], x, 5.0)
                context = torch.where(context_mask[..., None], context, -7.0)
    for first, second in zip(*found, strict=True):
        assert first.isfinite().all()
        torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-5)
    assert (found[0][0][~mask] == 0).all()
    assert (found[0][1][~context_mask] == 0).all()


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("side", ["mask", "context_mask"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("return_attn", [False, True])
def test_an_empty_side_gives_zeros_on_both(
    name: str, side: str, dtype: torch.dtype, return_attn: bool, device: str
) -> None:
    module = modules()[0].to(device, dtype)
    assert isinstance(module, BidirectionalCrossAttention)
    x = torch.randn(3, 5, 6, device=device, dtype=dtype, requires_grad=True)
    context = torch.randn(3, 4, 4, device=device, dtype=dtype, requires_grad=True)
    flags = torch.ones(3, 5 if side == "mask" else 4, device=device).bool()
    flags[1] = False
    with form(name):
        out, context_out, *attention = module(x, context, **{side: flags}, return_attn=return_attn)
    for result in (out, context_out, *attention):
        assert (result[1] == 0).all()
        assert (result[[0, 2]] != 0).any(dim=-1).all()
    grads = torch.autograd.grad(
        out.float().square().sum() + context_out.float().square().sum(),
        [x, context, *module.parameters()],
    )
    assert all(grad.isfinite().all() for grad in grads)
    assert (grads[0][1] == 0).all()
    assert (grads[1][1] == 0).all()


def test_masks_of_real_tokens_alone_cost_nothing() -> None:
    module = modules()[0]
    x, context = torch.randn(2, 5, 6), torch.randn(2, 4, 4)
    masked = module(x, context, torch.ones(2, 5).bool(), torch.ones(2, 4).bool())
    assert all(torch.equal(a, b) for a, b in zip(masked, module(x, context), strict=True))


class Largest(TorchDispatchMode):
    """The size of the largest tensor that any operation returns."""

    def __init__(self) -> None:
        super().__init__()
        self.numel = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for value in result if isinstance(result, tuple | list) else (result,):
            if isinstance(value, Tensor):
                self.numel = max(self.numel, value.untyped_storage().nbytes() // 4)
        return result


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", [{}, {"qk_norm": True, "rotary": True, "context_rotary": True}])
def test_long_inputs_keep_nothing_of_size_n_by_m(
    masked: bool, options: dict[str, Any], device: str
) -> None:
    n, m = 700, 900
    module = BidirectionalCrossAttentionTransformer(
        dim=8, depth=2, heads=2, dim_head=4, **options
    ).to(device)
    x = torch.randn(1, n, 8, device=device, requires_grad=True)
    context = torch.randn(1, m, 8, device=device, requires_grad=True)
    masks = ()
    if masked:
        masks = tuple(torch.arange(size, device=device)[None] < size // 2 for size in (n, m))
    with Largest() as linear:
        out, context_out = module(x, context, *masks)
        torch.autograd.grad(out.sum() + context_out.sum(), [x, context, *module.parameters()])
    assert linear.numel < n * m / 4
    with Largest() as quadratic:
        module(x, context, *masks, return_attn=True)
    assert quadratic.numel >= n * m


def test_latents_keep_nothing_quadratic() -> None:
    n = 3000
    module = BidirectionalLatentTransformer(dim=8, depth=2, num_latents=4, heads=2, dim_head=4)
    x = torch.randn(1, n, 8, requires_grad=True)
    with Largest() as largest:
        out, latents = module(x)
        torch.autograd.grad(out.sum() + latents.sum(), [x, *module.parameters()])
    assert largest.numel <= 4 * 8 * n
