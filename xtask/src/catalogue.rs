//! Reads `core/events.json` into types. A fact that is missing or repeated stops the generator.

use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    failure::{About as _, Failure, Result},
    shell,
};

const FILE: &str = "core/events.json";

/// Every event of every sender.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    #[serde(rename = "about")]
    _about: String,
    pub(crate) objects: Vec<Object>,
    pub(crate) senders: Vec<Sender>,
}

/// A record that events are about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) fields: Vec<Field>,
}

/// A field of a record.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Another spelling that stands for it.
    pub(crate) alias: Option<String>,
    #[serde(rename = "type")]
    pub(crate) json: Type,
    pub(crate) format: Option<Format>,
    pub(crate) example: Value,
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) required: bool,
    /// Only the REST reference documents it, not the pages on webhooks.
    #[serde(default)]
    pub(crate) rest: bool,
}

/// The JSON type of a field.
#[derive(Clone, Copy, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Type {
    String,
    Integer,
    Boolean,
    Object,
    #[serde(rename = "string[]")]
    Strings,
    /// What an event of Pivot is about.
    Subject,
}

/// What a string holds.
#[derive(Clone, Copy, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    DateTime,
}

/// The sender of events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sender {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) source: String,
    pub(crate) about: String,
    pub(crate) envelope: Vec<EnvelopeField>,
    pub(crate) events: Vec<Event>,
}

/// A field of an envelope.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvelopeField {
    pub(crate) name: String,
    /// Its names in a body, the preferred one first.
    pub(crate) names: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) json: Type,
    pub(crate) format: Option<Format>,
    pub(crate) example: Value,
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) required: bool,
}

/// One event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    pub(crate) name: String,
    /// The name of the record's type, where it is known.
    pub(crate) object: Option<String>,
    /// Whether its payload is documented, not only its name.
    pub(crate) documented: bool,
    pub(crate) when: Option<String>,
    #[serde(default)]
    pub(crate) previous_attributes: Option<Previous>,
    pub(crate) example: Map<String, Value>,
}

/// The fields of `previous_attributes` that an event has.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Previous {
    /// These fields, where they changed.
    Fields(Vec<String>),
    /// In a word: `absent`, or `changed fields`.
    Word(String),
}

impl Catalogue {
    pub(crate) fn read() -> Result<Self> {
        let text = fs::read_to_string(shell::root().join(FILE)).about(FILE)?;
        let catalogue: Self = serde_json::from_str(&text).about(FILE)?;
        catalogue.check().map_err(|fault| Failure::new(format!("{FILE}: {fault}")))?;
        Ok(catalogue)
    }

    /// Every event with its sender.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&Sender, &Event)> {
        self.senders
            .iter()
            .flat_map(|sender| sender.events.iter().map(move |event| (sender, event)))
    }

    /// The record of an event, if its type is known.
    pub(crate) fn object(&self, event: &Event) -> Option<&Object> {
        self.objects.iter().find(|object| Some(&object.name) == event.object.as_ref())
    }

    /// The names in a body that differ from the field's own name.
    pub(crate) fn other_names(&self) -> Vec<String> {
        let envelopes = self.senders.iter().flat_map(|sender| &sender.envelope);
        let envelopes =
            envelopes.flat_map(|field| field.names.iter().filter(|name| **name != field.name));
        let records = self.objects.iter().flat_map(|object| &object.fields);
        envelopes.chain(records.filter_map(|field| field.alias.as_ref())).cloned().collect()
    }

    fn check(&self) -> Result<(), String> {
        let mut kinds = Vec::new();
        for (_, event) in self.events() {
            if event.object.is_some() && self.object(event).is_none() {
                return Err(format!("{} names an object that does not exist", event.name));
            }
            if kinds.contains(&event.kind()) {
                return Err(format!("{} appears twice", event.name));
            }
            if let Some(Previous::Word(word)) = &event.previous_attributes
                && !["absent", "changed fields"].contains(&word.as_str())
            {
                return Err(format!("{} has `{word}` for previous attributes", event.name));
            }
            kinds.push(event.kind());
        }
        Ok(())
    }
}

impl Sender {
    /// Whether its events may have the previous values of changed fields.
    pub(crate) fn has_previous(&self) -> bool {
        self.name == "pivotal"
    }

    /// The body of an event, from the catalogue's examples.
    pub(crate) fn body(&self, event: &Event) -> Value {
        let mut body = Map::new();
        for field in &self.envelope {
            let value = match field.name.as_str() {
                "type" => event.name.clone().into(),
                "data" if self.name == "pivot" => event.record().into(),
                "data" => event.example.clone().into(),
                _ => field.example.clone(),
            };
            body.extend(field.names.first().map(|name| (name.clone(), value)));
        }
        body.into()
    }
}

impl Event {
    /// The record of its example.
    pub(crate) fn record(&self) -> Map<String, Value> {
        self.example.get("object").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// The name of its kind: `CustomerAtRisk`.
    pub(crate) fn kind(&self) -> String {
        camel_case(&self.name)
    }

    /// A sentence that describes it.
    pub(crate) fn sentence(&self) -> String {
        match &self.when {
            Some(when) => format!("`{}`: {}", self.name, lower_first(when)),
            None => format!("`{}`. Named by the documentation, and not described.", self.name),
        }
    }

    /// The content of `previous_attributes`, for the documentation.
    pub(crate) fn previous(&self) -> String {
        match &self.previous_attributes {
            None => "not documented".into(),
            Some(Previous::Word(word)) => word.clone(),
            Some(Previous::Fields(fields)) => {
                let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
                fields.join(", ")
            }
        }
    }

    /// Whether its documentation says that there are no previous attributes.
    pub(crate) fn never_has_previous(&self) -> bool {
        matches!(&self.previous_attributes, Some(Previous::Word(word)) if word == "absent")
    }
}

impl Object {
    /// Whether it has a field that is always there.
    pub(crate) fn has_required(&self) -> bool {
        self.fields.iter().any(|field| field.required)
    }

    /// The name of its type: `RoomRecording`.
    pub(crate) fn type_name(&self) -> String {
        camel_case(&self.name)
    }
}

/// `customer.at_risk` as `CustomerAtRisk`.
fn camel_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    name.split(['.', '_']).map(capital).collect::<Vec<String>>().concat()
}

/// A sentence behind a colon.
fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
