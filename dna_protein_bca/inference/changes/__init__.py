"""How much random single changes of background DNA move a protein's score: p-values of changes."""

from .find import change_curves

__all__ = ["change_curves"]
