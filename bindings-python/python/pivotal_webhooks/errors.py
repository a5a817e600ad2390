"""The exceptions of this package.

`WebhookError` has two subclasses: `WebhookConfigurationError` for a fault of this program's own
configuration, `WebhookVerificationError` for everything else. A `DumpError` is none of them: it is
about an event that was verified before.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing `typing` takes longer than importing this package
    from pivotal_webhooks.codes import DumpErrorCode, ErrorCode, EventReason, PayloadReason


class WebhookError(Exception):
    """The base of `WebhookConfigurationError` and `WebhookVerificationError`; not raised itself.

    The text of an error is fixed: it names headers, options and positions, and never contains a
    secret or a value from the request. Branch on `code`, log `str(error)` and `help`, and answer
    the sender with `status` and a constant body.
    """

    # With slots, and without a call of `super().__init__`, an error takes a third of the time to
    # make. `BaseException.__new__` stores all arguments in `args`, so that pickling and copying
    # need no code here.
    __slots__ = ("code", "header", "help", "path", "reason", "skew", "status", "tolerance")

    code: "ErrorCode"
    """The stable name of the kind of error, the same in every language. It is the title of its
    section in `docs/troubleshooting.md`."""
    help: str
    """What the operator of the receiver can do about it, and the section of
    `docs/troubleshooting.md` that says more."""
    status: int
    """The HTTP status to answer with: 400, 401, 413 or 500."""
    header: str | None
    """The name of the header that is at fault, in lower case."""
    path: str | None
    """The field of the event that is malformed: names joined by full stops."""
    reason: "PayloadReason | EventReason | None"
    """How the body, or the field at `path`, is malformed."""
    skew: int | None
    """Seconds from the signed time to the clock; negative if the signed time is ahead."""
    tolerance: int | None
    """The number of seconds that was allowed, where there is a `skew`."""

    _shows_help = False
    """Whether a traceback shows `help`. A refusal is logged, and its traceback is not."""

    def __init__(
        self,
        message: str,
        code: "ErrorCode",
        help: str,
        status: int,
        header: str | None = None,
        path: str | None = None,
        reason: "PayloadReason | EventReason | None" = None,
        skew: int | None = None,
        tolerance: int | None = None,
        /,
    ) -> None:
        self.code = code
        self.help = help
        self.status = status
        self.header = header
        self.path = path
        self.reason = reason
        self.skew = skew
        self.tolerance = tolerance
        if self._shows_help:
            self.__notes__ = [f"help: {help}"]

    def __str__(self) -> str:
        return str(self.args[0])


class WebhookConfigurationError(WebhookError):
    """The secrets or the options of a `Webhook` can't be used.

    Raised when a `Webhook` is made; if its secret is a function, also by the first call that needs
    the secret. The code is `secret_empty`, `secret_malformed`, `secret_weak` or `config_invalid`.
    A traceback shows `help` too, from Python 3.11 on.
    """

    __slots__ = ()

    _shows_help = True


class WebhookVerificationError(WebhookError):
    """A delivery is not accepted: not authentic, not fresh, or not an event.

    The code is any code except the four of `WebhookConfigurationError`.
    """

    __slots__ = ()


class DumpError(ValueError):
    """Bytes are not restored as an event by `restore_trusted`.

    Branch on `code`, and log `str(error)` and `help`. The text never contains a part of the dump.
    """

    __slots__ = ("code", "help")

    code: "DumpErrorCode"
    """The stable name of the kind of error, the same in every language."""
    help: str
    """What the operator of the worker can do about it."""

    def __init__(self, message: str, code: "DumpErrorCode", help: str, /) -> None:
        self.code = code
        self.help = help

    def __str__(self) -> str:
        return str(self.args[0])
