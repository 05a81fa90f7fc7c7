"""How large the core install is: every package that `pip install .` brings, by its size on disk.

    python benchmarks/install_size.py [--write docs/install.md] [--smoke]

Follows the requirements of the installed package, its extras left out, through the metadata of
this environment, and adds up the files of each. Packages under a hundredth of the whole are one
row. `--write` puts the table between its marks in the page.
"""

from __future__ import annotations

import argparse
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

PACKAGE = "dna-protein-bca"
MARKS = ("<!-- benchmarks/install_size.py -->", "<!-- /benchmarks/install_size.py -->")
SMALL = 0.01
"""Share of the whole under which packages are counted together."""


def closure(name: str) -> dict[str, Distribution]:
    """The installed package of a name, and all that it requires, by name."""
    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        try:
            package = distribution(waiting.pop())
        except PackageNotFoundError:  # of another platform, or an option of another package
            continue
        own = package.metadata["Name"].lower().replace("_", "-")
        if own in found:
            continue
        found[own] = package
        for text in package.requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def size(package: Distribution) -> int:
    """Bytes of a package's files."""
    paths = (Path(str(package.locate_file(file))) for file in package.files or [])
    return sum(path.stat().st_size for path in paths if path.is_file())


def table(packages: dict[str, Distribution]) -> str:
    """Markdown, the largest first."""
    sizes = {name: size(package) for name, package in packages.items()}
    whole = sum(sizes.values())
    lines = ["| package | version | MB |", "|---|---|---|"]
    small = {name: each for name, each in sizes.items() if each < SMALL * whole}
    for name in sorted(sizes.keys() - small.keys(), key=lambda name: -sizes[name]):
        lines.append(f"| {name} | {packages[name].version} | {sizes[name] / 1e6:.0f} |")
    lines.append(f"| {len(small)} smaller ones | | {sum(small.values()) / 1e6:.0f} |")
    lines.append(f"| **all {len(sizes)}** | | **{whole / 1e6:.0f}** |")
    return "\n".join(lines)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", type=Path, help="page whose table is renewed")
    parser.add_argument("--smoke", action="store_true", help="the same: it takes a second")
    args = parser.parse_args()
    text = table(closure(PACKAGE))
    print(text)
    if args.write is not None:
        page = args.write.read_text(encoding="utf-8")
        before, _, rest = page.partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        args.write.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
