"""A module that is changed after it was made gives what the reference, changed alike, gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bidirectional_cross_attention as reference
import pytest
import torch
from torch import Tensor, nn

from dna_protein_bca import attention

SIZES: dict[str, Any] = {"dim": 6, "context_dim": 6, "heads": 2, "dim_head": 4, "depth": 2}
LENGTHS = ((5, 7), (90, 100))


def pair(**options: Any) -> tuple[nn.Module, nn.Module]:
    """The reference's transformer and ours, of the same weights."""
    torch.manual_seed(0)
    name = "BidirectionalCrossAttentionTransformer"
    theirs = getattr(reference, name)(**SIZES, **options).eval()
    ours = getattr(attention, name)(**SIZES, **options).eval()
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def assert_same_after(
    change: Callable[[Any], object], size: tuple[int, int], **options: Any
) -> None:
    modules = pair(**options)
    for module in modules:
        change(module)
    sides = [torch.randn(2, length, 6, requires_grad=True) for length in size]
    found = []
    for module in modules:
        torch.manual_seed(1)
        outs = module(*sides)
        loss = sum(out.square().sum() for out in outs)
        found.append([*outs, *torch.autograd.grad(loss, sides)])
    for theirs, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("size", LENGTHS)
@pytest.mark.parametrize("name", ["dropout", "context_dropout"])
def test_dropout_alone_in_training(size: tuple[int, int], name: str) -> None:
    """As Monte Carlo dropout does, for one side or both."""

    def turn_on(module: nn.Module) -> None:
        for layer in module.layers:
            getattr(layer[0], name).train()

    assert_same_after(turn_on, size, dropout=0.4)
    still, noisy = pair(dropout=0.4)[1], pair(dropout=0.4)[1]
    turn_on(noisy)
    sides = [torch.randn(2, length, 6) for length in size]
    assert not torch.equal(still(*sides)[0], noisy(*sides)[0])


@pytest.mark.parametrize("size", LENGTHS)
def test_dropout_left_out_of_training(size: tuple[int, int]) -> None:
    def freeze(module: nn.Module) -> None:
        module.train()
        for layer in module.layers:
            layer[0].dropout.eval()
            layer[0].context_dropout.p = 0.0

    assert_same_after(freeze, size, dropout=0.4)


@pytest.mark.parametrize("size", LENGTHS)
@pytest.mark.parametrize("name", ["dropout", "context_dropout", "talking_heads"])
def test_hooks_see_the_weights(size: tuple[int, int], name: str) -> None:
    """The way to the reference's maps, whose transformer returns none."""
    seen: list[list[Tensor]] = []
    sides = [torch.randn(2, length, 6) for length in size]
    for module in pair():
        seen.append([])
        for layer in module.layers:
            getattr(layer[0], name).register_forward_hook(
                lambda _module, _given, out, kept=seen[-1]: kept.append(out)
            )
        module(*sides)
    assert len(seen[0]) == SIZES["depth"]
    for theirs, ours in zip(*seen, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("size", LENGTHS)
def test_a_module_in_the_place_of_dropout(size: tuple[int, int]) -> None:
    def sharpen(module: nn.Module) -> None:
        module.layers[0][0].dropout = nn.Threshold(0.02, 0.0)

    assert_same_after(sharpen, size)


def test_feed_forwards_tied_together() -> None:
    def tie(module: nn.Module) -> None:
        for layer in module.layers:
            layer[2] = layer[1]

    assert_same_after(tie, LENGTHS[0])


class Swap(nn.Module):
    """Takes what the reference's transformer gives its attentions, and nothing else."""

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        rel_pos_bias: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        return context.mean(1, keepdim=True), x.mean(1, keepdim=True)


def test_another_attention_in_a_layer() -> None:
    def replace(module: nn.Module) -> None:
        module.layers[1][0] = Swap()

    assert_same_after(replace, LENGTHS[0])


def test_a_form_that_is_none_is_refused_later_too() -> None:
    step = attention.BidirectionalCrossAttention(dim=6)
    step.form = "flash"
    with pytest.raises(ValueError, match="form must be one of auto, plain, fused, got 'flash'"):
        step(torch.randn(1, 3, 6), torch.randn(1, 4, 6))
