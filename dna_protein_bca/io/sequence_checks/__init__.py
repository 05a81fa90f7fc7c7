"""What is wrong with one record of a protein or a DNA: its id, its letters, text in their place."""

from .records import LETTERS, Fault, Kind, find_fault, may_be_dna, shown

__all__ = ["LETTERS", "Fault", "Kind", "find_fault", "may_be_dna", "shown"]
