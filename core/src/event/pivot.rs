//! Pivot's envelope. Its names are in snake_case or in camelCase.
//!
//! Source: <https://pivot.app/docs/developers/rest-api/webhooks/webhook-event-reference>.

use alloc::vec::Vec;

use super::{
    EventKind,
    catalogue::pivot_fields as fields,
    envelope::{Envelope, Field, Reader, Record, Subject},
};
use crate::{
    error::Error,
    json::{self, Member, find},
    sender::Sender,
};

pub(super) fn read<'a>(body: &json::Object<'a>) -> Result<Envelope<'a>, Error> {
    let mut reader = Reader::of(body);
    reader.locate("id", Field::none("id"));
    let event_type = reader.field(fields::TYPE).required()?.non_empty()?;
    let subject = reader.field(fields::SUBJECT);
    let subject = subject.object()?.map(|_| Subject::read(subject)).transpose()?;
    let created_at = reader.field(fields::CREATED_AT).time()?;
    let org_id = reader.field(fields::ORG_ID).text()?;
    let space_id = reader.field(fields::SPACE_ID).text()?;

    let data = reader.field(fields::DATA).required()?;
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

#[cfg(test)]
mod tests {
    use super::fields;
    use crate::scheme::pivot::EVENT_TIME;

    #[test]
    fn the_limit_of_age_reads_the_field_created_at() {
        assert_eq!(fields::CREATED_AT.wire, [EVENT_TIME]);
    }
}
