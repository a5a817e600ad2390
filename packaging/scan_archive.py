"""Refuses an archive with a file that contains a path, or that runs when the package is installed.

`python packaging/scan_archive.py ARCHIVE PATH...` names the files.
"""

from __future__ import annotations

import json
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

# npm and pip run the first two at installation, and every start of CPython runs lines of the last.
RUN_BY_NAME = ("/binding.gyp", "/setup.py", ".pth")


def main() -> None:
    archive, *paths = sys.argv[1:]
    flaws = [
        flaw
        for name, content in members(archive)
        for flaw in (
            *(f"{name} contains {path}" for path in paths if path.encode() in content),
            *run_at_installation(name, content),
        )
    ]
    if flaws:
        sys.exit("\n".join(flaws))


def run_at_installation(name: str, content: bytes) -> Iterator[str]:
    """Says what in a file runs when npm or pip installs the archive, besides maturin."""
    if name.endswith(RUN_BY_NAME):
        yield f"{name} runs at installation"
    file = PurePosixPath(name).name
    if file == "package.json" and "scripts" in json.loads(content):
        yield f"{name} has scripts"
    if file == "pyproject.toml":
        lines = content.decode().splitlines()
        if 'build-backend = "maturin"' not in lines:
            yield f"{name} is not built by maturin"
        if any(line.startswith("backend-path") for line in lines):
            yield f"{name} has a build backend of its own"


def members(archive: str) -> Iterator[tuple[str, bytes]]:
    if archive.endswith(".whl"):
        with zipfile.ZipFile(archive) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist())
        return
    with tarfile.open(archive) as files:
        for member in files:
            file = files.extractfile(member)
            yield member.name, file.read() if file else b""


if __name__ == "__main__":
    main()
