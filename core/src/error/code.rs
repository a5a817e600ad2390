//! The codes of errors, and the facts that all errors of one code share.

use alloc::string::String;
use core::fmt;

use super::Text;

/// The stable name of a kind of [`Error`](super::Error), the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `secret_empty`
    SecretEmpty,
    /// `secret_malformed`
    SecretMalformed,
    /// `secret_weak`
    SecretWeak,
    /// `config_invalid`
    ConfigInvalid,
    /// `payload_too_large`
    PayloadTooLarge,
    /// `header_missing`
    HeaderMissing,
    /// `header_duplicated`
    HeaderDuplicated,
    /// `header_malformed`
    HeaderMalformed,
    /// `timestamp_malformed`
    TimestampMalformed,
    /// `too_many_signatures`
    TooManySignatures,
    /// `signature_mismatch`
    SignatureMismatch,
    /// `timestamp_too_old`
    TimestampTooOld,
    /// `timestamp_too_new`
    TimestampTooNew,
    /// `payload_malformed`
    PayloadMalformed,
    /// `event_malformed`
    EventMalformed,
    /// `event_type_mismatch`
    EventTypeMismatch,
    /// `internal`
    Internal,
}

/// The facts that all errors of one code share.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ErrorInfo {
    /// The code in snake case.
    pub name: &'static str,
    /// The HTTP status to answer the sender with; 500 for a fault of the receiver.
    pub status: u16,
    /// The body of that answer: one text per status, so that a sender can't tell errors of one status
    /// apart.
    pub answer: &'static str,
    /// What happened, as one clause.
    pub message: Text,
    /// What to do about it.
    pub help: Text,
}

impl ErrorInfo {
    const fn new(
        name: &'static str,
        (status, answer): (u16, &'static str),
        message: &'static str,
        help: &'static str,
    ) -> Self {
        Self { name, status, answer, message: Text(message), help: Text(help) }
    }
}

const INVALID_PAYLOAD: (u16, &str) = (400, "invalid payload");
const INVALID_SIGNATURE: (u16, &str) = (401, "invalid signature");
const TOO_LARGE: (u16, &str) = (413, "payload too large");
const INTERNAL_ERROR: (u16, &str) = (500, "internal error");

/// The address of the section with this name in `docs/troubleshooting.md`.
pub(crate) fn section(name: &str) -> String {
    let mut address = String::from(SECTIONS);
    address.push_str(name);
    address
}

/// A build of a release knows the repository by its manifest; another one is built in the repository, where
/// the address is the path.
const SECTIONS: &str = if env!("CARGO_PKG_REPOSITORY").is_empty() {
    "docs/troubleshooting.md#"
} else {
    concat!(
        env!("CARGO_PKG_REPOSITORY"),
        "/blob/v",
        env!("CARGO_PKG_VERSION"),
        "/docs/troubleshooting.md#"
    )
};

impl ErrorCode {
    /// Every code, in the order of the checks.
    pub const ALL: &'static [Self] = &[
        Self::SecretEmpty,
        Self::SecretMalformed,
        Self::SecretWeak,
        Self::ConfigInvalid,
        Self::PayloadTooLarge,
        Self::HeaderMissing,
        Self::HeaderDuplicated,
        Self::HeaderMalformed,
        Self::TimestampMalformed,
        Self::TooManySignatures,
        Self::SignatureMismatch,
        Self::TimestampTooOld,
        Self::TimestampTooNew,
        Self::PayloadMalformed,
        Self::EventMalformed,
        Self::EventTypeMismatch,
        Self::Internal,
    ];

    /// The address of the section about this code in `docs/troubleshooting.md`.
    #[must_use]
    pub fn docs(self) -> String {
        section(self.as_str())
    }

    /// The facts that all errors of this code share.
    #[must_use]
    pub const fn info(self) -> ErrorInfo {
        match self {
            Self::SecretEmpty => ErrorInfo::new(
                "secret_empty",
                INTERNAL_ERROR,
                "a signing secret is empty",
                "pass the endpoint's signing secret; if it comes from an environment variable, \
                 check that the variable is set where the receiver runs",
            ),
            Self::SecretMalformed => ErrorInfo::new(
                "secret_malformed",
                INTERNAL_ERROR,
                "a signing secret is not valid for the accepted schemes (`svix` needs base64)",
                "copy the secret again, whole and unquoted, `whsec_` included; if the endpoint's \
                 secret is not base64, name the schemes that the endpoint uses, for example \
                 {pivotal_schemes}, or set {text_key}",
            ),
            Self::SecretWeak => ErrorInfo::new(
                "secret_weak",
                INTERNAL_ERROR,
                "a signing secret is shorter than 16 bytes, or all zeros",
                "this looks like a placeholder; copy the signing secret from the settings page of \
                 the endpoint",
            ),
            Self::ConfigInvalid => ErrorInfo::new(
                "config_invalid",
                INTERNAL_ERROR,
                "an option has a value that is not allowed",
                "check this option in the documentation of `Webhook`",
            ),
            Self::PayloadTooLarge => ErrorInfo::new(
                "payload_too_large",
                TOO_LARGE,
                "the body is longer than {max_body} allows",
                "raise {max_body} if the sender's events are really this large; the default is \
                 1 MiB",
            ),
            Self::HeaderMissing => ErrorInfo::new(
                "header_missing",
                INVALID_SIGNATURE,
                "a header that the scheme needs is missing",
                "pass every header of the request; if it was passed, a proxy may have removed it, \
                 somebody else may have called this route, or the endpoint may use a scheme that \
                 this webhook does not accept",
            ),
            Self::HeaderDuplicated => ErrorInfo::new(
                "header_duplicated",
                INVALID_SIGNATURE,
                "a header that may appear once appears twice",
                "no supported sender repeats this header; look for a proxy or a client that adds \
                 its own",
            ),
            Self::HeaderMalformed => ErrorInfo::new(
                "header_malformed",
                INVALID_SIGNATURE,
                "a header is malformed",
                "no supported sender formats this header like this; look for a proxy that joins \
                 or rewrites headers, or for a caller that is not the sender",
            ),
            Self::TimestampMalformed => ErrorInfo::new(
                "timestamp_malformed",
                INVALID_SIGNATURE,
                "the signed timestamp is not 1 to 12 digits without a leading zero",
                "the timestamp must be Unix time in whole seconds, written in digits only; 13 \
                 digits would be milliseconds",
            ),
            Self::TooManySignatures => ErrorInfo::new(
                "too_many_signatures",
                INVALID_SIGNATURE,
                "the signature header holds more than 32 signatures, or more than 8 KiB",
                "a sender signs once per active secret, so this request does not come from one",
            ),
            Self::SignatureMismatch => ErrorInfo::new(
                "signature_mismatch",
                INVALID_SIGNATURE,
                "no signature matches this body and a configured secret",
                "check that the secret belongs to this endpoint, and that the body is the raw \
                 bytes of the request: JSON that was parsed and written again does not match",
            ),
            Self::TimestampTooOld => ErrorInfo::new(
                "timestamp_too_old",
                INVALID_SIGNATURE,
                "the delivery is authentic but too old",
                "this is a late retry, a replay, or a delivery by a sender whose clock is slow; a \
                 replay from the dashboard may carry its old headers",
            ),
            Self::TimestampTooNew => ErrorInfo::new(
                "timestamp_too_new",
                INVALID_SIGNATURE,
                "the delivery is authentic but too far in the future",
                "compare this machine's clock with the true time",
            ),
            Self::PayloadMalformed => ErrorInfo::new(
                "payload_malformed",
                INVALID_PAYLOAD,
                "the body is authentic but not the JSON of an event",
                "the signature is right, so the sender sent this body; report it to the sender",
            ),
            Self::EventMalformed => ErrorInfo::new(
                "event_malformed",
                INVALID_PAYLOAD,
                "the event is authentic but one of its fields is malformed",
                "the signature is right, so the sender sent this event; check that the endpoint \
                 is for this sender, report the event to the sender, or read its JSON with \
                 `verify`",
            ),
            Self::EventTypeMismatch => ErrorInfo::new(
                "event_type_mismatch",
                INVALID_PAYLOAD,
                "the event is authentic but its type is not the one that an unsigned header names",
                "no supported sender sends two types; look for a proxy or a client that sets this \
                 header, and use the event's own type only",
            ),
            Self::Internal => ErrorInfo::new(
                "internal",
                INTERNAL_ERROR,
                "the receiver failed, so the delivery was not accepted",
                "this is a defect of this library; please report it",
            ),
        }
    }

    /// The stable name, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.info().name
    }

    /// Whether the signature and the time of the delivery are right, and the sender's body is at fault.
    #[must_use]
    pub const fn is_authentic(self) -> bool {
        self.info().status == INVALID_PAYLOAD.0
    }

    /// Whether the code belongs to construction (`secret_*`, `config_invalid`) and not to a
    /// delivery.
    #[must_use]
    pub const fn is_configuration(self) -> bool {
        matches!(
            self,
            Self::SecretEmpty | Self::SecretMalformed | Self::SecretWeak | Self::ConfigInvalid
        )
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_one_answer_and_a_name_one_code() {
        for code in ErrorCode::ALL {
            for other in ErrorCode::ALL {
                let (one, two) = (code.info(), other.info());
                assert_eq!(one.status == two.status, one.answer == two.answer);
                assert_eq!(one.name == two.name, code == other);
            }
            assert!(!code.is_configuration() || code.info().status == 500);
        }
    }
}
