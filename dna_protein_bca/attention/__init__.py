"""Bidirectional cross-attention between any two modalities.

Two sequences update each other in one step: each side has one projection that serves as query and
as key, one similarity matrix is made of the two, and its softmax along either dimension tells one
side what to read from the other. Drop-in for the `bidirectional-cross-attention` package (0.1.0):
same constructors, calls, parameter names and results, with further options that default to off.
Nothing here knows of biology, and nothing but torch and einops is imported.

**Masks** are bool, True for a real token and False for padding. With them

- what a real token gets does not depend on the padding, nor on how much of it there is;
- an example with nothing but padding on one side gets zeros on both sides (the module's output,
  after the projection), and zero gradients;
- NaN and infinity in padding stay there;
- any other token of padding gets the mean over the other side, padding included, as in the
  reference package: a number to be ignored.

**Memory and speed.** Long inputs take torch's fused `scaled_dot_product_attention`, which keeps
nothing of size n x m, forward or backward; short ones take one n x m matrix, which is faster
there. Which is which is measured, in `choice.fused_pays`. Four options need the matrix
itself and always take it: `return_attn`, `rel_pos_bias`, `talking_heads`, and `dropout` above zero
in training. (Torch's fused kernel has no place for the first and third; a bias that is learned, or
dropout on the CPU, makes it fall back to the whole matrix, once for each direction.)

**Precision.** float64, float32, bfloat16, float16 and autocast. Similarities are scaled before
they are rounded, and angles and norms are computed in float32 at least.

**Derivatives.** Any order and both modes, those beyond the first backward by way of the matrix,
since torch's fused kernels do not know them. `form="plain" | "fused"` takes one way always.
"""

from .latents import BidirectionalLatentTransformer
from .step import BidirectionalCrossAttention
from .transformer import BidirectionalCrossAttentionTransformer

__all__ = [
    "BidirectionalCrossAttention",
    "BidirectionalCrossAttentionTransformer",
    "BidirectionalLatentTransformer",
]
