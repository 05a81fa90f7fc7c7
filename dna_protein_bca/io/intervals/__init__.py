"""Intervals of a genome, read (BED, narrowPeak) and written (BED, bigWig)."""
