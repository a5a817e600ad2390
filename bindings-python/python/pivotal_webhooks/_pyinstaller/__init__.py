"""Tells PyInstaller where this package's hook is."""

import os


def get_hook_dirs() -> list[str]:
    """Return the folder of the hook, for the entry point `pyinstaller40`."""
    return [os.path.dirname(__file__)]
