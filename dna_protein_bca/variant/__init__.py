"""What a change of a protein, or of DNA, does to binding."""
