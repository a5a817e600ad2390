//! An event: what a verified delivery tells, in the same fields whoever sent it.

use crate::{
    error::Error,
    sender::Sender,
    time::EventTime,
    verify::{Authenticated, Verified},
};

mod catalogue;
mod envelope;
mod object;
mod pivot;
mod pivotal;

pub(crate) use envelope::Envelope;

pub use {
    catalogue::{
        Contact, Customer, EventKind, Message, Onboarding, RoomRecording, Task, TypedEvent,
    },
    envelope::Subject,
    object::{Fields, Object},
};

/// An authentic event.
///
/// Only [`Webhook::unwrap`](crate::Webhook::unwrap) and
/// [`Webhook::unwrap_at`](crate::Webhook::unwrap_at) make one. It borrows the body; the record is
/// read when it is asked for.
///
/// ```
/// use pivotal_webhooks::{Customer, Error, Event, EventKind};
///
/// fn handle(event: &Event<'_>) -> Result<(), Error> {
///     match event.kind() {
///         EventKind::CustomerAtRisk | EventKind::CustomerChurned => {
///             let customer: Customer = event.object()?;
///             println!("call {}", customer.owner_email.as_deref().unwrap_or("somebody"));
///         }
///         EventKind::Other => println!("never seen: {}", event.event_type()),
///         _ => {}
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Event<'a> {
    delivery: Verified<'a>,
    json: &'a str,
    envelope: Envelope<'a>,
}

impl<'a> Event<'a> {
    pub(crate) fn read(authenticated: Authenticated<'a>) -> Result<Self, Error> {
        let (delivery, body) = authenticated.into_parts()?;
        let envelope = match delivery.scheme().sender() {
            Sender::Pivotal => pivotal::read(&body)?,
            Sender::Pivot => pivot::read(&body)?,
        };
        delivery.agree_on_type(&envelope.event_type)?;
        Ok(Self { delivery, json: body.text, envelope })
    }

    /// The kind of event, to branch on: [`EventKind::Other`] if the catalogue doesn't list it.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        EventKind::of(self.sender(), self.event_type())
    }

    /// The type as the sender names it, listed or not.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.envelope.event_type
    }

    /// Who sent it.
    #[must_use]
    pub const fn sender(&self) -> Sender {
        self.delivery.scheme().sender()
    }

    /// The event's id, the same on every retry and replay. Pivot's events have none.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.envelope.id.as_deref()
    }

    /// When it happened, which is not when it was sent.
    #[must_use]
    pub const fn created_at(&self) -> Option<&EventTime<'a>> {
        self.envelope.created_at.as_ref()
    }

    /// The organisation that it happened in.
    #[must_use]
    pub fn org_id(&self) -> Option<&str> {
        self.envelope.org_id.as_deref()
    }

    /// The space that it happened in; of Pivot alone.
    #[must_use]
    pub fn space_id(&self) -> Option<&str> {
        self.envelope.space_id.as_deref()
    }

    /// What it is about; of Pivot alone.
    #[must_use]
    pub const fn subject(&self) -> Option<&Subject<'a>> {
        self.envelope.subject.as_ref()
    }

    /// `false` for test events; of Pivotal alone.
    #[must_use]
    pub const fn livemode(&self) -> Option<bool> {
        self.envelope.livemode
    }

    /// The version of the payload; of Pivotal alone.
    #[must_use]
    pub fn api_version(&self) -> Option<&str> {
        self.envelope.api_version.as_deref()
    }

    /// The record that the event is about: a [`Customer`] and its like, or any event's [`Fields`].
    ///
    /// # Errors
    ///
    /// `event_malformed` if a field that the type names is there and of another JSON type, or `id`
    /// is missing. `Fields` are always there.
    pub fn object<T: Object>(&self) -> Result<T, Error> {
        T::read(object::RecordFields::of(&self.envelope)?)
    }

    /// The record in the type of its kind, for a `match` that hands it over.
    ///
    /// # Errors
    ///
    /// As [`object`](Self::object).
    pub fn typed(&self) -> Result<TypedEvent, Error> {
        TypedEvent::of(self)
    }

    /// The values that the changed fields had before, where the event tells them. A field that had
    /// none before is there and null.
    ///
    /// # Errors
    ///
    /// None that a judged body can cause; `payload_malformed` otherwise.
    pub fn previous_attributes(&self) -> Result<Option<Fields>, Error> {
        self.envelope.previous_attributes.map(object::parse).transpose()
    }

    /// The record's JSON, for a type of your own: no deeper than 127, and judged already.
    #[must_use]
    pub const fn object_json(&self) -> &'a str {
        self.envelope.object.json
    }

    /// The JSON of the envelope's `data`, which holds the record.
    #[must_use]
    pub const fn data_json(&self) -> &'a str {
        self.envelope.data
    }

    /// The fields of the envelope that none of these methods reads, with their JSON, as they came.
    pub fn extra(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.envelope.places.extra.iter().map(|(name, json)| (name.as_ref(), *json))
    }

    /// The whole body as text.
    #[must_use]
    pub const fn json(&self) -> &'a str {
        self.json
    }

    /// The bytes that were signed.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.delivery.body()
    }

    /// How the event came, and what its signature covered.
    #[must_use]
    pub const fn delivery(&self) -> &Verified<'a> {
        &self.delivery
    }

    pub(crate) const fn envelope(&self) -> &Envelope<'a> {
        &self.envelope
    }
}
