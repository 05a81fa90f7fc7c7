"""How relatives count: which residues make them similar, and what they weigh."""
