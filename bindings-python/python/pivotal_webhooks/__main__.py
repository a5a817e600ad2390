"""`python -m pivotal_webhooks` prints what is installed, for a report of a fault."""

from __future__ import annotations

import platform
import sys
import sysconfig

from pivotal_webhooks import __version__, _core

DOCUMENTATION = "https://pypi.org/project/pivotal-webhooks/"


def facts() -> dict[str, str]:
    """What is installed and where it runs, by name."""
    locked: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
    threads = "" if locked else ", free-threaded"
    return {
        "version": __version__,
        "core": f"native, {_core.__file__}",
        "python": f"{platform.python_implementation()} {platform.python_version()}{threads}",
        "platform": sysconfig.get_platform(),
        "documentation": DOCUMENTATION,
    }


def main() -> None:
    print("pivotal-webhooks")
    for name, value in facts().items():
        print(f"  {name:<14} {value}")


if __name__ == "__main__":
    main()
