"""What a panic in native code becomes, shown with a build that can be made to panic."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pivotal_webhooks
import pytest
from wire import TIMEOUT

HERE = Path(__file__).parent
MARKS = [b"panic probe", b"arm_panic"]
"""What only a build with the probe contains."""


@pytest.fixture
def probe() -> str:
    site = os.environ.get("PIVOTAL_PROBE_SITE")
    if not site:
        pytest.fail("PIVOTAL_PROBE_SITE is not set: use `cargo xtask test`, which builds the probe")
    return site


def run(arguments: list[str], probe: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([probe, str(HERE)]),
            "PIVOTAL_RUNS_PROBE": "1",
        },
        capture_output=True,
        text=True,
        timeout=10 * TIMEOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_panic_is_a_typed_error_and_the_process_lives(probe: str) -> None:
    printed = run([str(HERE / "panics.py"), probe], probe)
    assert re.fullmatch(r"\d+ panics, 1000 deliveries\n", printed), printed


def test_every_receiver_answers_500_to_a_panic(probe: str) -> None:
    suites = [
        path
        for path in sorted(HERE.glob("test_*.py"))
        if re.search(r"^class Test\w+\(ReceiverSuite\)", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(suites) >= 7
    printed = run(["-m", "pytest", "-m", "probe", *map(str, suites)], probe)
    passed = re.search(r"(\d+) passed", printed)
    assert passed, printed
    assert int(passed[1]) >= len(suites)


def natives(package: Path) -> list[bytes]:
    return [path.read_bytes() for path in package.iterdir() if path.stem.startswith("_core.")]


def test_the_published_build_has_no_probe(probe: str) -> None:
    (published,) = natives(Path(str(pivotal_webhooks.__file__)).parent)
    (probing,) = natives(Path(probe) / "pivotal_webhooks")
    assert [mark in probing for mark in MARKS] == [True, True]
    assert [mark in published for mark in MARKS] == [False, False]
