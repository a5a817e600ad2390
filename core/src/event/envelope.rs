//! Reads the fields of an envelope, and records where each is in the body.

use alloc::{borrow::Cow, vec::Vec};

use crate::{
    error::{Error, EventFlaw, FieldPath},
    json::{Member, Object, Value, find},
    time::EventTime,
};

/// The envelope of an event, the same for every sender.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) event_type: Cow<'a, str>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) created_at: Option<EventTime<'a>>,
    pub(crate) org_id: Option<Cow<'a, str>>,
    pub(crate) space_id: Option<Cow<'a, str>>,
    pub(crate) subject: Option<Subject<'a>>,
    pub(crate) livemode: Option<bool>,
    pub(crate) api_version: Option<Cow<'a, str>>,
    pub(crate) data: &'a str,
    pub(crate) object: Record<'a>,
    pub(crate) previous_attributes: Option<&'a str>,
    pub(crate) locations: FieldLocations<'a>,
}

/// The record that an event is about.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) json: &'a str,
    pub(crate) path: FieldPath,
    /// Pairs of an alias in the record and the catalogue's name for it.
    pub(crate) renamed: Vec<(&'static str, &'static str)>,
}

/// The location of each field of an event in the body. A host uses it to find the field in the values
/// that its own parser builds from the same bytes.
#[derive(Debug)]
pub(crate) struct FieldLocations<'a> {
    /// Every field of the sender's events, in the order in which `repr` and `inspect` show them.
    pub(crate) fields: Vec<(&'static str, Option<FieldPath>)>,
    /// Members of the body that are not fields, with their JSON.
    pub(crate) extra: Vec<(Cow<'a, str>, &'a str)>,
}

/// The subject of a Pivot event: the room or space that the event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    subject_type: Cow<'a, str>,
    id: Cow<'a, str>,
}

impl<'a> Subject<'a> {
    pub(super) fn read(field: Field<'_, 'a>) -> Result<Self, Error> {
        let text = |name| field.inside(name)?.required()?.non_empty();
        Ok(Self { subject_type: text("type")?, id: text("id")? })
    }

    /// `room` or `space`; Pivot may add others.
    #[must_use]
    pub fn subject_type(&self) -> &str {
        &self.subject_type
    }

    /// The id of that room or space.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What a field of an envelope is called.
#[derive(Clone, Copy)]
pub(super) struct FieldNames {
    /// In an event of this library.
    pub(super) name: &'static str,
    /// On the wire. If a body has several of them, the first one is read.
    pub(super) wire: &'static [&'static str],
}

/// Finds the fields of a body by their names.
pub(super) struct Reader<'r, 'a> {
    body: &'r Object<'a>,
    fields: Vec<(&'static str, Option<FieldPath>)>,
    known: Vec<&'static str>,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(super) fn of(body: &'r Object<'a>) -> Self {
        Self { body, fields: Vec::with_capacity(10), known: Vec::with_capacity(10) }
    }

    /// The member under the first of the field's names that is present and not null.
    pub(super) fn field(&mut self, FieldNames { name, wire }: FieldNames) -> Field<'r, 'a> {
        self.known.extend(wire);
        let found = wire.iter().find_map(|name| {
            let member = find(&self.body.members, name).filter(|found| !found.value.is_null())?;
            Some(Field { path: FieldPath::of(name), member: Some(member) })
        });
        let first = wire.first().copied().unwrap_or(name);
        let field = found.unwrap_or(Field { path: FieldPath::of(first), member: None });
        self.locate(name, field);
        field
    }

    /// Records the location of a field that was found in another way.
    pub(super) fn locate(&mut self, name: &'static str, field: Field<'r, 'a>) {
        self.fields.push((name, field.member.map(|_| field.path)));
    }

    /// Finishes reading and returns all locations.
    pub(super) fn into_locations(self) -> FieldLocations<'a> {
        let is_read = |name: &str| {
            self.fields
                .iter()
                .any(|(_, path)| path.and_then(|path| path.names().next()) == Some(name))
        };
        let extra = self.body.members.iter().filter(|member| {
            let name = &*member.name;
            !(is_read(name) || member.value.is_null() && self.known.contains(&name))
        });
        let extra = extra.map(|member| (member.name.clone(), member.value.0)).collect();
        FieldLocations { fields: self.fields, extra }
    }
}

/// A field's path, and the member at it.
#[derive(Clone, Copy)]
pub(super) struct Field<'r, 'a> {
    pub(super) path: FieldPath,
    member: Option<&'r Member<'a>>,
}

impl<'r, 'a> Field<'r, 'a> {
    /// A field that the events of this sender don't have.
    pub(super) fn none(name: &'static str) -> Self {
        Self { path: FieldPath::of(name), member: None }
    }

    /// The field itself, if it has a value.
    pub(super) fn required(self) -> Result<Self, Error> {
        if self.member.is_some() { Ok(self) } else { Err(self.malformed(EventFlaw::Missing)) }
    }

    /// A member of this field's object. It may not appear twice, because parsers could read two events.
    pub(super) fn inside(self, name: &'static str) -> Result<Self, Error> {
        let members = self.members();
        let member = find(members, name).filter(|member| !member.value.is_null());
        let field = Self { path: self.path.then(name), member };
        if members.iter().filter(|member| member.name == name).count() > 1 {
            return Err(field.malformed(EventFlaw::Duplicated));
        }
        Ok(field)
    }

    /// The members of this field's object.
    pub(super) fn members(self) -> &'r [Member<'a>] {
        self.member.map_or(&[], |member| &member.members)
    }

    pub(super) fn text(self) -> Result<Option<Cow<'a, str>>, Error> {
        self.read(Value::string)
    }

    pub(super) fn non_empty(self) -> Result<Cow<'a, str>, Error> {
        self.text()?.filter(|text| !text.is_empty()).ok_or_else(|| self.malformed(EventFlaw::Empty))
    }

    pub(super) fn boolean(self) -> Result<Option<bool>, Error> {
        self.read(Value::boolean)
    }

    pub(super) fn time(self) -> Result<Option<EventTime<'a>>, Error> {
        let read =
            |text| EventTime::read(text).ok_or_else(|| self.malformed(EventFlaw::NotRfc3339));
        self.text()?.map(read).transpose()
    }

    /// The JSON of the object.
    pub(super) fn object(self) -> Result<Option<&'a str>, Error> {
        self.read(|value| value.is_object().then_some(value.0))
    }

    fn read<T>(self, read: impl FnOnce(Value<'a>) -> Option<T>) -> Result<Option<T>, Error> {
        let flaw = || self.malformed(EventFlaw::WrongType);
        self.member.map(|member| read(member.value).ok_or_else(flaw)).transpose()
    }

    fn malformed(self, flaw: EventFlaw) -> Error {
        Error::EventMalformed { path: self.path, flaw }
    }
}
