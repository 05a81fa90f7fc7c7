"""Translation: words hidden in either language are read off the other, and words find each other.

Verses of Luke and John in the World English Bible and in the Reina-Valera of 1909, both in the
public domain (examples/data/README.md). A fifth of the words of both languages are hidden; each is
to be named from its neighbours and from the other language. Nobody tells the model which words
belong together: the attention maps of a verse that it never saw show what it found. Every tenth
verse is held out.

    python examples/translation.py --output translation.png --weights translation.pt
"""

from __future__ import annotations

import gzip
import re
from collections import Counter

import torch
from shared import DATA, compare, draw, joint, options
from torch import Tensor, nn
from torch.nn import functional as F

LANGUAGES = ("English", "Spanish")
PAD, HIDDEN, RARE = 0, 1, 2
LONGEST, SEEN_AT_LEAST, WIDTH = 30, 3, 64


class Language:
    """Words that stand often enough, and verses as their numbers."""

    def __init__(self, verses: list[str], training: Tensor) -> None:
        split = [re.findall(r"\w+", verse.lower())[:LONGEST] for verse in verses]
        counts = Counter(word for row in training.tolist() for word in split[row])
        common = [word for word, count in counts.most_common() if count >= SEEN_AT_LEAST]
        self.words = ["", "?", "(rare)", *common]
        numbers = {word: number for number, word in enumerate(self.words)}
        self.ids = torch.zeros(len(split), LONGEST, dtype=torch.long)
        for row, words in enumerate(split):
            self.ids[row, : len(words)] = torch.tensor([numbers.get(w, RARE) for w in words])


class Corpus:
    """Both languages, and which verses are trained on."""

    def __init__(self) -> None:
        text = gzip.decompress((DATA / "luke_john_en_es.tsv.gz").read_bytes()).decode()
        rows = [line.split("\t") for line in text.splitlines()[1:]]
        every = torch.arange(len(rows))
        self.training, self.heldout = every[every % 10 != 9], every[every % 10 == 9]
        self.sides = [Language([row[side] for row in rows], self.training) for side in (1, 2)]

    def hide(self, rows: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Of each language the verses with hidden words, and what is hidden (0 elsewhere)."""
        found = []
        for side in self.sides:
            ids = side.ids[rows]
            hidden = (torch.rand(ids.shape) < 0.2) & (ids > RARE)
            found.append((ids.masked_fill(hidden, HIDDEN), ids * hidden))
        return found


class Translator(nn.Module):
    """Embeddings, what stands beside a word, the joint transformer, and a word for each place."""

    def __init__(self, kind: str, sizes: list[int]) -> None:
        super().__init__()
        self.embed = nn.ModuleList(nn.Embedding(size, WIDTH, padding_idx=PAD) for size in sizes)
        self.around = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 5, padding=2) for _ in sizes)
        self.joint = joint(
            kind, True, dim=WIDTH, context_dim=WIDTH, depth=2, heads=4, dim_head=WIDTH // 4
        )
        self.norm = nn.ModuleList(nn.RMSNorm(WIDTH) for _ in sizes)
        self.dropout = nn.Dropout(0.2)

    def forward(self, *ids: Tensor, return_attn: bool = False) -> tuple:
        """What is known of the word at each place of both languages, [b, n, 64]."""
        sides = []
        for side, words in enumerate(ids):
            known = self.dropout(self.embed[side](words))
            beside = F.gelu(self.around[side](known.mT)).mT
            sides.append(known + beside)
        masks = [words != PAD for words in ids]
        # Both verses are as long as the longest: languages say much the same in the same order.
        places = [
            torch.arange(LONGEST) * (LONGEST / mask.sum(1, keepdim=True).clamp(min=1))
            for mask in masks
        ]
        call = {"return_attn": True} if return_attn else {}
        english, spanish, *attention = self.joint(
            *sides, *masks, positions=places[0], context_positions=places[1], **call
        )
        return self.norm[0](english), self.norm[1](spanish), *attention

    def name(self, side: int, found: Tensor) -> Tensor:
        """Scores of every word of a language for places [k, 64] in it."""
        return found @ self.embed[side].weight.T * WIDTH**-0.5


def most_frequent_word(corpus: Corpus) -> dict[str, float]:
    """How often the most frequent word of the training verses is right, whatever stands there."""
    right = {}
    for name, side in zip(LANGUAGES, corpus.sides, strict=True):
        words = side.ids[corpus.heldout]
        share = (words[words > RARE] == RARE + 1).float().mean()
        right[f"hidden words named, {name}"] = float(share)
    return right


def draw_maps(model: nn.Module, corpus: Corpus, output: str) -> None:
    """Draw the attention between the words of a short held-out verse."""
    row = corpus.heldout[(corpus.sides[0].ids[corpus.heldout] > 0).sum(1) < 15][:1]
    ids = [side.ids[row] for side in corpus.sides]
    ids = [side[:, : int((side > 0).sum())] for side in ids]
    places = [F.pad(side, (0, LONGEST - side.shape[1])) for side in ids]
    *_, over_spanish, over_english = model(*places, return_attn=True)
    n, m = (side.shape[1] for side in ids)
    draw(
        output,
        over_spanish[0][0, :, :n, :m],
        over_english[0][0, :, :n, :m],
        names=LANGUAGES,
        labels=tuple(
            [side.words[number] for number in words[0]]
            for side, words in zip(corpus.sides, ids, strict=True)
        ),
    )


def main() -> None:
    given = options(__doc__, steps=500)
    corpus = Corpus()

    def loss(model: nn.Module) -> Tensor:
        rows = corpus.training[torch.randint(len(corpus.training), (32,))]
        (english, first), (spanish, second) = corpus.hide(rows)
        found = model(english, spanish)
        return sum(
            F.cross_entropy(model.name(side, found[side][words > 0]), words[words > 0])
            for side, words in enumerate((first, second))
        )

    @torch.no_grad()
    def judge(model: nn.Module) -> dict[str, float]:
        (english, first), (spanish, second) = corpus.hide(corpus.heldout)
        found = model(english, spanish)
        right = {}
        for side, words in enumerate((first, second)):
            named = model.name(side, found[side][words > 0]).argmax(-1)
            share = (named == words[words > 0]).float().mean()
            right[f"hidden words named, {LANGUAGES[side]}"] = float(share)
        return right

    sizes = [len(side.words) for side in corpus.sides]
    model = compare(
        lambda kind: Translator(kind, sizes),
        loss,
        judge,
        given,
        ("most frequent word", most_frequent_word(corpus)),
    )
    draw_maps(model, corpus, given.output)


if __name__ == "__main__":
    main()
