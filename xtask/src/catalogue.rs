//! `core/events.json`, typed. What it says twice or not at all stops the generator here.

use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    outcome::{About as _, Failure, Outcome},
    shell,
};

const FILE: &str = "core/events.json";

/// Every event of every sender.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    #[serde(rename = "about")]
    _about: String,
    pub(super) objects: Vec<Object>,
    pub(super) senders: Vec<Sender>,
}

/// A record that events are about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) fields: Vec<Field>,
}

/// A field of a record.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    pub(super) name: String,
    /// Another spelling that stands for it.
    pub(super) alias: Option<String>,
    #[serde(rename = "type")]
    pub(super) json: Type,
    pub(super) format: Option<Format>,
    pub(super) example: Value,
    pub(super) about: String,
    #[serde(default)]
    pub(super) required: bool,
    /// Told of by the REST reference alone, not by the pages on webhooks.
    #[serde(default)]
    pub(super) rest: bool,
}

/// The JSON type of a field.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Type {
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
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Format {
    DateTime,
}

/// Whose events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sender {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) source: String,
    pub(super) about: String,
    pub(super) envelope: Vec<EnvelopeField>,
    pub(super) events: Vec<Event>,
}

/// A field of an envelope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvelopeField {
    pub(super) name: String,
    /// What it is called on the wire, the best name first.
    pub(super) names: Vec<String>,
    #[serde(rename = "type")]
    pub(super) json: Type,
    pub(super) format: Option<Format>,
    pub(super) example: Value,
    pub(super) about: String,
    #[serde(default)]
    pub(super) required: bool,
}

/// One event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) name: String,
    /// The name of the record's type, where it is known.
    pub(super) object: Option<String>,
    /// Whether its payload is documented, not only its name.
    pub(super) documented: bool,
    pub(super) when: Option<String>,
    #[serde(default)]
    pub(super) previous_attributes: Option<Previous>,
    pub(super) example: Map<String, Value>,
}

/// What an event tells of the time before.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Previous {
    /// These fields, where they changed.
    Fields(Vec<String>),
    /// In a word: `absent`, or `changed fields`.
    Word(String),
}

impl Catalogue {
    pub(super) fn read() -> Outcome<Self> {
        let text = fs::read_to_string(shell::root().join(FILE)).about(FILE)?;
        let catalogue: Self = serde_json::from_str(&text).about(FILE)?;
        catalogue.check().map_err(|fault| Failure::new(format!("{FILE}: {fault}")))?;
        Ok(catalogue)
    }

    /// Every event with its sender.
    pub(super) fn events(&self) -> impl Iterator<Item = (&Sender, &Event)> {
        self.senders
            .iter()
            .flat_map(|sender| sender.events.iter().map(move |event| (sender, event)))
    }

    /// The record of an event, if its type is known.
    pub(super) fn object(&self, event: &Event) -> Option<&Object> {
        self.objects.iter().find(|object| Some(&object.name) == event.object.as_ref())
    }

    fn check(&self) -> Result<(), String> {
        let mut kinds = Vec::new();
        for (_, event) in self.events() {
            if event.object.is_some() && self.object(event).is_none() {
                return Err(format!("{} is about an object that is not there", event.name));
            }
            if kinds.contains(&event.kind()) {
                return Err(format!("{} stands there twice", event.name));
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

impl Event {
    /// The name of its kind: `CustomerAtRisk`.
    pub(super) fn kind(&self) -> String {
        camel_case(&self.name)
    }

    /// What it is, as a sentence.
    pub(super) fn sentence(&self) -> String {
        match &self.when {
            Some(when) => format!("`{}`: {}", self.name, lower_first(when)),
            None => format!("`{}`. Named by the documentation, and not described.", self.name),
        }
    }

    /// What `previous_attributes` carries, for people.
    pub(super) fn previous(&self) -> String {
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
    pub(super) fn never_has_previous(&self) -> bool {
        matches!(&self.previous_attributes, Some(Previous::Word(word)) if word == "absent")
    }
}

impl Object {
    /// The name of its type: `RoomRecording`.
    pub(super) fn type_name(&self) -> String {
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
