"""The figures of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.plots.effects import draw_bases
from dna_protein_bca.plots.reading import draw_reading, draw_voices
from dna_protein_bca.plots.substitutions import ORDER, Stretch, draw_substitutions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dna_protein_bca.variant.mutants.substitutions import ResidueEffects

    from .evidence import Evidence
    from .relatives import Voice

AROUND = 8
"""Bases on either side of the best site that the figures of the site show."""

MOST_RESIDUES = 48
"""Residues that the picture of attention shows: those with most of it."""

MOST_VOICES = 12
"""Relatives that are drawn each by itself."""

MOST_PLACES = 24
"""Places that the picture of attention shows: those that count most."""


def figures(found: Evidence) -> dict[str, Figure]:
    """Figures by name; see `Explanation.plot`."""
    site = (found.start, found.end, found.strand)
    span = (max(0, found.start - AROUND), min(len(found.dna), found.end + AROUND))
    title = f"{found.protein_id} on {found.dna_id}, score {found.score:.2f}"
    contributions = found.attribution.values.numpy().sum(0)
    whole, near = (
        draw_bases(
            found.position_score,
            contributions,
            found.base_effects,
            found.dna,
            site,
            title=title,
            span=part,
        )
        for part in (None, span)
    )
    drawn = {"dna": whole, "site": near, "attention": _attention(found, span)}
    if found.residue_effects is not None:
        parts = list(_stretches(found, found.residue_effects))
        drawn["protein"] = draw_substitutions(title, parts, diverging=True)
    if len(found.voices) > 1:
        drawn["relatives"] = _voices(found)
    return drawn


def _stretches(found: Evidence, effects: ResidueEffects) -> Iterator[Stretch]:
    """The substituted residues, a stretch for consecutive ones of a domain."""
    domains = [] if found.dbd == "none" else found.dbd.split(";")
    ends = [tuple(map(int, domain.rpartition(":")[2].split("-"))) for domain in domains]
    owner = np.array(
        [
            next((n for n, (first, last) in enumerate(ends) if first <= at + 1 <= last), -1)
            for at in effects.at
        ]
    )
    values = effects.effects[[AMINO_ACIDS.index(letter) for letter in ORDER]]
    cuts = np.flatnonzero((np.diff(effects.at) > 1) | (np.diff(owner) != 0)) + 1
    for columns in np.split(np.arange(len(effects.at)), cuts):
        first, last = effects.at[columns[[0, -1]]] + 1
        name = domains[owner[columns[0]]].rpartition(":")[0] if owner[columns[0]] >= 0 else ""
        yield Stretch(
            f"{name} {first}-{last}".strip(),
            found.protein[first - 1 : last],
            int(first),
            [number or None for number in effects.canonical[columns].tolist()],
            effects.contact[columns],
            {"change of score (nats)": values[:, columns]},
        )


def _voices(found: Evidence) -> Figure:
    """Those that said most, and all others in one bar."""
    first, others = found.voices[: MOST_VOICES + 1], found.voices[MOST_VOICES + 1 :]
    names = [_label(voice) for voice in first]
    share = [voice.share for voice in first]
    weight = [voice.weight for voice in first]
    if others:
        names.append(f"{len(others)} further relatives")
        share.append(sum(voice.share for voice in others))
        weight.append(sum(voice.weight for voice in others))
    title = f"{found.protein_id} on {found.dna_id}: whose motifs speak"
    return draw_voices(names, np.array(share), np.array(weight), title=title)


def _label(voice: Voice) -> str:
    if np.isnan(voice.identity):
        return voice.relative
    species = f" {voice.species.replace('_', ' ')}" if voice.species else ""
    return f"{voice.relative}{species} ({voice.identity:.2f})"


def _attention(found: Evidence, span: tuple[int, int]) -> Figure:
    """Both directions, the mean over layers and heads, of the places that count near the site."""
    attention = found.attention
    inside = (attention.base >= span[0]) & (attention.base < span[1]) & (attention.counts > 0)
    places = np.argsort(-np.where(inside, attention.counts, 0), kind="stable")[:MOST_PLACES]
    near = np.sort(places[inside[places]])
    dna_reads, protein_reads = (
        values.mean((0, 1))[near] for values in (attention.dna_reads, attention.protein_reads)
    )
    total = dna_reads.sum(0) / dna_reads.sum() + protein_reads.sum(0) / protein_reads.sum()
    residues = np.sort(np.argsort(-total, kind="stable")[:MOST_RESIDUES])
    bases = [
        f"{found.dna[base]}{base} {'+-'[strand]}"
        for base, strand in zip(attention.base[near], attention.strand[near], strict=True)
    ]
    letters = [
        f"{found.protein[place]}{place + 1}{'' if token else '*'}"
        for place, token in zip(attention.residue[residues], attention.token[residues], strict=True)
    ]
    return draw_reading(
        dna_reads[:, residues],
        protein_reads[:, residues],
        bases,
        letters,
        title=f"{found.protein_id} on {found.dna_id}: attention in the joint transformer",
        note="residue (*: composed over latents alone); mean over layers and heads",
    )
