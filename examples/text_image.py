"""Text and image: where in the picture is each word, and is each patch spoken of?

A picture is a grid of 4 x 4 patches, a few of them with one of ten objects; a caption of two to
six words names objects of the picture. Each word is to find its patch, and each patch to say
whether the caption names it: the two answers come from one similarity matrix, read along either of
its dimensions. Captions are of different lengths, so there is a mask.

    python examples/text_image.py --output text_image.png
"""

from __future__ import annotations

import torch
from shared import draw, options, train
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer

OBJECTS = ("apple", "boat", "car", "dog", "egg", "fish", "goat", "house", "iron", "jar")
PATCHES, PLACED, WORDS, LOOKS = 16, 8, 6, 12
APPEARANCE = torch.randn(len(OBJECTS) + 1, LOOKS, generator=torch.Generator().manual_seed(3))


def captioned(batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Words [b, 6], mask, patches [b, 16, 12], each word's patch, whether a patch is named."""
    objects = torch.rand(batch, len(OBJECTS)).argsort(dim=1)[:, :PLACED]
    places = torch.rand(batch, PATCHES).argsort(dim=1)[:, :PLACED]
    grid = torch.full((batch, PATCHES), len(OBJECTS)).scatter(1, places, objects)
    patches = APPEARANCE[grid] + 0.3 * torch.randn(batch, PATCHES, LOOKS)
    words, where = objects[:, :WORDS], places[:, :WORDS]
    mask = torch.arange(WORDS) < torch.randint(2, WORDS + 1, (batch, 1))
    named = torch.zeros(batch, PATCHES).scatter(1, where, mask.float())
    return words, mask, patches, where, named


class Caption(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.of_word = nn.Embedding(len(OBJECTS), 32)
        self.of_patch = nn.Linear(LOOKS, 48)
        self.of_place = nn.Parameter(torch.randn(PATCHES, 48) * 0.3)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=32, context_dim=48, depth=2, heads=4, dim_head=16
        )
        self.find, self.is_named = nn.Linear(32, PATCHES), nn.Linear(48, 1)

    def forward(
        self, words: Tensor, mask: Tensor, patches: Tensor, return_attn: bool = False
    ) -> tuple:
        text, image, *attention = self.joint(
            self.of_word(words),
            self.of_patch(patches) + self.of_place,
            mask=mask,
            return_attn=return_attn,
        )
        return self.find(text), self.is_named(image).squeeze(-1), *attention


def main() -> None:
    given = options(__doc__, steps=150)
    model = Caption()

    def loss() -> Tensor:
        words, mask, patches, where, named = captioned(64)
        found, spoken_of = model(words, mask, patches)
        return F.cross_entropy(found[mask], where[mask]) + F.binary_cross_entropy_with_logits(
            spoken_of, named
        )

    train(model, loss, given.steps)
    words, mask, patches, where, named = captioned(400)
    with torch.no_grad():
        found, spoken_of, over_image, over_text = model(words, mask, patches, return_attn=True)
    right = (found.argmax(-1) == where)[mask].float().mean()
    named_right = ((spoken_of > 0) == named.bool()).float().mean()
    print(f"words: accuracy {right:.3f} (chance {1 / PATCHES:.3f})")
    print(f"patches: accuracy {named_right:.3f} (most frequent answer {1 - named.mean():.3f})")
    spoken = mask[0]
    draw(
        given.output,
        over_image[0][0][:, spoken],
        over_text[0][0][:, spoken],
        ("word", "patch"),
        ([OBJECTS[word] for word in words[0, spoken]], None),
    )


if __name__ == "__main__":
    main()
