"""A function that returns the secret: it is called once, at the first use."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import signing
from pivotal_webhooks import Webhook, WebhookConfigurationError, WebhookVerificationError
from signing import BODY, NOW, SECRET

GENUINE = signing.svix()


class Source:
    """Returns its values in turn, the last one for ever, and counts its calls."""

    def __init__(self, *values: Any) -> None:
        self.values = [*values]
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        value = self.values.pop(0) if len(self.values) > 1 else self.values[0]
        if isinstance(value, BaseException):
            raise value
        return value


def webhook(source: Callable[[], Any], **options: Any) -> Webhook:
    return Webhook(source, **{"clock": lambda: NOW, **options})


def test_it_is_called_at_the_first_use_and_then_never_again() -> None:
    source = Source(SECRET)
    endpoint = webhook(source)
    assert (endpoint.sender, endpoint.max_body, source.calls) == ("pivotal", 1024 * 1024, 0)
    assert repr(endpoint) == "<Webhook schemes=svix,pivotal>"
    assert source.calls == 0
    for _ in range(3):
        assert endpoint.unwrap(BODY, GENUINE).id == "evt_1"
    assert source.calls == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda it: it.unwrap(BODY, GENUINE),
        lambda it: it.verify(BODY, GENUINE),
        lambda it: it.verify_signature(BODY, GENUINE),
        lambda it: it.sign("msg_1", NOW, BODY),
    ],
)
def test_every_method_is_a_first_use(use: Callable[[Webhook], object]) -> None:
    source = Source(SECRET)
    use(webhook(source))
    assert source.calls == 1
    with pytest.raises(WebhookConfigurationError, match="secret_empty"):
        use(webhook(Source(None)))


@pytest.mark.parametrize("secret", [SECRET, [None, SECRET], {"new": SECRET, "old": None}])
def test_it_may_return_what_may_be_passed(secret: Any) -> None:
    assert webhook(lambda: secret).unwrap(BODY, GENUINE).id == "evt_1"


def test_pivot_takes_one_too() -> None:
    source = Source(SECRET)
    endpoint = Webhook.pivot(source, max_body=100)
    assert (endpoint.sender, endpoint.max_body, source.calls) == ("pivot", 100, 0)
    assert endpoint.verify(BODY, signing.pivot())["id"] == "evt_1"


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        (None, "secret_empty"),
        ("", "secret_empty"),
        ([], "secret_empty"),
        (f"{SECRET}!", "secret_malformed"),
        ("c2hvcnQ=", "secret_weak"),
        ({f"label {n}": SECRET for n in range(9)}, "config_invalid"),
    ],
)
def test_its_secret_is_checked_as_at_construction(secret: Any, code: str) -> None:
    with pytest.raises(WebhookConfigurationError) as direct:
        Webhook(secret)
    endpoint = webhook(lambda: secret)
    for _ in range(2):
        with pytest.raises(WebhookConfigurationError) as caught:
            endpoint.unwrap(BODY, GENUINE)
        assert caught.value.code == direct.value.code == code
        assert caught.value.args == direct.value.args


def test_a_failure_is_not_kept() -> None:
    source = Source(KeyError("SECRET"), None, SECRET)
    endpoint = webhook(source)
    with pytest.raises(KeyError):
        endpoint.unwrap(BODY, GENUINE)
    with pytest.raises(WebhookConfigurationError):
        endpoint.unwrap(BODY, GENUINE)
    assert endpoint.unwrap(BODY, GENUINE).id == "evt_1"
    assert endpoint.unwrap(BODY, GENUINE).id == "evt_1"
    assert source.calls == 3


@pytest.mark.parametrize(
    "options", [{"tolerance": -1}, {"max_body": 0}, {"schemes": []}, {"key": "hex"}]
)
def test_options_are_checked_at_construction(options: Any) -> None:
    with pytest.raises(WebhookConfigurationError, match="config_invalid"):
        webhook(Source(SECRET), **options)


def test_a_forged_delivery_is_refused() -> None:
    endpoint = webhook(lambda: SECRET)
    with pytest.raises(WebhookVerificationError, match="signature_mismatch"):
        endpoint.unwrap(BODY + b" ", GENUINE)


def test_many_threads_call_it_once() -> None:
    threads = 8
    barrier = threading.Barrier(threads)
    source = Source(SECRET)
    entered = threading.Event()

    def slow() -> str:
        # The other threads arrive while this one is here.
        entered.set()
        return str(source())

    endpoint = webhook(slow)

    def use(_: int) -> str | None:
        barrier.wait()
        return endpoint.unwrap(BODY, GENUINE).id

    with ThreadPoolExecutor(threads) as pool:
        assert [*pool.map(use, range(threads))] == ["evt_1"] * threads
    assert entered.is_set()
    assert source.calls == 1


def test_one_that_uses_its_own_webhook_is_an_error_and_no_deadlock() -> None:
    def circular() -> str:
        endpoint.unwrap(BODY, GENUINE)
        return SECRET

    endpoint = webhook(circular)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="used the webhook that needs this secret"):
            endpoint.unwrap(BODY, GENUINE)


def test_an_async_function_is_refused_at_construction() -> None:
    async def secret() -> str:
        return SECRET

    class Async:
        async def __call__(self) -> str:
            return SECRET

    wrong: list[Any] = [secret, Async()]
    for function in wrong:
        with pytest.raises(TypeError, match="secret must not be an async function"):
            Webhook(function)
    returns_coroutine: Any = lambda: secret()  # noqa: E731
    with pytest.raises(TypeError, match=r"not coroutine: await it first"):
        webhook(returns_coroutine).unwrap(BODY, GENUINE)


@pytest.mark.parametrize("value", [5, b"whsec_abc", lambda: SECRET])
def test_another_type_is_a_type_error_that_says_what_it_may_be(value: Any) -> None:
    with pytest.raises(TypeError, match="secret must be a str, a list or a dict of them"):
        webhook(lambda: value).unwrap(BODY, GENUINE)


def test_a_webhook_in_a_cycle_with_its_function_is_collected() -> None:
    class Settings:
        def __init__(self) -> None:
            self.webhook = Webhook(self.secret, clock=self.now)

        def secret(self) -> str:
            return SECRET

        def now(self) -> float:
            return NOW

    settings = Settings()
    assert settings.webhook.unwrap(BODY, GENUINE).id
    gone = weakref.ref(settings)
    del settings
    gc.collect()
    assert gone() is None
