"""The stages in which the bundled weights learn, on a few proteins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.attention import BidirectionalCrossAttention
from dna_protein_bca.datasets.sources.specificity import CORE, HELIX_POSITIONS, Fingers
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.io.tokenizers import ProteinTokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.relative_motifs import RelativeMotifs
from dna_protein_bca.motifs.pwm import kmer_scores
from dna_protein_bca.proteins.domains import find_domains, profile_lengths
from dna_protein_bca.proteins.features import ProteinInput, collate, protein_input
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.engine.callbacks import Callback, StepReport
from dna_protein_bca.training.engine.config import LoopConfig
from dna_protein_bca.training.engine.trainer import Trainer, train
from dna_protein_bca.training.recipe.bound.draws import BoundDNA, DrawConfig
from dna_protein_bca.training.recipe.bound.proteins import HiddenProteins, HidingConfig
from dna_protein_bca.training.recipe.bound.task import BoundConfig, BoundTask, Lesson
from dna_protein_bca.training.recipe.joint_stage import (
    JoinConfig,
    JoinTask,
    cut_direction,
    take_joint,
)
from dna_protein_bca.training.recipe.specificity_task import (
    SpecificityTask,
    TaskConfig,
    crop,
    hide,
    place,
)
from dna_protein_bca.training.weights import save_weights

SITES = {
    "MAX": "CACGTG",
    "GATA1": "AGATAA",
    "CTCF": "GGGGGC",
    "LHX2": "TAATTA",
    "SP1": "GGGCGG",
    "TP53": "CATGTC",
    "RUNX1": "TGTGGT",
}


def site(letters: str, sure: float = 0.91) -> np.ndarray:
    motif = np.full((len(letters), 4), (1 - sure) / 3, dtype=np.float32)
    motif[np.arange(len(letters)), ["ACGT".index(letter) for letter in letters]] = sure
    return motif


@pytest.fixture(scope="module")
def sequences(data_dir: Path) -> dict[str, str]:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return {record.id: record.sequence for record in records}


@pytest.fixture(scope="module")
def inputs(sequences: dict[str, str]) -> list[ProteinInput]:
    pairs = list(sequences.items())
    return [protein_input(*pair, d) for pair, d in zip(pairs, find_domains(pairs), strict=True)]


@pytest.fixture(scope="module")
def task(inputs: list[ProteinInput]) -> SpecificityTask:
    motifs = [[site(SITES[protein.id])] for protein in inputs]
    scores = np.stack([kmer_scores(ones[0]) for ones in motifs])
    scores += np.random.default_rng(0).normal(scale=1e-2, size=scores.shape)  # no ties
    bases = np.full((2, 4, 4), 0.25, dtype=np.float32)
    config = TaskConfig(
        residues=360, best=16, near=16, far=32, joint=16, joint_every=2, arrays=2, windows=3
    )
    return SpecificityTask(inputs, motifs, scores, Fingers(["RSDELTR", "QXGDXXR"], bases), config)


LENGTHS = tuple(profile_lengths().values())


def model(tiny: dict[str, Any], **changes: Any) -> BindingModel:
    torch.manual_seed(0)
    return BindingModel(
        BindingConfig.from_dict(
            {"profile_lengths": tuple(profile_lengths().values()), **tiny, **changes}
        )
    )


class Killed(Callback):
    """A process that ends after a step, with what it saved before."""

    def on_step(self, report: StepReport) -> None:
        if report.step == 8:
            raise InterruptedError


def test_readers_learn_and_resume(task: SpecificityTask, tiny: dict, tmp_path: Path) -> None:
    reader = model(tiny)
    names = set(task.losses(reader, 0))
    assert names - set(task.losses(reader, 1)) == {
        "joint_rank",
        "joint_correlate",
        "joint_member",
        "contrast",
    }

    def total(reader: BindingModel) -> float:
        reader.eval()
        with torch.no_grad():
            return sum(float(sum(task.losses(reader, step).values())) for step in range(100, 103))

    config = LoopConfig(12, learning_rate=1e-2, muon=0.02, warmup=2, save_every=5)
    before = total(model(tiny))
    whole = train(model(tiny), task.losses, tmp_path / "whole", config, report=lambda _: None)
    assert total(whole) < before
    said: list[str] = []
    cut = {"run": tmp_path / "cut", "config": config, "report": said.append}
    with pytest.raises(InterruptedError):
        Trainer(model(tiny), task.losses, callbacks=[Killed()], **cut).run()
    # Another model: everything that was learned comes from the checkpoint of step 5.
    other = model(tiny)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(1.0)
    resumed = train(other, task.losses, **cut)
    assert said[0] == "resuming at step 5"
    assert all(
        torch.equal(value, resumed.state_dict()[name]) for name, value in whole.state_dict().items()
    )


def test_batches_depend_on_the_step_alone(task: SpecificityTask, tiny: dict) -> None:
    reader = model(tiny).eval()
    one, same, other = (task.losses(reader, step) for step in (4, 4, 6))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["decode"], other["decode"])


def test_sampled_8mers_stand_for_all(task: SpecificityTask) -> None:
    rows = np.array([0, 3])
    found = task.draw_kmers(rows, np.random.default_rng(0))
    assert (found.positive[:, : task.config.best] == 1).all()
    # The best 130, the next 1,400 and the rest make up all 8-mers, but for draws counted twice.
    assert found.weight.sum(1) == pytest.approx([32896, 32896], rel=0.2)
    target = task.target[rows[:, None], found.kmer.numpy()].astype(np.float32)
    np.testing.assert_array_equal(found.target.numpy(), target)


def test_the_joint_transformer_learns_on_finished_members(
    task: SpecificityTask, sequences: dict[str, str], tiny: dict, data: Path, tmp_path: Path
) -> None:
    table = pd.DataFrame({"protein_id": list(sequences), "sequence": list(sequences.values())})
    known = [Motif(f"m@{name}", site(letters)) for name, letters in SITES.items()]
    measured = MeasuredProteins.from_tables(table, known)
    joined = model(tiny, readers=2, joint_form="sites", joint_residues=8, level_windows=4)
    joined.members.requires_grad_(False)
    context = RelativeMotifs(measured, joined.config.protein.width)
    draw = DrawConfig(bound=4, unbound=4)
    config = JoinConfig(proteins=4, windows=3, window=60, bound=BoundConfig(draw=draw))
    hidden = HiddenProteins(joined, task.proteins, context, config.hiding, seed=0)
    families = {"MAX": "HLH", "LHX2": "Homeodomain", "SP1": "zf-C2H2"}
    dna = BoundTask(BoundDNA(data.parent, families, draw), hidden, config.bound)
    stage = JoinTask(task, hidden, dna, config)
    lesson = Lesson(joined)
    terms = {name for step in range(12) for name in stage.losses(lesson, step)}
    assert terms >= {"reads", "sites", "place", "shuffled", "arrays_rank", "joint_rank", "contrast"}
    before = {name: value.clone() for name, value in lesson.named_parameters()}
    train(lesson, stage.losses, tmp_path, LoopConfig(4, warmup=1), report=lambda _: None)
    moved = {
        name for name, value in lesson.named_parameters() if not torch.equal(value, before[name])
    }
    assert not [name for name in moved if name.startswith("model.members.")]
    assert "model.joint.head.1.weight" in moved and "heads.scale" in moved


def test_what_is_hidden_of_training_proteins(
    task: SpecificityTask, sequences: dict[str, str], tiny: dict
) -> None:
    table = pd.DataFrame({"protein_id": list(sequences), "sequence": list(sequences.values())})
    known = [Motif(f"m@{name}", site(letters)) for name, letters in SITES.items()]
    context = RelativeMotifs(MeasuredProteins.from_tables(table, known), 21)
    joined = model(tiny)
    hidden = HiddenProteins(joined, task.proteins, context, HidingConfig(alone=1.0), seed=0)
    # A protein is no relative of its own, and here has no other either.
    names = [protein.id for protein in task.proteins]
    assert all(
        names[row] not in {relative.protein_id for relative, _ in hidden.relatives(row)}
        for row in range(len(names))
    )
    state = hidden.states(np.array([0, 2]), np.random.default_rng(0))
    assert state.motifs.weight.shape[1] == state.decoded
    assert hidden.reading(0, 0) is hidden.reading(0, 0)
    assert not torch.equal(hidden.reading(0, 0).latents, hidden.reading(0, 1).latents)


def test_half_way_to_the_joint_score(inputs: list[ProteinInput], tiny: dict) -> None:
    whole = model(tiny).eval()
    with torch.no_grad():
        for head in (whole.joint.head, whole.joint.latent_head):
            head[-1].weight.normal_()
    ids = torch.randint(0, 4, (1, 5, 20), dtype=torch.uint8)
    mask = torch.ones_like(ids, dtype=torch.bool)

    def position(joint: bool = True) -> torch.Tensor:
        with torch.inference_mode():
            return whole(ids, mask, whole.encode(collate(inputs)), joint=joint).position

    match, before = position(joint=False), position()
    take_joint(whole, 0.5)
    torch.testing.assert_close(position(), (match + before) / 2, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("side", ["dna", "protein"])
def test_a_side_that_is_cut_off_reads_nothing(tiny: dict, side: str) -> None:
    whole = model(tiny)
    cut_direction(whole, side)
    for number, layer in enumerate(whole.joint.modules()):
        if isinstance(layer, BidirectionalCrossAttention):
            torch.manual_seed(number)
            x, context = torch.randn(1, 5, layer.dim), torch.randn(1, 7, layer.context_dim)
            of_dna, of_protein = layer(x, context)
            reads_nothing, reads = (of_dna, of_protein)[:: 1 if side == "dna" else -1]
            assert not reads_nothing.any() and reads.any()
            out, other = (layer.to_out, layer.context_to_out)[:: 1 if side == "dna" else -1]
            assert not any(p.requires_grad for p in out.parameters())
            assert all(p.requires_grad for p in other.parameters())


def test_weights_in_half_the_bytes_say_the_same(
    inputs: list[ProteinInput], tiny: dict, tmp_path: Path
) -> None:
    whole = model(tiny, readers=2).eval()
    save_weights(whole, tmp_path / "whole")
    save_weights(whole, tmp_path / "half", torch.float16)
    size = {
        name: (tmp_path / name / "model.safetensors").stat().st_size for name in ("whole", "half")
    }
    assert size["half"] < 0.6 * size["whole"]
    half = load_model(tmp_path / "half")
    assert {parameter.dtype for parameter in half.parameters()} == {torch.float32}
    with torch.inference_mode():
        known, found = (one.encode(collate(inputs)).motifs.log_odds for one in (whole, half))
    torch.testing.assert_close(found, known, atol=0.02, rtol=0.01)


def test_hiding_takes_a_share_of_residues(inputs: list[ProteinInput]) -> None:
    protein = inputs[2]
    hidden = hide(protein, 0.3, np.random.default_rng(0)).residues
    share = (hidden == ProteinTokenizer().mask_id).mean()
    assert 0.2 < share < 0.4
    rest = hidden != ProteinTokenizer().mask_id
    np.testing.assert_array_equal(hidden[rest], protein.residues[rest])


def test_a_helix_lands_on_its_residues(inputs: list[ProteinInput]) -> None:
    protein = next(one for one in inputs if one.id == "SP1")
    residues = protein.residues.copy()
    span = tuple(int(edge) for edge in protein.fingers[1])
    place(residues, protein.position, span, "QXGDXXR", np.random.default_rng(0))
    letters = ProteinTokenizer().decode(torch.from_numpy(residues)[None])[0]
    at = [
        next(i for i in range(*span) if protein.position[i] == HELIX_POSITIONS[order])
        for order in CORE
    ]
    assert "".join(letters[i] for i in at) == "QGDR"
    outside = np.ones(len(residues), bool)
    outside[span[0] : span[1]] = False
    np.testing.assert_array_equal(residues[outside], protein.residues[outside])


def test_cropping_drops_fingers_that_are_cut(inputs: list[ProteinInput]) -> None:
    protein = next(one for one in inputs if one.id == "CTCF")
    part = crop(protein, 100, np.random.default_rng(1))
    assert len(part.residues) == len(part.family) == 100
    assert 0 < len(part.fingers) < len(protein.fingers)
    for start, end in part.fingers:
        assert 0 <= start < end <= 100 and (part.position[start:end] >= 0).sum() > 18
