"""Prints the notes of a release.

`python packaging/notes.py 0.2.0` prints the section of CHANGELOG.md for this version.
"""

from __future__ import annotations

import sys
from pathlib import Path


def section(changes: str, version: str) -> str:
    """The text under the heading of a version."""
    for part in changes.split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        if heading.split(" ")[0] == version:
            return text.strip()
    sys.exit(f"CHANGELOG.md has no section for {version}")


if __name__ == "__main__":
    print(section((Path(__file__).parents[1] / "CHANGELOG.md").read_text("utf-8"), sys.argv[1]))
