"""Video and audio: what is seen and what is heard at the same moment.

A clip shows one of four colours at a time, and plays one of four pitches at a time; both change on
their own. Video comes in 24 frames, audio in 72 samples over the same three seconds. Each frame and
each sample is to name the sum of colour and pitch (modulo four) at its moment, of which it knows
one half. Both sides get their positions in seconds, so that rotary positions tell simultaneous
tokens whatever the two rates.

    python examples/video_audio.py --output video_audio.png
"""

from __future__ import annotations

import torch
from shared import draw, options, train
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer

FRAMES, SAMPLES, SECONDS, KINDS = 24, 72, 3.0, 4
FRAME_TIMES = (torch.arange(FRAMES) + 0.5) * SECONDS / FRAMES
SAMPLE_TIMES = (torch.arange(SAMPLES) + 0.5) * SECONDS / SAMPLES


def clips(batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Noisy video [b, 24, 8] and audio [b, 72, 6], and what each of their tokens is to name."""
    colour = torch.randint(KINDS, (batch, 6)).repeat_interleave(SAMPLES // 6, dim=1)
    pitch = torch.randint(KINDS, (batch, 8)).repeat_interleave(SAMPLES // 8, dim=1)
    together = (colour + pitch) % KINDS
    at_frames = torch.arange(FRAMES) * (SAMPLES // FRAMES) + 1
    video = F.pad(F.one_hot(colour[:, at_frames], KINDS).float(), (0, 4))
    audio = F.pad(F.one_hot(pitch, KINDS).float(), (0, 2))
    noisy = (side + 0.2 * torch.randn_like(side) for side in (video, audio))
    return *noisy, together[:, at_frames], together


class Clip(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.of_video, self.of_audio = nn.Linear(8, 32), nn.Linear(6, 24)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=32,
            context_dim=24,
            depth=2,
            heads=4,
            dim_head=16,
            rotary=True,
            context_rotary=True,
        )
        self.name_frame, self.name_sample = nn.Linear(32, KINDS), nn.Linear(24, KINDS)

    def forward(self, video: Tensor, audio: Tensor, return_attn: bool = False) -> tuple:
        # Ten steps a second make neighbouring frames about a radian apart at the fastest pair.
        video, audio, *attention = self.joint(
            self.of_video(video),
            self.of_audio(audio),
            return_attn=return_attn,
            positions=FRAME_TIMES * 10,
            context_positions=SAMPLE_TIMES * 10,
        )
        return self.name_frame(video), self.name_sample(audio), *attention


def main() -> None:
    given = options(__doc__, steps=150)
    model = Clip()

    def loss() -> Tensor:
        video, audio, at_frames, at_samples = clips(32)
        frames, samples = model(video, audio)
        return F.cross_entropy(frames.mT, at_frames) + F.cross_entropy(samples.mT, at_samples)

    train(model, loss, given.steps)
    video, audio, at_frames, at_samples = clips(200)
    with torch.no_grad():
        frames, samples, over_audio, over_video = model(video, audio, return_attn=True)
    print(f"frames: accuracy {(frames.argmax(-1) == at_frames).float().mean():.3f} (chance 0.25)")
    print(
        f"samples: accuracy {(samples.argmax(-1) == at_samples).float().mean():.3f} (chance 0.25)"
    )
    draw(given.output, over_audio[0][0], over_video[0][0], ("video frame", "audio sample"))


if __name__ == "__main__":
    main()
