"""One step of bidirectional cross-attention; the package says what it is and promises."""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import Tensor, nn

from .checks import check_form, check_inputs
from .choice import attend
from .kernels import Sides, weighed
from .padding import Padding, tame_padding, tame_positions


class BidirectionalCrossAttention(nn.Module):
    """One step in which two sequences attend to each other through one similarity matrix.

    Args:
        dim: width of the first side.
        heads, dim_head: attention heads, and the width of each.
        context_dim: width of the second side; `dim` by default.
        dropout: on the attention weights, in training.
        talking_heads: mix the heads' attention by a learned linear map, separately for each side
            (Shazeer et al. 2020, after the softmax).
        prenorm: RMS-normalise both sides first.
        qk_norm: cosine-similarity attention: compare by cosine times a learned temperature, one a
            head, instead of by dot product. It starts at 10 and stays below 100 (Liu et al. 2022,
            Swin Transformer V2).
        rotary, context_rotary: rotate the queries/keys of this side by its tokens' positions (Su et
            al. 2021). With both, similarity knows the distance of two tokens; with one, where
            the token of that side stands.
        rotary_base: the longest wavelength is 2 pi times this, in units of positions.
        form: how to compute, wherever nothing needs the n x m matrix. `auto` takes the faster one
            for the lengths at hand. `plain` makes the matrix. `fused` never does, and
            has first derivatives backward alone. May be set on the module later.

    Raises:
        ValueError: if `rotary` or `context_rotary` meets an odd `dim_head`, or `form` is unknown.
    """

    def __init__(
        self,
        *,
        dim: int,
        heads: int = 8,
        dim_head: int = 64,
        context_dim: int | None = None,
        dropout: float = 0.0,
        talking_heads: bool = False,
        prenorm: bool = False,
        qk_norm: bool = False,
        rotary: bool = False,
        context_rotary: bool = False,
        rotary_base: float = 10_000.0,
        form: str = "auto",
    ) -> None:
        super().__init__()
        check_form(form)
        if (rotary or context_rotary) and dim_head % 2:
            raise ValueError(f"rotary positions need an even dim_head, got {dim_head}")
        context_dim = dim if context_dim is None else context_dim
        inner = heads * dim_head
        self.dim, self.context_dim = dim, context_dim
        self.form, self.heads = form, heads
        self.scale = 1.0 if qk_norm else dim_head**-0.5
        self.rotary, self.context_rotary, self.rotary_base = rotary, context_rotary, rotary_base

        # Made in the reference's order: one seed gives both the same weights.
        self.norm = nn.RMSNorm(dim) if prenorm else nn.Identity()
        self.context_norm = nn.RMSNorm(context_dim) if prenorm else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.context_dropout = nn.Dropout(dropout)
        self.to_qk = nn.Linear(dim, inner, bias=False)
        self.context_to_qk = nn.Linear(context_dim, inner, bias=False)
        self.to_v = nn.Linear(dim, inner, bias=False)
        self.context_to_v = nn.Linear(context_dim, inner, bias=False)
        self.to_out = nn.Linear(inner, dim)
        self.context_to_out = nn.Linear(inner, context_dim)
        self.talking_heads = _head_mixer(heads, talking_heads)
        self.context_talking_heads = _head_mixer(heads, talking_heads)
        self.log_temperature = _log_temperature(heads) if qk_norm else None

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        return_attn: bool = False,
        rel_pos_bias: Tensor | None = None,
        positions: Tensor | None = None,
        context_positions: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Let both sides read each other.

        Args:
            x: float [b, n, dim]; context: float [b, m, context_dim]. Either may have a batch of
                one, which then meets every example of the other and is projected only once.
            mask: bool [b, n]; context_mask: bool [b, m]; None where every token is real. A batch of
                one is of every example.
            return_attn: also return both attentions, after dropout and talking heads.
            rel_pos_bias: float, broadcasts to [b, heads, n, m]; added to the similarities.
            positions: float or int, [n] or [b, n], of the tokens of x where `rotary`;
                context_positions: the same of context. 0, 1, 2, ... by default; give them where
                the sides count in different units (frames and samples: seconds for both).

        Returns:
            What x read, [b, n, dim], and what context read, [b, m, context_dim]; with
            `return_attn` also the attention over context and the one over x, each
            [b, heads, n, m]: the first sums to one along m, the second along n.

        Raises:
            ValueError: if a side does not have three dimensions or not its width, if the batches
                differ, or if a mask is not bool or does not have the shape of its side.
        """
        check_form(self.form)
        widths = (self.dim, self.context_dim)
        batch = check_inputs(x, context, mask, context_mask, widths)
        padding = Padding.of(mask, context_mask)
        sides = self._project(
            self.norm(tame_padding(x, padding.mask)),
            self.context_norm(tame_padding(context, padding.context_mask)),
            tame_positions(positions, padding.mask),
            tame_positions(context_positions, padding.context_mask),
            batch,
        )
        attention: tuple[Tensor, ...] = ()
        if return_attn or rel_pos_bias is not None or self._weights_are_used():
            out, context_out, *weights = weighed(
                sides,
                padding,
                self.scale,
                bias=rel_pos_bias,
                after=self._after,
                context_after=self._context_after,
            )
            attention = tuple(weights) if return_attn else ()
        else:
            out, context_out = attend(self.form, sides, padding, self.scale)
        del sides  # half of what stands in memory here, where no gradient needs it
        out = self.to_out(rearrange(out, "b n h d -> b n (h d)"))
        context_out = self.context_to_out(rearrange(context_out, "b m h d -> b m (h d)"))
        return _without_empty(padding, out, context_out, attention)

    def _project(
        self,
        x: Tensor,
        context: Tensor,
        positions: Tensor | None,
        context_positions: Tensor | None,
        batch: int,
    ) -> Sides:
        qk, context_qk, v, context_v = (
            rearrange(projected, "b n (h d) -> b n h d", h=self.heads)
            for projected in (
                self.to_qk(x),
                self.context_to_qk(context),
                self.to_v(x),
                self.context_to_v(context),
            )
        )
        if self.log_temperature is not None:
            qk, context_qk = _unit(qk), _unit(context_qk)
            temperature = self.log_temperature.clamp(max=math.log(100.0)).exp()
            qk = (qk * temperature).to(v.dtype)
            context_qk = context_qk.to(v.dtype)
        if self.rotary:
            qk = _rotate(qk, positions, self.rotary_base)
        if self.context_rotary:
            context_qk = _rotate(context_qk, context_positions, self.rotary_base)
        if x.shape[0] != context.shape[0]:
            qk, v = qk.expand(batch, -1, -1, -1), v.expand(batch, -1, -1, -1)
            context_qk = context_qk.expand(batch, -1, -1, -1)
            context_v = context_v.expand(batch, -1, -1, -1)
        return Sides(qk, context_qk, v, context_v)

    def _weights_are_used(self) -> bool:
        """Whether dropout or talking heads, or what watches or replaces them, reads weights."""
        return not (
            _is_idle(self.dropout)
            and _is_idle(self.context_dropout)
            and _is_idle(self.talking_heads)
            and _is_idle(self.context_talking_heads)
        )

    def _after(self, attention: Tensor) -> Tensor:
        return self.talking_heads(self.dropout(attention))

    def _context_after(self, attention: Tensor) -> Tensor:
        return self.context_talking_heads(self.context_dropout(attention))


def _head_mixer(heads: int, mixes: bool) -> nn.Module:
    return nn.Conv2d(heads, heads, 1, bias=False) if mixes else nn.Identity()


def _is_idle(module: nn.Module) -> bool:
    """Whether nobody would notice if this module were not called."""
    if module._forward_hooks or module._forward_pre_hooks:
        return False
    if module._backward_hooks or module._backward_pre_hooks:
        return False
    if type(module) is nn.Dropout:
        return not (module.training and module.p > 0)
    return type(module) is nn.Identity


def _log_temperature(heads: int) -> nn.Parameter:
    return nn.Parameter(torch.full((heads, 1), math.log(10.0)))


def _without_empty(
    padding: Padding, out: Tensor, context_out: Tensor, attention: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    """Outputs and attention that are zero in examples of which one side is padding alone."""
    if padding.empty is None:
        return out, context_out, *attention
    empty = padding.empty[:, None, None]
    return (
        out.masked_fill(empty, 0),
        context_out.masked_fill(empty, 0),
        *(side.masked_fill(empty[..., None], 0) for side in attention),
    )


def _unit(side: Tensor) -> Tensor:
    """Vectors of length one along the last dimension, in float32 at least.

    A zero, which has no direction, stays zero and gets no gradient, rather than a huge one.
    """
    exact = side if side.dtype == torch.float64 else side.float()
    length = exact.norm(dim=-1, keepdim=True)
    least = torch.finfo(side.dtype).eps
    return exact.masked_fill(length < least, 0) / length.clamp(min=least)


def _rotate(side: Tensor, positions: Tensor | None, base: float) -> Tensor:
    """Turn each pair (i, i + d / 2) of [b, n, h, d] by position / base^(2i / d) radians."""
    d = side.shape[-1]
    exact = torch.float64 if side.dtype == torch.float64 else torch.float32
    if positions is None:
        positions = torch.arange(side.shape[1], device=side.device)
    steps = torch.arange(0, d, 2, device=side.device, dtype=exact) / d
    angles = positions[..., None, None].to(exact) * base**-steps
    cos, sin = angles.cos().to(side.dtype), angles.sin().to(side.dtype)
    first, second = side.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
