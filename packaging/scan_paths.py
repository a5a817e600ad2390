"""Refuses an archive with a file that contains a path.

`python packaging/scan_paths.py ARCHIVE PATH...` names the files.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections.abc import Iterator


def main() -> None:
    archive, *paths = sys.argv[1:]
    flaws = [
        f"{name} contains {path}"
        for name, content in members(archive)
        for path in paths
        if path.encode() in content
    ]
    if flaws:
        sys.exit("\n".join(flaws))


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
