"""Changes of a recipe from the command line: `--set stage.name=value`."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Iterable
from typing import Any, TypeVar

_Config = TypeVar("_Config")

KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list",
}

SHOWN = 3
"""Near names that an error lists."""


def override(recipe: _Config, settings: Iterable[str]) -> _Config:
    """A recipe with fields changed.

    A field is named by the way to it, `joint.loop.steps=100`; parts on the way may be left out
    where the name is the only one of its kind in the stage: `joint.share=0.5`. Fields of `members`
    change in all of them, those of `members.0` in the first.

    Args:
        recipe: any dataclass of dataclasses.
        settings: `stage.name=value`, the value in JSON, or plain text where that is no JSON.

    Raises:
        ValueError: no such field (the nearest names are given), more than one, or a value of
            another kind than the field's.
    """
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"{setting!r} must read stage.name=value")
        fields = _fields(recipe)
        places = _places(path, fields)
        for place in places:
            recipe = _changed(recipe, place, _value(path, text, fields[place]))
    return recipe


def _fields(config: Any, way: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every field that is no part itself, by the way to it."""
    if dataclasses.is_dataclass(config):
        parts = [(field.name, getattr(config, field.name)) for field in dataclasses.fields(config)]
    elif isinstance(config, tuple) and config and dataclasses.is_dataclass(config[0]):
        parts = [(str(number), part) for number, part in enumerate(config)]
    else:
        return {way: config}
    return {
        place: value for name, part in parts for place, value in _fields(part, (*way, name)).items()
    }


def _places(path: str, fields: dict[tuple[str, ...], Any]) -> list[tuple[str, ...]]:
    """The fields that a name stands for: one, or the same one of every member."""
    names = path.split(".")
    found = [place for place in fields if _leads_to(names, place)]
    if not found:
        known = sorted({_name(place) for place in fields})
        near = difflib.get_close_matches(path, known, SHOWN, cutoff=0.4)
        # A right name in the wrong stage is nearer than letters tell.
        same = [name for name in known if name.rsplit(".", 1)[-1] == names[-1]]
        listed = list(dict.fromkeys([*same, *near]))[:SHOWN]
        raise ValueError(f"there is no setting {path!r}; the nearest are {', '.join(listed)}")
    exact = [place for place in found if _name(place).split(".") == names or list(place) == names]
    found = exact or found
    kinds = sorted({_name(place) for place in found})
    if len(kinds) > 1:
        raise ValueError(f"{path!r} may be {' or '.join(kinds)}: name one of them")
    return found


def _leads_to(names: list[str], place: tuple[str, ...]) -> bool:
    """Whether the names stand in this order on the way, the first and the last at its ends."""
    if len(names) < 2 or names[0] != place[0] or names[-1] != place[-1]:
        return False
    rest = iter(place)
    return all(name in rest for name in names)


def _name(place: tuple[str, ...]) -> str:
    return ".".join(name for name in place if not name.isdigit())


def _value(path: str, text: str, old: Any) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = text
    value = _as_tuple(value)
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(old):
        raise ValueError(f"{path} is {KINDS[type(old)]}, such as {json.dumps(old)}, not {text}")
    return value


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def _changed(config: Any, way: tuple[str, ...], value: Any) -> Any:
    if not way:
        return value
    name, *rest = way
    if isinstance(config, tuple):
        number = int(name)
        part = _changed(config[number], tuple(rest), value)
        return (*config[:number], part, *config[number + 1 :])
    return dataclasses.replace(
        config, **{name: _changed(getattr(config, name), tuple(rest), value)}
    )
