//! The errors of configuration and verification, in the order of the checks.

use core::fmt;

mod code;
mod flaw;
mod text;

#[cfg(feature = "diagnosis")]
pub(crate) use code::section;
pub use code::{ErrorCode, ErrorInfo};
pub use flaw::{EventFlaw, FieldPath, PayloadFlaw};
pub use text::{Dialect, Text};

/// Why a webhook could not be configured, or a delivery was not accepted.
///
/// Its texts are fixed. They name headers, fields and positions, never a value from the request or a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// No signing secret was passed, or an empty one.
    SecretEmpty {
        /// Which secret, counted from 1; `None` if there is one, or none.
        position: Option<usize>,
    },
    /// A signing secret is not valid for the accepted schemes.
    SecretMalformed {
        /// Which secret, counted from 1; `None` if there is one, or none.
        position: Option<usize>,
    },
    /// A signing secret is too short, or all zeros.
    SecretWeak {
        /// Which secret, counted from 1; `None` if there is one, or none.
        position: Option<usize>,
    },
    /// An option has a value that is not allowed.
    ConfigInvalid {
        /// What is wrong, as one clause.
        problem: Text,
    },
    /// The body is longer than `max_body`. Nothing was hashed.
    PayloadTooLarge,
    /// A header that the scheme needs is missing.
    HeaderMissing {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// A header that may appear once appears twice, or its two names carry different values.
    HeaderDuplicated {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// A header's value does not follow the grammar of the scheme.
    HeaderMalformed {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// The signed timestamp is not 1 to 12 digits without a leading zero.
    TimestampMalformed {
        /// The header that carries it.
        header: &'static str,
    },
    /// The signature header holds more than 32 entries, or is longer than 8 KiB.
    TooManySignatures {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// No received signature was made over these bytes with a configured secret.
    SignatureMismatch {
        /// The signature header.
        header: &'static str,
    },
    /// As [`SignatureMismatch`](Self::SignatureMismatch), and the body is empty.
    BodyEmpty {
        /// The signature header.
        header: &'static str,
    },
    /// The body is a string of the host that has no UTF-8 encoding, so no sender signed it.
    BodyNotText,
    /// The body is compressed. A signature covers the bytes before compression.
    BodyCompressed,
    /// The delivery is authentic, but was signed longer ago than the tolerance allows.
    TimestampTooOld {
        /// The receiver's time minus the signed time, in seconds: positive.
        skew: i64,
        /// Seconds allowed.
        tolerance: u64,
    },
    /// The delivery is authentic, but was signed further in the future than the tolerance allows.
    TimestampTooNew {
        /// The receiver's time minus the signed time, in seconds: negative.
        skew: i64,
        /// Seconds allowed.
        tolerance: u64,
    },
    /// The body is authentic, but not the JSON of an event.
    PayloadMalformed {
        /// What is wrong with the body.
        flaw: PayloadFlaw,
    },
    /// The body is authentic JSON, but a field of the event is malformed.
    EventMalformed {
        /// Which field.
        path: FieldPath,
        /// What is wrong with it.
        flaw: EventFlaw,
    },
    /// An unsigned header names another type than the event itself.
    EventTypeMismatch {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// The receiver's clock gave no time, or a time before 1970.
    ClockUnusable,
    /// The receiver's clock gave 13 digits or more: probably milliseconds instead of seconds.
    ClockTooLarge,
    /// A receiver or a language binding caught a panic. The delivery was not accepted.
    Panicked,
}

impl Error {
    /// The stable code, to branch on.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::SecretEmpty { .. } => ErrorCode::SecretEmpty,
            Self::SecretMalformed { .. } => ErrorCode::SecretMalformed,
            Self::SecretWeak { .. } => ErrorCode::SecretWeak,
            Self::ConfigInvalid { .. } => ErrorCode::ConfigInvalid,
            Self::PayloadTooLarge => ErrorCode::PayloadTooLarge,
            Self::HeaderMissing { .. } => ErrorCode::HeaderMissing,
            Self::HeaderDuplicated { .. } => ErrorCode::HeaderDuplicated,
            Self::HeaderMalformed { .. } | Self::BodyCompressed => ErrorCode::HeaderMalformed,
            Self::TimestampMalformed { .. } => ErrorCode::TimestampMalformed,
            Self::TooManySignatures { .. } => ErrorCode::TooManySignatures,
            Self::SignatureMismatch { .. } | Self::BodyEmpty { .. } | Self::BodyNotText => {
                ErrorCode::SignatureMismatch
            }
            Self::TimestampTooOld { .. } => ErrorCode::TimestampTooOld,
            Self::TimestampTooNew { .. } => ErrorCode::TimestampTooNew,
            Self::PayloadMalformed { .. } => ErrorCode::PayloadMalformed,
            Self::EventMalformed { .. } => ErrorCode::EventMalformed,
            Self::EventTypeMismatch { .. } => ErrorCode::EventTypeMismatch,
            // An unusable clock is found while a delivery is verified, so it is no configuration error.
            Self::ClockUnusable | Self::ClockTooLarge | Self::Panicked => ErrorCode::Internal,
        }
    }

    /// What happened, as one clause with the code in brackets, for a reader of that language.
    #[must_use]
    pub fn message(&self, dialect: Dialect) -> impl fmt::Display {
        Message { error: self, dialect }
    }

    /// What the operator of the receiver can do about it.
    #[must_use]
    pub const fn help(&self) -> Text {
        match self {
            Self::BodyEmpty { .. } => Text(
                "no supported sender sends an empty body; look for code that reads the body before \
                 the receiver, and pass the raw bytes of the request",
            ),
            Self::BodyNotText => Text(
                "the body was passed as a string that was not decoded from UTF-8; pass the raw \
                 bytes of the request",
            ),
            Self::BodyCompressed => Text(
                "no supported sender compresses its deliveries; look for a proxy or a client that \
                 does, and pass the request on unchanged",
            ),
            Self::ClockUnusable => Text(
                "the clock must give Unix time in seconds, a finite number from 0 on; set the \
                 system's clock, or fix the clock function that was passed in",
            ),
            Self::ClockTooLarge => Text(
                "the clock must give Unix time in seconds, such as {unix_seconds}; fix the clock \
                 function that was passed in, or set the system's clock",
            ),
            Self::PayloadMalformed { flaw } => flaw.help(),
            _ => self.code().info().help,
        }
    }

    /// The HTTP status to answer the sender with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.code().info().status
    }

    /// The header that caused the error, in lower case.
    #[must_use]
    pub const fn header(&self) -> Option<&'static str> {
        match self {
            Self::HeaderMissing { header }
            | Self::HeaderDuplicated { header }
            | Self::HeaderMalformed { header }
            | Self::TimestampMalformed { header }
            | Self::TooManySignatures { header }
            | Self::SignatureMismatch { header }
            | Self::BodyEmpty { header }
            | Self::EventTypeMismatch { header } => Some(header),
            Self::BodyCompressed => Some("content-encoding"),
            _ => None,
        }
    }

    /// The name of the [`PayloadFlaw`] or of the [`EventFlaw`], for `payload_malformed` and
    /// `event_malformed`.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::PayloadMalformed { flaw } => Some(flaw.as_str()),
            Self::EventMalformed { flaw, .. } => Some(flaw.as_str()),
            _ => None,
        }
    }

    /// The malformed field, for `event_malformed`.
    #[must_use]
    pub const fn path(&self) -> Option<FieldPath> {
        match self {
            Self::EventMalformed { path, .. } => Some(*path),
            _ => None,
        }
    }

    /// The receiver's time minus the signed time, in seconds, for `timestamp_too_old` and
    /// `timestamp_too_new`. It is negative if the signed time is ahead.
    #[must_use]
    pub const fn skew(&self) -> Option<i64> {
        match self {
            Self::TimestampTooOld { skew, .. } | Self::TimestampTooNew { skew, .. } => Some(*skew),
            _ => None,
        }
    }

    /// How many seconds [`skew`](Self::skew) may have in this direction.
    #[must_use]
    pub const fn tolerance(&self) -> Option<u64> {
        match self {
            Self::TimestampTooOld { tolerance, .. } | Self::TimestampTooNew { tolerance, .. } => {
                Some(*tolerance)
            }
            _ => None,
        }
    }
}

/// The message, with options spelled as Rust spells them.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message(Dialect::Rust).fmt(f)
    }
}

impl core::error::Error for Error {}

struct Message<'e> {
    error: &'e Error,
    dialect: Dialect,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.error.code().info();
        match self.error {
            Error::SecretEmpty { position } => {
                secret(f, *position, "is missing or empty")
            }
            Error::SecretMalformed { position } => secret(
                f,
                *position,
                "is not valid for the accepted schemes (`svix` needs base64)",
            ),
            Error::SecretWeak { position } => {
                secret(f, *position, "is shorter than 16 bytes, or all zeros")
            }
            Error::ConfigInvalid { problem } => problem.in_dialect(self.dialect).fmt(f),
            Error::HeaderMissing { header } => write!(f, "header `{header}` is missing"),
            Error::HeaderDuplicated { header } => write!(f, "header `{header}` appears twice"),
            Error::HeaderMalformed { header } => write!(f, "header `{header}` is malformed"),
            Error::TimestampMalformed { header } => write!(
                f,
                "the timestamp in `{header}` is not 1 to 12 digits without a leading zero"
            ),
            Error::TooManySignatures { header } => {
                write!(f, "`{header}` holds more than 32 signatures, or more than 8 KiB")
            }
            Error::SignatureMismatch { header } => {
                write!(f, "no signature in `{header}` matches this body and a configured secret")
            }
            Error::BodyEmpty { header } => {
                write!(f, "no signature in `{header}` matches the body, which is empty")
            }
            Error::BodyNotText => f.write_str("the body is a string that has no UTF-8 encoding"),
            Error::BodyCompressed => {
                f.write_str("the body is compressed, as `content-encoding` says")
            }
            Error::TimestampTooOld { skew, tolerance } => write!(
                f,
                "the delivery is authentic but {} s old; {tolerance} s are allowed",
                skew.unsigned_abs()
            ),
            Error::TimestampTooNew { skew, tolerance } => write!(
                f,
                "the delivery is authentic but {} s in the future; {tolerance} s are allowed",
                skew.unsigned_abs()
            ),
            Error::PayloadMalformed { flaw } => {
                write!(f, "the body is authentic but {}", flaw.message())
            }
            Error::EventMalformed { path, flaw } => {
                write!(f, "the event is authentic but its `{path}` {}", flaw.message())
            }
            Error::EventTypeMismatch { header } => write!(
                f,
                "the event is authentic but its type is not the one that `{header}` names"
            ),
            Error::ClockUnusable => {
                f.write_str("the receiver's clock gave no time, or a time before 1970")
            }
            Error::ClockTooLarge => f.write_str(
                "the receiver's clock gave 13 digits or more: probably milliseconds instead of seconds",
            ),
            Error::PayloadTooLarge | Error::Panicked => {
                code.message.in_dialect(self.dialect).fmt(f)
            }
        }?;
        write!(f, " ({})", code.name)
    }
}

fn secret(f: &mut fmt::Formatter<'_>, position: Option<usize>, problem: &str) -> fmt::Result {
    match position {
        Some(position) => write!(f, "secret {position} {problem}"),
        None => write!(f, "the secret {problem}"),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn one_secret_has_no_number() {
        let message = |position| Error::SecretWeak { position }.to_string();
        let problem = "is shorter than 16 bytes, or all zeros (secret_weak)";
        assert_eq!(message(None), alloc::format!("the secret {problem}"));
        assert_eq!(message(Some(2)), alloc::format!("secret 2 {problem}"));
    }

    #[test]
    fn each_language_reads_its_own_spelling() {
        let message = |error: &Error| {
            [Dialect::Rust, Dialect::Python, Dialect::JavaScript, Dialect::CommandLine]
                .map(|dialect| error.message(dialect).to_string())
        };
        assert_eq!(
            message(&Error::PayloadTooLarge),
            [
                "the body is longer than `max_body` allows (payload_too_large)",
                "the body is longer than `max_body` allows (payload_too_large)",
                "the body is longer than `maxBody` allows (payload_too_large)",
                "the body is longer than `--max-body` allows (payload_too_large)",
            ]
        );
        let help = Error::SecretMalformed { position: None }.help();
        for (dialect, spelling) in [
            (Dialect::Rust, "schemes([Scheme::Pivotal])"),
            (Dialect::Python, "schemes=[\"pivotal\"]"),
            (Dialect::JavaScript, "{ schemes: [\"pivotal\"] }"),
            (Dialect::CommandLine, "--scheme pivotal"),
        ] {
            assert!(help.in_dialect(dialect).to_string().contains(spelling));
        }
    }

    #[test]
    fn a_skew_has_a_sign_and_its_message_has_none() {
        let error = Error::TimestampTooNew { skew: -301, tolerance: 300 };
        assert_eq!(error.skew(), Some(-301));
        assert_eq!(
            error.to_string(),
            "the delivery is authentic but 301 s in the future; 300 s are allowed \
             (timestamp_too_new)"
        );
    }
}
