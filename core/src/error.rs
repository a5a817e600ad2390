//! What can go wrong, in the order in which it is found.

use alloc::string::String;
use core::fmt;

use crate::encoding::decimal;

/// Why a webhook could not be configured, or a delivery was not accepted.
///
/// Texts are fixed; they name headers and positions, never a value from the request or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// No signing secret, or one without content.
    SecretEmpty {
        /// Which secret, counted from 1.
        position: usize,
    },
    /// A signing secret gives no key for an accepted scheme.
    SecretMalformed {
        /// Which secret, counted from 1.
        position: usize,
    },
    /// A signing secret is too short or all zeros.
    SecretWeak {
        /// Which secret, counted from 1.
        position: usize,
    },
    /// An option has a value that it can't have.
    ConfigInvalid {
        /// What is wrong, as one clause.
        problem: &'static str,
    },
    /// The body is longer than `max_body`; nothing was hashed.
    PayloadTooLarge,
    /// A header that the scheme needs did not arrive.
    HeaderMissing {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// A header arrived twice with different values.
    HeaderDuplicated {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// A header's value is not of the scheme's grammar.
    HeaderMalformed {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// The signed timestamp is not 1 to 12 digits.
    TimestampMalformed {
        /// The header that it stands in.
        header: &'static str,
    },
    /// The signature header holds more entries, or more bytes, than any sender sends.
    TooManySignatures {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// No received signature was made over these bytes with a configured secret.
    SignatureMismatch {
        /// The signature header.
        header: &'static str,
    },
    /// The body is a host string that no bytes decode to, so no sender signed it.
    BodyNotText,
    /// The body is compressed, and a signature covers the bytes that the sender wrote. Found by what
    /// reads requests, not by the verifier.
    BodyCompressed,
    /// Authentic, but signed longer ago than the tolerance allows.
    TimestampTooOld {
        /// Seconds between the signed time and the clock.
        skew: u64,
        /// Seconds allowed.
        tolerance: u64,
    },
    /// Authentic, but signed further in the future than the tolerance allows.
    TimestampTooNew {
        /// Seconds between the clock and the signed time.
        skew: u64,
        /// Seconds allowed.
        tolerance: u64,
    },
    /// Authentic, but the body is not the JSON that an event is.
    PayloadMalformed {
        /// In what respect.
        flaw: PayloadFlaw,
    },
    /// Authentic JSON, but a field of the event's envelope is not what it must be.
    EventMalformed {
        /// Which field.
        path: FieldPath,
        /// In what respect.
        flaw: EventFlaw,
    },
    /// A header that nothing signs names another type than the event itself.
    EventTypeMismatch {
        /// Its name, in lower case.
        header: &'static str,
    },
    /// The clock gave a time before 1970, or none.
    ClockUnusable,
    /// A language binding caught a panic. Never a pass.
    Panicked,
}

/// In what respect an authentic body is unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadFlaw {
    /// Not UTF-8.
    Utf8,
    /// Not strict JSON, a lone surrogate escape and a number beyond a double's range included.
    Syntax,
    /// Arrays and objects nested more than 127 deep.
    Depth,
    /// The same key twice in the outermost object.
    DuplicateKey,
    /// JSON, but not an object.
    NotAnObject,
    /// `max_event_age` is set and the body's own `timestamp` is missing or not RFC 3339.
    Timestamp,
}

/// In what respect a field of an authentic event is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventFlaw {
    /// It must be there, and is absent or null.
    Missing,
    /// It is of another JSON type.
    WrongType,
    /// It is a string without content.
    Empty,
    /// It is no RFC 3339 date-time of the years 1 to 9999.
    NotRfc3339,
    /// It stands there twice, so that two parsers could read two events.
    Duplicated,
}

/// Where a field stands in the body: the names that lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldPath([&'static str; 3]);

/// The stable name of a kind of [`Error`], the same in every language.
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

impl Error {
    /// The kind of error, to branch on.
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
            Self::SignatureMismatch { .. } | Self::BodyNotText => ErrorCode::SignatureMismatch,
            Self::TimestampTooOld { .. } => ErrorCode::TimestampTooOld,
            Self::TimestampTooNew { .. } => ErrorCode::TimestampTooNew,
            Self::PayloadMalformed { .. } => ErrorCode::PayloadMalformed,
            Self::EventMalformed { .. } => ErrorCode::EventMalformed,
            Self::EventTypeMismatch { .. } => ErrorCode::EventTypeMismatch,
            Self::ClockUnusable | Self::Panicked => ErrorCode::Internal,
        }
    }

    /// What to do about it, for the receiver's operator.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::BodyNotText => {
                "the body reached the verifier as a string that was not decoded from UTF-8; pass \
                 the raw bytes of the request"
            }
            Self::BodyCompressed => {
                "no sender compresses its deliveries; look for a proxy or a client that does, and \
                 pass the request on as it came"
            }
            Self::ClockUnusable => {
                "the clock must give Unix seconds, not before 1970; set the system's clock, or \
                 mend the clock that was passed in"
            }
            Self::PayloadMalformed { flaw } => flaw.help(),
            _ => self.code().help(),
        }
    }

    /// The status for the answer to the sender: 401, 413, 400; 500 for a receiver's own fault.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        self.code().http_status()
    }

    /// The header at fault, in lower case.
    #[must_use]
    pub const fn header(&self) -> Option<&'static str> {
        match self {
            Self::HeaderMissing { header }
            | Self::HeaderDuplicated { header }
            | Self::HeaderMalformed { header }
            | Self::TimestampMalformed { header }
            | Self::TooManySignatures { header }
            | Self::SignatureMismatch { header }
            | Self::EventTypeMismatch { header } => Some(header),
            Self::BodyCompressed => Some("content-encoding"),
            _ => None,
        }
    }

    /// In what respect the body or a field of it is malformed: the name of a [`PayloadFlaw`] or of
    /// an [`EventFlaw`].
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::PayloadMalformed { flaw } => Some(flaw.as_str()),
            Self::EventMalformed { flaw, .. } => Some(flaw.as_str()),
            _ => None,
        }
    }

    /// The field of the event that is malformed.
    #[must_use]
    pub const fn path(&self) -> Option<FieldPath> {
        match self {
            Self::EventMalformed { path, .. } => Some(*path),
            _ => None,
        }
    }

    /// Seconds between the signed time and the clock, whichever is ahead.
    #[must_use]
    pub const fn skew(&self) -> Option<u64> {
        match self {
            Self::TimestampTooOld { skew, .. } | Self::TimestampTooNew { skew, .. } => Some(*skew),
            _ => None,
        }
    }

    /// Seconds that were allowed where [`skew`](Self::skew) was found.
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

impl Error {
    /// What happened, with `%` where the details of this error go.
    const fn template(&self) -> &'static str {
        match self {
            Self::SecretEmpty { .. } => "secret % is empty",
            Self::SecretMalformed { .. } => "secret % gives no key for an accepted scheme",
            Self::SecretWeak { .. } => "secret % is shorter than 16 bytes, or all zeros",
            Self::ConfigInvalid { problem } => problem,
            Self::HeaderMissing { .. } => "header `%` is missing",
            Self::HeaderDuplicated { .. } => "header `%` arrived twice with different values",
            Self::HeaderMalformed { .. } => "header `%` is malformed",
            Self::TimestampMalformed { .. } => "the timestamp in `%` is not 1 to 12 digits",
            Self::TooManySignatures { .. } => "`%` holds more than 32 signatures or 8 KiB",
            Self::SignatureMismatch { .. } => {
                "no signature in `%` fits this body and a configured secret"
            }
            Self::BodyCompressed => "the body is compressed, as `content-encoding` says",
            Self::BodyNotText => "the body is a string that has no UTF-8 encoding",
            Self::TimestampTooOld { .. } => {
                "the delivery is authentic but % s old; % s are allowed"
            }
            Self::TimestampTooNew { .. } => {
                "the delivery is authentic but % s in the future; % s are allowed"
            }
            Self::PayloadMalformed { .. } => "the body is authentic but %",
            Self::EventMalformed { .. } => "the event is authentic but its `%` %",
            Self::EventTypeMismatch { .. } => {
                "the event is authentic but of another type than `%` says"
            }
            Self::ClockUnusable => "the clock is not usable",
            Self::PayloadTooLarge => ErrorCode::PayloadTooLarge.message(),
            Self::Panicked => ErrorCode::Internal.message(),
        }
    }

    /// The details of the template, in their order.
    fn details(&self) -> [String; 2] {
        match self {
            Self::SecretEmpty { position }
            | Self::SecretMalformed { position }
            | Self::SecretWeak { position } => {
                [decimal(u64::try_from(*position).unwrap_or(u64::MAX)), String::new()]
            }
            Self::TimestampTooOld { skew, tolerance }
            | Self::TimestampTooNew { skew, tolerance } => [decimal(*skew), decimal(*tolerance)],
            Self::PayloadMalformed { flaw } => [flaw.message().into(), String::new()],
            Self::EventMalformed { path, flaw } => [path.text(), flaw.message().into()],
            _ => [self.header().unwrap_or_default().into(), String::new()],
        }
    }

    /// The text. Not by `write!`, whose machinery is as large as a verifier in WebAssembly.
    pub(crate) fn text(&self) -> String {
        let details = self.details();
        let mut details = details.iter();
        let mut text = String::new();
        for letter in self.template().chars() {
            match letter {
                '%' => text.extend(details.next().map(String::as_str)),
                _ => text.push(letter),
            }
        }
        text.extend([" (", self.code().as_str(), ")"]);
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl core::error::Error for Error {}

impl PayloadFlaw {
    /// Every flaw, in the order of the checks.
    pub const ALL: &'static [Self] = &[
        Self::Utf8,
        Self::Syntax,
        Self::Depth,
        Self::DuplicateKey,
        Self::NotAnObject,
        Self::Timestamp,
    ];

    /// The flaw's stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Syntax => "syntax",
            Self::Depth => "depth",
            Self::DuplicateKey => "duplicate_key",
            Self::NotAnObject => "not_an_object",
            Self::Timestamp => "timestamp",
        }
    }

    /// What the body is, or isn't.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Utf8 => "not UTF-8",
            Self::Syntax => "not strict JSON",
            Self::Depth => "nested more than 127 deep",
            Self::DuplicateKey => "has the same key twice in its outermost object",
            Self::NotAnObject => "not a JSON object",
            Self::Timestamp => "has no RFC 3339 `timestamp` to measure its age by",
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Timestamp => {
                "`max_event_age` needs the body's own `timestamp`; leave the option out for events \
                 that carry none"
            }
            Self::Syntax => {
                "the sender signed a body that is not an event; NaN, lone surrogate escapes and \
                 numbers beyond a double's range are refused too, as parsers disagree on them"
            }
            _ => ErrorCode::PayloadMalformed.help(),
        }
    }
}

impl EventFlaw {
    /// Every flaw.
    pub const ALL: &'static [Self] =
        &[Self::Missing, Self::WrongType, Self::Empty, Self::NotRfc3339, Self::Duplicated];

    /// The flaw's stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::NotRfc3339 => "not_rfc3339",
            Self::Duplicated => "duplicated",
        }
    }

    /// What the field is, or isn't.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Missing => "is missing or null",
            Self::WrongType => "is of the wrong JSON type",
            Self::Empty => "is empty",
            Self::NotRfc3339 => "is not an RFC 3339 date-time of the years 1 to 9999",
            Self::Duplicated => "stands there twice",
        }
    }
}

impl FieldPath {
    /// A field of the outermost object.
    pub(crate) const fn of(name: &'static str) -> Self {
        Self([name, "", ""])
    }

    /// A field inside the object of this one.
    #[must_use]
    pub(crate) fn then(self, name: &'static str) -> Self {
        match self.0 {
            [first, "", _] => Self([first, name, ""]),
            [first, second, _] => Self([first, second, name]),
        }
    }

    /// The names that lead to the field, outermost first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.into_iter().take_while(|name| !name.is_empty())
    }
}

impl FieldPath {
    pub(crate) fn text(self) -> String {
        let mut text = String::new();
        for name in self.names() {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        }
        text
    }
}

/// The names, joined by full stops.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

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

    /// The stable name, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecretEmpty => "secret_empty",
            Self::SecretMalformed => "secret_malformed",
            Self::SecretWeak => "secret_weak",
            Self::ConfigInvalid => "config_invalid",
            Self::PayloadTooLarge => "payload_too_large",
            Self::HeaderMissing => "header_missing",
            Self::HeaderDuplicated => "header_duplicated",
            Self::HeaderMalformed => "header_malformed",
            Self::TimestampMalformed => "timestamp_malformed",
            Self::TooManySignatures => "too_many_signatures",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TimestampTooOld => "timestamp_too_old",
            Self::TimestampTooNew => "timestamp_too_new",
            Self::PayloadMalformed => "payload_malformed",
            Self::EventMalformed => "event_malformed",
            Self::EventTypeMismatch => "event_type_mismatch",
            Self::Internal => "internal",
        }
    }

    /// What happened, as one clause that holds for every error of this code.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::SecretEmpty => "a signing secret is empty",
            Self::SecretMalformed => "a signing secret gives no key for an accepted scheme",
            Self::SecretWeak => "a signing secret is shorter than 16 bytes, or all zeros",
            Self::ConfigInvalid => "an option has a value that it can't have",
            Self::PayloadTooLarge => "the body is longer than `max_body` allows",
            Self::HeaderMissing => "a header that the scheme needs is missing",
            Self::HeaderDuplicated => "a header arrived twice with different values",
            Self::HeaderMalformed => "a header is malformed",
            Self::TimestampMalformed => "the signed timestamp is not 1 to 12 digits",
            Self::TooManySignatures => {
                "the signature header holds more than 32 signatures or 8 KiB"
            }
            Self::SignatureMismatch => "no signature fits this body and a configured secret",
            Self::TimestampTooOld => "the delivery is authentic but too old",
            Self::TimestampTooNew => "the delivery is authentic but too far in the future",
            Self::PayloadMalformed => "the body is authentic but not the JSON of an event",
            Self::EventMalformed => {
                "the body is authentic JSON but a field of the event's envelope is malformed"
            }
            Self::EventTypeMismatch => {
                "the event is authentic but of another type than an unsigned header says"
            }
            Self::Internal => "verification stopped on a fault of its own",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::SecretEmpty => {
                "pass the endpoint's signing secret; if it comes from an environment variable, \
                 check that the variable is set where the receiver runs"
            }
            Self::SecretMalformed => {
                "copy the secret again, whole and unquoted, `whsec_` included; if the endpoint's \
                 secret is not base64, name the schemes that it uses, for example \
                 schemes=[\"pivotal\"], or pin the key format to \"text\""
            }
            Self::SecretWeak => {
                "this looks like a placeholder; copy the endpoint's signing secret from its \
                 settings page"
            }
            Self::ConfigInvalid => "see the options of `Webhook`; nothing was started",
            Self::PayloadTooLarge => {
                "raise `max_body` if the sender's events are really this large; the default is \
                 1 MiB"
            }
            Self::HeaderMissing => {
                "pass every header of the request; a proxy may have dropped it, the route may be \
                 called by something else, or the endpoint may use another scheme than this \
                 webhook accepts"
            }
            Self::HeaderDuplicated => {
                "no sender repeats this header; look for a proxy or a client that adds its own"
            }
            Self::HeaderMalformed => {
                "no sender writes this header so; look for a proxy that joins or rewrites \
                 headers, or for a caller that is not the sender"
            }
            Self::TimestampMalformed => {
                "the timestamp is Unix time in whole seconds, digits only; 13 digits would be \
                 milliseconds"
            }
            Self::TooManySignatures => {
                "a sender signs once per active secret; this request is not from one"
            }
            Self::SignatureMismatch => {
                "check that the secret is this endpoint's, and that the body is the raw bytes of \
                 the request: JSON that was parsed and written again does not match"
            }
            Self::TimestampTooOld => {
                "a late retry, a replay, or a slow clock at the sender; replays from the dashboard \
                 may carry their old headers"
            }
            Self::TimestampTooNew => "compare this machine's clock with the true time",
            Self::PayloadMalformed => {
                "the signature is right, so the sender really sent this; report it to the sender"
            }
            Self::EventMalformed => {
                "the signature is right, so the sender really sent this; check that the endpoint \
                 is the right sender's, report it to the sender, or read the JSON with `verify`"
            }
            Self::EventTypeMismatch => {
                "no sender contradicts itself; look for a proxy or a client that sets this header, \
                 and decide by the event's own type alone"
            }
            Self::Internal => "this is a defect; the delivery was not accepted; please report it",
        }
    }

    /// The status for the answer to the sender.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::HeaderMissing
            | Self::HeaderDuplicated
            | Self::HeaderMalformed
            | Self::TimestampMalformed
            | Self::TooManySignatures
            | Self::SignatureMismatch
            | Self::TimestampTooOld
            | Self::TimestampTooNew => 401,
            Self::PayloadTooLarge => 413,
            Self::PayloadMalformed | Self::EventMalformed | Self::EventTypeMismatch => 400,
            Self::SecretEmpty
            | Self::SecretMalformed
            | Self::SecretWeak
            | Self::ConfigInvalid
            | Self::Internal => 500,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
