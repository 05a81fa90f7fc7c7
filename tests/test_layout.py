"""The rooms of the package: which may import which, and how large they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "dna_protein_bca"

ORDER = (
    ("errors", "resources"),
    ("attention",),
    ("io",),
    ("motifs",),
    ("proteins",),
    ("model",),
    ("inference",),
    ("plots",),
    ("motif", "protocol", "scan"),
    ("module", "plot"),
    ("predictor",),
    ("ensemble",),
    ("variant",),
    ("explain",),
    ("sharding",),
    ("reports",),
    ("datasets",),
    ("evaluation",),
    ("training",),
    ("web",),
    ("commands",),
)
"""Packages and modules of the root: each imports only from those before it."""

ALONE = {"attention": {"attention"}, "plots": {"plots"}}
"""Packages that import none of the others."""

EXCEPTIONS: dict[str, str] = {}
"""File, function (`file::name`) or package that is larger than the limits -> the reason, which
CONTRIBUTING.md gives as well."""

MOST_LINES = 400
MOST_LINES_OF_CODE = 40
MOST_MODULES = 12

FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def module_name(path: Path) -> str:
    """Dotted name within the package; empty for its root."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def imported(path: Path) -> Iterator[str]:
    """Modules of the package that a file imports anywhere, for types alone included."""
    prefix = f"{PACKAGE.name}."
    folder = list(path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            yield from (
                name.name.removeprefix(prefix)
                for name in node.names
                if name.name.startswith(prefix)
            )
        elif isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            if node.level:
                parts = [*folder[: len(folder) + 1 - node.level], *parts]
            elif parts[:1] == [PACKAGE.name]:
                parts = parts[1:]
            else:
                continue
            for name in node.names:
                module = ".".join([*parts, name.name])
                yield module if module in MODULES else ".".join(parts)


IMPORTS = {name: set(imported(path)) - {name} for name, path in MODULES.items()}


def room(module: str) -> str:
    """The package or module of the root that a module belongs to."""
    return module.split(".")[0]


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {room(name) for name in MODULES} - {"", "__main__"}
    assert rooms <= {name for names in ORDER for name in names}


def test_imports_run_one_way() -> None:
    rank = {name: place for place, names in enumerate(ORDER) for name in names}
    backwards = [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        for other in others
        if room(name) in rank and other and room(name) != room(other)
        if rank[room(other)] >= rank[room(name)]
    ]
    assert not backwards


def test_some_rooms_stand_alone() -> None:
    for name, others in IMPORTS.items():
        if allowed := ALONE.get(room(name)):
            assert {room(other) for other in others} <= allowed, name


def check_no_circle(imports: Mapping[str, set[str]]) -> None:
    """Fail where a module imports itself by way of others, and name them."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" is imported by ".join(error.args[1]))


def test_no_modules_import_each_other() -> None:
    # The package itself imports its modules for the user, when they are first asked for.
    check_no_circle({name: others for name, others in IMPORTS.items() if name})


def test_no_benchmarks_import_each_other() -> None:
    paths = {path.stem: path for path in (PACKAGE.parent / "benchmarks").glob("*.py")}
    imports: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imports[name] |= {alias.name for alias in node.names} & paths.keys()
            elif isinstance(node, ast.ImportFrom) and node.module in paths:
                imports[name].add(node.module)
    check_no_circle(imports)


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines of a function but blank ones, comments and docstrings; decorators do not count."""
    docstrings: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                docstrings |= set(range(first.lineno, (first.end_lineno or 0) + 1))
    return sum(
        bool(text := lines[number - 1].strip()) and not text.startswith("#")
        for number in range(function.lineno, (function.end_lineno or 0) + 1)
        if number not in docstrings
    )


def oversized() -> dict[str, int]:
    """Files, functions and packages beyond the limits, with their size."""
    sizes: dict[str, int] = {}
    for path, tree in TREES.items():
        name = path.relative_to(PACKAGE).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MOST_LINES:
            sizes[name] = len(lines)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = code_lines(node, lines)
                if size > MOST_LINES_OF_CODE:
                    sizes[f"{name}::{node.name}"] = size
    for folder in {path.parent for path in FILES}:
        modules = [path for path in FILES if path.parent == folder and path.stem != "__init__"]
        if len(modules) > MOST_MODULES:
            sizes[folder.relative_to(PACKAGE).as_posix()] = len(modules)
    return sizes


def test_nothing_is_larger_than_the_limits() -> None:
    sizes = oversized()
    lines = [f"{name}: {size}" for name, size in sizes.items() if name not in EXCEPTIONS]
    assert not lines, "\n".join(lines)
    assert not EXCEPTIONS.keys() - sizes.keys()


def test_exceptions_have_a_reason_that_contributors_can_read() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    words = " ".join(text.split())
    assert all(name in words and reason in words for name, reason in EXCEPTIONS.items())


def test_every_package_is_installed() -> None:
    listed = (PACKAGE.parent / "setup.cfg").read_text(encoding="utf-8").split()
    packages = {path.parent for path in FILES}
    names = [".".join(p.relative_to(PACKAGE.parent).parts) for p in packages]
    assert set(names) <= set(listed)
