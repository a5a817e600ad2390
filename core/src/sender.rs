//! The companies whose webhooks are verified.

/// The company that sends the deliveries of an endpoint.
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
}
