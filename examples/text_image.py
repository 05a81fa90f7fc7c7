"""Text and image: where in the picture is each word, and is each patch spoken of?

A picture is a board of 3 x 3 handwritten digits (scikit-learn's digits, all different), seen as 36
patches of 4 x 4 pixels, four a digit; a caption of two to five words names some of them ("seven,
two, nine"). Each word is to find its digit on the board, and each patch to say whether the caption
names what it is a part of. Digits of 300 images, which no training picture holds, are held out.

    python examples/text_image.py --output text_image.png --weights text_image.pt
"""

from __future__ import annotations

import torch
from shared import compare, draw, joint, options
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CELLS, PATCHES, WORDS, HELD_OUT, BATCH = 9, 36, 5, 300, 32
QUESTIONS = ("words that find their digit", "patches that know whether they are named")


class Boards:
    """Pictures of nine digits each, from images for training and from others."""

    def __init__(self) -> None:
        images, labels = load_digits(return_X_y=True)
        self.images = torch.tensor(images).float().view(-1, 8, 8) / 16
        labels = torch.tensor(labels)
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
        self.of_digit = [
            [rows[labels[rows] == digit] for digit in range(10)]
            for rows in (order[HELD_OUT:], order[:HELD_OUT])
        ]

    def draw(self, count: int, heldout: bool = False) -> tuple[Tensor, ...]:
        """Words [b, 5], mask, patches [b, 36, 16], each word's cell [b, 5], named [b, 36]."""
        digits = torch.rand(count, 10).argsort(1)[:, :CELLS]
        rows = torch.zeros_like(digits)
        for digit, images in enumerate(self.of_digit[heldout]):
            wanted = digits == digit
            rows[wanted] = images[torch.randint(len(images), (int(wanted.sum()),))]
        patches = self.images[rows].view(count, CELLS, 2, 4, 2, 4).transpose(3, 4)
        cells = torch.rand(count, CELLS).argsort(1)[:, :WORDS]
        mask = torch.arange(WORDS) < torch.randint(2, WORDS + 1, (count, 1))
        named = torch.zeros(count, CELLS).scatter(1, cells, mask.float())
        return (
            digits.gather(1, cells),
            mask,
            patches.reshape(count, PATCHES, 16),
            cells,
            named.repeat_interleave(PATCHES // CELLS, 1),
        )


class Caption(nn.Module):
    """Embeddings of words and patches, the joint transformer, and an answer of each token."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.of_word = nn.Embedding(len(NAMES), 32)
        self.of_patch = nn.Linear(16, 48)
        self.of_place = nn.Parameter(torch.randn(PATCHES, 48) * 0.3)
        # The four patches of a digit see each other here; the rest is the joint transformer's.
        self.of_cell = nn.Linear(4 * 48, 48)
        self.joint = joint(kind, dim=32, context_dim=48, depth=2, heads=4, dim_head=16)
        self.find, self.is_named = nn.Linear(32, CELLS), nn.Linear(48, 1)

    def forward(
        self, words: Tensor, mask: Tensor, patches: Tensor, return_attn: bool = False
    ) -> tuple:
        seen = F.gelu(self.of_patch(patches) + self.of_place)
        whole = F.gelu(self.of_cell(seen.unflatten(1, (CELLS, 4)).flatten(2)))
        seen = seen + whole.repeat_interleave(4, 1) + self.of_place
        text, image, *attention = (
            self.joint(self.of_word(words), seen, mask=mask, return_attn=True)
            if return_attn
            else self.joint(self.of_word(words), seen, mask=mask)
        )
        return self.find(text), self.is_named(image).squeeze(-1), *attention


def main() -> None:
    given = options(__doc__, steps=400)
    boards = Boards()

    def loss(model: nn.Module) -> Tensor:
        words, mask, patches, cells, named = boards.draw(BATCH)
        found, spoken_of = model(words, mask, patches)
        return F.cross_entropy(found[mask], cells[mask]) + F.binary_cross_entropy_with_logits(
            spoken_of, named
        )

    @torch.no_grad()
    def judge(model: nn.Module) -> dict[str, float]:
        words, mask, patches, cells, named = boards.draw(400, heldout=True)
        found, spoken_of = model(words, mask, patches)
        right = (
            (found.argmax(-1) == cells)[mask].float().mean(),
            ((spoken_of > 0) == named.bool()).float().mean(),
        )
        return dict(zip(QUESTIONS, map(float, right), strict=True))

    torch.manual_seed(given.seed)
    words, mask, patches, cells, named = boards.draw(400, heldout=True)
    most = float(named.mean())
    without = dict(zip(QUESTIONS, (1 / CELLS, max(most, 1 - most)), strict=True))
    model = compare(Caption, loss, judge, given, ("most frequent answer", without))
    *_, over_image, over_text = model(words[:1], mask[:1], patches[:1], return_attn=True)
    spoken = mask[0]
    framed = [(int(cell) * 4, int(cell) * 4 + 4) for cell in cells[0][mask[0]]]
    draw(
        given.output,
        over_image[0][0][:, spoken],
        over_text[0][0][:, spoken],
        names=("words", "patches"),
        labels=([NAMES[word] for word in words[0, spoken]], None),
        marked=((), framed),
    )


if __name__ == "__main__":
    main()
