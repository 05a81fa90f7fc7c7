"""States of bases, at some places alone."""

from __future__ import annotations

import torch

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.encoders.dna import WideConvolution, WideDNAEncoder

DNA = DNATokenizer()


def test_a_few_places_have_what_all_have() -> None:
    torch.manual_seed(0)
    layer = WideConvolution(8, 5)
    x, mask = torch.randn(3, 11, 8), torch.rand(3, 11) > 0.2
    row, column = torch.tensor([[0, 0], [2, 1]]), torch.tensor([[0, 10], [4, 7]])
    torch.testing.assert_close(layer.at(x, mask, row, column), layer(x, mask)[row, column])


def test_the_other_strand_is_read_as_a_dna_of_its_own() -> None:
    torch.manual_seed(0)
    encoder = WideDNAEncoder(8, 5, 7, 2)
    ids, mask = DNA.encode(["ACGTTGACANNACC"])
    ids, mask = torch.cat((ids, DNA.reverse_complement(ids, mask))), mask.repeat(2, 1)
    places = torch.arange(2 * ids.shape[1])[None].repeat(2, 1)
    given, turned = encoder(ids, mask, torch.arange(2), places)
    # Base b on + is base n - 1 - b on - of the other strand.
    torch.testing.assert_close(given, turned.flip(0))
