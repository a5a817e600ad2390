"""The one exception of this package."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself takes longer to load than this package
    from pivotal_webhooks.codes import ErrorCode, EventReason, PayloadReason


class WebhookVerificationError(Exception):
    """A webhook could not be configured, or a delivery was not accepted.

    Its text is fixed: it names headers and positions, never a secret or a value from the request.
    Branch on `code`; log `str(error)` and `help`; answer the sender with `status` and a constant
    body.
    """

    # Slots, and no call of `super().__init__`: a third of the time, and there may be a flood of
    # these. `args` holds all the pieces, so that pickling and copying work by themselves.
    __slots__ = ("code", "header", "help", "path", "reason", "skew", "status", "tolerance")

    code: "ErrorCode"
    """The kind of error, the same in every language."""
    help: str
    """What to do about it, for the receiver's operator."""
    status: int
    """The HTTP status for the answer to the sender."""
    header: str | None
    """The header at fault, in lower case."""
    path: str | None
    """The field of the event that is malformed, names joined by full stops."""
    reason: "PayloadReason | EventReason | None"
    """In what respect the body of an authentic delivery, or that field, is malformed."""
    skew: int | None
    """Seconds between the signed time and the clock, whichever is ahead."""
    tolerance: int | None
    """Seconds that were allowed where `skew` was found."""

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

    def __str__(self) -> str:
        return str(self.args[0])
