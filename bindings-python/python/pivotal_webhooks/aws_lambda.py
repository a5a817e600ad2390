"""Receives webhooks in an AWS Lambda function.

    receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


    def handle(event: PivotalEvent) -> None: ...


    lambda_handler = receiver.handler(handle)

It takes what calls a function for HTTP: an API Gateway, REST or HTTP, with either version of the
payload; a load balancer, with multi-value headers or without; and a function's own URL. For a REST
API, set `binaryMediaTypes` to `*/*`: as text, bytes that are no UTF-8 arrive replaced.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, RawBodyGoneError, Receiver

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """One webhook; called with a Lambda event, it returns the webhook's."""

    def __call__(self, request: Mapping[str, Any]) -> EventT:
        """Return the event of a request.

        :param request: The event that Lambda passes to the function.
        :raises WebhookVerificationError: The delivery is refused; answer with its `status`.
        :raises RawBodyGoneError: The body is not what AWS put there.
        :raises TypeError: It is no event of an HTTP request.
        """
        _method(request)
        headers = list(_headers(request))
        codings = [value for name, value in headers if name.lower() == "content-encoding"]
        return self.receive(headers, [_body(request)], encoding=", ".join(codings))

    def handler(
        self, handle: Callable[[EventT], dict[str, Any] | None]
    ) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
        """Make a Lambda handler of a function that takes the event.

        It answers 401, 400 or 413 for what is refused, each with one constant text, and 405 for
        other methods than POST. What it raises AWS answers with a status of 5xx, and the sender
        tries again.

        :param handle: What it returns is the response, in the shape that the caller takes; `None`
            is 200 `ok`.
        """

        @wraps(handle)
        def handler(request: dict[str, Any], _context: Any) -> dict[str, Any]:
            if _method(request) != "POST":
                return _answer(request, 405, allow="POST")
            try:
                event = self(request)
            except WebhookVerificationError as error:
                return _answer(request, error.status)
            response = handle(event)
            return _answer(request, 200) if response is None else response

        return handler


def _method(request: Mapping[str, Any]) -> str:
    context: Mapping[str, Any] = request.get("requestContext") or {}
    method: str | None = request.get("httpMethod") or context.get("http", {}).get("method")
    if method is None:
        raise TypeError(
            "the Lambda event is no HTTP request: those come from an API Gateway, a load balancer "
            "or a function URL"
        )
    return method


def _headers(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # `headers` has only the last of several lines, where this is set.
    if several := request.get("multiValueHeaders"):
        for name, values in several.items():
            yield from ((name, value) for value in values)
    else:
        yield from (request.get("headers") or {}).items()


def _body(request: Mapping[str, Any]) -> bytes:
    body: str | None = request.get("body")
    try:
        if body is None:
            return b""
        if request.get("isBase64Encoded"):
            return base64.b64decode(body, validate=True)
        # As JSON can hold it; half a pair of surrogates has no other encoding, and no signature.
        return body.encode(errors="surrogatepass")
    except (AttributeError, TypeError, ValueError) as error:
        raise RawBodyGoneError(
            "`body` is not the text, or the base64, that AWS puts there, and a signature covers "
            "the raw bytes: look for a middleware or a decorator that decodes or parses it, and "
            "let the receiver come first"
        ) from error


def _answer(request: Mapping[str, Any], status: int, **headers: str) -> dict[str, Any]:
    headers["content-type"] = "text/plain; charset=utf-8"
    response = {"statusCode": status, "body": ANSWERS[status], "isBase64Encoded": False}
    if "elb" in request["requestContext"]:
        response["statusDescription"] = f"{status} {HTTPStatus(status).phrase}"
    if "multiValueHeaders" in request:
        return {**response, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    return {**response, "headers": headers}
