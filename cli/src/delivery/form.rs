//! The forms of deliveries, and the guess which one a text is in.

use clap::ValueEnum;

use super::{Found, http};

/// The form in which a delivery is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A raw HTTP/1.1 request: a request line, header lines, an empty line, the body
    Http,
}

impl Form {
    /// The name in options and in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
        }
    }

    /// The name for people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Http => "raw HTTP request",
        }
    }

    /// The form that a text most likely has, if it looks like any.
    pub(crate) fn guess(bytes: &[u8]) -> Option<Self> {
        http::is_likely(bytes).then_some(Self::Http)
    }

    /// Reads the deliveries in a text of this form: one or more, or why it can't be read, as one
    /// clause.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Vec<Found>, String> {
        match self {
            Self::Http => http::read(bytes),
        }
    }
}
