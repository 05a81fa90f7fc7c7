"""States of bases, at some places alone."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.encoders.dna import WideConvolution, WideDNAEncoder

DNA = DNATokenizer()


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_few_places_have_what_all_have(depth: int) -> None:
    torch.manual_seed(0)
    encoder = WideDNAEncoder(8, 5, 7, depth)
    ids, mask = DNA.encode(["ACGTTGACANNACCGGATTACAGATTACAA", "TTGAC"])
    rows, every = torch.arange(2), torch.arange(2 * ids.shape[1])[None].repeat(2, 1)
    few = torch.tensor([[3, 59], [0, 9]])
    whole = encoder(ids, mask, rows, every)
    torch.testing.assert_close(encoder(ids, mask, rows, few), whole[rows[:, None], few])


def test_a_layer_is_a_convolution() -> None:
    torch.manual_seed(0)
    layer = WideConvolution(8, 5)
    x, mask = torch.randn(3, 11, 8), torch.rand(3, 11) > 0.2
    narrow = (layer.narrow(x) * mask[..., None]).transpose(1, 2)
    expected = x + F.gelu(layer.convolution(narrow).transpose(1, 2))
    row, column = torch.meshgrid(torch.arange(3), torch.arange(11), indexing="ij")
    torch.testing.assert_close(layer(x, mask, row, column), expected)


def test_the_other_strand_is_read_as_a_dna_of_its_own() -> None:
    torch.manual_seed(0)
    encoder = WideDNAEncoder(8, 5, 7, 2)
    ids, mask = DNA.encode(["ACGTTGACANNACC"])
    ids, mask = torch.cat((ids, DNA.reverse_complement(ids, mask))), mask.repeat(2, 1)
    places = torch.arange(2 * ids.shape[1])[None].repeat(2, 1)
    given, turned = encoder(ids, mask, torch.arange(2), places)
    # Base b on + is base n - 1 - b on - of the other strand.
    torch.testing.assert_close(given, turned.flip(0))
