"""What PyInstaller needs to be told, as it can't see what the native module imports."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

from pivotal_webhooks import _pyinstaller

PACKAGE = Path(_pyinstaller.__file__).parents[1]
HOOK = Path(_pyinstaller.get_hook_dirs()[0]) / "hook-pivotal_webhooks.py"


def test_the_hook_is_found_by_its_entry_point() -> None:
    (entry,) = [
        entry
        for entry in entry_points(group="pyinstaller40")
        if entry.value.startswith("pivotal_webhooks.")
    ]
    assert entry.load() is _pyinstaller.get_hook_dirs
    assert HOOK.is_file()


def test_the_hook_names_every_import_of_the_native_module() -> None:
    source = Path(__file__).resolve().parents[1] / "src"
    rust = "".join(file.read_text(encoding="utf-8") for file in source.glob("*.rs"))
    imported = {*re.findall(r"\.import\(\s*(?:py, )?\"([a-z_.]+)\"", rust)}
    assert {"pivotal_webhooks.errors", "pivotal_webhooks.events"} <= imported
    hidden = {
        *re.findall(r'"([a-z_.]+)"', HOOK.read_text(encoding="utf-8").split("hiddenimports")[1])
    }
    # Modules that every frozen program of this package contains.
    built_in = {"sys", "time", "pivotal_webhooks", "pivotal_webhooks._core"}
    assert imported - built_in <= hidden


def test_the_hook_covers_the_data_files() -> None:
    data = {
        file.suffix
        for file in PACKAGE.iterdir()
        if file.is_file() and file.suffix not in {".py", ".pyi", ".so", ".pyd", ".typed", ""}
    }
    assert data <= {".json"}
