"""The model: encoders, the match of motifs, the joint transformer."""
