"""Two time series: a gap in either is filled from the other.

Temperature is measured every hour for two days; the demand for power every half hour, and it
follows the temperature of three hours before. Six hours of either are missing. Positions are in
hours on both sides, so that rotary positions make "three hours before" one thing for both rates;
the attention shows the lag as a line beside the diagonal.

    python examples/time_series.py --output time_series.png
"""

from __future__ import annotations

import math

import torch
from shared import draw, options, train
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer

HOURS, LAG, GAP = 48, 3, 6
HOURLY, HALF_HOURLY = torch.arange(HOURS) * 1.0, torch.arange(2 * HOURS) * 0.5


def series(batch: int) -> tuple[Tensor, Tensor]:
    """Temperature [b, 48] and demand [b, 96], each of mean zero and about unit variance."""
    period, phase = 5 + 25 * torch.rand(batch, 4, 1), 2 * math.pi * torch.rand(batch, 4, 1)

    def temperature(hours: Tensor) -> Tensor:
        return (2 * math.pi * hours / period + phase).sin().sum(1) / math.sqrt(2)

    return temperature(HOURLY), -temperature(HALF_HOURLY - LAG)


def gap(values: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Values with a flag of what is there, [b, n, 2], and what is missing, [b, n]."""
    start = torch.randint(values.shape[1] - width, (len(values), 1))
    steps = torch.arange(values.shape[1])
    missing = (steps >= start) & (steps < start + width)
    return torch.stack((values.masked_fill(missing, 0), (~missing).float()), -1), missing


class Filler(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.of_temperature, self.of_demand = nn.Linear(2, 32), nn.Linear(2, 32)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=32,
            depth=2,
            heads=4,
            dim_head=16,
            rotary=True,
            context_rotary=True,
            rotary_base=100.0,
        )
        self.temperature, self.demand = nn.Linear(32, 1), nn.Linear(32, 1)

    def forward(self, temperature: Tensor, demand: Tensor, return_attn: bool = False) -> tuple:
        temperature, demand, *attention = self.joint(
            self.of_temperature(temperature),
            self.of_demand(demand),
            return_attn=return_attn,
            positions=HOURLY,
            context_positions=HALF_HOURLY,
        )
        return self.temperature(temperature)[..., 0], self.demand(demand)[..., 0], *attention


def main() -> None:
    given = options(__doc__, steps=200)
    model = Filler()

    def errors(batch: int) -> tuple[Tensor, Tensor]:
        temperature, demand = series(batch)
        seen, missing = gap(temperature, GAP)
        demand_seen, demand_missing = gap(demand, 2 * GAP)
        filled, demand_filled = model(seen, demand_seen)
        return (
            (filled - temperature)[missing].square().mean(),
            (demand_filled - demand)[demand_missing].square().mean(),
        )

    train(model, lambda: sum(errors(16), torch.zeros(())), given.steps)
    with torch.no_grad():
        found = errors(300)
    for name, error in zip(("temperature", "demand"), found, strict=True):
        print(f"{name}: error of the gap {error.sqrt():.3f} (of its mean 1.0)")
    temperature, demand = series(1)
    *_, over_demand, over_temperature = model(
        gap(temperature, GAP)[0], gap(demand, 2 * GAP)[0], return_attn=True
    )
    draw(
        given.output,
        over_demand[0][0],
        over_temperature[0][0],
        ("temperature, hour", "demand, half hour"),
    )


if __name__ == "__main__":
    main()
