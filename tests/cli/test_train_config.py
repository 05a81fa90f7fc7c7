"""`train --config` and `--columns`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

TINY = {
    "dim": 16,
    "heads": 2,
    "decoder_depth": 1,
    "latents": 4,
    "motifs": 1,
    "joint_dim": 16,
    "joint_heads": 2,
    "joint_depth": 1,
}


@pytest.fixture
def files(data_dir: Path, tmp_path: Path) -> dict[str, str]:
    """MAX on its own site and without it; a table with names of its own for its columns."""
    rng = np.random.default_rng(0)
    rows, records = ["TF,probe,bound"], []
    for number in range(40):
        dna = "".join(rng.choice(list("ACGT"), 50))
        if number % 2:
            dna = f"{dna[:20]}ACCACGTGGT{dna[30:]}"
        records.append(f">d{number}\n{dna}\n")
        rows.append(f"MAX,d{number},{number % 2}")
    (tmp_path / "dna.fa").write_text("".join(records))
    (tmp_path / "pairs.csv").write_text("\n".join(rows) + "\n")
    proteins = str(data_dir / "example_proteins.fa")
    return {
        "proteins": proteins,
        "dna": str(tmp_path / "dna.fa"),
        "pairs": str(tmp_path / "pairs.csv"),
    }


@pytest.fixture
def toml(files: dict[str, str], tmp_path: Path) -> Path:
    lines = [f"{name} = {json.dumps(value)}" for name, value in files.items()]
    lines += ["steps = 3", "batch-size = 16", 'device = "cpu"', "threads = 1", "balance = false"]
    lines += ["rate = 0.002", 'loss = "rank=0"', "[columns]"]
    lines += ['protein = "TF"', 'dna = "probe"', 'label = "bound"', "[set]"]
    lines += [f"{name} = {value}" for name, value in TINY.items()]
    (tmp_path / "run.toml").write_text("\n".join(lines) + "\n")
    return tmp_path / "run.toml"


def settings(run: Path) -> dict:
    record: dict = json.loads((run / "config.json").read_text())
    return record["settings"]


def test_a_file_gives_the_options_and_the_command_line_wins(
    run: Callable, toml: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    result = run("train", "--config", toml, "-o", out, "--rate", 0.001)
    assert result.exit_code == 0, result.output
    found = settings(out)
    assert found["steps"] == 3 and found["batch_size"] == 16 and not found["balance"]
    assert found["rate"] == 0.001 and found["rank"] == 0 and found["label"] == 1
    assert found["architecture"] == TINY
    assert json.loads((out / "config.json").read_text())["counts"]["train_pairs"] == 36


def test_a_run_can_be_fed_its_own_record(run: Callable, toml: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "run", tmp_path / "again"
    assert run("train", "--config", toml, "-o", out).exit_code == 0
    result = run("train", "--config", out / "config.json", "-o", again, "--device", "cpu")
    assert result.exit_code == 0, result.output
    one, other = (json.loads((run / "config.json").read_text()) for run in (out, again))
    for part in ("settings", "given", "inputs", "checksums", "model"):
        assert one[part] == other[part], part
    longer = ("train", "--config", out / "config.json", "-o", out, "--resume", "--steps", 5)
    assert "finished at step 5" in run(*longer).output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("stepps = 3", "{0}:1: no option 'stepps'; 'steps' may be meant"),
        ("steps = = 3", "{0}:1: not TOML (Invalid value): write NAME = VALUE"),
        ('{"steps": 3', "{0}:2: not JSON: Expecting ',' delimiter"),
        ('{"qqqqqqq": 3}', "{0}:1: no option 'qqqqqqq': give one of proteins, dna, "),
    ],
)
def test_what_is_no_option_is_named(run: Callable, tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad"
    path.write_text(line + "\n")
    result = run("train", "--config", path, "-o", tmp_path / "run")
    assert result.exit_code == 1 and len(result.output.splitlines()) == 1
    assert result.output.startswith("Error: " + message.format(path))
    missing = run("train", "--config", tmp_path / "none.toml", "-o", tmp_path / "run")
    assert missing.exit_code == 1 and "none.toml: no such file" in missing.output


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("rate = [1, 2]", "2: rate: [1, 2] is given: give a text or a number"),
        ('\nrate = "fast"', "3: rate: 'fast' is not a valid float"),
        ("steps = 20.5", "2: steps: '20.5' is not a valid integer"),
        ("steps = true", "2: steps: 'true' is not a valid integer"),
        ('freeze = "maybe"', "2: freeze: 'maybe' is not a valid boolean"),
        ("set = 4", "2: set: 4 is given: give a list of texts"),
        ("[loss]\nrank = [1]", "2: loss: --loss rank=[1]: give NAME=WEIGHT"),
        ('[columns]\ngene = "TF"', "2: columns: 'gene=TF': give NAME=COLUMN"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_line(
    run: Callable, tmp_path: Path, lines: str, message: str
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f'proteins = "P.fa"\n{lines}\n')
    result = run("train", "--config", path, "-o", tmp_path / "run")
    assert result.exit_code == 1 and len(result.output.splitlines()) == 1
    assert result.output.startswith(f"Error: {path}:{message}")


def test_columns_are_named_on_the_command_line_and_in_evaluate(
    run: Callable, files: dict[str, str], tiny_weights: Path, tmp_path: Path
) -> None:
    inputs = [part for name, value in files.items() for part in (f"--{name}", value)]
    columns = ("--columns", "protein=TF,dna=probe,label=bound")
    done = run("evaluate", *inputs, "--model", tiny_weights, *columns, "--resamples", 10)
    assert done.exit_code == 0, done.output
    fields = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    out = ("-o", tmp_path / "run")
    done = run("train", *inputs, *columns, "--steps", 2, *fields, "--device", "cpu", *out)
    assert done.exit_code == 0, done.output
    other = run("train", *inputs, "--columns", "protein=TF,dna=dye", *out)
    assert other.exit_code == 1
    assert f"{files['pairs']}:1: no column 'dye', which is to be read as dna_id" in other.output
    wrong = run("train", *inputs, "--columns", "gene=TF", *out)
    assert wrong.exit_code == 2 and "give NAME=COLUMN, the name one of protein, dna" in wrong.output


def test_a_configuration_that_is_a_link_to_nothing(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere.toml")
    done = run("train", "--config", tmp_path / "link")
    assert done.exit_code == 1
    assert done.stderr == f"Error: {tmp_path / 'link'}: a link to nowhere.toml, which is missing\n"
