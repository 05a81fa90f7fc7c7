"""Long runs in parts: each is computed and kept by itself, and `merge` joins them."""

from .batches import BatchPredictor
from .merge import merge_shards
from .predict import PredictWork
from .run import ShardRunner, Work
from .scan import ScanWork
from .variants import VariantWork

__all__ = [
    "BatchPredictor",
    "PredictWork",
    "ScanWork",
    "ShardRunner",
    "VariantWork",
    "Work",
    "merge_shards",
]
