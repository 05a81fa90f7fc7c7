"""DNA and protein: where does this protein sit on this DNA, if it does?

Toy proteins of 12 residues touch DNA with the residues at four contact positions, each of which
prefers one base: R reads G, N reads A, E reads C, T reads T. Half of the DNAs of 20 bp hold the
word of their protein. Each base is to say whether a site begins with it, and the residues whether
there is one. (For real proteins see `BindingPredictor`; this one learns its code from scratch.)

    python examples/dna_protein.py --output dna_protein.png
"""

from __future__ import annotations

import torch
from shared import draw, options, train
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer

LENGTH, RESIDUES, CONTACTS = 20, 12, (2, 4, 7, 9)
READS = {"N": "A", "E": "C", "R": "G", "T": "T"}
DNA, PROTEIN = DNATokenizer(), ProteinTokenizer()
CODE = torch.tensor([PROTEIN.symbols.index(residue) for residue in READS])


def pairs(batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """Token ids of DNA [b, 20] and protein [b, 12], and where the word stands [b, 20]."""
    word = torch.randint(4, (batch, len(CONTACTS)))
    dna = torch.randint(4, (batch, LENGTH))
    start = torch.randint(LENGTH - len(CONTACTS) + 1, (batch // 2, 1))
    dna[: batch // 2].scatter_(1, start + torch.arange(len(CONTACTS)), word[: batch // 2])
    protein = torch.randint(20, (batch, RESIDUES))
    protein[:, CONTACTS] = CODE[word]
    stands = (dna.unfold(1, len(CONTACTS), 1) == word[:, None]).all(-1)
    return dna, protein, F.pad(stands, (0, len(CONTACTS) - 1)).float()


class Binding(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.of_base = nn.Embedding(DNA.vocab_size, 48)
        self.around = nn.Conv1d(48, 48, 7, padding=3)
        self.of_residue = nn.Embedding(PROTEIN.vocab_size, 48)
        self.of_place = nn.Parameter(torch.randn(RESIDUES, 48) * 0.3)
        self.joint = BidirectionalCrossAttentionTransformer(dim=48, depth=2, heads=4, dim_head=16)
        self.begins, self.binds = nn.Linear(48, 1), nn.Linear(48, 1)

    def forward(self, dna: Tensor, protein: Tensor, return_attn: bool = False) -> tuple:
        bases = self.of_base(dna)
        bases = bases + self.around(bases.mT).mT
        residues = self.of_residue(protein) + self.of_place
        bases, residues, *attention = self.joint(bases, residues, return_attn=return_attn)
        return self.begins(bases)[..., 0], self.binds(residues.mean(1))[..., 0], *attention


def main() -> None:
    given = options(__doc__, steps=400)
    model = Binding()
    likely = F.binary_cross_entropy_with_logits

    def loss() -> Tensor:
        dna, protein, stands = pairs(64)
        begins, binds = model(dna, protein)
        return 10 * likely(begins, stands) + likely(binds, stands.amax(1))

    train(model, loss, given.steps)
    dna, protein, stands = pairs(600)
    with torch.no_grad():
        begins, binds, over_protein, over_dna = model(dna, protein, return_attn=True)
    bound = stands.any(1)
    found = stands[bound].gather(1, begins[bound].argmax(1, keepdim=True)).mean()
    print(f"bases: site found {found:.3f} (chance {1 / (LENGTH - 3):.3f})")
    right = ((binds > 0) == bound).float().mean()
    print(f"residues: binding told {right:.3f} (most frequent answer {bound.float().mean():.3f})")
    draw(
        given.output,
        over_protein[0][0],
        over_dna[0][0],
        ("DNA", "protein"),
        (list(DNA.decode(dna[:1])[0]), list(PROTEIN.decode(protein[:1])[0])),
    )


if __name__ == "__main__":
    main()
