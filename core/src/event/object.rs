//! Reads the record of an event into a struct of the catalogue.

use alloc::{string::String, vec::Vec};

use serde_json::{Map, Value};

use super::Envelope;
use crate::error::{Error, EventFlaw, FieldPath, PayloadFlaw};

/// Any JSON object's fields, by name.
pub type Fields = Map<String, Value>;

/// The type of a record: the structs of the catalogue, or [`Fields`].
///
/// For a type of your own, deserialize [`Event::object_json`](super::Event::object_json).
pub trait Object: Read {}

impl<T: Read> Object for T {}

/// Seals [`Object`], because [`RecordFields`] is private to the core.
pub trait Read: Sized {
    #[doc(hidden)]
    fn read(record: RecordFields) -> Result<Self, Error>;
}

impl Read for Fields {
    fn read(record: RecordFields) -> Result<Self, Error> {
        Ok(record.rest())
    }
}

/// The fields of a record that a struct has not taken yet.
pub struct RecordFields {
    fields: Fields,
    path: FieldPath,
}

impl RecordFields {
    pub(super) fn of(envelope: &Envelope<'_>) -> Result<Self, Error> {
        let record = &envelope.object;
        let mut fields = parse(record.json)?;
        for (alias, name) in &record.renamed {
            if let Some(value) = fields.remove(*alias) {
                fields.insert((*name).into(), value);
            }
        }
        Ok(Self { fields, path: record.path })
    }

    pub(super) fn required_text(&mut self, name: &'static str) -> Result<String, Error> {
        self.text(name)?.ok_or(self.malformed(name, EventFlaw::Missing))
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        self.take(name, |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Error> {
        self.take(name, |value| match value {
            Value::Array(items) => {
                items.into_iter().map(|item| item.as_str().map(String::from)).collect()
            }
            _ => None,
        })
    }

    pub(super) fn integer(&mut self, name: &'static str) -> Result<Option<i64>, Error> {
        self.take(name, |value| value.as_i64())
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, Error> {
        self.take(name, |value| value.as_bool())
    }

    pub(super) fn fields(&mut self, name: &'static str) -> Result<Option<Fields>, Error> {
        self.take(name, |value| match value {
            Value::Object(fields) => Some(fields),
            _ => None,
        })
    }

    pub(super) fn rest(self) -> Fields {
        self.fields
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or(self.malformed(name, EventFlaw::WrongType)),
        }
    }

    fn malformed(&self, name: &'static str, flaw: EventFlaw) -> Error {
        Error::EventMalformed { path: self.path.then(name), flaw }
    }
}

/// Parses an object that has been validated, so that this can't fail.
pub(super) fn parse(json: &str) -> Result<Fields, Error> {
    serde_json::from_str(json).map_err(|_| Error::PayloadMalformed { flaw: PayloadFlaw::Syntax })
}
