"""Takes the build machine out of wheels and of lists of crates (SBOM in the format CycloneDX).

`python packaging/clean.py FILE...` replaces the path of this repository in each list, and removes
the time and the random number that the list has. In a wheel, it does so to the list that maturin
adds, and gives all members one time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

TIME = (1980, 1, 1, 0, 0, 0)
"""The first time that a ZIP archive can state."""


def main() -> None:
    for argument in sys.argv[1:]:
        file = Path(argument)
        if file.suffix == ".whl":
            clean_wheel(file)
        else:
            file.write_bytes(cleaned(file.read_bytes()))


def cleaned(text: bytes) -> bytes:
    """The list without what depends on the machine."""
    root = ROOT.as_uri().encode() + b"/"
    listed = json.loads(text.replace(root, b"file:///pivotal-webhooks/"))
    listed.pop("serialNumber", None)
    listed["metadata"].pop("timestamp", None)
    return json.dumps(listed, indent=2, ensure_ascii=False).encode() + b"\n"


def clean_wheel(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        members = [(member, archive.read(member)) for member in archive.infolist()]
    lists = {
        member.filename for member, _ in members if member.filename.endswith(".cyclonedx.json")
    }
    content = {
        member.filename: cleaned(text) if member.filename in lists else text
        for member, text in members
    }
    [record] = [name for name in content if name.endswith(".dist-info/RECORD")]
    lines = content[record].decode().splitlines()
    content[record] = "".join(f"{recorded(line, lists, content)}\n" for line in lines).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, _ in members:
            written = zipfile.ZipInfo(member.filename, TIME)
            written.external_attr = member.external_attr
            written.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(written, content[member.filename])


def recorded(line: str, lists: set[str], content: dict[str, bytes]) -> str:
    """The line of RECORD, with the digest and the size of what was cleaned."""
    name = line.split(",")[0]
    if name not in lists:
        return line
    digest = base64.urlsafe_b64encode(hashlib.sha256(content[name]).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(content[name])}"


if __name__ == "__main__":
    main()
