"""Checks what PyPI would get: `python tests/check_packages.py WHEEL SDIST`."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

ROOT = Path(__file__).parents[2]
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
MAX_WHEEL = 720_000  # bytes
NATIVE = (".so", ".pyd", ".dylib")


def main() -> int:
    wheel, sdist = map(Path, sys.argv[1:])
    flaws = [*wheel_flaws(wheel), *sdist_flaws(sdist)]
    for flaw in flaws:
        print(flaw)
    print(f"{wheel.name}: {wheel.stat().st_size} bytes; {sdist.name}: {sdist.stat().st_size} bytes")
    return 1 if flaws else 0


def wheel_flaws(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    package = wheel.name.split("-")
    info = f"{package[0]}-{package[1]}.dist-info"
    native = [name for name in files if name.endswith(NATIVE)]
    stubs = {"__init__.py", "_core.pyi", "events.py", "py.typed"}
    tags = message_from_bytes(files[f"{info}/WHEEL"]).get_all("Tag", [])
    checks = {
        "its name says cp310-abi3": "-cp310-abi3-" in wheel.name,
        "its tags are cp310-abi3": bool(tags) and all("cp310-abi3-" in tag for tag in tags),
        f"it has at most {MAX_WHEEL} bytes": wheel.stat().st_size <= MAX_WHEEL,
        "it holds the package and its metadata alone": {name.split("/")[0] for name in files}
        == {"pivotal_webhooks", info},
        "one file is native": len(native) == 1,
        "types and stubs are in it": {f"pivotal_webhooks/{name}" for name in stubs} <= set(files),
        "no tests and no caches are in it": not any(
            "/test_" in name or "/tests/" in name or "__pycache__" in name for name in files
        ),
        "the licences are this folder's": all(
            files.get(f"{info}/licenses/{name}") == (ROOT / name).read_bytes() for name in LICENCES
        ),
    }
    return [f"{wheel.name}: not so: {check}" for check, passed in checks.items() if not passed] + [
        f"{wheel.name}: {flaw}" for flaw in metadata_flaws(files[f"{info}/METADATA"])
    ]


def metadata_flaws(metadata: bytes) -> list[str]:
    told = message_from_bytes(metadata)
    classifiers = told.get_all("Classifier", [])
    oldest = told["Requires-Python"].removeprefix(">=3.")
    versions = versions_of(classifiers)
    checks = {
        "it needs no other package": told.get_all("Requires-Dist") is None,
        "it has a summary, keywords and a Markdown description": all(
            told[name] for name in ("Summary", "Keywords")
        )
        and told["Description-Content-Type"].startswith("text/markdown"),
        "its licence is an SPDX expression": told["License-Expression"] == "MIT OR Apache-2.0",
        "its licence files are named": tuple(told.get_all("License-File", [])) == LICENCES,
        # PyPI refuses one beside an expression.
        "no classifier tells of a licence": not any(
            name.startswith("License ::") for name in classifiers
        ),
        "its versions of Python begin at the oldest, without a gap": versions
        == list(range(int(oldest), int(oldest) + len(versions))),
        "it says that it is typed, and for CPython": {
            "Typing :: Typed",
            "Programming Language :: Python :: Implementation :: CPython",
        }
        <= set(classifiers),
        "no classifier is there twice": len(set(classifiers)) == len(classifiers),
    }
    return [f"not so: {check}" for check, passed in checks.items() if not passed]


def versions_of(classifiers: list[str]) -> list[int]:
    prefix = "Programming Language :: Python :: 3."
    return [int(name.removeprefix(prefix)) for name in classifiers if name.startswith(prefix)]


def sdist_flaws(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
        files = {
            member.name.partition("/")[2]: read(archive, member)
            for member in members
            if member.isfile()
        }
    needed = {"PKG-INFO", "Cargo.lock", "Cargo.toml", "pyproject.toml", "core/src/mac.rs"}
    checks = {
        "all of it is in one folder": {member.name.split("/")[0] for member in members}
        == {sdist.name.removesuffix(".tar.gz")},
        "what it is built of is in it": needed <= set(files),
        "nothing built is in it": not any(name.endswith((*NATIVE, ".pyc")) for name in files),
        "the package's tests are not in it": not any(
            name.startswith(("tests/", "bindings-python/tests/")) for name in files
        ),
        "the licences are this folder's": all(
            files.get(name) == (ROOT / name).read_bytes() for name in LICENCES
        ),
        "its packages come from crates.io": set(sources(files["Cargo.lock"]))
        == {"registry+https://github.com/rust-lang/crates.io-index"},
    }
    return [f"{sdist.name}: not so: {check}" for check, passed in checks.items() if not passed] + [
        f"{sdist.name}: {flaw}" for flaw in metadata_flaws(files["PKG-INFO"])
    ]


def read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""


def sources(lock: bytes) -> list[str]:
    lines = lock.decode().splitlines()
    return [line.partition('"')[2].rstrip('"') for line in lines if line.startswith("source = ")]


if __name__ == "__main__":
    sys.exit(main())
