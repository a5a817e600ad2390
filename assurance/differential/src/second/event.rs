//! The envelopes of both senders.

use std::collections::BTreeMap;

use pivotal_webhooks_test_vectors::{Endpoint, Event, Refusal, Subject};
use serde_json::Value;

use super::{
    catalogue,
    json::{self, Json, Members},
    mac, refused, sender, time,
};

/// The time of an event of Pivot, in Unix seconds.
pub(super) fn time(body: &[u8]) -> Result<i64, Refusal> {
    let members = json::validate(body)?;
    match members.value("timestamp") {
        Some(Json::String(text)) => time::read(text).map(|moment| moment.seconds),
        _ => None,
    }
    .ok_or_else(|| json::malformed("timestamp"))
}

pub(super) fn read(endpoint: Endpoint, body: &[u8], source: &str) -> Result<Event, Refusal> {
    if body.is_empty() {
        return Err(json::malformed("syntax"));
    }
    let sender = sender(endpoint);
    let members = json::validate(body)?;
    let mut envelope = Envelope { members: &members, read: Vec::new(), known: Vec::new() };
    let mut micros = None;
    let mut subject = None;
    let mut values: BTreeMap<&str, Option<&Json>> = BTreeMap::new();
    for field in catalogue::items(catalogue::sender(sender), "envelope") {
        let (name, value) = envelope.field(field)?;
        if let (Some(Json::String(text)), Some("date-time")) = (value, field["format"].as_str()) {
            micros = Some(unix_micros(text, name)?);
        }
        if let (Some(Json::Object(members)), "subject") = (value, catalogue::text(field, "type")) {
            subject = Some(Subject {
                subject_type: part(members, name, "type")?,
                id: part(members, name, "id")?,
            });
        }
        values.insert(catalogue::text(field, "name"), value);
    }

    let string = |name: &str| match values.get(name) {
        Some(Some(Json::String(text))) => Some(text.clone()),
        _ => None,
    };
    let empty = Members::default();
    let data = match values.get("data") {
        Some(Some(Json::Object(data))) => data,
        _ => &empty,
    };
    let event_type = string("type").unwrap_or_default();
    let (mut object, mut has_previous, mut renamed) = ("data", false, BTreeMap::new());
    if sender == "pivotal" {
        check_once(data, "object", "data.object")?;
        check_once(data, "previous_attributes", "data.previous_attributes")?;
        let previous = data.value("previous_attributes");
        check(previous, "data.previous_attributes", "object", false)?;
        has_previous = previous.is_some();
        if matches!(data.value("object"), Some(Json::Object(_))) {
            object = "data.object";
        }
    } else {
        let aliases = catalogue::aliases(sender, &event_type);
        renamed = aliases
            .into_iter()
            .filter(|(alias, name)| data.count(alias) > 0 && data.count(name) == 0)
            .map(|(alias, name)| (alias.to_owned(), name.to_owned()))
            .collect();
    }
    let id = string("id");
    Ok(Event {
        listed: catalogue::is_listed(sender, &event_type),
        idempotency_key: format!("{source}_{}", digest(id.as_deref(), body)),
        created_at: string("created_at"),
        created_at_micros: micros,
        org_id: string("org_id"),
        space_id: string("space_id"),
        livemode: match values.get("livemode") {
            Some(Some(Json::Bool(livemode))) => Some(*livemode),
            _ => None,
        },
        api_version: string("api_version"),
        subject,
        object: object.to_owned(),
        renamed,
        previous_attributes: has_previous,
        extra: envelope.extra(),
        event_type,
        id,
    })
}

/// The outermost object, and the names that were read of it.
struct Envelope<'m> {
    members: &'m Members,
    read: Vec<&'static str>,
    known: Vec<&'static str>,
}

impl<'m> Envelope<'m> {
    /// The name under which a field of the catalogue arrived, and its value.
    fn field(
        &mut self,
        field: &'static Value,
    ) -> Result<(&'static str, Option<&'m Json>), Refusal> {
        let names: Vec<&str> =
            catalogue::items(field, "names").iter().filter_map(Value::as_str).collect();
        self.known.extend(&names);
        let present = names.iter().copied().find(|name| self.members.value(name).is_some());
        self.read.extend(present);
        let name = present.or(names.first().copied()).unwrap_or_default();
        let value = self.members.value(name);
        check(value, name, catalogue::text(field, "type"), field["required"] == true)?;
        Ok((name, value))
    }

    /// The names that no field has, in their order.
    fn extra(&self) -> Vec<String> {
        let is_absent =
            |name: &&str, value: &Json| *value == Json::Null && self.known.contains(name);
        self.members
            .iter()
            .filter(|(name, value)| !self.read.contains(name) && !is_absent(name, value))
            .map(|(name, _)| name.to_owned())
            .collect()
    }
}

fn malformed(path: &str, reason: &str) -> Refusal {
    Refusal {
        path: Some(path.to_owned()),
        reason: Some(reason.to_owned()),
        ..refused("event_malformed")
    }
}

fn check_once(members: &Members, name: &str, path: &str) -> Result<(), Refusal> {
    if members.count(name) > 1 { Err(malformed(path, "duplicated")) } else { Ok(()) }
}

fn check(value: Option<&Json>, path: &str, kind: &str, is_required: bool) -> Result<(), Refusal> {
    match (value, kind) {
        (None, _) if is_required => Err(malformed(path, "missing")),
        (Some(Json::String(text)), "string") if is_required && text.is_empty() => {
            Err(malformed(path, "empty"))
        }
        (None, _)
        | (Some(Json::String(_)), "string")
        | (Some(Json::Bool(_)), "boolean")
        | (Some(Json::Object(_)), "object" | "subject") => Ok(()),
        _ => Err(malformed(path, "wrong_type")),
    }
}

fn part(members: &Members, parent: &str, name: &str) -> Result<String, Refusal> {
    let path = format!("{parent}.{name}");
    check_once(members, name, &path)?;
    let value = members.value(name);
    check(value, &path, "string", true)?;
    match value {
        Some(Json::String(text)) => Ok(text.clone()),
        _ => Err(malformed(&path, "missing")),
    }
}

fn unix_micros(text: &str, path: &str) -> Result<i64, Refusal> {
    let moment = time::read(text).ok_or_else(|| malformed(path, "not_rfc3339"))?;
    let digits: String = moment.fraction.chars().chain("000000".chars()).take(6).collect();
    Ok(moment.seconds * 1_000_000 + digits.parse::<i64>().unwrap_or_default())
}

/// The hex digits of the event's name in a store.
fn digest(id: Option<&str>, body: &[u8]) -> String {
    let identity = match id {
        Some(id) => [b"id\0", id.as_bytes()].concat(),
        None => [b"body\0", body].concat(),
    };
    mac::sha256(&identity)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
