"""Derivatives of any order and in either direction, at lengths that take either form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bidirectional_cross_attention as reference
import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from dna_protein_bca import attention
from dna_protein_bca.attention.choice import fused_pays

SIZES: dict[str, Any] = {"dim": 6, "context_dim": 4, "heads": 2, "dim_head": 4}
SHORT, LONG = (5, 7), (90, 100)


def test_long_is_long_enough() -> None:
    chosen = [fused_pays(*size, 4, torch.device("cpu"), training=True) for size in (SHORT, LONG)]
    assert chosen == [False, True]


def pair(**options: Any) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    name = "BidirectionalCrossAttention" + ("Transformer" if "depth" in options else "")
    theirs = getattr(reference, name)(**SIZES, **options).double()
    ours = getattr(attention, name)(**SIZES, **options).double()
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def batch(n: int, m: int, masked: bool) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    torch.manual_seed(1)
    x, context = torch.randn(2, n, 6).double(), torch.randn(2, m, 4).double()
    masks = tuple(torch.rand(2, length) > 0.3 for length in (n, m)) if masked else ()
    for mask in masks:
        mask[:, 0] = True
    return x, context, masks


def second(module: nn.Module, x: Tensor, context: Tensor, masks: tuple) -> list[Tensor]:
    """Gradients of a penalty on gradients, with respect to the sides and the weights."""
    x, context = x.clone().requires_grad_(), context.clone().requires_grad_()
    out, context_out = module(x, context, *masks)
    loss = out.square().sum() + context_out.pow(3).sum()
    first = torch.autograd.grad(loss, [x, context], create_graph=True)
    penalty = sum(grad.square().sum() for grad in first)
    return list(torch.autograd.grad(penalty, [x, context, *module.parameters()], allow_unused=True))


def third(module: nn.Module, x: Tensor, context: Tensor, masks: tuple) -> list[Tensor]:
    x = x.clone().requires_grad_()
    value = module(x, context, *masks)[0].square().sum()
    for _ in range(2):
        (grad,) = torch.autograd.grad(value, x, create_graph=True)
        value = grad.square().sum()
    return list(torch.autograd.grad(value, x))


def forward(module: nn.Module, x: Tensor, context: Tensor, masks: tuple) -> list[Tensor]:
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.ones_like(x))
        return [forward_ad.unpack_dual(out).tangent for out in module(dual, context, *masks)]


def forward_in_weights(module: nn.Module, x: Tensor, context: Tensor, masks: tuple) -> list[Tensor]:
    weights = {name: value.detach() for name, value in module.named_parameters()}

    def call(weights: dict[str, Tensor]) -> Any:
        return torch.func.functional_call(module, weights, (x, context, *masks))

    _, tangents = torch.func.jvp(call, (weights,), (weights,))
    return list(tangents)


def hessian(module: nn.Module, x: Tensor, context: Tensor, masks: tuple) -> list[Tensor]:
    def call(factor: Tensor) -> Tensor:
        out, context_out = module(x * factor, context, *masks)
        return out.square().sum() + context_out.square().sum()

    one = torch.ones((), dtype=torch.float64)
    return [torch.func.hessian(call)(one), torch.autograd.functional.hessian(call, one)]


def many_at_once(module: nn.Module, x: Tensor, context: Tensor, masks: tuple) -> list[Tensor]:
    x = x.clone().requires_grad_()
    out, _ = module(x, context, *masks)
    weights = torch.randn(3, *out.shape, generator=torch.Generator().manual_seed(0)).double()
    return list(torch.autograd.grad(out, x, weights, is_grads_batched=True))


@pytest.mark.parametrize(
    "what", [second, third, forward, forward_in_weights, hessian, many_at_once]
)
@pytest.mark.parametrize("size", [SHORT, LONG])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("form", ["auto", "plain"])
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_as_the_reference(
    what: Callable[..., list[Tensor]], size: tuple[int, int], masked: bool, form: str
) -> None:
    theirs, ours = pair()
    ours.form = form
    inputs = batch(*size, masked)
    for found, expected in zip(what(ours, *inputs), what(theirs, *inputs), strict=True):
        if expected is None:
            assert found is None
        else:
            torch.testing.assert_close(found, expected, atol=1e-9, rtol=1e-7)


@pytest.mark.parametrize("what", [second, forward, hessian])
def test_of_a_transformer_as_the_reference(what: Callable[..., list[Tensor]]) -> None:
    theirs, ours = pair(depth=2)
    inputs = batch(*LONG, True)
    for found, expected in zip(what(ours, *inputs), what(theirs, *inputs), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-8, rtol=1e-6)


def test_second_derivative_of_one_output_with_a_frozen_side() -> None:
    found = []
    x, context, _ = batch(*LONG, False)
    for module in pair():
        module.requires_grad_(False)
        side = x.clone().requires_grad_()
        (grad,) = torch.autograd.grad(module(side, context)[1].sum(), side, create_graph=True)
        found.append(torch.autograd.grad(grad.square().sum(), side)[0])
    torch.testing.assert_close(*found, atol=1e-9, rtol=1e-7)


def test_the_fused_form_alone_has_first_derivatives_alone() -> None:
    _, ours = pair()
    ours.form = "fused"
    with pytest.raises((RuntimeError, NotImplementedError), match=r"not.*implemented"):
        second(ours, *batch(*SHORT, False))


def test_a_graph_may_be_walked_twice() -> None:
    _, ours = pair()
    x, context, masks = batch(*LONG, True)
    x.requires_grad_()
    loss = ours(x, context, *masks)[0].square().sum()
    first = torch.autograd.grad(loss, x, retain_graph=True)
    assert torch.equal(first[0], torch.autograd.grad(loss, x)[0])


def test_a_form_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="form must be one of auto, plain, fused, got 'flash'"):
        attention.BidirectionalCrossAttentionTransformer(**SIZES, depth=1, form="flash")
