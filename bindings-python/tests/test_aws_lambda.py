"""The receiver as a Lambda function, with the events of everything that calls one for HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import receiver_suite
import signing
from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.aws_lambda import WebhookReceiver
from pivotal_webhooks.receiving import ANSWERS, RawBodyGoneError
from receiver_suite import BAD, UNAUTHORIZED, Headers, fresh, handled, outcomes, webhook
from signing import BODY

receiver = WebhookReceiver(webhook, on_outcome=outcomes.append)


@receiver.handler
def lambda_handler(event: Any) -> None:
    receiver_suite.handle(event, event.raw)


def joined(headers: Headers) -> dict[str, str]:
    values = several(headers)
    return {name: ",".join(values[name]) for name in values}


def several(headers: Headers) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    return values


def rest(method: str, headers: Headers) -> dict[str, Any]:
    """A REST API: letter case kept, every line in `multiValueHeaders` alone."""
    titled = [(name.title(), value) for name, value in headers]
    return {
        "resource": "/webhooks/pivotal",
        "path": "/webhooks/pivotal",
        "httpMethod": method,
        "headers": dict(titled) or None,
        "multiValueHeaders": several(titled) or None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "2gxmpl",
            "resourcePath": "/webhooks/pivotal",
            "httpMethod": method,
            "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "Svix-Webhooks/1.0"},
            "stage": "prod",
            "apiId": "70ixmpl4fl",
        },
    }


def http_1(method: str, headers: Headers) -> dict[str, Any]:
    """An HTTP API with version 1.0 of the payload."""
    return {"version": "1.0", **rest(method, headers)}


def http_2(method: str, headers: Headers) -> dict[str, Any]:
    """An HTTP API with version 2.0 of the payload: names in lower case, lines joined."""
    return {
        "version": "2.0",
        "routeKey": "ANY /webhooks/pivotal",
        "rawPath": "/webhooks/pivotal",
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in joined(headers).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "http": {
                "method": method,
                "path": "/webhooks/pivotal",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "Svix-Webhooks/1.0",
            },
            "stage": "$default",
            "timeEpoch": 1583348638390,
        },
    }


def function_url(method: str, headers: Headers) -> dict[str, Any]:
    """The URL of the function itself."""
    return {**http_2(method, headers), "routeKey": "$default", "stageVariables": None}


def balancer(method: str, headers: Headers) -> dict[str, Any]:
    """A load balancer: the last line of each name."""
    group = (
        "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/lambda/49e9d65c45c6791a"
    )
    return {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": method,
        "path": "/webhooks/pivotal",
        "queryStringParameters": {},
        "headers": dict(headers),
    }


def multi_value_balancer(method: str, headers: Headers) -> dict[str, Any]:
    """A load balancer that is set to send multi-value headers: it has no others."""
    event = balancer(method, headers)
    return {**event, "multiValueHeaders": several(headers), "headers": None}


def without_headers(method: str, headers: Headers) -> dict[str, Any]:
    event = multi_value_balancer(method, headers)
    del event["headers"]
    return event


Caller = Callable[[str, Headers], dict[str, Any]]
CALLERS: list[Caller] = [
    rest,
    http_1,
    http_2,
    function_url,
    balancer,
    multi_value_balancer,
    without_headers,
]
each_caller = pytest.mark.parametrize("caller", CALLERS)


@pytest.fixture(autouse=True)
def _no_outcomes() -> Iterator[None]:
    outcomes.clear()
    handled.clear()
    yield
    outcomes.clear()


def request(
    caller: Caller, headers: Headers, body: bytes | None = BODY, method: str = "POST"
) -> dict[str, Any]:
    """The event as its caller sends it: text that is UTF-8 may come as it is."""
    event = caller(method, headers)
    if body is None:
        return {**event, "body": None, "isBase64Encoded": False}
    return {**event, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def response(caller: Caller, status: int, **more: str) -> dict[str, Any]:
    headers = {**more, "content-type": "text/plain; charset=utf-8"}
    answer = {"statusCode": status, "body": ANSWERS[status], "isBase64Encoded": False}
    phrases = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 405: "Method Not Allowed"}
    if "balancer" in caller.__name__ or caller is without_headers:
        answer["statusDescription"] = f"{status} {phrases[status]}"
    if caller in (http_2, function_url, balancer):
        return {**answer, "headers": headers}
    return {**answer, "multiValueHeaders": {name: [value] for name, value in headers.items()}}


@each_caller
def test_an_event_is_handled(caller: Caller) -> None:
    event = request(caller, fresh())
    assert lambda_handler(event, None) == response(caller, 200)
    as_text = {**event, "body": BODY.decode(), "isBase64Encoded": False}
    assert lambda_handler(as_text, None) == response(caller, 200)
    assert handled == [("evt_1", BODY)] * 2
    assert [outcome.code for outcome in outcomes] == [None, None]


@each_caller
@pytest.mark.parametrize("which", UNAUTHORIZED)
def test_what_is_not_authentic_is_unauthorized(caller: Caller, which: str) -> None:
    headers, code = UNAUTHORIZED[which]
    if which == "twice compressed" and caller is balancer:
        pytest.skip("the balancer hides the first line")
    assert lambda_handler(request(caller, headers), None) == response(caller, 401)
    assert (outcomes[0].code, handled) == (code, [])


@each_caller
@pytest.mark.parametrize("body", BAD)
def test_what_is_no_event_is_bad(caller: Caller, body: bytes) -> None:
    assert lambda_handler(request(caller, fresh(body), body), None) == response(caller, 400)
    assert (outcomes[0].code, handled) == (BAD[body], [])


@each_caller
def test_a_second_line_is_never_believed(caller: Caller) -> None:
    twice = [*fresh(), ("svix-id", "msg_evil")]
    assert lambda_handler(request(caller, twice), None) == response(caller, 401)
    expected: dict[Caller, str] = {
        http_2: "header_malformed",
        function_url: "header_malformed",
        balancer: "signature_mismatch",
    }
    assert outcomes[0].code == expected.get(caller, "header_duplicated")


@each_caller
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_other_methods_are_answered_405(caller: Caller, method: str) -> None:
    event = request(caller, fresh(), None, method)
    assert lambda_handler(event, None) == response(caller, 405, allow="POST")
    assert (handled, outcomes) == ([], [])


@each_caller
def test_no_body_is_an_empty_one(caller: Caller) -> None:
    event = request(caller, fresh(b""), None)
    for given in (event, {**event, "body": ""}, {**event, "isBase64Encoded": True}):
        assert lambda_handler(given, None) == response(caller, 400)
    del event["body"], event["isBase64Encoded"]
    assert lambda_handler(event, None) == response(caller, 400)
    assert {outcome.code for outcome in outcomes} == {"payload_malformed"}


def test_a_body_beyond_the_limit_is_too_large() -> None:
    body = b" " * (webhook.max_body + 1)
    assert lambda_handler(request(http_2, fresh(body), body), None)["statusCode"] == 413


def test_text_is_never_repaired() -> None:
    body = '{"id":"\ud800"}'
    headers = fresh(body.encode(errors="replace"))
    event = {**http_2("POST", headers), "body": body, "isBase64Encoded": False}
    assert lambda_handler(event, None)["statusCode"] == 401
    assert outcomes[0].code == "signature_mismatch"


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        ({"id": "evt_1"}, False),
        ({}, False),
        ({"id": "evt_1"}, True),
        (BODY, False),
        (BODY.decode(), True),
        ("e30=e", True),
        ("e", True),
        ("e30=\n", True),
        ("e-0_", True),
        ("\xe9", True),
    ],
)
def test_a_body_that_is_gone_is_an_error_of_the_program(body: Any, is_base64: bool) -> None:
    event = {**rest("POST", fresh()), "body": body, "isBase64Encoded": is_base64}
    for call in (receiver, lambda request: lambda_handler(request, None)):
        with pytest.raises(RawBodyGoneError, match="let the receiver come first"):
            call(event)
    assert (handled, outcomes) == ([], [])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"eventSource": "aws:sqs", "body": BODY.decode()}]},
        {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
        {"requestContext": {"routeKey": "$connect", "eventType": "CONNECT"}, "headers": {}},
        {"httpMethod": None, "requestContext": None},
    ],
    ids=["nothing", "SQS", "schedule", "web socket", "null"],
)
def test_what_is_no_request_is_an_error_of_the_program(event: dict[str, Any]) -> None:
    for call in (receiver, lambda request: lambda_handler(request, None)):
        with pytest.raises(TypeError, match="not an HTTP request"):
            call(event)


def test_what_the_handler_raises_is_awss_to_answer() -> None:
    body = b'{"id":"evt_1","type":"customer.churned","data":{}}'
    with pytest.raises(LookupError):
        lambda_handler(request(http_2, fresh(body), body), None)


def test_a_handler_may_answer_and_a_function_call_the_receiver() -> None:
    answering = receiver.handler(lambda event: {"statusCode": 202, "body": event.type})
    event = request(http_2, fresh())
    assert answering(event, None) == {"statusCode": 202, "body": "customer.at_risk"}
    assert receiver(event).id == "evt_1"
    with pytest.raises(WebhookVerificationError) as caught:
        receiver(request(http_2, []))
    assert caught.value.status == 401


def test_both_schemes_of_pivotal_arrive() -> None:
    headers = [*signing.pivotal(event="customer.at_risk").items()]
    for caller in CALLERS:
        assert lambda_handler(request(caller, headers), None)["statusCode"] == 200
    assert {outcome.scheme for outcome in outcomes} == {"pivotal"}


def lattice_1(method: str, headers: Headers) -> dict[str, Any]:
    """VPC Lattice with version 1 of the event."""
    return {"raw_path": "/", "method": method, "headers": joined(headers)}


def lattice_2(method: str, headers: Headers) -> dict[str, Any]:
    """VPC Lattice with version 2 of the event: lists of lines."""
    context = {"serviceArn": "arn:aws:vpc-lattice:us-east-2:123456789012:service/svc-0"}
    return {
        "version": "2.0",
        "path": "/",
        "method": method,
        "headers": several(headers),
        "requestContext": context,
    }


@pytest.mark.parametrize("caller", [lattice_1, lattice_2])
def test_vpc_lattice_calls_it(caller: Caller) -> None:
    event = request(caller, fresh())
    if caller is lattice_1:
        event["is_base64_encoded"] = event.pop("isBase64Encoded")
    assert lambda_handler(event, None)["statusCode"] == 200
    assert lambda_handler(request(caller, []), None)["statusCode"] == 401
    assert lambda_handler(request(caller, [], method="GET"), None)["statusCode"] == 405


@pytest.mark.parametrize("several", [None, {}])
def test_empty_multi_value_headers_hide_no_others(several: Any) -> None:
    event = {**request(http_2, fresh()), "multiValueHeaders": several}
    assert lambda_handler(event, None)["headers"]


def test_a_header_of_null_is_absent() -> None:
    event = request(http_2, fresh())
    event["headers"] |= {"content-encoding": None, "pivotal-event": None}
    assert lambda_handler(event, None)["statusCode"] == 200


def test_emulators_differ_in_details() -> None:
    event = request(rest, fresh())
    event["multiValueHeaders"] = {name: value for name, [value] in several(fresh()).items()}
    event["isBase64Encoded"] = "true"
    event["body"] = event["body"].rstrip("=")
    assert lambda_handler(event, None)["statusCode"] == 200
    as_text = {**event, "body": BODY.decode(), "isBase64Encoded": "false"}
    assert lambda_handler(as_text, None)["statusCode"] == 200


@pytest.mark.parametrize("event", [None, [], "text", 1])
def test_an_event_that_is_no_dict_is_a_type_error(event: Any) -> None:
    with pytest.raises(TypeError, match="not an HTTP request"):
        lambda_handler(event, None)


CASES = json.loads(
    Path(__file__).parents[2].joinpath("test-vectors", "lambda.json").read_text("utf-8")
)


def event_of(case: dict[str, Any]) -> dict[str, Any]:
    body = CASES["body"]
    placeholders = {
        "$headers": CASES["headers"],
        "$lines": {name: [value] for name, value in CASES["headers"].items()},
        "$body": body,
        "$base64": base64.b64encode(body.encode()).decode(),
    }
    event = CASES["event"] | case["change"]
    return {
        name: placeholders.get(value, value) if isinstance(value, str) else value
        for name, value in event.items()
    }


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_an_event_is_answered_as_in_javascript(case: dict[str, Any]) -> None:
    expected = case["expected"]
    shared = WebhookReceiver(Webhook(CASES["secret"], clock=lambda: CASES["now"]))
    handler = shared.handler(lambda event: None)
    if "error" in expected:
        texts = {"request": "is not an HTTP request", "body": "`body` is not the text"}
        with pytest.raises(TypeError, match=texts[expected["error"]]):
            handler(event_of(case), None)
        return
    answer = handler(event_of(case), None)
    assert answer["statusCode"] == expected["status"]
    assert {"headers", "multiValueHeaders"} & {*answer} == {expected["headers"]}
    assert answer.get("statusDescription") == expected.get("statusDescription")


@each_caller
@pytest.mark.parametrize("name", ["svix-id", "svix-timestamp"])
def test_two_equal_lines_are_refused_too(caller: Caller, name: str) -> None:
    if caller is balancer:
        pytest.skip("the balancer hides the first line")
    twice = [*fresh(), (name, dict(fresh())[name])]
    assert lambda_handler(request(caller, twice), None)["statusCode"] == 401
    codes = {"header_duplicated", "header_malformed", "timestamp_malformed"}
    assert outcomes[0].code in codes


@each_caller
def test_lines_of_signatures_are_one_list(caller: Caller) -> None:
    forged = ("svix-signature", fresh(b"{}")[2][1])
    event = request(caller, [forged, *fresh()])
    assert lambda_handler(event, None)["statusCode"] == 200


def test_an_async_handler_and_hook_run_in_one_event_loop() -> None:
    loops: list[Any] = []

    async def handle(event: Any) -> None:
        loops.append(asyncio.get_running_loop())

    async def hook(outcome: Any) -> None:
        await handle(outcome)

    for _ in range(2):
        assert receiver.handler(handle)(request(http_2, fresh()), None)["statusCode"] == 200
    hooked = WebhookReceiver(webhook, on_outcome=hook)
    assert hooked.handler(handle)(request(http_2, fresh()), None)["statusCode"] == 200
    assert hooked(request(http_2, fresh())).id == "evt_1"
    assert hooked.handler(handle)(request(http_2, []), None)["statusCode"] == 401
    assert (len(loops), len({*loops})) == (6, 1)
