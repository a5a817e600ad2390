"""Checks the native library in a wheel, an addon, or a program.

`python packaging/inspect_native.py FILE LLVM PATH...` prints one line of JSON: the sizes and the
oldest system that the file runs on. It fails if a library exports more than the entry of its
module, or if the file needs a library that is not part of the system, or contains one of the PATHs
of the machine that built it. LLVM is the folder of rustup's component `llvm-tools`, which reads the
formats of all systems.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NATIVE = (".so", ".pyd", ".dylib")
PROGRAM = ("", ".exe")

EXPORTS = re.compile(r"_?(PyInit__core|napi_register_module_v1|node_api_module_get_api_version_v1)")

ZIG_EXPORTS = re.compile(r"__mh_dylib_header|___dso_handle|_rust_eh_personality|__R.*3std.*")
"""What zig's linker exports for macOS besides, because it ignores the compiler's list. The release
workflow links with Apple's linker."""

SYSTEM = re.compile(
    r"(ld-linux-(x86-64|aarch64)|libc|libdl|libpthread|libm|librt|libgcc_s)\.so(\.\d+)?"
    r"|/usr/lib/lib(System\.B|iconv\.2|charset\.1)\.dylib"
    r"|/System/Library/Frameworks/.*"
    r"|(python3t?|python3\d+t?|node|kernel32|ntdll|userenv|ws2_32|bcrypt|advapi32|msvcrt|vcruntime140"
    r"|bcryptprimitives|api-ms-win-[a-z0-9-]+)\.(dll|exe)",
    re.IGNORECASE,
)
"""The libraries that belong to every supported system, and the host's own."""


def main() -> None:
    package, llvm, *paths = sys.argv[1:]
    file = Path(package)
    with tempfile.TemporaryDirectory() as folder:
        library = unpacked(file, Path(folder)) if file.suffix == ".whl" else file
        flaws = foreign_libraries(llvm, library)
        if file.suffix not in PROGRAM:
            flaws += foreign_exports(llvm, library)
        content = library.read_bytes()
        flaws += [f"it contains the path {path}" for path in paths if path.encode() in content]
        report = {
            "size": file.stat().st_size,
            "library": library.stat().st_size,
            "needs": oldest_system(llvm, library),
        }
    if flaws:
        sys.exit(f"{file.name}: {'; '.join(flaws)}")
    print(json.dumps(report))


def unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(NATIVE)]
        return Path(archive.extract(name, folder))


def run(llvm: str, tool: str, *arguments: str | Path) -> str:
    command = [str(Path(llvm) / tool), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def kind(llvm: str, library: Path) -> str:
    """The format of the library: `elf`, `macho` or `coff`."""
    formats = re.findall(r"^Format: (\S+)", run(llvm, "llvm-readobj", library), re.MULTILINE)
    return re.sub(r"[^a-z].*", "", formats[0].lower().replace("mach-o", "macho"))


def exports(llvm: str, library: Path) -> list[str]:
    if kind(llvm, library) == "coff":
        return re.findall(r"Name: (\S+)", run(llvm, "llvm-readobj", "--coff-exports", library))
    dynamic = ["--dynamic"] if kind(llvm, library) == "elf" else []
    options = [*dynamic, "--defined-only", "--extern-only", "--format=just-symbols"]
    names = run(llvm, "llvm-nm", *options, library).split("\n")
    return [name for name in names if name and not name.endswith(":")]


def foreign_exports(llvm: str, library: Path) -> list[str]:
    names = exports(llvm, library)
    if kind(llvm, library) == "macho":
        names = [name for name in names if not ZIG_EXPORTS.fullmatch(name)]
    if not names:
        return ["it exports nothing"]
    return [f"it exports {name}" for name in names if not EXPORTS.fullmatch(name)]


def foreign_libraries(llvm: str, library: Path) -> list[str]:
    listed = run(llvm, "llvm-readobj", "--needed-libs", library)
    names = [
        name for block in re.findall(r"\[(.*?)\]", listed, re.DOTALL) for name in block.split()
    ]
    # A library for macOS lists its own name.
    own = "@rpath/pivotal_webhooks.dylib"
    return [f"it needs {name}" for name in names if not SYSTEM.fullmatch(name) and name != own]


def oldest_system(llvm: str, library: Path) -> str:
    """The oldest glibc, macOS or Windows, as far as the library says it."""
    if kind(llvm, library) == "elf":
        found = re.findall(r"GLIBC_([\d.]+)", run(llvm, "llvm-readobj", "--version-info", library))
        return f"glibc {max(found, key=numbers)}" if found else "musl"
    if kind(llvm, library) == "macho":
        commands = run(llvm, "llvm-objdump", "--macho", "--private-headers", library)
        found = re.findall(r"(?:minos|MIN_MACOSX\s+cmdsize \d+\s+version) (\d+\.\d+)", commands)
        return f"macOS {min(found, key=numbers)}"
    return "Windows 10"


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


if __name__ == "__main__":
    main()
