"""`--set PART.NAME=VALUE`: settings other than those of the recipe, for ablations."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.training.engine.config import LoopConfig

from .contacts import ContactConfig
from .joint_stage import JoinConfig
from .specificity_task import TaskConfig

Config = BindingConfig | ContactConfig | JoinConfig | LoopConfig | TaskConfig
Changes = dict[str, Any]
"""Name of a setting -> its value, of the kind that the setting has."""


KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list",
}


def read_settings(texts: Sequence[str], parts: Mapping[str, Config]) -> dict[str, Changes]:
    """What changes in each part of a stage's configuration: part -> name -> value.

    Args:
        texts: `PART.NAME=VALUE` each, the value in JSON (a text may stand without quotes); `PART.`
            may be left out where one part alone has NAME.
        parts: the configurations as the recipe has them.

    Raises:
        ValueError: no part has such a setting, several have it, or it cannot have this value;
            names the nearest settings.
    """
    fields = {part: _values(config) for part, config in parts.items()}
    changes: dict[str, Changes] = {part: {} for part in parts}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text}: give PART.NAME=VALUE, such as task.rank=0")
        part, name = _find(key.strip(), fields)
        changes[part][name] = _parse(f"{part}.{name}", value.strip(), fields[part][name])
    return changes


def _values(config: Config) -> dict[str, object]:
    """Value of every setting of a configuration, by its name."""
    if isinstance(config, BindingConfig):
        return config.flat()
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def _find(key: str, fields: Mapping[str, Mapping[str, object]]) -> tuple[str, str]:
    """The part and the name of a setting."""
    part, dot, name = key.rpartition(".")
    having = [candidate for candidate in fields if name in fields[candidate]]
    if dot and part in having:
        return part, name
    if not dot and len(having) == 1:
        return having[0], name
    if not dot and having:
        choices = " or ".join(f"{candidate}.{name}" for candidate in having)
        raise ValueError(f"{key} is a setting of {len(having)} parts: give {choices}")
    if dot and part not in fields:
        raise ValueError(f"{key}: no part {part!r} here; there are {', '.join(fields)}")
    names = sorted({name for part_fields in fields.values() for name in part_fields})
    near = get_close_matches(name, names, 3)
    keys = [f"{part}.{other}" for other in near for part in fields if other in fields[part]]
    if not keys:
        keys = [f"{part}.{name}" for part in ([part] if dot else fields) for name in fields[part]]
    raise ValueError(f"no setting {key}: give one such as {', '.join(keys)}")


def _parse(key: str, text: str, before: object) -> object:
    """A value of the same kind as the one before."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    kind = type(before)
    if kind is float and type(value) is int:
        return float(value)
    if kind is tuple and isinstance(value, list):
        return _as_tuple(value)
    if type(value) is not kind:
        raise ValueError(f"{key} is {KINDS.get(kind, kind.__name__)}, not {text}")
    return value


def _as_tuple(values: object) -> object:
    return tuple(map(_as_tuple, values)) if isinstance(values, list) else values
