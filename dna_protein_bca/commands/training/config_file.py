"""`--config FILE`: options from a TOML file, or from the `config.json` of an earlier run."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import parse_json
from dna_protein_bca.training.finetune.settings import FROM_PYTHON

from .options import LOSSES, PRECISIONS

TABLES = {"losses": "loss", "architecture": "set", "columns": "columns"}
"""Options that are tables in a file: parameter -> name of the option."""


def config_option(function: Any) -> Any:
    """Add `--config`, whose values stand where the command line gives none."""
    return click.option(
        "--config",
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_use,
        help="Options from a TOML file, or the config.json of a run; those given here win.",
    )(function)


def _use(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    if path is not None:
        ctx.default_map = read_config_file(Path(path), ctx.command)


def read_config_file(path: Path, command: click.Command) -> dict[str, Any]:
    """Parameter of the command -> value, as the file has them.

    Args:
        path: a TOML file with the names of options, in which `loss`, `set` and `columns` are
            tables; or what a run wrote as its `config.json`.

    Raises:
        InputError: no such file, neither TOML nor JSON, or an option that there is not.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("not UTF-8: give a TOML file, or a run's config.json", str(path)) from None
    parsed = _parsed(text, path)
    try:
        values = _of_run(parsed) if _is_json(text) else parsed
    except (KeyError, TypeError, AttributeError):
        raise InputError("JSON, but not the config.json of a run", str(path)) from None
    names = _names(command)
    several = {option.name for option in command.params if getattr(option, "multiple", False)}
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = names.get(key.replace("_", "-"))
        if name is None:
            raise _unknown(key, names, text, path)
        found[name] = _as_option(name, value)
        if not _may_be(found[name], name in several):
            wanted = "a list of texts" if name in several else "a text or a number"
            raise InputError(f"{key} is {value!r:.40}: give {wanted}", str(path))
    return found


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = parse_json(text) if _is_json(text) else tomllib.loads(text)
        return values
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", str(path), error.lineno) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error))
        number = int(line[1]) if line else None
        raise InputError(
            f"not TOML ({reason}): write NAME = VALUE, with texts in quotation marks",
            str(path),
            number,
        ) from None
    except (ValueError, RecursionError):
        raise InputError("numbers too long, or parts too deep, to be read", str(path)) from None


def _names(command: click.Command) -> dict[str, str]:
    """Name of an option without its dashes -> parameter."""
    return {
        flag.removeprefix("--"): str(parameter.name)
        for parameter in command.params
        for flag in parameter.opts
        if flag.startswith("--") and parameter.expose_value
    }


def _unknown(key: str, names: Mapping[str, str], text: str, path: Path) -> InputError:
    near = get_close_matches(key.replace("_", "-"), names, 1)
    meant = f"; {near[0]!r} may be meant" if near else f": give one of {', '.join(names)}"
    lines = enumerate(text.splitlines(), 1)
    line = next((number for number, row in lines if key in row), None)
    return InputError(f"no option {key!r}{meant}", str(path), line)


def _as_option(name: str, value: Any) -> Any:
    """A value as the command line would give it."""
    if name in TABLES and isinstance(value, Mapping):
        parts = [f"{key}={_text(one)}" for key, one in value.items()]
        return ",".join(parts) if name == "columns" else parts
    return value


def _may_be(value: Any, several: bool) -> bool:
    """Whether the command line could give such a value: a text, a number, or several texts."""
    if several:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool | int)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _of_run(record: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run's `config.json`, or of JSON with names of options."""
    if "settings" not in record:
        return dict(record)
    settings = {name: value for name, value in record["settings"].items() if value is not None}
    stored = {value: name for name, value in PRECISIONS.items()}
    settings["precision"] = stored[settings["precision"]]
    settings["loss"] = {name: settings.pop(name) for name in LOSSES if name in settings}
    settings["set"] = settings.pop("architecture", {})
    given = {name: value for name, value in record.get("given", {}).items() if value}
    # Of what came from Python there is no path.
    inputs = {
        name: path
        for name, path in record["inputs"].items()
        if path != FROM_PYTHON and name != "init"
    }
    columns = given.pop("columns", None)
    values = {**settings, **inputs, **given}
    return values | ({"columns": columns} if columns else {})
