"""Threads, forks, sub-interpreters, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

import signing
from pivotal_webhooks import Webhook, WebhookVerificationError
from signing import NOW, SECRET

LARGE = b'{"filler":"' + b"x" * 40_000 + b'"}'  # hashed without the GIL


def run(program: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


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

    threads = [threading.Thread(target=deliver) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [(500, 500)] * 16


if sys.platform != "win32":  # which has no fork

    def test_a_forked_child_verifies() -> None:
        assert (
            run(
                """
            import os
            from pivotal_webhooks import Webhook

            webhook = Webhook("whsec_" + "A" * 31 + "B")
            signature = webhook.sign("msg_1", 1, b"{}")
            child = os.fork()
            if child == 0:
                os._exit(0 if webhook.sign("msg_1", 1, b"{}") == signature else 1)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
            )
            == "0\n"
        )


if sys.version_info >= (3, 12):  # earlier ones load it, at the user's risk

    def test_a_second_interpreter_gets_a_clean_import_error() -> None:
        assert "ImportError" in run(
            """
            import sys
            import pivotal_webhooks

            try:
                import _interpreters as interpreters  # 3.13 and later
            except ImportError:
                import _xxsubinterpreters as interpreters
            second = interpreters.create()
            attempt = '''
            try:
                import pivotal_webhooks
            except ImportError as error:
                print("ImportError", error, flush=True)
            '''
            import textwrap
            failure = interpreters.run_string(second, textwrap.dedent(attempt))
            assert failure is None, failure
            interpreters.destroy(second)
            """
        )


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


def test_an_import_is_soon_over() -> None:
    program = """
        import time
        start = time.perf_counter()
        import pivotal_webhooks
        print((time.perf_counter() - start) * 1_000)
        """
    assert min(float(run(program)) for _ in range(5)) < 5  # milliseconds
