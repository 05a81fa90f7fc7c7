"""Where the site lies: from the middle base of a match to the columns that carry information."""

from __future__ import annotations

import torch
from torch import Tensor

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.matching import MotifSet, expected_odds, information

INFORMATIVE = 0.05
"""Bits that a column needs to be part of the site, which makes sites as wide as measured motifs:
10 bp in the mean. Predicted motifs are blurred; 0.25 bits would leave 8."""


def motif_spans(log_odds: Tensor) -> tuple[Tensor, Tensor]:
    """First and last informative column of each motif, relative to its middle column.

    Args:
        log_odds: float [..., width, 4], of the bases (natural logarithm).

    Returns:
        int64 [...], int64 [...], half-open: a motif without any such column is its best one.
    """
    bits = information(log_odds)
    width = bits.shape[-1]
    keep = bits >= torch.minimum(bits.amax(-1, keepdim=True), bits.new_tensor(INFORMATIVE))
    columns = torch.arange(width, device=bits.device)
    first = torch.where(keep, columns, width).amin(-1)
    last = torch.where(keep, columns, -1).amax(-1)
    return first - width // 2, last + 1 - width // 2


def site_spans(windows: Tensor, strand: Tensor, motifs: MotifSet) -> Tensor:
    """The site around a middle base: the mean of the motifs' sites, each counted as it fits there.

    Of many motifs the one that fits best is often a short one, which covers a part of the site.

    Args:
        windows: uint8 [p, r, width], ids of `DNATokenizer` around each middle base, padding where
            the window hangs over the record's end.
        strand: int64 [p, r], 0 for `+`, 1 for `-`.
        motifs: of `p` proteins, `k` each.

    Returns:
        int64 [p, r, 2], half-open offsets from the middle base on the `+` strand.
    """
    table = DNATokenizer().base_probabilities.to(motifs.log_odds)
    bases = table[windows.long()]
    bases = torch.where(strand[..., None, None].bool(), bases.flip(-1, -2), bases)
    cost = motifs.missing[..., None] * expected_odds(motifs.log_odds)
    columns = motifs.log_odds + cost[..., None]
    fit = torch.einsum("prwa,pkwa->prk", bases, columns)
    fit = (fit - cost.sum(-1)[:, None]) * motifs.gain[:, None] + motifs.shift[:, None]
    share = (fit.minimum(motifs.ceiling[:, None]) + motifs.weight[:, None]).softmax(-1)
    first, last = (
        torch.einsum("prk,pk->pr", share, edge.to(share)).round().long()
        for edge in motif_spans(motifs.log_odds)
    )
    minus = strand.bool()
    return torch.stack(
        (torch.where(minus, 1 - last, first), torch.where(minus, 1 - first, last)), -1
    )
