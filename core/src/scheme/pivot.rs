//! Scheme `pivot`: one header, signed content the body alone.
//!
//! Source: <https://pivot.app/docs/developers/rest-api/webhooks>. No time is signed, so a captured
//! delivery stays valid: `max_event_age` and idempotency are the receiver's defence.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    claims::{Candidates, Claims},
    encoding,
    error::Error,
    headers::Field,
    mac::Tag,
    secret::Derivation,
};

pub(crate) const SIGNATURE: &str = "x-pivot-signature";

/// The documentation does not say how the key comes from the secret.
pub(crate) const DERIVATION: Derivation = Derivation::TextOrBase64;

pub(crate) struct Headers<'h> {
    signature: Field<'h>,
}

impl<'h> Headers<'h> {
    pub(crate) fn fields(&mut self) -> [&mut Field<'h>; 1] {
        [&mut self.signature]
    }

    pub(crate) fn is_present(&self) -> bool {
        self.signature.is_present()
    }
}

impl Default for Headers<'_> {
    fn default() -> Self {
        Self { signature: Field::new(SIGNATURE) }
    }
}

pub(crate) fn parse<'h>(headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
    let header = headers.signature.require()?;
    let text = header.bytes.strip_prefix(PREFIX).unwrap_or(header.bytes);
    // The documentation does not name the encoding; the two lengths tell them apart.
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

/// The header holds one signature: the first key's.
pub(crate) fn write(
    body: &[u8],
    tags: impl Fn(&[&[u8]]) -> Vec<Tag>,
) -> Vec<(&'static str, String)> {
    let first = tags(&[body]).first().map(|tag| encoding::hex(tag));
    vec![(SIGNATURE, first.unwrap_or_default())]
}

const PREFIX: &[u8] = b"sha256=";
