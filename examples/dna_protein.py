"""DNA and protein: does this protein bind this DNA, and where?

Windows of the human genome that five transcription factors bind, and as many that they do not
(data/retraining, which comes with the package). The factors' DNA-binding domains are found with
Pfam profiles. The model is told whether a pair binds, and never where; the base with the highest
score, on either strand, is its answer to that. On windows of another chromosome, this base should
lie on the word that textbooks give for the factor, where there is one.

The model learns from 1,200 pairs and knows five proteins: to predict, use `BindingPredictor`.

    python examples/dna_protein.py --output dna_protein.png --weights dna_protein.pt
"""

from __future__ import annotations

import gzip
import re

import pandas as pd
import torch
from Bio.SeqIO.FastaIO import SimpleFastaParser
from shared import compare, draw, joint, options
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.resources import data_path

LENGTH, FLANK, WIDTH, BATCH = 101, 4, 48, 32
NEAR = 6
"""Bases from a word's middle at which an answer still lies on it."""

WORDS = {
    "E2F6": "GGCGGGA|TCCCGCC",
    "TCF4": "CA[CG][CG]TG|CATCTG|CAGATG",
    "CDX1": "TTTAT[GT]|[AC]ATAAA",
    "MEF2B": "CTA[AT]{4}TAG",
    "NR1D2": "AGGTCA|TGACCT",
}
QUESTIONS = ("mean AUROC over proteins", "best base on the word, where there is one")
DNA, PROTEIN = DNATokenizer(), ProteinTokenizer()


class Pairs:
    """The set's proteins, its DNA, and the pairs for training and of another chromosome."""

    def __init__(self) -> None:
        folder = data_path("retraining")
        with open(folder / "proteins.fa") as file:
            proteins = [(title.split()[0], text) for title, text in SimpleFastaParser(file)]
        domains = find_domains(proteins)
        self.names = [name for name, _ in proteins]
        self.residues = [
            text[max(0, found[0].start - FLANK) : found[0].end + FLANK]
            for (_, text), found in zip(proteins, domains, strict=True)
        ]
        longest = max(map(len, self.residues))
        self.mask = torch.tensor([[i < len(r) for i in range(longest)] for r in self.residues])
        padded = [residues.ljust(longest, "X") for residues in self.residues]
        self.protein = PROTEIN.encode(padded).ids.long()
        with gzip.open(folder / "dna.fa.gz", "rt") as file:
            self.sequences = dict(SimpleFastaParser(file))
        self.training, self.heldout = (
            pd.read_csv(folder / f"{name}.tsv", sep="\t") for name in ("train", "test_dna")
        )

    def read(self, table: pd.DataFrame) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """DNA [b, 101], residues [b, r], which are real, and whether they bind [b]."""
        dna = DNA.encode([self.sequences[name] for name in table.dna_id]).ids.long()
        rows = torch.tensor([self.names.index(name) for name in table.protein_id])
        label = torch.tensor(table.label.to_numpy(), dtype=torch.float32)
        return dna, self.protein[rows], self.mask[rows], label


class Binding(nn.Module):
    """Words of DNA, residues in their places, the joint transformer, and a score of each base."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.of_base = nn.Embedding(DNA.vocab_size, WIDTH)
        self.around = nn.Conv1d(WIDTH, WIDTH, 11, padding=5)
        self.of_residue = nn.Embedding(PROTEIN.vocab_size, WIDTH)
        self.beside = nn.Conv1d(WIDTH, WIDTH, 5, padding=2)
        self.joint = joint(
            kind, dim=WIDTH, context_dim=WIDTH, depth=2, heads=4, dim_head=WIDTH // 4
        )
        self.norm, self.score = nn.RMSNorm(WIDTH), nn.Linear(WIDTH, 1)
        self.dropout = nn.Dropout(0.1)

    def forward(
        self, dna: Tensor, protein: Tensor, mask: Tensor, return_attn: bool = False
    ) -> tuple:
        """Scores of every base of the strand that is given, [b, 101]."""
        bases = F.gelu(self.around(self.of_base(dna).mT)).mT
        known = self.of_residue(protein)
        residues = known + F.gelu(self.beside(known.mT)).mT
        call = {"return_attn": True} if return_attn else {}
        bases, _, *attention = self.joint(
            self.dropout(bases), self.dropout(residues), context_mask=mask, **call
        )
        return self.score(self.norm(bases))[..., 0], *attention

    def both_strands(self, dna: Tensor, protein: Tensor, mask: Tensor) -> Tensor:
        """Scores of every base on either strand, [b, 2, 101], in the order of the first."""
        return torch.stack(
            (
                self(dna, protein, mask)[0],
                self(complement(dna), protein, mask)[0].flip(1),
            ),
            1,
        )


def complement(dna: Tensor) -> Tensor:
    """The other strand of [b, 101]: A, C, G and T are 0 to 3."""
    return torch.where(dna < 4, 3 - dna, dna).flip(1)


def words(protein: str, sequence: str) -> list[int]:
    """Middles of the words that textbooks give for a protein."""
    found = re.finditer(f"(?=({WORDS[protein]}))", sequence)
    return [match.start(1) + len(match[1]) // 2 for match in found]


def on_words(pairs: Pairs, places: list[int]) -> tuple[float, float]:
    """How often the places lie on a word, among bound windows with one; and how often any would."""
    hits, chances = [], []
    for row, place in zip(pairs.heldout.itertuples(), places, strict=True):
        middles = words(row.protein_id, pairs.sequences[row.dna_id])
        if row.label and middles:
            hits.append(min(abs(place - middle) for middle in middles) <= NEAR)
            covered = {b for m in middles for b in range(m - NEAR, m + NEAR + 1)}
            chances.append(len(covered & set(range(LENGTH))) / LENGTH)
    return sum(hits) / len(hits), sum(chances) / len(chances)


def picture(path: str, model: Binding, pairs: Pairs) -> None:
    """The attention maps, and the scores along the window with the word marked."""
    table = pairs.heldout[(pairs.heldout.label == 1)].reset_index(drop=True)
    dna, protein, mask, _ = pairs.read(table)
    with torch.no_grad():
        scores = model.both_strands(dna, protein, mask)
    named = [
        row
        for row in range(len(table))
        if words(table.protein_id[row], pairs.sequences[table.dna_id[row]])
    ]
    row = max(named, key=lambda one: float(scores[one].max()))
    name, window = table.protein_id[row], table.dna_id[row]
    strand = int(scores[row].amax(1).argmax())
    spans = [(m - 5, m + 5) for m in words(name, pairs.sequences[window])]
    given, track = dna[row], scores[row, strand]
    if strand == 1:
        given, track = complement(given[None])[0], track.flip(0)
        spans = [(LENGTH - end, LENGTH - start) for start, end in spans]
    *_, over_protein, over_dna = model(
        given[None], protein[row][None], mask[row][None], return_attn=True
    )
    draw(
        path,
        over_protein[-1][0][:, :, mask[row]],
        over_dna[-1][0][:, :, mask[row]],
        names=("DNA", f"{name}'s domain"),
        labels=(None, list(pairs.residues[pairs.names.index(name)])),
        marked=(spans, ()),
        track=(f"score of each base of {window}; the textbook's word is shaded", track.numpy()),
    )


def main() -> None:
    given = options(__doc__, steps=900)
    pairs = Pairs()
    training, heldout = pairs.read(pairs.training), pairs.read(pairs.heldout)

    def loss(model: nn.Module) -> Tensor:
        rows = torch.randint(len(training[0]), (BATCH,))
        dna, protein, mask, label = (part[rows] for part in training)
        # A site lies on either strand: the model is shown one of them, and learns both directions.
        dna = torch.where(torch.rand(len(dna), 1) < 0.5, dna, complement(dna))
        scores, *_ = model(dna, protein, mask)
        return F.binary_cross_entropy_with_logits(scores.logsumexp(1), label)

    @torch.no_grad()
    def judge(model: nn.Module) -> dict[str, float]:
        scores = model.both_strands(*heldout[:3])
        table = pairs.heldout.assign(score=scores.flatten(1).logsumexp(1).numpy())
        each = [roc_auc_score(rows.label, rows.score) for _, rows in table.groupby("protein_id")]
        right, _ = on_words(pairs, scores.amax(1).argmax(1).tolist())
        return {QUESTIONS[0]: sum(each) / len(each), QUESTIONS[1]: right}

    _, chance = on_words(pairs, [0] * len(pairs.heldout))
    without = {QUESTIONS[0]: 0.5, QUESTIONS[1]: chance}
    model = compare(Binding, loss, judge, given, ("guess", without))
    picture(given.output, model, pairs)


if __name__ == "__main__":
    main()
