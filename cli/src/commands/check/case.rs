//! One request of a check, and what the receiver must do.

use crate::exchange::Request;

/// One request, and what the receiver must do.
pub(super) struct Case {
    /// The group and the property, such as `forged/svix-other-secret`.
    pub(super) name: String,
    pub(super) request: Request,
    pub(super) expected: Expected,
    /// What no answer may contain: the genuine signature of what was sent.
    pub(super) secret_texts: Vec<String>,
}

/// What a receiver must do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Answer 2xx in time.
    Accepted,
    /// Answer 4xx, and the same as to every other delivery that is not authentic.
    Refused,
    /// Answer 4xx; which status depends on the host.
    Other4xx,
    /// Answer 4xx, or close the connection.
    Stopped,
    /// Answer 2xx or 4xx: an authentic body that is not an event is no fault of the receiver.
    NoFault,
}

impl Expected {
    /// In words, for a row that fails.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Accepted => "2xx",
            Self::Refused | Self::Other4xx => "4xx",
            Self::Stopped => "4xx or a closed connection",
            Self::NoFault => "2xx or 4xx",
        }
    }

    pub(super) const fn allows(self, status: u16) -> bool {
        let (success, refusal) = (status / 100 == 2, status / 100 == 4);
        match self {
            Self::Accepted => success,
            Self::Refused | Self::Other4xx | Self::Stopped => refusal,
            Self::NoFault => success || refusal,
        }
    }
}
