"""Predicted motifs as files: which format a name asks for, and how each is written."""
