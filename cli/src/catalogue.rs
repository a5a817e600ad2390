//! The catalogue of events, and samples of them.

use pivotal_webhooks::{Sender, UnixTime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    exit::Exit,
    failure::{Failure, Result},
    random, time,
};

/// Written by `cargo xtask gen` from `core/events.json`.
const FILE: &str = include_str!("catalogue.json");

/// An event of the catalogue.
#[derive(Deserialize, Serialize)]
pub(crate) struct Entry {
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    pub(crate) sender: String,
    /// The record that it is about, if its type is known.
    pub(crate) object: Option<String>,
    /// Whether the sender documents its payload.
    pub(crate) documented: bool,
    /// When it is sent.
    pub(crate) when: Option<String>,
    /// The body of an example.
    pub(crate) sample: Map<String, Value>,
}

/// All events, in the order of the catalogue.
pub(crate) fn all() -> Result<Vec<Entry>> {
    serde_json::from_str(FILE).map_err(|error| {
        Failure::new(Exit::Internal, format!("the catalogue can't be read: {error}"))
    })
}

/// The event of a type.
pub(crate) fn find(event_type: &str) -> Result<Entry> {
    let found = all()?.into_iter().find(|entry| entry.event_type == event_type);
    found.ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{event_type}` is not in the catalogue"))
            .help("`pivotal-webhooks events` lists all types")
    })
}

impl Entry {
    /// Who sends it.
    pub(crate) fn sender(&self) -> Sender {
        if self.sender == Sender::Pivot.as_str() { Sender::Pivot } else { Sender::Pivotal }
    }

    /// The body of a new event that happened at this time: compact JSON.
    pub(crate) fn body(&self, at: UnixTime) -> Result<Vec<u8>> {
        let mut body = self.sample.clone();
        if let Some(id) = body.get_mut("id") {
            *id = random::id("evt_")?.into();
        }
        for name in ["created_at", "timestamp"] {
            if let Some(created) = body.get_mut(name) {
                *created = time::rfc3339(at).into();
            }
        }
        Ok(Value::Object(body).to_string().into_bytes())
    }
}
