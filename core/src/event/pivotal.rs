//! Pivotal's envelope.
//!
//! Source: <https://docs.pivotal.app/webhooks>. One page calls two fields `timestamp` and `org`,
//! and puts the record directly into `data`.

use alloc::vec::Vec;

use super::{
    catalogue::pivotal_fields as fields,
    envelope::{Envelope, Reader, Record},
};
use crate::{error::Error, json};

pub(super) fn read<'a>(body: &json::Object<'a>) -> Result<Envelope<'a>, Error> {
    let mut reader = Reader::of(body);
    let id = reader.field(fields::ID).required()?.non_empty()?;
    let event_type = reader.field(fields::TYPE).required()?.non_empty()?;
    let created_at = reader.field(fields::CREATED_AT).time()?;
    let org_id = reader.field(fields::ORG_ID).text()?;
    let livemode = reader.field(fields::LIVEMODE).boolean()?;
    let api_version = reader.field(fields::API_VERSION).text()?;

    let data = reader.field(fields::DATA).required()?;
    let data_json = data.object()?.unwrap_or_default();
    let object = data.inside("object")?;
    let previous_attributes = data.inside("previous_attributes")?;
    let has_object = object.object().is_ok_and(|json| json.is_some());
    let record = if has_object { object } else { data };
    reader.locate("object", record);
    reader.locate("previous_attributes", previous_attributes);

    Ok(Envelope {
        event_type,
        id: Some(id),
        created_at,
        org_id,
        space_id: None,
        subject: None,
        livemode,
        api_version,
        data: data_json,
        object: Record {
            json: record.object()?.unwrap_or_default(),
            path: record.path,
            renamed: Vec::new(),
        },
        previous_attributes: previous_attributes.object()?,
        locations: reader.into_locations(),
    })
}
