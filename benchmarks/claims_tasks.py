"""What `claims.py` measures on: one transformer, bidirectional or traditional, and two tasks.

Both tasks have models that differ in nothing but the attention of their joint transformer, and
pairs of three kinds: for training, new pairs of what was trained on, and pairs of what was not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.datasets.sources.specificity import read_motifs, read_proteins
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.encoders import make_encoder
from dna_protein_bca.model.encoders.dna import DNAEncoder
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.domains import find_domains, profile_lengths
from dna_protein_bca.proteins.features import FLANK, ProteinBatch, collate, protein_input

KINDS = ("bidirectional", "traditional")
WIDTH, DEPTH, HEADS = 64, 2, 4


class Batch(NamedTuple):
    """What a model takes, and what it is to answer."""

    inputs: tuple[Tensor, ...]
    target: Tensor


class TraditionalStep(nn.Module):
    """Two cross-attentions, one for each direction, in place of the one that serves both.

    Each has query, key, value and output projections of its own, made as in
    `BidirectionalCrossAttention`, so that both kinds start from the same distribution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.RMSNorm(WIDTH) for _ in range(2))
        self.to_q, self.to_k, self.to_v = (
            nn.ModuleList(nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(2)) for _ in range(3)
        )
        self.to_out = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(2))

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        *_: object,
        **__: object,
    ) -> tuple[Tensor, Tensor]:
        x, context = self.norms[0](x), self.norms[1](context)
        return self._read(0, x, context, context_mask), self._read(1, context, x, mask)

    def _read(self, which: int, x: Tensor, other: Tensor, mask: Tensor | None) -> Tensor:
        q, k, v = (
            rearrange(layers[which](side), "b n (h d) -> b h n d", h=HEADS)
            for layers, side in ((self.to_q, x), (self.to_k, other), (self.to_v, other))
        )
        keep = None if mask is None else mask[:, None, None, :]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=keep)
        return self.to_out[which](rearrange(out, "b h n d -> b n (h d)"))


class OneDirectionalStep(TraditionalStep):
    """The first of the two cross-attentions alone: the second side reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        for projections in (self.to_q, self.to_k, self.to_v, self.to_out):
            del projections[1]

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        *_: object,
        **__: object,
    ) -> tuple[Tensor, Tensor]:
        read = self._read(0, self.norms[0](x), self.norms[1](context), context_mask)
        return read, torch.zeros_like(context)


FACTORS = {"traditional": 2.0, "bidirectional": 2.5, "one-directional": 3.0}
"""How much wider than the outer width the feed-forwards of a kind are."""


def make_joint(kind: str, **options: Any) -> BidirectionalCrossAttentionTransformer:
    """A transformer of a kind; all have the same number of parameters, to 0.2%.

    A traditional step has eight projections, a bidirectional one six and a one-directional one
    four: feed-forwards that are wider by half of the outer width on either side make up for two.

    Args:
        kind: one of `FACTORS`.
        options: further ones of `BidirectionalCrossAttentionTransformer`.
    """
    sizes = {"heads": HEADS, **options}
    joint = BidirectionalCrossAttentionTransformer(
        dim=WIDTH,
        depth=DEPTH,
        dim_head=WIDTH // sizes["heads"],
        ff_expansion_factor=FACTORS[kind],
        **sizes,
    )
    steps = {"traditional": TraditionalStep, "one-directional": OneDirectionalStep}
    if kind in steps:
        for layer in joint.layers:
            layer[0] = steps[kind]()
    return joint


class SyntheticTask:
    """Where does a toy protein bind toy DNA, if it does?

    Four of its 16 residues name a word of four bases, by a code in which five residues mean the
    same base; the word stands once in a DNA of 24, or, in a third of the pairs, nowhere. Proteins
    of a quarter of the words are trained on. One seed, one choice of words.
    """

    title = "Synthetic task"
    about = "site and binding of a toy protein; new: proteins whose word was in no training pair"
    sides = (24, 16)
    right, every, steps = 0.9, 10, 600

    LENGTH, RESIDUES, CONTACTS, BASES, AMINO_ACIDS = 24, 16, (3, 6, 8, 12), 4, 20
    TRAINING_WORDS, TRAINING_PAIRS, BATCH = 64, 4000, 64

    def __init__(self, seed: int, checked: int = 1000) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        words = torch.randperm(self.BASES ** len(self.CONTACTS), generator=self.generator)
        known, new = words.split((self.TRAINING_WORDS, len(words) - self.TRAINING_WORDS))
        self.training = self._pairs(known, self.TRAINING_PAIRS)
        self.known, self.new = [self._pairs(known, checked)], [self._pairs(new, checked)]

    def model(self, kind: str, **options: Any) -> nn.Module:
        return SyntheticBinding(kind, **options)

    def batch(self) -> Batch:
        (dna, protein), first = self.training
        rows = torch.randint(len(first), (self.BATCH,), generator=self.generator)
        return Batch((dna[rows], protein[rows]), first[rows])

    @staticmethod
    def loss(output: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(output, target)

    @staticmethod
    def wrong(output: Tensor, target: Tensor) -> Tensor:
        return output.argmax(1) != target

    def _pairs(self, words: Tensor, count: int) -> Batch:
        """DNA [p, 24], protein [p, 16] and where the word begins [p]; 24 where nowhere."""

        def draw(below: int, *shape: int) -> Tensor:
            return torch.randint(below, shape, generator=self.generator)

        contacts, length = len(self.CONTACTS), self.LENGTH
        chosen = words[draw(len(words), count)]
        word = chosen[:, None] // self.BASES ** torch.arange(contacts) % self.BASES
        protein = draw(self.AMINO_ACIDS, count, self.RESIDUES)
        synonym = draw(self.AMINO_ACIDS // self.BASES, count, contacts)
        protein[:, self.CONTACTS] = word + self.BASES * synonym
        dna = draw(self.BASES, count, length)
        place = draw(length - contacts + 1, count, 1) + torch.arange(contacts)
        dna = torch.where(draw(3, count, 1) == 0, dna, dna.scatter(1, place, word))
        stands = (dna.unfold(1, contacts, 1) == word[:, None]).all(-1)
        first = torch.where(stands.any(1), stands.int().argmax(1), length)
        once = stands.sum(1) <= 1
        return Batch((dna[once], protein[once]), first[once])


class SyntheticBinding(nn.Module):
    """Embeddings, the joint transformer, a logit for each start and one for `nowhere`."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__()
        self.of_base = nn.Embedding(SyntheticTask.BASES, WIDTH)
        self.of_residue = nn.Embedding(SyntheticTask.AMINO_ACIDS, WIDTH)
        self.around = nn.Conv1d(WIDTH, WIDTH, 7, padding=3)
        self.of_place = nn.Parameter(torch.randn(SyntheticTask.RESIDUES, WIDTH) * 0.3)
        self.begins, self.nowhere = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, 1)
        self.joint = make_joint(kind, **options)

    def sides(self, dna: Tensor, protein: Tensor) -> tuple[Tensor, Tensor]:
        """What the joint transformer makes of both, [p, 24, 64] and [p, 16, 64]."""
        bases = self.of_base(dna)
        bases = bases + self.around(bases.mT).mT
        return self.joint(bases, self.of_residue(protein) + self.of_place)

    def forward(self, dna: Tensor, protein: Tensor) -> Tensor:
        bases, residues = self.sides(dna, protein)
        return torch.cat((self.begins(bases)[..., 0], self.nowhere(residues.mean(1))), dim=1)


class Homeodomains:
    """Proteins with one homeodomain and the 8-mers that their measured motifs like best.

    Attributes:
        proteins: what the encoder reads of them.
        train, heldout: int64, rows of the proteins of the data set's splits `train` and
            `validation`: none of the latter has 70% identity with one of the former.
        best: int64 [p, 130], the 8-mers with the highest mean log-odds; near: bool
            [p, 8-mers], the 1,500 highest, of which no negative is drawn.
        kmers: uint8 [8-mers, 8], ids of `DNATokenizer`.
    """

    BEST, NEAR = 130, 1500

    def __init__(self, folder: Path, most: int | None = None) -> None:
        table = read_proteins(folder, ("train", "validation"))
        table = table[table.dbd.str.fullmatch(r"Homeodomain:\d+-\d+")]
        if most is not None:
            table = table.groupby("split").head(most)
        motifs = read_motifs(folder, table.index)
        table = table[[bool(motifs[name]) for name in table.index]]
        spans = table.dbd.str.extract(r":(\d+)-(\d+)").astype(int).to_numpy()
        # The domain with what is read around it finds itself in a fraction of the time.
        cut = [
            (name, sequence[max(0, start - 1 - FLANK) : end + FLANK])
            for name, sequence, (start, end) in zip(table.index, table.sequence, spans, strict=True)
        ]
        found = find_domains(cut)
        self.proteins = collate(
            [protein_input(*one, domains) for one, domains in zip(cut, found, strict=True)]
        )
        rows = torch.arange(len(table))
        held = torch.tensor((table.split == "validation").to_numpy())
        self.train, self.heldout = rows[~held], rows[held]
        scores = np.stack([mean_kmer_scores(motifs[name]) for name in table.index])
        ranked = np.argsort(-scores, axis=1, kind="stable")
        self.best = torch.from_numpy(ranked[:, : self.BEST].copy())
        near = torch.from_numpy(ranked[:, : self.NEAR].copy())
        self.near = torch.zeros(scores.shape, dtype=torch.bool).scatter_(1, near, True)
        self.kmers = DNATokenizer().encode(canonical_kmers(8)).ids


class OwnTask:
    """Does this homeodomain bind this 8-mer? The project's own question and data, made small.

    Half of the pairs are one of the protein's best 8-mers, a quarter one of another protein's, and
    a quarter any 8-mer. One seed, one draw of pairs; the held-out proteins are always the same.
    """

    title = "The project's own task"
    about = (
        "does a homeodomain bind an 8-mer; new: proteins less than 70% identical to all trained on"
    )
    right, every, steps = 0.8, 20, 500

    PROTEINS, KMERS = 8, 4

    def __init__(self, seed: int, data: Homeodomains, checked: int = 800) -> None:
        self.data = data
        self.sides = (16, data.proteins.mask.shape[1])
        self.generator = torch.Generator().manual_seed(seed)
        self.known, self.new = (
            [self._pairs(of, self.PROTEINS) for _ in range(checked // (self.PROTEINS * self.KMERS))]
            for of in (data.train, data.heldout)
        )

    def model(self, kind: str) -> nn.Module:
        return OwnBinding(kind, self.data.proteins)

    def batch(self) -> Batch:
        return self._pairs(self.data.train, self.PROTEINS)

    @staticmethod
    def loss(output: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(output, target)

    @staticmethod
    def wrong(output: Tensor, target: Tensor) -> Tensor:
        return (output > 0) != target.bool()

    def _pairs(self, of: Tensor, count: int) -> Batch:
        """Rows of proteins [p], 8-mers [p, 4, 8] and labels [p, 4]: two bound, two not."""
        rows = of[torch.randperm(len(of), generator=self.generator)[:count]]
        columns = [self._best(rows), self._best(rows)]
        for draw in (self._best_of_others, self._any):
            unbound = draw(rows)
            while (near := self.data.near[rows, unbound]).any():
                unbound[near] = draw(rows[near])
            columns.append(unbound)
        labels = torch.tensor([1.0, 1.0, 0.0, 0.0]).expand(len(rows), -1)
        return Batch((rows, self.data.kmers[torch.stack(columns, 1)]), labels)

    def _best(self, rows: Tensor) -> Tensor:
        return self.data.best[rows, self._draw(Homeodomains.BEST, len(rows))]

    def _best_of_others(self, rows: Tensor) -> Tensor:
        return self._best(self.data.train[self._draw(len(self.data.train), len(rows))])

    def _any(self, rows: Tensor) -> Tensor:
        return self._draw(len(self.data.kmers), len(rows))

    def _draw(self, below: int, count: int) -> Tensor:
        return torch.randint(below, (count,), generator=self.generator)


class OwnBinding(nn.Module):
    """The project's encoders, the joint transformer, and a logit from both of its sides."""

    def __init__(self, kind: str, proteins: ProteinBatch) -> None:
        super().__init__()
        self.proteins = proteins
        lengths = tuple(profile_lengths().values())
        shape = {"dim": WIDTH, "heads": HEADS, "encoder_depth": 1, "dropout": 0.0}
        config = BindingConfig(lengths).replace(**shape)
        self.protein = make_encoder(config)
        self.dna = DNAEncoder(WIDTH, 9)
        self.of_dna, self.of_protein = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, 1)
        self.joint = make_joint(kind)

    def forward(self, rows: Tensor, kmers: Tensor) -> Tensor:
        each = kmers.shape[1]
        batch = ProteinBatch(*(tensor[rows] for tensor in self.proteins))
        residues, mask = (
            side.repeat_interleave(each, dim=0) for side in (self.protein(batch), batch.mask)
        )
        ids = kmers.flatten(0, 1)
        bases = self.dna(ids, torch.ones_like(ids, dtype=torch.bool)).flatten(1, 2)
        bases, residues = self.joint(bases, residues, context_mask=mask)
        real = mask[..., None]
        whole = (residues * real).sum(1) / real.sum(1)
        score = self.of_dna(bases)[..., 0].logsumexp(1) + self.of_protein(whole)[:, 0]
        return score.view(-1, each)
