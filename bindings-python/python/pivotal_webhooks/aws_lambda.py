"""Receives webhooks in an AWS Lambda function.

    receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


    @receiver.handler
    def lambda_handler(event: PivotalEvent) -> None: ...

It takes the events of everything that calls a function for HTTP: API Gateway (REST and HTTP APIs,
both versions of the payload), an Application Load Balancer with or without multi-value headers, VPC
Lattice (both versions) and a function URL. For a REST API, set `binaryMediaTypes` to `*/*`:
otherwise bytes that are not UTF-8 arrive replaced.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache, wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pivotal_webhooks import receiving
from pivotal_webhooks.receiving import (
    Answer,
    EventT,
    RawBodyGoneError,
    Receiver,
    check_callable,
    is_async,
)

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["WebhookReceiver"]


@cache
def _loop() -> AbstractEventLoop:
    """The one event loop of the process. Clients that live longer than one invocation need it."""
    import asyncio
    import atexit

    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


class WebhookReceiver(Receiver[EventT]):
    """A webhook; called with a Lambda event, it returns the webhook's event.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    _awaits: ClassVar[bool] = False
    _runs_async: ClassVar[bool] = True

    def __call__(self, request: Mapping[str, Any]) -> EventT:
        """Return the event of a request.

        :param request: The event that Lambda passes to the function.
        :raises WebhookVerificationError: The delivery is refused; answer with its `status`.
        :raises RawBodyGoneError: `body` is not the text that AWS put there.
        :raises TypeError: It is not the event of an HTTP request, or this receiver has a store:
            use `handler`.
        """
        self._check_no_store()
        facts = _facts(request)
        return self.receive(facts.headers, facts.body, encoding=facts.encoding)

    def handler(
        self, handle: Callable[[EventT], dict[str, Any] | Awaitable[dict[str, Any] | None] | None]
    ) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
        """Make a Lambda handler of a function that takes the event.

        It answers 401, 400 or 413 to a refused delivery, with one constant text per status, and 405
        to other methods than POST. If `handle` raises, AWS answers with a status of 5xx, and the
        sender tries again.

        :param handle: A function, plain or async. An async one runs in an event loop that stays
            the same from one invocation to the next. What it returns is the response, in the shape
            that the caller takes; `None` is 200 `ok`.
        :raises TypeError: `handle` can't be called.
        """
        check_callable("handle", handle, awaits=True, generators=False)

        def run(event: EventT) -> object:
            returned = handle(event)
            return self._run_async(cast("Any", returned)) if asynchronous else returned

        asynchronous = is_async(handle)

        @wraps(handle)
        def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
            answer = self._respond(_facts(request), run, lease=_left(context))
            if answer.returned is None:
                return _response(request, answer)
            return cast("dict[str, Any]", answer.returned)

        del vars(handler)["__wrapped__"]  # its parameters are Lambda's
        return handler

    def _run_async(self, awaitable: Awaitable[object]) -> object:
        """Wait for an awaitable in the event loop of the process."""

        async def awaited() -> object:
            return await awaitable

        return _loop().run_until_complete(awaited())

    _with_store: ClassVar[str] = "`receiver.handler`"

    def _succeeded(self, returned: dict[str, Any] | None) -> bool:
        return returned is None or 200 <= int(returned.get("statusCode", 200)) < 300


def _left(context: Any) -> int | None:
    """The rest of the invocation, in milliseconds: after it AWS has ended the function, and the
    event can be handled again."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    return None if left is None else max(1, left())


def _facts(request: Mapping[str, Any]) -> receiving.Request[Iterator[bytes]]:
    method = _method(request)
    headers = list(_headers(request))

    def header(name: str) -> str:
        return ", ".join(str(value) for key, value in headers if key.lower() == name)

    # A generator, so that other methods than POST need no body.
    body = (_body(request) for _ in range(1))
    return receiving.Request(
        headers,
        body,
        method=method,
        encoding=header("content-encoding"),
        length=header("content-length"),
        chunked=bool(header("transfer-encoding")),
        gone=_GONE,
    )


def _method(request: Any) -> str:
    if isinstance(request, Mapping):
        given = cast("Mapping[str, Any]", request)
        http = _object(_object(given.get("requestContext")).get("http"))
        # `method` at the top is VPC Lattice's.
        places = (given.get("httpMethod"), http.get("method"), given.get("method"))
        method: Any = next((found for found in places if found is not None), None)
        if isinstance(method, str):
            return method
    raise _no_request(cast("object", request))


def _object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _no_request(request: object) -> TypeError:
    return TypeError(
        f"the Lambda event (of type {type(request).__name__}) is not an HTTP request: those come "
        "from API Gateway, a load balancer, VPC Lattice or a function URL"
    )


def _headers(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # `headers` has only the last of several lines if `multiValueHeaders` is set. VPC Lattice has
    # lists in `headers` in version 2.
    given = request.get("multiValueHeaders"), request.get("headers")
    if not all(isinstance(headers, Mapping | None) for headers in given):
        raise _no_request(cast("object", request))
    several, single = map(_object, given)
    for name, value in (several or single).items():
        lines = cast("list[str | None]", value if isinstance(value, list) else [value])
        yield from ((name, line) for line in lines if line is not None)


_GONE = (
    "`body` is not the text, or the base64, that AWS puts there, and a signature covers the raw "
    "bytes: look for a middleware or a decorator that decodes or parses it, and let the receiver "
    "come first"
)


def _body(request: Mapping[str, Any]) -> bytes:
    body: str | None = request.get("body")
    if body is None:
        return b""
    try:
        if _is_base64(request):
            padded = body if body.endswith("=") else body + "=" * (-len(body) % 4)
            return base64.b64decode(padded, validate=True)
        # JSON can hold one half of a surrogate pair, which `encode()` alone refuses.
        return body.encode(errors="surrogatepass")
    except (AttributeError, TypeError, ValueError) as error:
        raise RawBodyGoneError(_GONE) from error


def _is_base64(request: Mapping[str, Any]) -> bool:
    """The flag of the body. AWS has a boolean; emulators have text or null.

    :raises ValueError: It is something else, and nothing says what the body is.
    """
    flags = (request.get("isBase64Encoded"), request.get("is_base64_encoded"))
    flag: object = next((given for given in flags if given is not None), False)
    known = {"": False, "false": False, "true": True}
    text = str(flag).lower() if isinstance(flag, bool | str) else None
    if text not in known:
        raise ValueError("isBase64Encoded is neither true nor false")
    return known[text]


def _response(request: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    headers = {"content-type": "text/plain; charset=utf-8"}
    headers |= answer.headers()
    # AWS keeps its own connection to the sender.
    headers.pop("connection", None)
    status = answer.status
    response = {"statusCode": status, "body": answer.text, "isBase64Encoded": False}
    # A load balancer and VPC Lattice require it.
    if "elb" in _object(request.get("requestContext")) or isinstance(request.get("method"), str):
        response["statusDescription"] = f"{status} {HTTPStatus(status).phrase}"
    if "multiValueHeaders" in request and (
        request["multiValueHeaders"] or not request.get("headers")
    ):
        return {**response, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    return {**response, "headers": headers}
