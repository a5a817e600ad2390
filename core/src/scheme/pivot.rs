//! Scheme `pivot`: it has one header and signs only the body.
//!
//! Source: <https://pivot.app/docs/developers/rest-api/webhooks>. No time is signed, so a captured
//! delivery stays valid. `max_event_age` and idempotency protect the receiver from replays.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    claims::{Candidates, Claims},
    encoding,
    error::Error,
    header::{HeaderName, Headers},
    mac::Tag,
    secret::Derivation,
};

/// The member of the body that holds the time of the event.
pub(crate) const EVENT_TIME: &str = "timestamp";

/// The documentation does not say how the key is derived from the secret.
pub(crate) const DERIVATION: Derivation = Derivation::TextOrBase64;

pub(crate) fn parse<'h>(headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
    let header = headers.get(HeaderName::PivotSignature).require()?;
    let text = header.bytes.strip_prefix(PREFIX).unwrap_or(header.bytes);
    // The documentation does not name the encoding; hex has 64 characters and base64 has 44.
    let tag = encoding::tag_from_hex(text)
        .or_else(|| encoding::tag_from_base64(text))
        .ok_or(header.malformed())?;
    Ok(Claims {
        id: None,
        timestamp: None,
        signed_prefix: [b""; 4],
        signature_header: header.header,
        candidates: Candidates::only(tag),
        unsigned_event_type: None,
        unsigned_delivery_id: None,
    })
}

/// Writes the header, which holds one signature: by the first key.
pub(crate) fn write(
    body: &[u8],
    tags: impl Fn(&[&[u8]]) -> Vec<Tag>,
) -> Vec<(&'static str, String)> {
    let first = tags(&[body]).first().map(|tag| encoding::hex(&**tag));
    vec![(HeaderName::PivotSignature.as_str(), first.unwrap_or_default())]
}

const PREFIX: &[u8] = b"sha256=";
