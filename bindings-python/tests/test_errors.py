"""The exception: its codes, its texts, and that it survives what Python does to exceptions."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, get_args

import pytest
import signing
import vector_cases
from pivotal_webhooks import (
    Webhook,
    WebhookConfigurationError,
    WebhookError,
    WebhookVerificationError,
    _core,
    codes,
)
from signing import NOW, SECRET

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
CATALOGUE: dict[str, Any] = json.loads(_core.catalogue())
ERRORS: dict[str, dict[str, Any]] = CATALOGUE["errors"]
PIECES = ("code", "help", "status", "header", "path", "reason", "skew", "tolerance")


def too_old() -> WebhookVerificationError:
    with pytest.raises(WebhookVerificationError) as caught:
        Webhook(SECRET, clock=lambda: NOW + 301).verify(b"", signing.svix(b""))
    return caught.value


def pieces(error: WebhookError) -> list[object]:
    return [str(error), *(getattr(error, piece) for piece in PIECES)]


def test_the_literal_lists_the_codes_of_the_core() -> None:
    assert sorted(get_args(codes.ErrorCode)) == sorted(ERRORS)
    assert len(set(get_args(codes.ErrorCode))) == len(get_args(codes.ErrorCode))


def test_the_literal_lists_the_reasons_of_the_vectors() -> None:
    expected = (case["expect"].get("error", {}).get("reason") for case in vector_cases.load())
    reasons = {*get_args(codes.PayloadReason), *get_args(codes.EventReason)}
    assert reasons == set(filter(None, expected))


@pytest.mark.parametrize("code", ERRORS)
def test_a_code_has_a_status_a_message_and_help(code: str) -> None:
    error = ERRORS[code]
    assert error["code"] == code
    assert error["status"] == vector_cases.STATUS.get(code, 401)
    message = error["message"]
    assert message.endswith(f" ({code})")
    assert message[0].islower()
    assert "\n" not in message
    help, section = error["help"].split("; see docs/troubleshooting.md#")
    assert len(help) > 20
    assert section == code
    assert f"\n### `{section}`\n" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("code", sorted(set(ERRORS) - {"internal"}))
def test_a_code_has_a_vector(code: str) -> None:
    expected = [case["expect"].get("error", {}).get("code") for case in vector_cases.load()]
    assert code in expected


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tracebacks show no notes")
def test_the_traceback_of_a_wrong_secret_shows_what_to_do() -> None:
    with pytest.raises(WebhookConfigurationError) as caught:
        Webhook("whsec_short")
    for error in (caught.value, copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        *_, message, help = traceback.format_exception_only(error)
        assert message.endswith("the secret is shorter than 16 bytes, or all zeros (secret_weak)\n")
        assert help == f"help: {error.help}\n"
        assert pieces(error) == pieces(caught.value)


def test_one_secret_has_no_number() -> None:
    for given, message in [
        ("", "the secret is missing or empty"),
        (["", "x" * 16], "secret 1 is missing or empty"),
        (["x" * 24, "short"], "secret 2 is shorter than 16 bytes, or all zeros"),
    ]:
        with pytest.raises(WebhookConfigurationError) as caught:
            Webhook(given, schemes=["pivotal"])
        assert str(caught.value).startswith(message)


def test_an_unknown_scheme_is_told_the_valid_ones() -> None:
    unknown: Any = ["svx"], ["pivot"]
    for schemes in unknown:
        with pytest.raises(WebhookConfigurationError) as caught:
            Webhook(SECRET, schemes=schemes)
        assert all(f"`{name}`" in str(caught.value) for name in ("svix", "pivotal", "pivot"))


def test_an_empty_body_is_not_blamed_on_the_secret() -> None:
    with pytest.raises(WebhookVerificationError) as caught:
        Webhook(SECRET, clock=lambda: NOW).unwrap(b"", signing.svix())
    error = caught.value
    assert (error.code, error.header) == ("signature_mismatch", "svix-signature")
    assert "matches the body, which is empty" in str(error)
    assert "reads the body before the receiver" in error.help
    assert "secret" not in error.help


def test_a_wrong_secret_is_not_the_error_of_a_delivery() -> None:
    with pytest.raises(WebhookConfigurationError) as caught:
        Webhook("")
    assert not isinstance(caught.value, WebhookVerificationError)
    assert not isinstance(too_old(), WebhookConfigurationError)
    for error in (caught.value, too_old()):
        assert isinstance(error, WebhookError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is WebhookConfigurationError
    assert pieces(again) == pieces(caught.value)


def test_an_error_carries_what_there_is_to_know() -> None:
    error = too_old()
    assert isinstance(error, Exception)
    assert str(error) == (
        "the delivery is authentic but 301 s old; 300 s are allowed (timestamp_too_old)"
    )
    assert (error.code, error.status) == ("timestamp_too_old", 401)
    assert (error.skew, error.tolerance) == (301, 300)
    assert error.header is error.path is error.reason is None


def test_an_error_names_the_field_at_fault() -> None:
    body = b'{"id":"evt_1","type":"customer.at_risk","data":{"previous_attributes":[]}}'
    with pytest.raises(WebhookVerificationError) as caught:
        Webhook(SECRET, clock=lambda: NOW).unwrap(body, signing.svix(body))
    error = caught.value
    assert (error.code, error.status) == ("event_malformed", 400)
    assert (error.path, error.reason) == ("data.previous_attributes", "wrong_type")
    assert pieces(copy.copy(error)) == pieces(pickle.loads(pickle.dumps(error))) == pieces(error)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_can_be_pickled(protocol: int) -> None:
    error = too_old()
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is WebhookVerificationError
    assert pieces(again) == pieces(error)
    assert repr(again) == repr(error)


def test_an_error_can_be_copied() -> None:
    error = too_old()
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert pieces(again) == pieces(error)


def test_an_error_crosses_processes() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(WebhookConfigurationError) as caught,
    ):
        pool.submit(Webhook, None).result()
    assert caught.value.code == "secret_empty"


@pytest.mark.parametrize("error_class", [WebhookConfigurationError, WebhookVerificationError])
def test_the_class_takes_its_pieces_in_order(error_class: type[WebhookError]) -> None:
    parameters = [*inspect.signature(error_class).parameters]
    assert parameters == ["message", *PIECES]
    error = error_class("text", "internal", "help", 500)
    assert pieces(error) == ["text", "internal", "help", 500, *[None] * 5]


def test_notes_and_causes_work_as_on_any_exception() -> None:
    error = too_old()
    with pytest.raises(WebhookVerificationError) as caught:
        raise error from OSError("cause")
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value is error
