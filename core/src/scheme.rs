//! The header schemes. No other module matches on them.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    claims::Claims,
    error::{Error, Text},
    header::{HeaderName, Headers},
    mac::Tag,
    secret::Derivation,
    sender::Sender,
    time::UnixTime,
};

pub(crate) mod pivot;
pub(crate) mod pivotal;
pub(crate) mod svix;

/// A way to sign deliveries: the names of the headers, their grammar and the signed bytes.
///
/// A webhook looks for the schemes in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `svix-id`, `svix-timestamp`, `svix-signature`, or the same with `webhook-`: Svix and
    /// [Standard Webhooks](https://www.standardwebhooks.com).
    Svix,
    /// `pivotal-signature: v1,t=…,sig=…`, from Pivotal's product page.
    Pivotal,
    /// `x-pivot-signature`, over only the body: Pivot.
    Pivot,
}

impl Scheme {
    /// Every scheme, in the order in which a webhook looks for them.
    pub const ALL: &'static [Self] = &[Self::Svix, Self::Pivotal, Self::Pivot];

    /// The scheme's name in options, results and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Svix => "svix",
            Self::Pivotal => "pivotal",
            Self::Pivot => "pivot",
        }
    }

    /// The sender that uses the scheme.
    #[must_use]
    pub const fn sender(self) -> Sender {
        match self {
            Self::Svix | Self::Pivotal => Sender::Pivotal,
            Self::Pivot => Sender::Pivot,
        }
    }

    /// The header to name in the error when no signature header arrived.
    pub(crate) const fn signature_header(self) -> HeaderName {
        match self {
            Self::Svix => HeaderName::SvixSignature,
            Self::Pivotal => HeaderName::PivotalSignature,
            Self::Pivot => HeaderName::PivotSignature,
        }
    }

    /// How keys are derived from a secret, unless the receiver sets a key format.
    pub(crate) const fn derivation(self) -> Derivation {
        match self {
            Self::Svix => svix::DERIVATION,
            Self::Pivotal => pivotal::DERIVATION,
            Self::Pivot => pivot::DERIVATION,
        }
    }

    /// The member of the body that holds the event's time, if the scheme signs no time.
    pub(crate) const fn event_time_member(self) -> Option<&'static str> {
        match self {
            Self::Svix | Self::Pivotal => None,
            Self::Pivot => Some(pivot::EVENT_TIME),
        }
    }

    /// Whether one of the scheme's signature headers arrived.
    pub(crate) fn is_present(self, headers: &Headers<'_>) -> bool {
        match self {
            Self::Svix => svix::is_present(headers),
            Self::Pivotal | Self::Pivot => headers.get(self.signature_header()).is_present(),
        }
    }

    /// Reads the scheme's headers.
    pub(crate) fn parse<'h>(self, headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
        match self {
            Self::Svix => svix::parse(headers),
            Self::Pivotal => pivotal::parse(headers),
            Self::Pivot => pivot::parse(headers),
        }
    }

    /// Writes the scheme's headers; `tags` signs the parts once per key.
    pub(crate) fn write(
        self,
        id: &str,
        at: UnixTime,
        body: &[u8],
        tags: impl Fn(&[&[u8]]) -> Vec<Tag>,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        match self {
            Self::Svix => svix::write(id, at, body, tags),
            Self::Pivotal => pivotal::write(at, body, tags),
            Self::Pivot => Ok(pivot::write(body, tags)),
        }
    }

    /// The unsigned headers that a sender adds beside the headers of the scheme.
    pub(crate) fn unsigned_headers(
        self,
        event_type: Option<&str>,
        id: &str,
    ) -> Vec<(&'static str, String)> {
        match self {
            Self::Pivotal => pivotal::unsigned_headers(event_type, id),
            Self::Svix | Self::Pivot => Vec::new(),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scheme {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|scheme| scheme.as_str() == name).ok_or(
            Error::ConfigInvalid {
                problem: Text("`schemes` names another scheme than `svix`, `pivotal` and `pivot`"),
            },
        )
    }
}
