"""Which form computes an attention, and how the fused one gets derivatives of any order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from .kernels import Sides, fused, plain, tracing
from .padding import Padding


def fused_pays(n: int, m: int, d: int, device: torch.device, *, training: bool) -> bool:
    """Whether the fused form is expected to be faster than the plain one.

    From a grid of lengths (8 to 4096), widths of heads (16, 32, 64) and batches on one core of an
    AMD EPYC (Zen 4) with torch 2.13: what decides is n x m per width of a head, for the matrix is
    what the plain form pays for, and products of width d what the fused form computes twice. A
    side of 16 tokens makes a matrix no larger than the inputs, and the fused kernel slow. Off the
    CPU the fused form is taken always: few kernels for short inputs, little memory for long ones.

    Args:
        n, m: lengths of the two sides.
        d: width of a head.
        device: where it runs.
        training: whether gradients will be asked for.
    """
    if device.type != "cpu":
        return True
    return min(n, m) > 16 and n * m >= (2000 if training else 500) * d


def attend(form: str, sides: Sides, padding: Padding, scale: float) -> tuple[Tensor, Tensor]:
    """Attention in this form; `auto` takes the faster one that has the derivatives asked for.

    Args:
        form: `auto`, `plain` or `fused`.
        sides, padding, scale: as of `kernels.fused`.

    Returns:
        Outputs [b, n, h, d] and [b, m, h, d].
    """
    training = any(side.requires_grad for side in sides)
    if form == "auto":
        form = "fused" if _fused_will_do(sides, padding, training) else "plain"
        if form == "fused" and training and not (tracing() or torch.compiler.is_compiling()):
            out, context_out = fused(sides, padding, scale)
            return _AnyOrder.apply(scale, padding, out, context_out, *sides)
    return (fused if form == "fused" else plain)(sides, padding, scale)


def _fused_will_do(sides: Sides, padding: Padding, training: bool) -> bool:
    if tracing():  # no choice may depend on the sizes at hand
        # Measured in onnxruntime, which has a kernel of its own for what has no mask.
        return not torch.onnx.is_in_onnx_export() or padding.all_real()
    n, m, d = sides.qk.shape[1], sides.context_qk.shape[1], sides.qk.shape[3]
    if not fused_pays(n, m, d, sides.qk.device, training=training):
        return False
    return torch.compiler.is_compiling() or not _other_derivatives(sides)


def _other_derivatives(sides: Sides) -> bool:
    """Whether forward mode or a `torch.func` transform is at work, which the kernels do not know.

    They have first derivatives backward alone; a transform may be one of several, one inside the
    other, of which this level does not show the outer ones.
    """
    if torch._C._are_functorch_transforms_active():
        return True
    return any(forward_ad.unpack_dual(side).tangent is not None for side in sides)


class _AnyOrder(torch.autograd.Function):
    """Hands on what the fused form gave, and lets its gradient be differentiated again.

    A gradient that will not be (without `create_graph`) goes on to torch's kernel; one that may be
    is computed by the plain form, which has derivatives of any order.
    """

    @staticmethod
    def forward(
        ctx: Any,
        scale: float,
        padding: Padding,
        out: Tensor,
        context_out: Tensor,
        *sides: Tensor,
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        ctx.scale, ctx.padding = scale, padding
        ctx.save_for_backward(*sides)
        return out.view_as(out), context_out.view_as(context_out)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        if not torch.is_grad_enabled():
            return None, None, *grads, None, None, None, None
        sides = Sides(*(side.view_as(side) for side in ctx.saved_tensors))
        needed = ctx.needs_input_grad[4:]
        outs = plain(sides, ctx.padding, ctx.scale)
        asked = [(out, grad) for out, grad in zip(outs, grads, strict=True) if grad is not None]
        found = iter(
            torch.autograd.grad(
                [out for out, _ in asked],
                [side for side, need in zip(sides, needed, strict=True) if need],
                [grad for _, grad in asked],
                create_graph=True,
                allow_unused=True,
            )
        )
        return None, None, None, None, *(next(found) if need else None for need in needed)
