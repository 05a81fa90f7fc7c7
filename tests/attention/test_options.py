"""What the attention module has beyond the reference, and every form of it under autograd."""

from __future__ import annotations

import math
from typing import Any
from unittest import mock

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca import attention
from dna_protein_bca.attention import (
    BidirectionalCrossAttention,
    BidirectionalCrossAttentionTransformer,
    BidirectionalLatentTransformer,
    choice,
)

SIZES: dict[str, Any] = {"dim": 6, "context_dim": 4, "heads": 2, "dim_head": 4}
ALL_ON = {"qk_norm": True, "rotary": True, "context_rotary": True}
FORMS = ("plain", "fused")


def form(name: str) -> Any:
    """Compute in this way, whatever the size."""
    return mock.patch.object(choice, "fused_pays", lambda *_, **__: name == "fused")


def sides(b: int = 2, n: int = 5, m: int = 7, **kind: Any) -> tuple[Tensor, Tensor]:
    return torch.randn(b, n, 6, **kind), torch.randn(b, m, 4, **kind)


def some_masks(b: int = 2, n: int = 5, m: int = 7) -> tuple[Tensor, Tensor]:
    """Of the first example padding at the end of one side; of the last all of the other."""
    mask, context_mask = torch.ones(b, n).bool(), torch.ones(b, m).bool()
    mask[0, n // 2 :] = False
    context_mask[-1] = False
    return mask, context_mask


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("options", [{}, {**ALL_ON, "prenorm": True}])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("n", "m"), [(3, 4), (4, 3)])
def test_gradients(name: str, options: dict[str, Any], masked: bool, n: int, m: int) -> None:
    torch.manual_seed(0)
    module = BidirectionalCrossAttention(**SIZES, **options).double()
    masks = some_masks(3, n, m) if masked else ()
    inputs = sides(3, n, m, dtype=torch.float64, requires_grad=True)
    names = [name for name, _ in module.named_parameters()]
    parameters = [value.detach().requires_grad_() for value in module.parameters()]

    def call(x: Tensor, context: Tensor, *values: Tensor) -> Any:
        state = dict(zip(names, values, strict=True))
        return torch.func.functional_call(module, state, (x, context, *masks))

    with form(name):
        assert torch.autograd.gradcheck(call, (*inputs, *parameters))


@pytest.mark.parametrize("masked", [False, True])
def test_second_derivatives_of_the_plain_form(masked: bool) -> None:
    module = BidirectionalCrossAttention(**SIZES).double()
    masks = some_masks(2, 3, 4) if masked else ()
    inputs = sides(2, 3, 4, dtype=torch.float64, requires_grad=True)
    with form("plain"):
        assert torch.autograd.gradgradcheck(lambda x, c: module(x, c, *masks), inputs)


@pytest.mark.parametrize("name", FORMS)
def test_gradient_of_one_output_alone(name: str) -> None:
    module = BidirectionalCrossAttention(**SIZES).double()
    inputs = sides(dtype=torch.float64, requires_grad=True)
    with form(name):
        for which in (0, 1):
            assert torch.autograd.gradcheck(lambda *s, w=which: module(*s)[w], inputs)


def test_gradient_of_every_example() -> None:
    module = BidirectionalCrossAttention(**SIZES)
    x, context = sides(3)
    state = {name: value.detach() for name, value in module.named_parameters()}

    def loss(state: dict[str, Tensor], x: Tensor, context: Tensor) -> Tensor:
        out, _ = torch.func.functional_call(module, state, (x[None], context[None]))
        return out.square().sum()

    together = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(state, x, context)
    for i in range(3):
        for key, value in torch.func.grad(loss)(state, x[i], context[i]).items():
            torch.testing.assert_close(together[key][i], value, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "masked"), [({}, True), (ALL_ON, True), ({"talking_heads": True}, False)]
)
def test_compiles_as_one_graph(options: dict[str, Any], masked: bool) -> None:
    torch.compiler.reset()
    module = BidirectionalCrossAttentionTransformer(**SIZES, depth=1, **options)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager", dynamic=False)
    for n, m in ((5, 7), (120, 90)):
        masks = some_masks(2, n, m) if masked else ()
        found, expected = [], []
        inputs = sides(2, n, m)
        for run, into in ((compiled, found), (module, expected)):
            x, context = (side.clone().requires_grad_() for side in inputs)
            out, context_out = run(x, context, *masks)
            loss = out.square().mean() + context_out.square().mean()
            into += [out, context_out]
            into += torch.autograd.grad(loss, [x, context, *module.parameters()])
        for ours, eager in zip(found, expected, strict=True):
            torch.testing.assert_close(ours, eager, atol=1e-5, rtol=1e-4)


def test_compiles_with_checkpointing_and_any_length() -> None:
    torch.compiler.reset()
    module = BidirectionalCrossAttentionTransformer(**SIZES, depth=1, gradient_checkpointing=True)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager", dynamic=True)
    for n, m in ((5, 7), (6, 9)):
        inputs = sides(2, n, m)
        for ours, eager in zip(compiled(*inputs), module(*inputs), strict=True):
            torch.testing.assert_close(ours, eager, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("options", [{}, ALL_ON])
def test_half_precision_is_near_and_finite(
    name: str, dtype: torch.dtype, options: dict[str, Any], device: str
) -> None:
    torch.manual_seed(0)
    whole = BidirectionalCrossAttention(**{**SIZES, "dim_head": 64}, **options).to(device)
    half = BidirectionalCrossAttention(**{**SIZES, "dim_head": 64}, **options).to(device, dtype)
    half.load_state_dict(whole.state_dict())
    whole.load_state_dict(half.state_dict())
    inputs = [side.to(device, dtype) for side in sides()]
    masks = [side.to(device) for side in some_masks()]
    with form(name):
        expected = whole(*(side.float() for side in inputs), *masks)
        for ours, exact in zip(half(*inputs, *masks), expected, strict=True):
            assert ours.dtype == dtype
            torch.testing.assert_close(ours.float(), exact, atol=0.03, rtol=0.03)
        # 200 times larger, unscaled similarities would not fit float16; nor has a zero a norm.
        large = [(side * 200).index_fill(1, torch.tensor([2], device=device), 0) for side in inputs]
        large = [side.requires_grad_() for side in large]
        outs = half(*large, *masks)
        grads = torch.autograd.grad(sum(out.float().sum() for out in outs), large)
    assert all(value.isfinite().all() for value in (*outs, *grads))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("options", [{}, ALL_ON, {"talking_heads": True}])
def test_autocast(name: str, dtype: torch.dtype, options: dict[str, Any], device: str) -> None:
    torch.manual_seed(0)
    module = BidirectionalCrossAttentionTransformer(**SIZES, depth=1, **options).to(device)
    inputs = [side.to(device).requires_grad_() for side in sides()]
    masks = [side.to(device) for side in some_masks()]
    with form(name):
        expected = module(*inputs, *masks)
        with torch.autocast(torch.device(device).type, dtype):
            outs = module(*inputs, *masks)
        grads = torch.autograd.grad(
            sum(out.float().square().sum() for out in outs), [*inputs, *module.parameters()]
        )
    for ours, exact in zip(outs, expected, strict=True):
        torch.testing.assert_close(ours.float(), exact, atol=0.1, rtol=0.1)
    assert all(grad.isfinite().all() for grad in grads)


@pytest.mark.parametrize("name", FORMS)
def test_cosine_similarity_has_a_bounded_learned_temperature(name: str) -> None:
    module = BidirectionalCrossAttention(**SIZES, qk_norm=True)
    x, context = sides()
    with form(name):
        before = module(x, context)
        with torch.no_grad():
            module.to_qk.weight.mul_(50)
        for ours, same in zip(module(x, context), before, strict=True):
            torch.testing.assert_close(ours, same, atol=1e-5, rtol=1e-4)
        torch.autograd.grad(module(x, context)[0].sum(), module.log_temperature)
    qk = F.normalize(module.to_qk(x).view(2, 5, 2, 4), dim=-1)
    context_qk = F.normalize(module.context_to_qk(context).view(2, 7, 2, 4), dim=-1)
    cosine = torch.einsum("bnhd,bmhd->bhnm", qk, context_qk)
    for start, factor in ((math.log(10), 10.0), (math.log(20), 20.0), (9.0, 100.0)):
        torch.nn.init.constant_(module.log_temperature, start)
        _, _, over_context, over_x = module(x, context, return_attn=True)
        torch.testing.assert_close(
            over_context, (cosine * factor).softmax(-1), atol=1e-5, rtol=1e-4
        )
        torch.testing.assert_close(over_x, (cosine * factor).softmax(-2), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", FORMS)
def test_rotary_similarity_knows_distances_alone(name: str) -> None:
    module = BidirectionalCrossAttention(**SIZES, rotary=True, context_rotary=True)
    x, context = sides()
    with form(name):
        at_zero = module(x, context)
        shifted = module(
            x, context, positions=torch.arange(5) + 30, context_positions=torch.arange(7) + 30
        )
        apart = module(x, context, context_positions=torch.arange(7) + 30)
    torch.testing.assert_close(shifted, at_zero, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(apart[0], at_zero[0], atol=1e-3)


@pytest.mark.parametrize("options", [{"rotary": True}, {"context_rotary": True}])
def test_rotary_on_one_side_is_of_that_side(options: dict[str, bool]) -> None:
    module = BidirectionalCrossAttention(**SIZES, **options)
    x, context = sides()
    plain = module(x, context)[0]
    moved = module(x, context, positions=torch.arange(5.0) * 3)[0]
    context_moved = module(x, context, context_positions=torch.arange(7.0) * 3)[0]
    assert torch.allclose(plain, moved) is ("rotary" not in options)
    assert torch.allclose(plain, context_moved) is ("context_rotary" not in options)


def test_rotary_turns_pairs_by_position_times_frequency() -> None:
    module = BidirectionalCrossAttention(dim=4, heads=1, dim_head=4, rotary=True, rotary_base=100.0)
    context = torch.randn(1, 2, 4)
    x = torch.randn(1, 1, 4)
    qk = module.to_qk(x)[0, 0]
    first, second = torch.complex(qk[0], qk[2]), torch.complex(qk[1], qk[3])
    first = first * torch.exp(torch.tensor(3j))
    second = second * torch.exp(torch.tensor(0.3j))
    turned = torch.stack((first.real, second.real, first.imag, second.imag))
    expected = (module.context_to_qk(context)[0] @ turned * 0.5).softmax(-1)
    for positions in (torch.tensor([3]), torch.tensor([[3.0]])):
        *_, attention, _ = module(x, context, return_attn=True, positions=positions)
        torch.testing.assert_close(attention[0, 0, 0], expected)


def test_rotary_with_padding_is_as_without() -> None:
    module = BidirectionalCrossAttention(**SIZES, rotary=True, context_rotary=True)
    x, context = sides(1)
    real = torch.tensor([[False, True, False, True, True]])
    out, context_out = module(x, context, mask=real)
    alone, context_alone = module(x[:, real[0]], context, positions=real[0].nonzero()[:, 0])
    torch.testing.assert_close(out[:, real[0]], alone, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(context_out, context_alone, atol=1e-5, rtol=1e-4)


def test_rotary_wants_an_even_width() -> None:
    with pytest.raises(ValueError, match="even dim_head, got 3"):
        BidirectionalCrossAttention(dim=6, dim_head=3, rotary=True)


@pytest.mark.parametrize("name", FORMS)
def test_transformer_returns_the_attention_of_every_layer(name: str) -> None:
    module = BidirectionalCrossAttentionTransformer(**SIZES, depth=3)
    x, context = sides()
    mask, context_mask = some_masks()
    with form(name):
        plain = module(x, context, mask, context_mask)
        *out, over_context, over_x = module(x, context, mask, context_mask, return_attn=True)
    for ours, same in zip(out, plain, strict=True):
        torch.testing.assert_close(ours, same, atol=1e-5, rtol=1e-5)
    assert len(over_context) == len(over_x) == 3
    for layer in range(3):
        assert over_context[layer].shape == over_x[layer].shape == (2, 2, 5, 7)
        ones = over_context[layer][0, :, mask[0]].sum(-1)
        torch.testing.assert_close(ones, torch.ones_like(ones))
        assert (over_x[layer][0][:, ~mask[0]] == 0).all()
        assert (over_context[layer][1] == 0).all()
    *_, first, _ = module.layers[0][0](x, context, mask, context_mask, return_attn=True)
    torch.testing.assert_close(over_context[0], first)


@pytest.mark.parametrize("options", [{}, {"dropout": 0.3}, ALL_ON])
def test_checkpointing_changes_nothing_but_what_is_kept(options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    module = BidirectionalCrossAttentionTransformer(**SIZES, depth=3, **options)
    inputs = sides(requires_grad=True)
    found, kept = [], []
    for checkpointed in (False, True):
        module.gradient_checkpointing = checkpointed
        torch.manual_seed(1)
        sizes: list[int] = []

        def keep(tensor: Tensor, sizes: list[int] = sizes) -> Tensor:
            sizes.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            out, context_out = module(*inputs, *some_masks())
        kept.append(sum(sizes))
        loss = out.square().sum() + context_out.square().sum()
        found.append([out, *torch.autograd.grad(loss, [*inputs, *module.parameters()])])
    for ours, same in zip(*found, strict=True):
        torch.testing.assert_close(ours, same)
    assert kept[1] < kept[0] / 4


@pytest.mark.parametrize("name", FORMS)
def test_latents_and_a_sequence_update_each_other(name: str) -> None:
    module = BidirectionalLatentTransformer(
        dim=6, depth=2, num_latents=3, latent_dim=4, heads=2, dim_head=4
    )
    x = torch.randn(2, 9, 6)
    mask = torch.arange(9) < torch.tensor([[9], [5]])
    with form(name):
        out, latents = module(x, mask)
        expected = module.transformer(x, module.latents.expand(2, -1, -1), mask)
        _, _, over_latents, over_x = module(x, mask, return_attn=True)
        alone, latents_alone = module(x[1:, :5])
    assert out.shape == (2, 9, 6)
    assert latents.shape == (2, 3, 4)
    for ours, same in zip((out, latents), expected, strict=True):
        torch.testing.assert_close(ours, same, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(out[1, :5], alone[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(latents[1], latents_alone[0], atol=1e-5, rtol=1e-5)
    assert [attn.shape for attn in (*over_latents, *over_x)] == [(2, 2, 9, 3)] * 4
    grads = torch.autograd.grad(latents.sum() + out.sum(), list(module.parameters()))
    assert all((grad != 0).any() for grad in grads)


def test_latents_carry_one_sequence_to_another() -> None:
    module = BidirectionalLatentTransformer(
        dim=6, depth=1, num_latents=3, latent_dim=4, heads=2, dim_head=4
    )
    first, other, second = torch.randn(3, 2, 9, 6)
    _, latents = module(first)
    _, other_latents = module(other)
    out, _ = module(second, latents=latents)
    assert not torch.allclose(out, module(second, latents=other_latents)[0])
    with pytest.raises(ValueError, match="num_latents must be positive, got 0"):
        BidirectionalLatentTransformer(dim=6, depth=1, num_latents=0)


def test_the_form_is_chosen_by_size() -> None:
    chosen = []
    real = {name: getattr(choice, name) for name in FORMS}

    def spy(name: str) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            chosen.append(name)
            return real[name](*args, **kwargs)

        return run

    module = BidirectionalCrossAttention(**SIZES)
    with mock.patch.multiple(choice, **{name: spy(name) for name in FORMS}):
        for n, m in ((5, 7), (300, 400), (8, 4000)):
            module(*sides(1, n, m))
            with torch.no_grad():
                module(*sides(1, n, m))
    assert chosen == ["plain", "plain", "fused", "fused", "plain", "plain"]


def test_public_names() -> None:
    assert set(attention.__all__) == {
        "BidirectionalCrossAttention",
        "BidirectionalCrossAttentionTransformer",
        "BidirectionalLatentTransformer",
    }
