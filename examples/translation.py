"""Translation: source and target text fill each other's gaps.

In the toy target language every word has one translation, and a sentence stands in reverse order.
A third of the words are hidden on either side; each is to be told from the other side's sentence
(as in translation language modelling). What the model learns on the way is the alignment: the
attention runs along the falling diagonal. Sentences have 5 to 10 words, so both sides have masks.

    python examples/translation.py --output translation.png
"""

from __future__ import annotations

import torch
from shared import draw, options, train
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer

LEXICON = {
    "ich": "I",
    "du": "you",
    "wir": "we",
    "sehen": "see",
    "hören": "hear",
    "kennen": "know",
    "haus": "house",
    "baum": "tree",
    "weg": "way",
    "buch": "book",
    "licht": "light",
    "tag": "day",
}
SOURCE, TARGET = tuple(LEXICON), tuple(LEXICON.values())
WORDS, LONGEST, HIDDEN = len(SOURCE), 10, len(SOURCE)


def sentences(batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """Word ids of source and target [b, 10], and the mask of both [b, 10]."""
    lengths = torch.randint(5, LONGEST + 1, (batch, 1))
    places = torch.arange(LONGEST)
    source = torch.randint(WORDS, (batch, LONGEST))
    target = source.gather(1, (lengths - 1 - places).clamp(min=0))
    return source, target, places < lengths


def hide(words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The sentence with a third of its words hidden, and which."""
    hidden = (torch.rand(words.shape) < 1 / 3) & mask
    return words.masked_fill(hidden, HIDDEN), hidden


class Translator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(WORDS + 1, 48), nn.Embedding(WORDS + 1, 48)
        # From the start in one language and from the end in the other.
        self.place = nn.Embedding(LONGEST, 48)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=48, depth=2, heads=4, dim_head=16, qk_norm=True
        )
        self.tell_source, self.tell_target = nn.Linear(48, WORDS), nn.Linear(48, WORDS)

    def forward(
        self, source: Tensor, target: Tensor, mask: Tensor, return_attn: bool = False
    ) -> tuple:
        places = torch.arange(LONGEST)
        from_end = (mask.sum(1, keepdim=True) - 1 - places).clamp(min=0)
        source, target, *attention = self.joint(
            self.source(source) + self.place(places),
            self.target(target) + self.place(from_end),
            mask=mask,
            context_mask=mask,
            return_attn=return_attn,
        )
        return self.tell_source(source), self.tell_target(target), *attention


def main() -> None:
    given = options(__doc__, steps=150)
    model = Translator()

    def loss() -> Tensor:
        source, target, mask = sentences(64)
        (gappy, gaps), (target_gappy, target_gaps) = hide(source, mask), hide(target, mask)
        told, target_told = model(gappy, target_gappy, mask)
        return F.cross_entropy(told[gaps], source[gaps]) + F.cross_entropy(
            target_told[target_gaps], target[target_gaps]
        )

    train(model, loss, given.steps)
    source, target, mask = sentences(300)
    nothing = torch.full_like(source, HIDDEN)
    with torch.no_grad():
        _, told, *_ = model(source, nothing, mask)
        back, _, *_ = model(nothing, target, mask)
        *_, over_target, over_source = model(source, target, mask, return_attn=True)
    for name, found, real in (("target", told, target), ("source", back, source)):
        right = (found.argmax(-1) == real)[mask].float().mean()
        print(f"{name}: words translated {right:.3f} (chance {1 / WORDS:.3f})")
    n = int(mask[0].sum())
    draw(
        given.output,
        over_target[0][0][:, :n, :n],
        over_source[0][0][:, :n, :n],
        ("source", "target"),
        ([SOURCE[i] for i in source[0, :n]], [TARGET[i] for i in target[0, :n]]),
    )


if __name__ == "__main__":
    main()
