"""From residue states to what a protein prefers: motifs, and latents that stand for it."""
