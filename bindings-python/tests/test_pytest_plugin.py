"""The fixtures that pytest finds by itself, in projects of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.testing import FrozenClock, RequestSigner

pytest_plugins = ["pytester"]


def run(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *arguments)


def test_the_fixtures_fit_together(
    webhook: Webhook,
    webhook_secret: str,
    webhook_clock: FrozenClock,
    webhook_request: RequestSigner,
) -> None:
    request = webhook_request({"id": "evt_1", "type": "customer.at_risk", "data": {}})
    assert webhook.unwrap(request.body, request.headers).delivery.skew == 0
    assert Webhook(webhook_secret, clock=webhook_clock).verify(request.body, request.headers)
    webhook_clock.advance(301)
    with pytest.raises(WebhookVerificationError, match="timestamp_too_old"):
        webhook.unwrap(request.body, request.headers)
    again = webhook_request(request.body, scheme="pivotal", id="msg_1")
    delivery = webhook.unwrap(again.body, again.headers).delivery
    assert (delivery.scheme, delivery.unauthenticated.delivery_id) == ("pivotal", "msg_1")
    late = webhook_request(request.body, at=webhook_clock() - 301)
    with pytest.raises(WebhookVerificationError, match="timestamp_too_old"):
        webhook.unwrap(late.body, late.headers)


def test_a_test_needs_no_import(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        secrets = set()

        def test_accepted(webhook, webhook_request, webhook_secret):
            secrets.add(webhook_secret)
            request = webhook_request({"id": "evt_1"})
            assert webhook.verify(request.body, request.headers) == {"id": "evt_1"}

        def test_every_test_has_a_secret_of_its_own(webhook_secret):
            assert webhook_secret not in secrets
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_project_puts_its_own_secret_and_clock_in_place(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from pivotal_webhooks.testing import FrozenClock

        @pytest.fixture
        def webhook_secret():
            return "the-secret-that-the-app-reads"

        @pytest.fixture
        def webhook_clock():
            return FrozenClock(1_614_265_330)
        """
    )
    result = run(
        pytester,
        """
        from pivotal_webhooks import Webhook

        def test_it(webhook_request):
            request = webhook_request("{}", scheme="pivotal")
            secret = "the-secret-that-the-app-reads"
            webhook = Webhook(secret, schemes=["pivotal"], clock=lambda: 1_614_265_330)
            assert webhook.verify(request.body, request.headers) == {}
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_project_keeps_its_own_fixtures_of_the_same_names(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.fixture
        def webhook():
            return "mine"

        @pytest.fixture
        def webhook_request():
            return "mine too"

        def test_it(webhook, webhook_request):
            assert (webhook, webhook_request) == ("mine", "mine too")
        """,
    )
    result.assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_what_they_are(pytester: pytest.Pytester) -> None:
    listed = run(pytester, "", "--fixtures").stdout.str()
    for name in ("webhook_secret", "webhook_clock", "webhook", "webhook_request"):
        assert f"\n{name} -- " in listed
    assert "no docstring" not in listed.split("webhook_request --")[1][:200]


def test_nobody_pays_for_fixtures_that_are_not_used(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys

        def test_it():
            ours = {name for name in sys.modules if name.startswith("pivotal_webhooks")}
            assert ours == {
                "pivotal_webhooks",
                "pivotal_webhooks._core",
                "pivotal_webhooks._pytest_plugin",
                "pivotal_webhooks.errors",
            }
        """,
    )
    result.assert_outcomes(passed=1)


def test_the_plugin_imports_nothing_but_pytest() -> None:
    program = """if True:
        import sys, pytest, pivotal_webhooks
        before = set(sys.modules)
        import pivotal_webhooks._pytest_plugin
        print(*set(sys.modules) - before)
        """
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert loaded.split() == ["pivotal_webhooks._pytest_plugin"]


def test_the_plugin_can_be_switched_off(pytester: pytest.Pytester) -> None:
    listed = run(pytester, "", "--fixtures", "-p", "no:pivotal_webhooks").stdout.str()
    assert "webhook_secret" not in listed
