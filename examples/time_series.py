"""Time series: gaps in one record of the weather are filled from another, and the other way.

Four years of daily weather in Seattle (NOAA, public domain; examples/data/README.md): the warmest
hour of each day on the one side, the coldest hour, rain and wind on the other. Ten days in a row
are missing from each side, at different places. The last year is held out. Errors are in degrees
Celsius, beside those of a straight line across the gap.

    python examples/time_series.py --output time_series.png --weights time_series.pt
"""

from __future__ import annotations

import pandas as pd
import torch
from series import FillGaps, Side, error, loss, straight, windows
from shared import DATA, compare, curves, options
from torch import Tensor, nn

LENGTH, GAP, BATCH = 60, 10, 32
QUESTIONS = ("error of hidden maxima, degrees", "error of hidden minima, degrees")


class Weather:
    """Both sides, standardised by the years of training."""

    def __init__(self) -> None:
        table = pd.read_csv(DATA / "seattle_weather.csv", parse_dates=["date"])
        table["precipitation"] = table.precipitation.pow(0.5)
        training = table.date.dt.year < 2015
        numbers = table.drop(columns="date")
        spread = numbers[training].std()
        scaled = (numbers - numbers[training].mean()) / spread
        self.scales = (float(spread.temp_max), float(spread.temp_min))
        self.first = int(training.sum())
        columns = (["temp_max"], ["temp_min", "precipitation", "wind"])
        self.sides = [torch.tensor(scaled[c].to_numpy(), dtype=torch.float32) for c in columns]

    def windows(self, starts: Tensor) -> tuple[Side, Side]:
        first, second = (windows(side, starts, LENGTH, GAP) for side in self.sides)
        return first, second

    def batch(self) -> tuple[Side, Side]:
        return self.windows(torch.randint(self.first - LENGTH, (BATCH,)))

    def heldout(self) -> tuple[Side, Side]:
        return self.windows(torch.arange(self.first, len(self.sides[0]) - LENGTH, 2))


def temperatures(filled: tuple[Tensor, ...], sides: tuple[Side, Side]) -> list[tuple[Tensor, Side]]:
    """The first channel of each side: the temperature."""
    return [
        (out[..., :1], Side(side.values[..., :1], side.hidden))
        for out, side in zip(filled, sides, strict=False)
    ]


def main() -> None:
    given = options(__doc__, steps=500)
    weather = Weather()

    def errors(filled: tuple[Tensor, ...], sides: tuple[Side, Side]) -> dict[str, float]:
        pairs = zip(QUESTIONS, temperatures(filled, sides), weather.scales, strict=True)
        return {name: error(*pair, scale) for name, pair, scale in pairs}

    @torch.no_grad()
    def judge(model: nn.Module) -> dict[str, float]:
        sides = weather.heldout()
        return errors(model(*sides), sides)

    torch.manual_seed(given.seed)
    sides = weather.heldout()
    without = errors(tuple(map(straight, sides)), sides)
    model = compare(
        lambda kind: FillGaps(kind, (1, 3)),
        lambda model: loss(model, weather.batch()),
        judge,
        given,
        ("straight line", without),
    )
    picture(given.output, model, sides)


def picture(path: str, model: nn.Module, sides: tuple[Side, Side]) -> None:
    """The window of the held-out year whose error is the median of all."""
    with torch.no_grad():
        filled = temperatures(model(*sides), sides)
    missed = [
        ((out - side.values).square()[..., 0] * side.hidden).sum(1) / side.hidden.sum(1)
        for out, side in filled
    ]
    row = int((missed[0] + missed[1]).argsort()[len(missed[0]) // 2])
    panels = []
    for name, (out, side) in zip(("daily maxima", "daily minima"), filled, strict=True):
        hidden = side.hidden[row, :, None]
        blank = torch.tensor(float("nan"))
        panels.append(
            (
                f"{name} of 60 days of the year that was held out, standardised",
                [
                    ("measured", side.values[row], {"color": "black"}),
                    ("straight line", straight(side)[row].where(hidden, blank), {"ls": ":"}),
                    ("filled with the other side", out[row].where(hidden, blank), {"lw": 2}),
                ],
            )
        )
    curves(path, panels)


if __name__ == "__main__":
    main()
