"""Compares two files: `python packaging/compare.py ONE OTHER` fails if a byte differs.

Of two wheels it names the members that differ.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def main() -> None:
    one, other = map(Path, sys.argv[1:])
    if one.read_bytes() == other.read_bytes():
        return
    differing = ""
    if one.suffix == ".whl":
        members, others = contents(one), contents(other)
        names = sorted(members.keys() | others.keys())
        names = [name for name in names if members.get(name) != others.get(name)]
        differing = f" in {', '.join(names) or 'the order or the times of the members'}"
    sys.exit(f"{one.name} differs{differing}")


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


if __name__ == "__main__":
    main()
