"""Checks the wheel of the tool, installs it without an index, and uses its commands.

`python cli/tests/packages/wheel.py WHEEL`
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import answers
import signing

WINDOWS = sys.platform == "win32"
COMMANDS = ("pivotal-webhooks", "pivotal-webhooks-cli")
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")


def main() -> None:
    wheel = Path(sys.argv[1])
    check_content(wheel)
    with tempfile.TemporaryDirectory() as folder:
        for command in install(wheel, Path(folder)):
            version = answers.check([str(command)])
            assert version == f"pivotal-webhooks {wheel.name.split('-')[1]}", version
            if not WINDOWS:
                check_signals(command)
                check_prompt(command, Path(folder))
    print(f"{wheel.name}: {wheel.stat().st_size} bytes; its commands: {', '.join(COMMANDS)}")


def check_content(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name, version, *tag = wheel.stem.split("-", 3)
    info = f"{name}-{version}.dist-info"
    suffix = ".exe" if WINDOWS else ""
    programs = {f"{name}-{version}.data/scripts/{command}{suffix}" for command in COMMANDS}
    assert name == "pivotal_webhooks_cli", name
    assert "".join(tag).startswith("py3none"), tag
    assert {file for file in files if not file.startswith(info)} == programs, files.keys()
    for licence in LICENCES:
        assert files[f"{info}/licenses/{licence}"] == (answers.ROOT / licence).read_bytes(), licence
    metadata = message_from_bytes(files[f"{info}/METADATA"])
    assert metadata["Name"] == "pivotal-webhooks-cli"
    assert metadata["License-Expression"] == "MIT OR Apache-2.0"
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    assert {"Summary", "Keywords"} <= set(metadata), metadata.keys()
    assert metadata.get_all("Requires-Dist") is None
    assert tuple(metadata.get_all("License-File", [])) == LICENCES


def install(wheel: Path, environment: Path) -> list[Path]:
    """Install the wheel into a new environment, and return the paths of its commands."""
    venv.create(environment)
    scripts = environment / ("Scripts" if WINDOWS else "bin")
    python = scripts / ("python.exe" if WINDOWS else "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", wheel], check=True)
    return [scripts / command for command in COMMANDS]


def check_signals(command: Path) -> None:
    """A signal ends the receiver that waits for deliveries."""
    listen = subprocess.Popen(
        [command, "listen", "--json", "--port", "0"],
        stdout=subprocess.PIPE,
        env=answers.ENVIRONMENT,
    )
    assert listen.stdout
    with listen.stdout:
        assert b"listening" in listen.stdout.readline()
        listen.send_signal(signal.SIGINT)
        assert listen.wait() == 0


def check_prompt(command: Path, folder: Path) -> None:
    """On a terminal the tool asks for the secret, also if the delivery comes through a pipe."""
    import pty
    import termios

    delivery = folder / "delivery.http"
    delivery.write_bytes(answers.request(signing.BODY))
    script = f'"$0" verify --json --at {signing.NOW} < "$1"'
    environment = {k: v for k, v in os.environ.items() if k != "PIVOTAL_WEBHOOK_SECRET"}
    process, terminal = pty.fork()
    if process == 0:
        os.execve("/bin/sh", ["sh", "-c", script, str(command), str(delivery)], environment)
    shown = b""
    while not shown.endswith(b"Signing secret (not shown): "):
        shown += os.read(terminal, 1024)
    # A person types later than this program: when the terminal shows nothing any more.
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)
    os.write(terminal, signing.SECRET.encode() + b"\n")
    try:
        while read := os.read(terminal, 1024):
            shown += read
    except OSError:
        pass  # Linux reports the end of a terminal as an error.
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert b'"type":"customer.at_risk"' in shown, shown
    assert signing.SECRET.encode() not in shown, "the secret was shown"


if __name__ == "__main__":
    main()
