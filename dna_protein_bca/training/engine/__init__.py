"""The training loop and what it needs; it knows nothing of proteins or DNA."""
