//! The event of a verified delivery, with the same fields for both senders.

use alloc::string::String;

use crate::{
    error::Error,
    idempotency, json,
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

#[cfg(feature = "diagnosis")]
pub(crate) use catalogue::DOCUMENTED_ORDERS;

pub use {
    catalogue::{
        Contact, Customer, EventKind, Message, Onboarding, RoomRecording, Task, TypedEvent,
    },
    envelope::Subject,
    object::{Fields, Object},
};

/// An authentic event.
///
/// Only [`Webhook::unwrap`](crate::Webhook::unwrap), [`Webhook::unwrap_at`](crate::Webhook::unwrap_at)
/// and [`Dump::restore_trusted`](crate::Dump::restore_trusted) make one. It borrows the body;
/// [`object`](Self::object) reads the record.
///
/// ```
/// use pivotal_webhooks::{Customer, Error, Event, EventKind};
///
/// fn handle(event: &Event<'_>) -> Result<(), Error> {
///     match event.kind() {
///         EventKind::CustomerAtRisk | EventKind::CustomerChurned => {
///             let customer: Customer = event.object()?;
///             println!("at risk: {}", customer.id);
///         }
///         EventKind::Other => println!("not in the catalogue: {}", event.event_type()),
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

impl<'a> Envelope<'a> {
    pub(crate) fn read(sender: Sender, body: &json::Object<'a>) -> Result<Self, Error> {
        match sender {
            Sender::Pivotal => pivotal::read(body),
            Sender::Pivot => pivot::read(body),
        }
    }
}

impl<'a> Event<'a> {
    pub(crate) fn read(authenticated: Authenticated<'a>) -> Result<Self, Error> {
        let (delivery, body) = authenticated.into_parts()?;
        let envelope = Envelope::read(delivery.scheme().sender(), &body)?;
        delivery.agree_on_type(&envelope.event_type)?;
        Ok(Self { delivery, json: body.text, envelope })
    }

    /// The kind of event, to branch on: [`EventKind::Other`] if the catalogue doesn't list it.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        EventKind::of(self.sender(), self.event_type())
    }

    /// The type as the sender names it, whether the catalogue lists it or not.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.envelope.event_type
    }

    /// The sender of the event.
    #[must_use]
    pub const fn sender(&self) -> Sender {
        self.delivery.scheme().sender()
    }

    /// The event's id, the same on every retry and replay. Pivot's events have none.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.envelope.id.as_deref()
    }

    /// The name of the event in a store of handled events, and of its job in a queue: the same on every
    /// retry and replay, and different for each event and each
    /// [`source`](crate::Builder::source).
    ///
    /// It consists of the source, `_` and 32 hex digits of the SHA-256 of the event's id, or of the body
    /// if the event has no id. Only verified bytes are hashed.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        idempotency::key(self.delivery.source(), self.id(), self.raw())
    }

    /// When the event happened. The delivery may have been sent later.
    #[must_use]
    pub const fn created_at(&self) -> Option<&EventTime<'a>> {
        self.envelope.created_at.as_ref()
    }

    /// The organisation of the event.
    #[must_use]
    pub fn org_id(&self) -> Option<&str> {
        self.envelope.org_id.as_deref()
    }

    /// The space of the event; only Pivot has spaces.
    #[must_use]
    pub fn space_id(&self) -> Option<&str> {
        self.envelope.space_id.as_deref()
    }

    /// The room or space that the event is about; only Pivot sends one.
    #[must_use]
    pub const fn subject(&self) -> Option<&Subject<'a>> {
        self.envelope.subject.as_ref()
    }

    /// `false` for test events; only Pivotal sends it.
    #[must_use]
    pub const fn livemode(&self) -> Option<bool> {
        self.envelope.livemode
    }

    /// The version of the payload; only Pivotal sends it.
    #[must_use]
    pub fn api_version(&self) -> Option<&str> {
        self.envelope.api_version.as_deref()
    }

    /// The record that the event is about, as a struct of the catalogue such as [`Customer`], or as
    /// [`Fields`].
    ///
    /// # Errors
    ///
    /// `event_malformed` if a field of the struct has another JSON type, or `id` is missing. Reading
    /// `Fields` never fails.
    pub fn object<T: Object>(&self) -> Result<T, Error> {
        T::read(object::RecordFields::of(&self.envelope)?)
    }

    /// The record as the struct of the event's kind, to match on.
    ///
    /// # Errors
    ///
    /// The same as [`object`](Self::object).
    pub fn typed(&self) -> Result<TypedEvent, Error> {
        TypedEvent::of(self)
    }

    /// The values that the changed fields had before, if the event has them. A field that had no value
    /// before is null.
    ///
    /// # Errors
    ///
    /// None: the body has been validated. The type is a `Result` because a parser runs.
    pub fn previous_attributes(&self) -> Result<Option<Fields>, Error> {
        self.envelope.previous_attributes.map(object::parse).transpose()
    }

    /// The record's JSON, for a type of your own. It has been validated, and is nested no deeper than
    /// 127.
    #[must_use]
    pub const fn object_json(&self) -> &'a str {
        self.envelope.object.json
    }

    /// The JSON of the envelope's `data`, which holds the record.
    #[must_use]
    pub const fn data_json(&self) -> &'a str {
        self.envelope.data
    }

    /// The members of the envelope that no method reads, with their JSON, in the order of the body.
    pub fn extra(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.envelope.locations.extra.iter().map(|(name, json)| (name.as_ref(), *json))
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

    /// The facts of the delivery: its scheme, signed id, signed time and label.
    #[must_use]
    pub const fn delivery(&self) -> &Verified<'a> {
        &self.delivery
    }

    pub(crate) const fn envelope(&self) -> &Envelope<'a> {
        &self.envelope
    }
}
