//! Scheme `pivotal`: it has one header and signs `t.body`.
//!
//! Source: <https://docs.pivotal.app/product/integrations/webhooks>.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    claims::{Candidates, Claims},
    encoding,
    error::Error,
    header::{HeaderName, Headers},
    mac::Tag,
    secret::Derivation,
    time::UnixTime,
};

/// The documentation does not say how the key is derived from the secret.
pub(crate) const DERIVATION: Derivation = Derivation::TextOrBase64;

pub(crate) fn parse<'h>(headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
    let header = headers.get(HeaderName::PivotalSignature).require()?;
    let mut candidates = Candidates::of(header)?;

    let mut items = header.bytes.split(|byte| *byte == b',');
    if items.next() != Some(VERSION.as_bytes()) {
        return Err(header.malformed());
    }
    let mut timestamp = None;
    for item in items {
        match parameter(item) {
            Some((b"t", _)) if timestamp.is_some() => return Err(header.malformed()),
            Some((b"t", value)) => timestamp = Some(value),
            Some((b"sig", value)) => candidates.add(header, Some(value))?,
            _ => {}
        }
    }
    let timestamp = timestamp.filter(|_| candidates.entries() > 0).ok_or(header.malformed())?;
    let signed_at = UnixTime::from_digits(timestamp)
        .ok_or(Error::TimestampMalformed { header: header.header })?;

    Ok(Claims {
        id: None,
        timestamp: Some(signed_at),
        signed_prefix: [timestamp, b".", b"", b""],
        signature_header: header.header,
        candidates,
        unsigned_event_type: Some(headers.get(HeaderName::PivotalEvent)),
        unsigned_delivery_id: Some(headers.get(HeaderName::PivotalDeliveryId)),
    })
}

pub(crate) fn write(
    at: UnixTime,
    body: &[u8],
    tags: impl Fn(&[&[u8]]) -> Vec<Tag>,
) -> Result<Vec<(&'static str, String)>, Error> {
    let name = HeaderName::PivotalSignature.as_str();
    let timestamp = at.to_digits().ok_or(Error::TimestampMalformed { header: name })?;
    let mut header = String::from(VERSION);
    header.extend([",t=", &timestamp]);
    for tag in &tags(&[timestamp.as_bytes(), b".", body]) {
        header.extend([",sig=", &encoding::base64(tag)]);
    }
    Ok(vec![(name, header)])
}

pub(crate) fn unsigned_headers(event_type: Option<&str>, id: &str) -> Vec<(&'static str, String)> {
    let event_type =
        event_type.map(|event_type| (HeaderName::PivotalEvent.as_str(), event_type.into()));
    let delivery_id = (HeaderName::PivotalDeliveryId.as_str(), id.into());
    event_type.into_iter().chain([delivery_id]).collect()
}

const VERSION: &str = "v1";

/// Splits `name=value` at the first `=`, after optional whitespace.
fn parameter(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = item.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let item = item.get(start..)?;
    let equals = item.iter().position(|byte| *byte == b'=')?;
    let (name, value) = item.split_at_checked(equals)?;
    Some((name, value.get(1..)?))
}
