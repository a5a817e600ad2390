//! Who sends events, and the only `match` on it.

use super::{Envelope, pivot, pivotal};
use crate::{error::Error, json};

/// Whose envelope an event comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sender {
    /// Pivotal: <https://docs.pivotal.app/webhooks>.
    Pivotal,
    /// Pivot: <https://pivot.app/docs/developers/rest-api/webhooks/webhook-event-reference>.
    Pivot,
}

impl Sender {
    /// The sender's name in the catalogue.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pivotal => "pivotal",
            Self::Pivot => "pivot",
        }
    }

    /// Reads the sender's envelope.
    pub(super) fn read<'a>(self, body: &json::Object<'a>) -> Result<Envelope<'a>, Error> {
        match self {
            Self::Pivotal => pivotal::read(body),
            Self::Pivot => pivot::read(body),
        }
    }
}
