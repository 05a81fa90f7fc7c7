"""A recipe makes a folder of weights in stages, which go on and can be made again alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.training.recipe.__main__ import main
from dna_protein_bca.training.recipe.configs import HELDOUT, RELEASE

SMALL = [
    *("members.loop.steps=1", "members.protein.dim=16", "members.task.residues=360"),
    *("members.best=8", "members.near=8", "members.far=8", "members.task.joint=8"),
    *("members.arrays=1", "contacts.steps=2", "matching.background_windows=2"),
    *("joint.loop.steps=4", "joint.model.dim=8", "joint.batch.proteins=3", "joint.batch.windows=2"),
    *("joint.bound=4", "joint.unbound=4", "trust.rounds=1", "trust.relatives=[20]"),
    *("trust.sharpness=[12.0]", "trust.intercept=[0.0]", "trust.array_intercept=[0.0]"),
]


def make(data: Path, run: Path, *more: str, recipe: str = "heldout") -> Result:
    command = [recipe, "--data", str(data), "--run", str(run), "--members", "2"]
    for setting in SMALL:
        command += ["--set", setting]
    return CliRunner().invoke(main, [*command, *more])


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    done = make(data, folder)
    assert done.exit_code == 0, done.output
    return folder


def test_a_recipe_makes_what_predicts(run: Path) -> None:
    config = load_model(run / "model").config
    assert (config.members, config.protein.dim, config.joint.dim) == (2, 16, 8)
    assert config.matching.pooling_radius == HELDOUT.matching.pooling_radius
    table = BindingPredictor.from_pretrained(run / "model").predict(
        {"p": "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKR"},
        {"d": "GGACCACGTGGTCC"},
    )
    assert table.nearest_measured.tolist() == ["MAX"]


def test_what_is_done_is_not_made_again(data: Path, run: Path) -> None:
    before = (run / "member-0" / "best" / "model.safetensors").stat().st_mtime_ns
    done = make(data, run)
    assert done.exit_code == 0 and "stage" not in done.output
    assert (run / "member-0" / "best" / "model.safetensors").stat().st_mtime_ns == before


def test_a_stage_is_made_again_alone_and_what_reads_it_is_no_longer_done(
    data: Path, run: Path
) -> None:
    weights = run / "joint" / "best" / "model.safetensors"
    before = weights.read_bytes()
    alone = make(data, run, "--stage", "joint")
    assert alone.exit_code == 0 and "stage joint" in alone.output
    assert weights.read_bytes() == before  # the same seed
    rest = make(data, run)
    assert [line for line in rest.output.splitlines() if line.startswith("stage")] == [
        "stage assembly",
        "stage calibration",
        "stage levels",
        "stage model",
    ]


def test_a_stopped_run_goes_on_from_its_last_stage(data: Path, run: Path, tmp_path: Path) -> None:
    for name in ("member-0", "member-1"):
        (tmp_path / name).mkdir()
        for path in (run / name).rglob("*"):
            if path.is_file():
                target = tmp_path / name / path.relative_to(run / name)
                target.parent.mkdir(exist_ok=True, parents=True)
                target.write_bytes(path.read_bytes())
    done = make(data, tmp_path)
    assert done.exit_code == 0 and "stage member" not in done.output
    whole, resumed = (folder / "model" / "model.safetensors" for folder in (run, tmp_path))
    assert whole.read_bytes() == resumed.read_bytes()


def test_other_settings_are_refused_and_named(data: Path, run: Path) -> None:
    done = make(data, run, "--set", "assembly.share=0.75")
    assert done.exit_code == 1
    assert f"share {HELDOUT.assembly.share}, now 0.75" in done.output
    assert "--stage assembly" in done.output
    other = make(data, run, "--set", "data.sources=JASPAR")
    assert other.exit_code == 1 and "data.sources" in other.output


@pytest.mark.parametrize(
    ("more", "code", "reason"),
    [
        (["--stage", "joined"], 1, "the nearest are joint"),
        (["--set", "assembly.shar=1"], 2, "the nearest are assembly.share"),
        (["--set", "data.sources=B1H", "--stage", "member-0"], 1, "no protein"),
        (["--stage", "joint"], 1, "reads member-0, which is not done"),
        (["--set", "members.protein.width=20"], 2, "width must be odd, got 20"),
        (["--set", "members.0.protein.latents=2"], 2, "have one shape"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(
    data: Path, tmp_path: Path, more: list[str], code: int, reason: str
) -> None:
    done = make(data, tmp_path, *more)
    assert done.exit_code == code and reason in done.output
    assert "Traceback" not in done.output


def test_the_settings_of_every_stage_stand_in_the_run(run: Path) -> None:
    record = json.loads((run / "joint" / "stage.json").read_text())
    assert record["done"] and record["settings"]["data"]["splits"] == ["train"]


def test_the_release_differs_in_what_it_knows_and_takes_the_calibration_of_heldout() -> None:
    assert set(HELDOUT.data.splits) < set(RELEASE.data.splits)
    assert (RELEASE.members, RELEASE.joint) == (HELDOUT.members, HELDOUT.joint)
    assert RELEASE.trust.start == HELDOUT.trust.start and RELEASE.trust.weights == "heldout"
    assert RELEASE.calibration.weights == "heldout"
