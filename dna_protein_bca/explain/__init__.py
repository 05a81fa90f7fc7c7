"""Why a protein binds a DNA as it does, by the model.

`explain` is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .pairs import explain
    from .result import Explanation

__all__ = ["Explanation", "explain"]


def __getattr__(name: str) -> object:
    if name == "explain":
        from .pairs import explain

        return explain
    if name == "Explanation":
        from .result import Explanation

        return Explanation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
