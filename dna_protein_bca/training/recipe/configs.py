"""The recipes of the bundled weights: everything that is chosen about them, in one object each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dna_protein_bca.model.config import BindingConfig, JointConfig, MatchingConfig, ProteinConfig
from dna_protein_bca.proteins.domains import families, profile_lengths
from dna_protein_bca.training.engine.config import LoopConfig

from .folds import parse_fold
from .joint_stage import JoinConfig
from .relatives.contacts import ContactConfig
from .relatives.trust import TrustConfig
from .specificity_task import TaskConfig

ALL_SPLITS = ("train", "validation", "validation-pbm", "excluded", "reserved")


@dataclass(frozen=True)
class DataConfig:
    """Which rows of the data set count.

    Attributes:
        splits: of its column `split`; validation stays as it is.
        without: beginning of the ids of proteins that are left out; empty for none.
        sources: which sources count, as `Sources.parse` reads it; empty for all.
        fold: `1/3` leaves out the first of three folds of the proteins with real bound DNA, see
            `folds.make_folds`; empty for none.
    """

    splits: tuple[str, ...]
    without: str = ""
    sources: str = ""
    fold: str = ""

    def __post_init__(self) -> None:
        if self.fold:
            parse_fold(self.fold)


@dataclass(frozen=True)
class MemberConfig:
    """One member of the ensemble that reads proteins, trained by itself.

    Attributes:
        loop: how long and how fast; its `seed` is what tells members apart.
        task: batches and losses.
        encoder: name of the protein encoder, such as `esm2:DIR`; see `model.encoders`.
        protein: shape of the member.
    """

    loop: LoopConfig
    task: TaskConfig = field(default_factory=TaskConfig)
    encoder: str = "profile"
    protein: ProteinConfig = field(
        default_factory=lambda: ProteinConfig(dim=128, motifs=2, latents=4)
    )


@dataclass(frozen=True)
class JointTraining:
    """The joint transformer, trained on finished members and real bound DNA.

    Attributes:
        loop: how long and how fast.
        task: how 8-mers and windows are drawn, and the weights of their losses.
        batch: what a batch holds, what is hidden of proteins, and how real DNA counts.
        model: shape of the joint transformer.
        cut: side that is kept from reading the other, `dna` or `protein`, for ablations; empty for
            none.
    """

    loop: LoopConfig
    task: TaskConfig
    batch: JoinConfig = field(default_factory=JoinConfig)
    model: JointConfig = field(
        default_factory=lambda: JointConfig(kernel=15, form="sites", places=8, residues=16)
    )
    cut: str = ""

    def __post_init__(self) -> None:
        if self.cut not in ("", "dna", "protein"):
            raise ValueError(f"joint.cut is dna, protein or empty, not {self.cut!r}")


@dataclass(frozen=True)
class AssemblyConfig:
    """How members, contacts, trust in relatives and joint transformer are put together.

    Attributes:
        share: how far to go from the match alone to the joint score, chosen on validation.
        gate: `JointConfig.gate` of the weights. The joint transformer is trained on all DNA and the
            gate closed afterwards: trained behind a gate of 0.2 it gained less on unknown proteins
            (average precision on arrays +.019 against +.049, shuffled sites +.007 against +.014).
    """

    share: float = 0.5
    gate: float = 0.2


@dataclass(frozen=True)
class CalibrationConfig:
    """Where the calibration of probabilities is from.

    Attributes:
        weights: a bundled name or a folder whose calibration is taken; empty to fit it on windows
            of the validation proteins, which must then be unknown to the weights.
    """

    weights: str = ""


@dataclass(frozen=True)
class Recipe:
    """How weights are made.

    Attributes:
        data: which rows count.
        members: the members of the ensemble.
        contacts: how the weights of match states are learned.
        matching: how motifs' votes are put together, chosen on validation: at a higher inverse
            temperature Spearman is lower, and so it is at a larger scale, where a smaller one costs
            average precision; fewer background windows cost reciprocal rank. The contact penalty
            and the substitution loss change nothing for the validation proteins, which have no
            close relatives. Without the motifs that hold the last hundredth of the weight no figure
            moves by more than .0007; without .03 of it Spearman falls by .0025.
        trust: how much relatives count, chosen on validation.
        joint: the joint transformer.
        assembly: how the parts are put together.
        calibration: of probabilities.
    """

    data: DataConfig
    members: tuple[MemberConfig, ...]
    contacts: ContactConfig
    trust: TrustConfig
    matching: MatchingConfig
    joint: JointTraining
    assembly: AssemblyConfig
    calibration: CalibrationConfig


def _member(seed: int) -> MemberConfig:
    return MemberConfig(
        LoopConfig(2400, seed=seed, learning_rate=2e-3, muon=0.02, validate_every=500)
    )


HELDOUT = Recipe(
    data=DataConfig(("train",)),
    members=(_member(12), _member(13), _member(14)),
    contacts=ContactConfig(),
    trust=TrustConfig(),
    matching=MatchingConfig(
        inverse_temperature=0.5,
        scale=10.0,
        pooling_radius=2,
        background_windows=256,
        contact_penalty=2.0,
        substitution_loss=True,
        kept=0.99,
    ),
    joint=JointTraining(
        LoopConfig(
            800,
            seed=0,
            learning_rate=2e-3,
            muon=0.006,
            ema_decay=0.99,
            warmup=40,
            validate_every=50,
        ),
        # Without losses on 8-mers of motifs, which members know by heart: with them average
        # precision on unknown proteins falls.
        TaskConfig(contrast=0.5, rank=0.0, correlate=0.0, member=0.0),
    ),
    assembly=AssemblyConfig(),
    calibration=CalibrationConfig(),
)
"""Weights that know the rows `train` alone, to measure what the model can do."""

RELEASE = replace(
    HELDOUT,
    data=DataConfig(ALL_SPLITS),
    # Its validation proteins are no longer unknown.
    trust=TrustConfig(weights="heldout"),
    calibration=CalibrationConfig("heldout"),
)
"""Weights for use: every row counts."""

RECIPES = {"heldout": HELDOUT, "release": RELEASE}


def member_config(config: MemberConfig) -> BindingConfig:
    """Shape of the model in which a member is trained by itself.

    Raises:
        ValueError: a model cannot have it.
    """
    lengths = tuple(profile_lengths()[family] for family in families())
    return BindingConfig(lengths, encoder=config.encoder, protein=config.protein)


def model_config(recipe: Recipe) -> BindingConfig:
    """Shape of the model that a recipe makes.

    Raises:
        ValueError: a model cannot have it.
    """
    first, *others = recipe.members
    if any(
        replace(member.protein, dropout=first.protein.dropout) != first.protein for member in others
    ):
        raise ValueError("the members of a model have one shape, but for their dropout")
    if any(member.encoder != first.encoder for member in others):
        raise ValueError("the members of a model have one encoder: set members.encoder")
    return replace(
        member_config(first),
        members=len(recipe.members),
        matching=recipe.matching,
        joint=recipe.joint.model,
    )
