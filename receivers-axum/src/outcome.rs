//! What a receiver reports about each request, and the log line that it writes by default.

use std::{fmt, sync::Arc};

use pivotal_webhooks::{Error, Event, Scheme, Verified};

/// The target of this crate's events in `tracing`.
pub(crate) const TARGET: &str = "pivotal_webhooks";

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The delivery is authentic, and the handler runs.
    Accepted,
    /// The delivery is refused.
    Refused,
    /// The sender hung up before the end of the body, or the server ended the request. If no byte was read,
    /// something else may have read the body before.
    Aborted,
    /// The body was not complete when the time for it had ended: see
    /// [`WebhookLayer::body_timeout`](crate::WebhookLayer::body_timeout).
    TimedOut,
}

impl Verdict {
    /// `accepted`, `refused`, `aborted` or `timed_out`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Aborted => "aborted",
            Self::TimedOut => "timed_out",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The outcome of one request, for logs and metrics.
///
/// `error` and `event` are whole objects: read from them what you need, and don't write the event's
/// record or its raw body to a log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome<'o> {
    /// What became of the request.
    pub verdict: Verdict,
    /// The HTTP status that verification leads to: 200, or the status of the error. 400 if aborted, 408 if
    /// timed out.
    pub status: u16,
    /// The header scheme, if the signature is genuine.
    pub scheme: Option<Scheme>,
    /// The receiver's time minus the signed time, in seconds; negative if the signed time is ahead.
    pub skew: Option<i64>,
    /// The label of the secret that made the signature, if the signature is genuine.
    pub label: Option<&'o str>,
    /// The signed id of the delivery, if the signature is genuine and covers one.
    pub delivery_id: Option<&'o str>,
    /// How many bytes of the body were read.
    pub body_bytes: usize,
    /// The reason of a refusal.
    pub error: Option<&'o Error>,
    /// The event of an accepted delivery.
    pub event: Option<&'o Event<'o>>,
}

impl<'o> Outcome<'o> {
    pub(crate) fn accepted(event: &'o Event<'o>, body_bytes: usize) -> Self {
        let unsigned = Self::aborted(body_bytes);
        Self { verdict: Verdict::Accepted, status: 200, event: Some(event), ..unsigned }
            .signed(event.delivery())
    }

    pub(crate) fn refused(error: &'o Error, body_bytes: usize) -> Self {
        Self {
            verdict: Verdict::Refused,
            status: error.status(),
            skew: error.skew(),
            error: Some(error),
            ..Self::aborted(body_bytes)
        }
    }

    /// Adds the facts of an authentic delivery.
    pub(crate) fn signed(self, delivery: &Verified<'o>) -> Self {
        Self {
            scheme: Some(delivery.scheme()),
            skew: delivery.skew(),
            label: delivery.label(),
            delivery_id: delivery.id(),
            ..self
        }
    }

    pub(crate) const fn aborted(body_bytes: usize) -> Self {
        Self {
            verdict: Verdict::Aborted,
            status: 400,
            scheme: None,
            skew: None,
            label: None,
            delivery_id: None,
            body_bytes,
            error: None,
            event: None,
        }
    }

    pub(crate) const fn timed_out(body_bytes: usize) -> Self {
        Self { verdict: Verdict::TimedOut, status: 408, ..Self::aborted(body_bytes) }
    }
}

/// The function that gets every outcome.
pub(crate) type Hook = Arc<dyn Fn(&Outcome<'_>) + Send + Sync>;

/// Logs an outcome in one event of `tracing`, with the target `pivotal_webhooks`: the default of
/// [`WebhookLayer::on_outcome`](crate::WebhookLayer::on_outcome).
///
/// Accepted and aborted deliveries have level INFO. Refused ones, those that timed out, and aborted ones of
/// which no byte was read, have level WARN, and their field `help` says what to do. `docs` is the address of the section about
/// `code` in `docs/troubleshooting.md`. A fault of the receiver has level ERROR.
///
/// The fields are, as far as they are known, `status`, `code`, `scheme`, `skew`, `label`, `delivery_id`,
/// `event_type`, `event_id`, `header`, `path`, `reason`, `body_bytes`, `help` and `docs`. None of them holds a secret,
/// a signature, or a part of the body other than the event's type and id.
pub fn log_outcome(outcome: &Outcome<'_>) {
    macro_rules! log {
        ($level:expr, $help:expr, $($title:tt)+) => {
            tracing::event!(
                target: TARGET,
                $level,
                status = outcome.status,
                code = outcome.error.map(|error| error.code().as_str()),
                scheme = outcome.scheme.map(Scheme::as_str),
                skew = outcome.skew,
                label = outcome.label,
                delivery_id = outcome.delivery_id,
                event_type = outcome.event.map(Event::event_type),
                event_id = outcome.event.and_then(Event::id),
                header = outcome.error.and_then(Error::header),
                path = outcome.error.and_then(Error::path).map(tracing::field::display),
                reason = outcome.error.and_then(Error::reason),
                body_bytes = outcome.body_bytes,
                help = $help,
                docs = outcome.error.map(|error| error.code().docs()),
                $($title)+
            )
        };
    }
    let nothing = None::<&str>;
    match (outcome.verdict, outcome.error) {
        (Verdict::Refused, Some(error)) => {
            let help = Some(tracing::field::display(error.help()));
            if outcome.status >= 500 {
                log!(tracing::Level::ERROR, help, "webhook failed ({})", error.code());
            } else {
                log!(tracing::Level::WARN, help, "webhook refused ({})", error.code());
            }
        }
        (Verdict::Aborted, _) if outcome.body_bytes == 0 => log!(
            tracing::Level::WARN,
            Some(NOTHING_READ),
            "webhook aborted: the sender hung up, or something read the body before the receiver"
        ),
        (Verdict::Aborted, _) => {
            log!(tracing::Level::INFO, nothing, "webhook aborted: the sender hung up");
        }
        (Verdict::TimedOut, _) => log!(
            tracing::Level::WARN,
            Some(TIMED_OUT),
            "webhook timed out: its body did not arrive in time"
        ),
        _ => log!(tracing::Level::INFO, nothing, "webhook accepted"),
    }
}

const NOTHING_READ: &str = "if this happens to deliveries that their sender did not break off, look for \
                            a layer that reads the body before the receiver";

const TIMED_OUT: &str = "no supported sender is this slow: look for a slow proxy, or for a caller that is not \
                         the sender; raise `body_timeout` if your deliveries really need longer";
