//! Dumps: events in the bytes that cross a queue to another process. `docs/queues.md` has the format.

use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

use serde_json::{Map, Value, json};

use crate::{event::Event, scheme::Scheme, sender::Sender, verify::Facts};

mod error;

pub use error::DumpError;

/// The version of the format, which is in each dump.
const VERSION: u64 = 1;

impl Event<'_> {
    /// The event as bytes for a queue: the facts of its delivery as one line of JSON, and behind it the
    /// verified body.
    ///
    /// [`Dump`] makes the event again, in Rust or in another language of this library.
    #[must_use]
    pub fn dump(&self) -> Vec<u8> {
        write(&self.delivery().facts(), self.raw())
    }
}

/// The dump of an event, split into the facts of its delivery and its body.
///
/// ```
/// use pivotal_webhooks::{Dump, DumpError, Sender};
///
/// fn work(job: &[u8]) -> Result<(), DumpError> {
///     let dump = Dump::read(job, Sender::Pivotal)?;
///     let event = dump.restore_trusted()?;
///     println!("{} {:?}", event.event_type(), event.id());
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Dump<'a> {
    scheme: Scheme,
    source: String,
    id: Option<String>,
    timestamp: Option<u64>,
    skew: Option<i64>,
    label: Option<String>,
    event_type: Option<String>,
    delivery_id: Option<String>,
    body: &'a [u8],
}

impl<'a> Dump<'a> {
    /// Reads the facts of a dump.
    ///
    /// # Errors
    ///
    /// Every [`DumpError`] but [`DumpError::Event`].
    pub fn read(dump: &'a [u8], sender: Sender) -> Result<Self, DumpError> {
        let end = dump.iter().position(|byte| *byte == b'\n').ok_or(DumpError::Unreadable)?;
        let (line, body) = dump.split_at_checked(end).ok_or(DumpError::Unreadable)?;
        let body = body.get(1..).unwrap_or_default();
        let line: Map<String, Value> =
            serde_json::from_slice(line).map_err(|_| DumpError::Unreadable)?;
        match line.get("dump").map(Value::as_u64) {
            Some(Some(VERSION)) => {}
            Some(Some(_)) => return Err(DumpError::Version),
            _ => return Err(DumpError::Unreadable),
        }
        let line = Line(line);
        let scheme: Scheme =
            line.required("scheme", text)?.parse().map_err(|_| DumpError::Facts)?;
        let split = Self {
            scheme,
            source: line.required("source", text)?,
            id: line.fact("id", text)?,
            timestamp: line.fact("timestamp", Value::as_u64)?,
            skew: line.fact("skew", Value::as_i64)?,
            label: line.fact("label", text)?,
            event_type: line.fact("unsigned_type", text)?,
            delivery_id: line.fact("unsigned_id", text)?,
            body,
        };
        let length = line.required("length", Value::as_u64)?;
        if scheme.sender() != sender {
            Err(DumpError::Sender)
        } else if Ok(length) != u64::try_from(body.len()) {
            Err(DumpError::Length)
        } else {
            Ok(split)
        }
    }

    /// The event of the dump. No signature is verified here: the dump must come from a queue that only
    /// receivers write to, which have verified its delivery. Its
    /// [`delivery`](Event::delivery) says that it [was restored](crate::Verified::is_restored).
    ///
    /// # Errors
    ///
    /// [`DumpError::Event`].
    pub fn restore_trusted(&'a self) -> Result<Event<'a>, DumpError> {
        let facts = Facts {
            scheme: self.scheme,
            source: &self.source,
            id: self.id.as_deref(),
            timestamp: self.timestamp,
            skew: self.skew,
            label: self.label.as_deref(),
            event_type: self.event_type.as_deref(),
            delivery_id: self.delivery_id.as_deref(),
        };
        Event::read(facts.trusted(self.body)).map_err(|_| DumpError::Event)
    }
}

/// The dump of an event with this body, whose delivery had these facts.
pub(crate) fn write(facts: &Facts<'_>, body: &[u8]) -> Vec<u8> {
    let line = json!({
        "dump": VERSION,
        "id": facts.id,
        "label": facts.label,
        "length": body.len(),
        "scheme": facts.scheme.as_str(),
        "skew": facts.skew,
        "source": facts.source,
        "timestamp": facts.timestamp,
        "unsigned_id": facts.delivery_id,
        "unsigned_type": facts.event_type,
    });
    let mut dump = serde_json::to_vec(&line).unwrap_or_default();
    dump.push(b'\n');
    dump.extend_from_slice(body);
    dump
}

/// The first line of a dump.
struct Line(Map<String, Value>);

impl Line {
    /// A fact that may be null. Every fact must be present.
    fn fact<T>(
        &self,
        name: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, DumpError> {
        match self.0.get(name) {
            None => Err(DumpError::Facts),
            Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or(DumpError::Facts),
        }
    }

    fn required<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<T, DumpError> {
        self.fact(name, read)?.ok_or(DumpError::Facts)
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
