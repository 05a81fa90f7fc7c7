"""`python -m dna_protein_bca.training.recipe`: make weights from the data."""

from __future__ import annotations

from .command import main

main()
