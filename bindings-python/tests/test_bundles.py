"""The package in the forms in which programs are shipped: a module to run, a zip for AWS Lambda, a
shiv archive, a program of PyInstaller.

Each program runs in an interpreter without site-packages, so that it can only find what it carries.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import metadata
from pathlib import Path

import pivotal_webhooks
import pytest
import signing
from pivotal_webhooks.__main__ import DOCUMENTATION

PACKAGE = Path(pivotal_webhooks.__file__).parent

PROGRAM = f"""
import json
from pivotal_webhooks import Webhook
from pivotal_webhooks.aws_lambda import WebhookReceiver
from pivotal_webhooks.testing import event

receiver = WebhookReceiver(Webhook({signing.SECRET!r}, clock=lambda: {signing.NOW}))
handle = receiver.handler(lambda event: print(event.type))

def main():
    # The samples are a data file of the package.
    assert event("customer.at_risk").object["id"]
    request = {{"version": "2.0", "headers": {signing.svix()!r}, "body": {signing.BODY.decode()!r}}}
    request["requestContext"] = {{"http": {{"method": "POST"}}}}
    print(json.dumps(handle(request, None)))
"""


def run(*arguments: str | Path, **environment: str) -> list[str]:
    """Run this interpreter without site-packages, and return the lines that it prints."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-s", "-S", *arguments],
        env={**kept, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.splitlines()


def check_answer(lines: list[str]) -> None:
    accepted, answer = lines[0], json.loads(lines[-1])
    assert (accepted, answer["statusCode"]) == ("customer.at_risk", 200)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package and a program, as `pip install --target` makes it."""
    folder = tmp_path / "site"
    shutil.copytree(PACKAGE, folder / "pivotal_webhooks")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    return folder


def test_the_module_prints_what_is_installed(site: Path) -> None:
    title, *lines = run("-m", "pivotal_webhooks", PYTHONPATH=str(site))
    facts = dict(line.split(maxsplit=1) for line in lines)
    assert title == "pivotal-webhooks"
    assert facts["version"] == pivotal_webhooks.__version__
    assert facts["core"].startswith(f"native, {site}")
    assert facts["python"] == f"{platform.python_implementation()} {platform.python_version()}"
    assert facts["documentation"] == DOCUMENTATION
    urls = metadata("pivotal-webhooks").get_all("Project-URL", [])
    assert f"Documentation, {DOCUMENTATION}" in urls


def test_a_zip_of_aws_lambda_receives(site: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "function"), "zip", site)
    task = tmp_path / "var" / "task"
    with zipfile.ZipFile(archive) as files:
        files.extractall(task)
    shutil.rmtree(site)
    check_answer(run("-c", "import program; program.main()", PYTHONPATH=str(task)))


def test_a_shiv_archive_receives(site: Path, tmp_path: Path) -> None:
    archive = tmp_path / "program.pyz"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "shiv",
        "--site-packages",
        site,
        "--output-file",
        archive,
    ]
    subprocess.run(
        [*command, "--entry-point", "program:main"], check=True, capture_output=True, text=True
    )
    shutil.rmtree(site)
    check_answer(run(archive, SHIV_ROOT=str(tmp_path / "unpacked")))


def test_a_zipapp_says_that_a_native_module_needs_a_file(site: Path, tmp_path: Path) -> None:
    archive = tmp_path / "program.pyz"
    subprocess.run(
        [sys.executable, "-m", "zipapp", site, "--main", "program:main", "--output", archive],
        check=True,
    )
    started = subprocess.run(
        [sys.executable, "-s", "-S", archive], check=False, capture_output=True, text=True
    )
    assert started.returncode != 0
    assert "pivotal_webhooks._core" in started.stderr


def test_a_zipapp_receives_beside_an_unpacked_package(site: Path, tmp_path: Path) -> None:
    source, archive = tmp_path / "source", tmp_path / "program.pyz"
    source.mkdir()
    shutil.move(site / "program.py", source)
    zipapp: list[str | Path] = [sys.executable, "-m", "zipapp", source, "--main", "program:main"]
    subprocess.run([*zipapp, "--output", archive], check=True)
    check_answer(run(archive, PYTHONPATH=str(site)))


FROZEN = """
import json
import sys
import program
from importlib.resources import files
from pivotal_webhooks import idempotency

assert sys.frozen
program.main()
# The receivers for FastAPI and Litestar read the schemas. Stores are imported by their names.
schemas = json.loads(files("pivotal_webhooks").joinpath("schemas.json").read_bytes())
print(sorted(schemas), type(idempotency.SqliteStore(sys.argv[1])).__name__)
"""


# What the modules of this package import for their callers, who have it already.
OF_OTHERS = ["asyncpg", "django", "httpx", "psycopg", "redis", "starlette", "trio", "werkzeug"]


def test_a_program_of_pyinstaller_receives(site: Path, tmp_path: Path) -> None:
    # PyInstaller finds the hook by the entry point of the package that is installed.
    shutil.rmtree(site / "pivotal_webhooks")
    (site / "frozen.py").write_text(FROZEN, encoding="utf-8")
    made = tmp_path / "made"
    build = subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
            *("--paths", site, "--distpath", made, "--specpath", tmp_path),
            *(f"--exclude-module={name}" for name in OF_OTHERS),
            *("--workpath", tmp_path / "work", site / "frozen.py"),
        ],
        env={**os.environ, "PYINSTALLER_CONFIG_DIR": str(tmp_path / "cache")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert build.returncode == 0, build.stderr
    shutil.rmtree(site)
    started = subprocess.run(
        [made / "frozen" / "frozen", tmp_path / "events.db"],
        env={},
        check=False,
        capture_output=True,
        text=True,
    )
    assert started.returncode == 0, started.stderr
    *lines, last = started.stdout.splitlines()
    check_answer(lines)
    assert last == "['pivot', 'pivotal'] SqliteStore"
