"""Everything that shapes a `BindingModel`; saved beside its weights as `config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dna_protein_bca.proteins.features import FLANK

from .limits import MOST_LAYERS, check_fields


@dataclass(frozen=True)
class ProteinConfig:
    """The protein side: from residues to motifs and latents.

    Attributes:
        dim: width of the residue states.
        heads: attention heads.
        encoder_depth: self-attention layers over the residues.
        decoder_depth: layers in which motif columns and residues update each other.
        motifs: motifs decoded for every protein; arrays of zinc fingers add one a finger.
        width: columns of a motif, odd, so that a site has a middle base on either strand.
        latents: latents of each member, which stand for the protein before DNA.
        dropout: share of the features of a residue's embedding dropped in training.
        flank: residues read on either side of a domain.
        protein_region: `domains`, or `full` for weights that read whole sequences.
    """

    dim: int = 128
    heads: int = 4
    encoder_depth: int = 1
    decoder_depth: int = 2
    motifs: int = 3
    width: int = 21
    latents: int = 16
    dropout: float = 0.1
    flank: int = FLANK
    protein_region: str = "domains"


@dataclass(frozen=True)
class MatchingConfig:
    """How the motifs of a protein, its own and its relatives', are put together.

    Attributes:
        relatives: measured proteins whose motifs are read beside the protein's own; 0 for none.
        standardise: put decoded motifs on one scale, that of 8-mers, before DNA meets them; False
            where members learn from pairs alone, and find the scale themselves.
        inverse_temperature: a motif that fits with z counts as exp(inverse_temperature x
            min(z, 6)); below 1, what several motifs say alike counts for more than what one says
            loudly.
        scale: factor of the match. A score sums over positions, so that at 1 many poor sites
            outweigh one good site of a standardised motif; at 3 / inverse_temperature hardly.
        pooling_radius: motifs that fit within so many bases of each other count for one site.
        background_windows: random windows of 101 bp whose mean odds, by the motifs alone, are
            taken from every score, so that scores compare across proteins; 0 for none.
        contact_penalty: identity that a relative loses, in the weight of its votes, where all its
            contacts differ and the nearest relative is like the wild type of a mutant
            (`proteins.contact_identity`), so that it does not outvote the mutant; 0 for none.
        substitution_loss: take from the scores of a protein what its substitutions cost against the
            nearest measured protein (`proteins.substitutions`).
        kept: share of the weight of all motifs of a protein that is read: the heaviest that hold it
            together count as much as all did, and the time goes with their number. Where gradients
            are computed, as in training, all are read.
    """

    relatives: int = 20
    standardise: bool = True
    inverse_temperature: float = 1.0
    scale: float = 1.0
    pooling_radius: int = 0
    background_windows: int = 0
    contact_penalty: float = 0.0
    substitution_loss: bool = False
    kept: float = 1.0


@dataclass(frozen=True)
class JointConfig:
    """The transformer in which the DNA and the protein update each other.

    Attributes:
        dim: width of its states.
        heads: attention heads.
        depth: layers.
        kernel: bases around a base that its first state is made from, odd.
        form: `latents` for that of the first weights, in which every base of both strands meets the
            latents; `sites` for one in which the places where the motifs fit best meet latents and
            residues. The fields below are of `sites` alone.
        width: bases that a state is made from beyond the first, by each of as many convolutions as
            there are layers, odd; and over which a place sees the match of the motifs.
        residues: of the protein that meet the DNA: those that its motifs attend to most.
        places: places of a DNA, of both strands together, that meet the protein; the others have
            the match of the motifs alone.
        reach: a place counts in full from where its match is so much above the poorest that meets
            the protein, and that one by nothing; no place meets it whose match is by more than this
            below the best. In units of the match at an inverse temperature of 1.
        gate: share of random DNA in which any place meets the protein: the others have the match of
            the motifs alone, which takes a fraction of the time. The match from which on a place
            counts (`ProteinState.thresholds`) is read off the random windows of
            `background_windows`, for each length up to theirs, 101 bp; longer DNA has that of 101
            bp, so that more of it is let through. Without these, and at 1, no DNA is kept out.
    """

    dim: int = 64
    heads: int = 4
    depth: int = 2
    kernel: int = 9
    form: str = "latents"
    width: int = 21
    residues: int = 32
    places: int = 32
    reach: float = 1.5
    gate: float = 1.0


FLAT_NAMES: dict[str, tuple[str, str]] = {
    **{field.name: ("protein", field.name) for field in fields(ProteinConfig)},
    "readers": ("", "members"),
    "tile": ("", "tile"),
    "encoder": ("", "encoder"),
    "relatives": ("matching", "relatives"),
    "standardised": ("matching", "standardise"),
    "temper": ("matching", "inverse_temperature"),
    "steepness": ("matching", "scale"),
    "reach": ("matching", "pooling_radius"),
    "level_windows": ("matching", "background_windows"),
    "contact_penalty": ("matching", "contact_penalty"),
    "substitution_loss": ("matching", "substitution_loss"),
    "kept": ("matching", "kept"),
    "joint_dim": ("joint", "dim"),
    "joint_heads": ("joint", "heads"),
    "joint_depth": ("joint", "depth"),
    "stem": ("joint", "kernel"),
    "joint_form": ("joint", "form"),
    "joint_width": ("joint", "width"),
    "joint_residues": ("joint", "residues"),
    "joint_places": ("joint", "places"),
    "joint_reach": ("joint", "reach"),
    "joint_gate": ("joint", "gate"),
}
"""One name a field: how options and the first weights call it -> part and field."""


@dataclass(frozen=True)
class BindingConfig:
    """Everything that shapes a `BindingModel`.

    Attributes:
        profile_lengths: match states of each Pfam profile, in the order of the profile file.
        encoder: name of the protein encoder, see `model.encoders`.
        members: trained members of the ensemble that reads proteins.
        tile: the window in bp; longer DNA is scored in tiles that overlap by half.
        protein: the protein side.
        matching: how motifs are put together.
        joint: the joint transformer.
    """

    profile_lengths: tuple[int, ...]
    encoder: str = "profile"
    members: int = 1
    tile: int = 128
    protein: ProteinConfig = field(default_factory=ProteinConfig)
    matching: MatchingConfig = field(default_factory=MatchingConfig)
    joint: JointConfig = field(default_factory=JointConfig)

    def __post_init__(self) -> None:
        check_fields(self)
        for part in ("protein", "matching", "joint"):
            check_fields(getattr(self, part), part)
        for name, side in (("protein", self.protein), ("joint", self.joint)):
            if side.heads > side.dim:
                raise ValueError(
                    f"{name}.heads must be at most {name}.dim, {side.dim}, and is {side.heads}"
                )
        layers = self.members * (1 + self.protein.encoder_depth + self.protein.decoder_depth)
        if layers > MOST_LAYERS:
            raise ValueError(f"{layers:,} layers of all members, and at most are {MOST_LAYERS:,}")
        widths = {
            "width": self.protein.width,
            "stem": self.joint.kernel,
            "joint_width": self.joint.width,
        }
        for name, value in widths.items():
            if value % 2 == 0:
                raise ValueError(f"{name} must be odd, got {value}")
        if self.protein.protein_region not in ("domains", "full"):
            raise ValueError(
                f"protein_region is domains or full, not {self.protein.protein_region!r}"
            )
        if self.joint.form not in ("latents", "sites"):
            raise ValueError(f"joint_form is latents or sites, not {self.joint.form!r}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BindingConfig:
        """The configuration of what `dataclasses.asdict` gives, or of names in `FLAT_NAMES`.

        Raises:
            TypeError: a name that no field has.
            ValueError: a part that is no mapping, or a value that a field may not have.
        """
        kinds = {"protein": ProteinConfig, "matching": MatchingConfig, "joint": JointConfig}
        parts: dict[str, dict[str, Any]] = {name: {} for name in ("", *kinds)}
        for name, value in values.items():
            if name in kinds:
                parts[name] |= _part(name, value, kinds[name])
            else:
                part, known = FLAT_NAMES.get(name, ("", name))
                parts[part][known] = tuple(value) if isinstance(value, list) else value
        whole = parts.pop("")
        return cls(**whole, **{name: kinds[name](**part) for name, part in parts.items()})

    def replace(self, **changes: Any) -> BindingConfig:
        """The same configuration with fields changed, by their names in `FLAT_NAMES`."""
        return self.from_dict({**self.flat(), "profile_lengths": self.profile_lengths, **changes})

    def flat(self) -> dict[str, Any]:
        """Value of every field but the profiles' lengths, by its name in `FLAT_NAMES`."""
        nested = asdict(self)
        return {
            name: (nested[part] if part else nested)[known]
            for name, (part, known) in FLAT_NAMES.items()
        }


def _part(name: str, value: Any, kind: type[Any]) -> Mapping[str, Any]:
    """What is given for a part of the configuration.

    Args:
        kind: its dataclass.

    Raises:
        TypeError: a name that no field has.
        ValueError: no mapping.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object of its fields, and is {value!r:.40}")
    unknown = sorted(value.keys() - {field.name for field in fields(kind)})
    if unknown:
        raise TypeError(f"it has {', '.join(f'{name}.{each}' for each in unknown[:5])}")
    return value
