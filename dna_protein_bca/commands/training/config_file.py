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
from dna_protein_bca.io.files import check_readable
from dna_protein_bca.training.finetune.settings import FROM_PYTHON

from .options import LOSSES, PRECISIONS, weight_of_loss

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
        ctx.default_map = read_config_file(Path(path), ctx)


def read_config_file(path: Path, ctx: click.Context) -> dict[str, Any]:
    """Parameter of the command -> value, as the command line would give it.

    Args:
        path: a TOML file with the names of options, in which `loss`, `set` and `columns` are
            tables; or what a run wrote as its `config.json`.
        ctx: of the command.

    Raises:
        InputError: no such file, neither TOML nor JSON, an option that there is not, or a value
            that it cannot have.
    """
    check_readable(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("not UTF-8: give a TOML file, or a run's config.json", str(path)) from None
    parsed = _parsed(text, path)
    try:
        values = _of_run(parsed) if _is_json(text) else parsed
    except (KeyError, TypeError, AttributeError):
        raise InputError("JSON, but not the config.json of a run", str(path)) from None
    names = _names(ctx.command)
    found: dict[str, Any] = {}
    for key, value in values.items():
        option = names.get(key.replace("_", "-"))
        if option is None:
            raise _unknown(key, names, text, path)
        try:
            found[str(option.name)] = _as_option(option, value, ctx)
        except click.UsageError as error:
            why = error.message.removesuffix(".")
            raise InputError(f"{key}: {why}", str(path), _line(text, key)) from None
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


def _names(command: click.Command) -> dict[str, click.Option]:
    """Name of an option without its dashes -> option."""
    return {
        flag.removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option) and option.expose_value
        for flag in option.opts
        if flag.startswith("--")
    }


def _unknown(key: str, names: Mapping[str, object], text: str, path: Path) -> InputError:
    near = get_close_matches(key.replace("_", "-"), names, 1)
    meant = f"; {near[0]!r} may be meant" if near else f": give one of {', '.join(names)}"
    return InputError(f"no option {key!r}{meant}", str(path), _line(text, key))


def _line(text: str, key: str) -> int | None:
    """The line of a file in which a key stands before its value, or as the name of a table."""
    name = rf"""["']?{re.escape(key)}["']?"""
    found = re.search(rf"(?:^|[{{,])[ \t]*\[{{0,2}}[ \t]*{name}[ \t]*[\].=:]", text, re.MULTILINE)
    return None if found is None else text.count("\n", 0, found.end()) + 1


def _as_option(option: click.Option, value: Any, ctx: click.Context) -> Any:
    """A value as the command line would give it.

    Raises:
        UsageError: the option cannot have it.
    """
    if option.name in TABLES and isinstance(value, Mapping):
        parts = [f"{key}={_text(one)}" for key, one in value.items()]
        value = ",".join(parts) if option.name == "columns" else parts
    if option.multiple and isinstance(value, str):
        value = [value]
    if not _may_be(value, option.multiple):
        wanted = "a list of texts" if option.multiple else "a text or a number"
        raise click.UsageError(f"{value!r:.40} is given: give {wanted}")
    if isinstance(value, bool | int | float):
        # A number would be made whole in silence where a whole one is needed.
        value = _text(value)
    option.type_cast_value(ctx, value)
    if option.name == "losses":
        list(map(weight_of_loss, value))
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
