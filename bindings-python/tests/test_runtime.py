"""Threads, forks, sub-interpreters, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import signing
from pivotal_webhooks import Webhook, WebhookVerificationError
from signing import NOW, SECRET
from wire import TIMEOUT

HERE = Path(__file__).parent
LARGE = b'{"filler":"' + b"x" * 100_000 + b'"}'  # hashed without the GIL
THREADS = 16


def run(program: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        cwd=HERE,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def in_threads(deliver: Callable[[], None]) -> None:
    threads = [threading.Thread(target=deliver) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def quick_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_threads_share_a_webhook() -> None:
    webhook = Webhook(SECRET, clock=lambda: NOW)
    bodies = [signing.BODY, LARGE]
    headers = [signing.svix(body) for body in bodies]
    counts: list[tuple[int, int]] = []

    def deliver() -> None:
        accepted = refused = 0
        for turn in range(1_000):
            try:
                webhook.verify_signature(bodies[turn % 2], headers[turn // 2 % 2])
                accepted += 1
            except WebhookVerificationError as error:
                assert error.code == "signature_mismatch"
                refused += 1
        counts.append((accepted, refused))

    with quick_switches():
        in_threads(deliver)
    assert counts == [(500, 500)] * THREADS


def test_each_of_many_threads_verifies_a_hundred_thousand_deliveries() -> None:
    webhook = Webhook(SECRET, clock=lambda: NOW)
    good, forged = signing.svix(), signing.svix(b"{}")
    counts: list[tuple[int, int]] = []

    def deliver() -> None:
        verify, body = webhook.verify_signature, signing.BODY
        accepted = refused = 0
        for _ in range(1_000):
            for _ in range(99):
                if verify(body, good).timestamp == NOW:
                    accepted += 1
            try:
                verify(body, forged)
            except WebhookVerificationError:
                refused += 1
        counts.append((accepted, refused))

    in_threads(deliver)
    assert counts == [(99_000, 1_000)] * THREADS


def test_a_buffer_that_changes_meanwhile_is_refused_or_read_once() -> None:
    """The body is copied first: what was verified is what `raw` has and what was parsed."""
    webhook = Webhook(SECRET, clock=lambda: NOW)
    body = b'{"id":"evt_1","type":"t","data":{"object":{"filler":"' + LARGE[11:-2] + b'"}}}'
    headers = signing.svix(body)
    buffer = bytearray(body)
    at = body.index(b"xxx")
    done = threading.Event()

    def scribble() -> None:
        while not done.is_set():
            buffer[at] = ord("y")
            buffer[at] = ord("x")

    thread = threading.Thread(target=scribble)
    with quick_switches():
        thread.start()
        try:
            for _ in range(300):
                try:
                    event = webhook.unwrap(buffer, headers)
                except WebhookVerificationError as error:
                    assert error.code == "signature_mismatch"
                else:
                    assert event.raw == body
                    assert dict(event.object)["filler"] == LARGE[11:-2].decode()
        finally:
            done.set()
            thread.join()


if sys.platform != "win32":  # which has no fork

    def test_a_child_forked_among_threads_verifies_and_ends() -> None:
        ended = run(
            """
            import os, sys, threading, warnings
            import signing
            from pivotal_webhooks import Webhook, WebhookVerificationError

            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: a fork among threads
            webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)
            large = b" " * 1_000_000  # hashed without the GIL
            headers, done = signing.svix(large), threading.Event()

            def deliver():
                while not done.is_set():
                    webhook.verify_signature(large, headers)

            threads = [threading.Thread(target=deliver) for _ in range(4)]
            for thread in threads:
                thread.start()
            ended = []
            for _ in range(10):
                child = os.fork()
                if child == 0:
                    assert webhook.unwrap(signing.BODY, signing.svix()).id == "evt_1"
                    webhook.verify_signature(large, headers)
                    try:
                        webhook.verify(signing.BODY + b" ", signing.svix())
                    except WebhookVerificationError:
                        done.set()
                        sys.exit(0)  # and not `os._exit`: the interpreter ends as ever
                    sys.exit(1)
                ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            done.set()
            for thread in threads:
                thread.join()
            print(ended)
            """
        )
        assert ended == f"{[0] * 10}\n"


def test_a_second_interpreter_gets_a_clean_import_error() -> None:
    run("import second_interpreter; second_interpreter.main()")


def test_an_import_loads_this_package_and_nothing_else() -> None:
    loaded = run(
        """
        import sys
        before = set(sys.modules)
        import pivotal_webhooks
        print(*sorted(set(sys.modules) - before))
        """
    )
    assert loaded.split() == [
        "pivotal_webhooks",
        "pivotal_webhooks._core",
        "pivotal_webhooks.errors",
    ]


def test_an_import_takes_less_than_5_ms_of_processor_time() -> None:
    program = """
        import time
        start = time.process_time()
        import pivotal_webhooks
        print((time.process_time() - start) * 1_000)
        """
    assert min(float(run(program)) for _ in range(5)) < 5
