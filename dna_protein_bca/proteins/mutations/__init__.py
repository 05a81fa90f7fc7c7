"""Mutations of proteins: how they are written, and what becomes of a sequence."""

from .apply import Mutant, isoform_hint, mutate
from .notation import Change, NotationError, parse_mutation

__all__ = ["Change", "Mutant", "NotationError", "isoform_hint", "mutate", "parse_mutation"]
