"""p-values of proteins that are reduced to one motif, beside those that MOODS gives this motif.

    pip install moods-python        # 1.9.4.1; built from source, with a C++ compiler
    python benchmarks/one_motif.py [--model NAME] [--smoke]

Of each protein the motif with the greatest weight is kept, and the joint transformer is silenced:
the score of a position then grows with the log-odds of this motif alone, whose distribution MOODS
(Korhonen and others, Bioinformatics 2009) computes by dynamic programming. For several p-values,
the table gives the log-odds at which MOODS has half as much on each strand, the p-value that the
simulated background has there, and the ratio of the two, which passes within 10%. p-values that
fewer than a hundred words reach are left out: a short motif has them in steps. Without MOODS
nothing is measured; `--smoke` takes one protein.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import numpy as np
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background.build import build
from dna_protein_bca.inference.background.members import Member
from dna_protein_bca.inference.scoring import ProteinBlock
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import data_path

PROTEINS = ("CTCF", "TP53", "SP1", "RUNX1", "MAX")
P_VALUES = (1e-3, 1e-4, 1e-6, 1e-8)

WORDS = 100
"""That reach the lowest of the p-values of a motif."""

PRECISION = 10_000.0
"""Steps of a nat in which MOODS counts."""

WITHIN = 0.1


def one_motif(predictor: BindingPredictor, sequence: str) -> Member:
    """A protein and the motif of the greatest weight, without the joint transformer.

    It is silenced in the predictor itself.
    """
    for layer in predictor.model.joint.last_layers():
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    state = predictor.encode({"protein": sequence}).blocks[0].state
    best = int(state.motifs.weight[0].argmax())
    motifs = type(state.motifs)(*(tensor[:, best : best + 1] for tensor in state.motifs))
    state = replace(state, motifs=motifs, decoded=1, loss=torch.zeros_like(state.loss))
    return Member(predictor.scorer, ProteinBlock(np.zeros(1, np.int64), state))


def position_score(member: Member, log_odds: float) -> float:
    """The score of a position at which the one motif has these log-odds."""
    config, state = member.scorer.model.config.matching, member.block.state
    gain, shift, ceiling, weight = (
        float(getattr(state.motifs, name)[0, 0]) for name in ("gain", "shift", "ceiling", "weight")
    )
    fit = ceiling - np.logaddexp(0, ceiling - gain * log_odds - shift)
    match = weight + config.inverse_temperature * fit
    return float(config.scale * match + state.bias[0])


def main() -> None:
    """Print the table; exit 1 where a p-value differs by more than `WITHIN`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    try:
        from MOODS import tools
    except ImportError:
        print("MOODS is not installed, so that nothing is measured: pip install moods-python")
        return
    records = read_fasta(data_path("example_proteins.fa"), "protein")
    sequences = {record.id: record.sequence for record in records}
    predictor = BindingPredictor.from_pretrained(args.model, "cpu", threads=1)
    passed = True
    print("protein\tcolumns\tp\tlog-odds\tsimulated p\tratio")
    for name in PROTEINS[: 1 if args.smoke else None]:
        member = one_motif(predictor, sequences[name])
        columns = member.block.state.motifs.log_odds[0, 0].double().numpy()
        columns = columns[(columns != 0).any(1)]
        background = build([member], BackgroundDNA.parse("uniform"))
        lowest_p = WORDS * 2 * 0.25 ** len(columns)
        for p in (each for each in P_VALUES if each >= lowest_p):
            limit = tools.threshold_from_p_with_precision(
                columns.T.tolist(), [0.25] * 4, p / 2, PRECISION, 4
            )
            found = float(background.site_p(np.array(position_score(member, limit))))
            passed &= abs(found / p - 1) <= WITHIN
            print(f"{name}\t{len(columns)}\t{p:.0e}\t{limit:.2f}\t{found:.3e}\t{found / p:.3f}")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
