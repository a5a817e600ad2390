//! Pivot's envelope. Its names are in snake_case or in camelCase.
//!
//! Source: <https://pivot.app/docs/developers/rest-api/webhooks/webhook-event-reference>.

use alloc::vec::Vec;

use super::{
    EventKind,
    envelope::{Envelope, Field, Reader, Record, Subject},
};
use crate::{
    error::Error,
    json::{self, Member, find},
    scheme::pivot::EVENT_TIME,
    sender::Sender,
};

pub(super) fn read<'a>(body: &json::Object<'a>) -> Result<Envelope<'a>, Error> {
    let mut reader = Reader::of(body);
    reader.locate("id", Field::none("id"));
    let event_type = reader.field("type", &["event_type", "eventType"]).required()?.non_empty()?;
    let subject = reader.field("subject", &["subject"]);
    let subject = subject.object()?.map(|_| Subject::read(subject)).transpose()?;
    let created_at = reader.field("created_at", &[EVENT_TIME]).time()?;
    let org_id = reader.field("org_id", &["organization_id", "organizationId"]).text()?;
    let space_id = reader.field("space_id", &["space_id", "spaceId"]).text()?;

    let data = reader.field("data", &["data"]).required()?;
    let data_json = data.object()?.unwrap_or_default();
    reader.locate("object", data);
    let renamed = renamed(EventKind::of(Sender::Pivot, &event_type), data.members());

    Ok(Envelope {
        event_type,
        id: None,
        created_at,
        org_id,
        space_id,
        subject,
        livemode: None,
        api_version: None,
        data: data_json,
        object: Record { json: data_json, path: data.path, renamed },
        previous_attributes: None,
        locations: reader.into_locations(),
    })
}

/// The camelCase names in a record that are aliases of the catalogue's names. If the record has the
/// catalogue's name too, the camelCase one is another field.
fn renamed(kind: EventKind, record: &[Member<'_>]) -> Vec<(&'static str, &'static str)> {
    let aliases = kind.aliases().iter().copied();
    let is_alias = |(alias, name): &(&str, &str)| {
        find(record, alias).is_some() && find(record, name).is_none()
    };
    aliases.filter(is_alias).collect()
}
