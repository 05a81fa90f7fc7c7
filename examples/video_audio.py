"""Video and audio: missing sound is filled from the pictures, and missing pictures from the sound.

The film Big Buck Bunny as 8 pictures a second, each as the light and movement of eight fields and
two colours, and as 16 sounds a second, each as the loudness of eight bands of frequency
(examples/data/README.md). Of ten seconds, one and a half of the sound and another one and a half of
the pictures are missing. Two stretches of the film of a minute each are held out. Errors are
in standard deviations, beside those of a straight line across the gap.

    python examples/video_audio.py --output video_audio.png --weights video_audio.pt
"""

from __future__ import annotations

import numpy as np
import torch
from series import FillGaps, Side, error, loss, straight, windows
from shared import DATA, compare, draw, options
from torch import Tensor, nn

PICTURES, SOUNDS = 8, 16  # a second
SECONDS, GAP, BATCH = 10, 1.5, 16
HELD_OUT = ((120, 180), (400, 460))
QUESTIONS = ("error of hidden pictures", "error of hidden sound")


class Film:
    """Both sides, standardised, and where windows may begin, in eighths of a second."""

    def __init__(self) -> None:
        arrays = np.load(DATA / "big_buck_bunny.npz")
        sides = [torch.tensor(arrays[name]).float() for name in ("pictures", "sound")]
        self.sides = [(side - side.mean(0)) / side.std(0) for side in sides]
        starts = torch.arange(len(sides[0]) - SECONDS * PICTURES - 1)
        inside = torch.zeros(len(starts), dtype=torch.bool)
        touched = torch.zeros(len(starts), dtype=torch.bool)
        for first, last in HELD_OUT:
            inside |= (starts >= first * PICTURES) & (starts <= (last - SECONDS) * PICTURES)
            touched |= (starts > (first - SECONDS) * PICTURES) & (starts < last * PICTURES)
        self.training, self.heldout = starts[~touched], starts[inside][::4]

    def windows(self, starts: Tensor) -> tuple[Side, Side]:
        pictures, sound = self.sides
        return (
            windows(pictures, starts, SECONDS * PICTURES, int(GAP * PICTURES)),
            windows(sound, starts * SOUNDS // PICTURES, SECONDS * SOUNDS, int(GAP * SOUNDS)),
        )

    def batch(self) -> tuple[Side, Side]:
        return self.windows(self.training[torch.randint(len(self.training), (BATCH,))])


def errors(filled: tuple[Tensor, ...], sides: tuple[Side, Side]) -> dict[str, float]:
    pairs = zip(QUESTIONS, filled, sides, strict=False)
    return {name: error(out, side) for name, out, side in pairs}


def main() -> None:
    given = options(__doc__, steps=400)
    film = Film()

    @torch.no_grad()
    def judge(model: nn.Module) -> dict[str, float]:
        sides = film.windows(film.heldout)
        return errors(model(*sides), sides)

    torch.manual_seed(given.seed)
    sides = film.windows(film.heldout)
    model = compare(
        lambda kind: FillGaps(
            kind, (film.sides[0].shape[1], film.sides[1].shape[1]), (1.0, SOUNDS / PICTURES)
        ),
        lambda model: loss(model, film.batch()),
        judge,
        given,
        ("straight line", errors(tuple(map(straight, sides)), sides)),
    )
    one = tuple(Side(side.values[:1], side.hidden[:1]) for side in sides)
    *_, over_sound, over_pictures = model(*one, return_attn=True)
    gaps = [side.hidden[0].nonzero()[[0, -1], 0].tolist() for side in one]
    draw(
        given.output,
        over_sound[0][0],
        over_pictures[0][0],
        names=("pictures", "sound"),
        marked=tuple([(first, last + 1)] for first, last in gaps),
    )


if __name__ == "__main__":
    main()
