"""What scores say in other units: probabilities of binding, and measured affinities."""

from .affinity import AffinityScale
from .probability import PRIOR, Calibration

__all__ = ["PRIOR", "AffinityScale", "Calibration"]
