"""Refuses an archive with a file that contains a path.

`python packaging/scan_paths.py ARCHIVE PATH...` names the files.
"""

from __future__ import annotations

import sys
import tarfile


def main() -> None:
    archive, *paths = sys.argv[1:]
    flaws: list[str] = []
    with tarfile.open(archive) as files:
        for member in files:
            file = files.extractfile(member)
            content = file.read() if file else b""
            flaws += [
                f"{member.name} contains {path}" for path in paths if path.encode() in content
            ]
    if flaws:
        sys.exit("\n".join(flaws))


if __name__ == "__main__":
    main()
