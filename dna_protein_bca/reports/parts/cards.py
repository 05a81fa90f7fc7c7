"""A site on a page: its numbers, and pictures of it."""

from __future__ import annotations

from typing import NamedTuple

from dna_protein_bca.plots.svg.site import SitePicture, site_svg

from .logos import letter_heights, place_motif
from .proteins import ProteinCard

FLANK = 10
"""Bases that are shown on each side of a site."""


class Window(NamedTuple):
    """A site in its DNA.

    Attributes:
        bases: of the `+` strand, upper case; first: coordinate of the first one, 0-based.
        start, end, strand: of the site, 0-based and half-open.
    """

    bases: str
    first: int
    start: int
    end: int
    strand: str

    @property
    def parts(self) -> tuple[str, str, str]:
        """The bases before, in and after the site."""
        left, right = self.start - self.first, self.end - self.first
        return self.bases[:left], self.bases[left:right], self.bases[right:]

    @property
    def place(self) -> str:
        """Where the site lies, counted from 1, for people to read."""
        return f"{self.start + 1:,}-{self.end:,} ({self.strand})"


class SiteCard(NamedTuple):
    """A site on a page.

    Attributes:
        title: of the protein and the DNA; trust: of the protein, empty for none.
        nearest: the measured protein nearest to it, and what that means.
        numbers: name -> value, as text.
        site: the site on its sequence, track: values along the DNA; SVG elements, empty for none.
    """

    title: str
    trust: str
    nearest: str
    numbers: dict[str, str]
    site: str
    track: str = ""


def plain(bases: str) -> str:
    """Bases in upper case, with T for U."""
    return bases.upper().replace("U", "T")


def draw_window(
    window: Window, card: ProteinCard, label: str, changed: tuple[int, int] = (0, 0)
) -> str:
    """A site on its sequence, with the protein's motif where it fits best: an SVG element.

    Args:
        changed: coordinates of bases that are framed, half-open.
    """
    picture = SitePicture(*window, changed=changed)
    if card.motif is not None:
        site = (window.start, window.end, window.strand)
        motif, start = place_motif(card.motif, window.bases, window.first, site)
        # What hangs over the DNA that is shown cannot be drawn.
        last = window.first + len(window.bases)
        cut = slice(max(0, window.first - start), max(0, last - start))
        picture = picture._replace(
            heights=letter_heights(motif)[cut], logo_start=max(start, window.first)
        )
    return site_svg(picture, label)
