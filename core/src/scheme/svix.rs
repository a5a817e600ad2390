//! Scheme `svix`: three headers, signed content `id.timestamp.body`.
//!
//! Sources: <https://docs.svix.com/receiving/verifying-payloads/how-manual>, and Standard Webhooks
//! 1.0.0, whose names differ and whose meaning does not.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    claims::{Candidates, Claims},
    encoding,
    error::Error,
    headers::{Field, Text},
    mac::Tag,
    secret::Derivation,
    time::UnixTime,
};

pub(crate) const ID: &str = "svix-id";
pub(crate) const TIMESTAMP: &str = "svix-timestamp";
pub(crate) const SIGNATURE: &str = "svix-signature";
pub(crate) const UNBRANDED_ID: &str = "webhook-id";
pub(crate) const UNBRANDED_TIMESTAMP: &str = "webhook-timestamp";
pub(crate) const UNBRANDED_SIGNATURE: &str = "webhook-signature";

/// The secret is documented as base64.
pub(crate) const DERIVATION: Derivation = Derivation::Base64;

pub(crate) struct Headers<'h> {
    branded: Trio<'h>,
    unbranded: Trio<'h>,
}

impl<'h> Headers<'h> {
    pub(crate) fn fields(&mut self) -> [&mut Field<'h>; 6] {
        let Self { branded, unbranded } = self;
        [
            &mut branded.id,
            &mut branded.timestamp,
            &mut branded.signature,
            &mut unbranded.id,
            &mut unbranded.timestamp,
            &mut unbranded.signature,
        ]
    }

    pub(crate) fn is_present(&self) -> bool {
        self.branded.signature.is_present() || self.unbranded.signature.is_present()
    }

    /// The values of one family of names. Never a mix, and never a choice between two that differ.
    fn family(&self) -> Result<[Text<'h>; 3], Error> {
        match (self.branded.is_complete(), self.unbranded.is_complete()) {
            (true, false) => self.branded.require(),
            (false, true) => self.unbranded.require(),
            (false, false) if self.branded.signature.is_present() => self.branded.require(),
            (false, false) => self.unbranded.require(),
            (true, true) => {
                let (branded, unbranded) = (self.branded.require()?, self.unbranded.require()?);
                match branded.iter().zip(&unbranded).find(|(one, other)| one.bytes != other.bytes) {
                    Some((one, _)) => Err(Error::HeaderDuplicated { header: one.header }),
                    None => Ok(branded),
                }
            }
        }
    }
}

impl Default for Headers<'_> {
    fn default() -> Self {
        Self {
            branded: Trio::new(ID, TIMESTAMP, SIGNATURE),
            unbranded: Trio::new(UNBRANDED_ID, UNBRANDED_TIMESTAMP, UNBRANDED_SIGNATURE),
        }
    }
}

pub(crate) fn parse<'h>(headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
    let [id, timestamp, signature] = headers.family()?;
    let id_text = id_text(id.bytes).ok_or(id.malformed())?;
    let signed_at = UnixTime::from_digits(timestamp.bytes)
        .ok_or(Error::TimestampMalformed { header: timestamp.header })?;
    Ok(Claims {
        id: Some(id_text),
        timestamp: Some(signed_at),
        signed_prefix: [id.bytes, b".", timestamp.bytes, b"."],
        signature_header: signature.header,
        candidates: candidates(signature)?,
        unsigned_event_type: None,
        unsigned_delivery_id: None,
    })
}

pub(crate) fn write(
    id: &str,
    at: UnixTime,
    body: &[u8],
    tags: impl Fn(&[&[u8]]) -> Vec<Tag>,
) -> Result<Vec<(&'static str, String)>, Error> {
    let id = id_text(id.as_bytes()).ok_or(Error::HeaderMalformed { header: ID })?;
    let timestamp = at.to_digits().ok_or(Error::TimestampMalformed { header: TIMESTAMP })?;
    let mut signatures = String::new();
    for tag in &tags(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]) {
        let space = if signatures.is_empty() { "" } else { " " };
        signatures.extend([space, VERSION, ",", &encoding::base64(tag)]);
    }
    Ok(vec![(ID, id.into()), (TIMESTAMP, timestamp), (SIGNATURE, signatures)])
}

/// The only version that is HMAC-SHA256.
const VERSION: &str = "v1";

struct Trio<'h> {
    id: Field<'h>,
    timestamp: Field<'h>,
    signature: Field<'h>,
}

impl<'h> Trio<'h> {
    fn new(id: &'static str, timestamp: &'static str, signature: &'static str) -> Self {
        Self {
            id: Field::new(id),
            timestamp: Field::new(timestamp),
            signature: Field::new(signature),
        }
    }

    fn is_complete(&self) -> bool {
        self.id.is_present() && self.timestamp.is_present() && self.signature.is_present()
    }

    /// The three values; a missing header is the cause to name, even beside a repeated one.
    fn require(&self) -> Result<[Text<'h>; 3], Error> {
        let fields = [&self.id, &self.timestamp, &self.signature];
        match fields.into_iter().find(|field| !field.is_present()) {
            Some(absent) => Err(absent.missing()),
            None => Ok([self.id.require()?, self.timestamp.require()?, self.signature.require()?]),
        }
    }
}

/// An id that can't be taken for anything else that is signed: see the disjointness test.
fn id_text(bytes: &[u8]) -> Option<&str> {
    if !matches!(bytes.len(), 1..=256) {
        return None;
    }
    // To the end, whatever was seen: so the compiler takes many bytes at a time.
    let (mut fits, mut is_number) = (true, true);
    for byte in bytes {
        fits &= matches!(byte, b'!'..=b'~') & !matches!(byte, b'.' | b',' | b'"' | b'{');
        is_number &= byte.is_ascii_digit();
    }
    core::str::from_utf8(bytes).ok().filter(|_| fits && !is_number)
}

/// Pairs `v1,<base64>`, separated by spaces, or by commas as proxies join repeated lines.
///
/// A version speaks for the one token after it.
fn candidates(header: Text<'_>) -> Result<Candidates, Error> {
    let mut candidates = Candidates::of(header)?;
    let mut version = None;
    for token in header.bytes.split(|byte| matches!(byte, b' ' | b',')) {
        if is_version(token) {
            version = Some(token);
        } else if !token.is_empty() {
            let speaks = version.take() == Some(VERSION.as_bytes());
            candidates.add(header, speaks.then_some(token))?;
        }
    }
    Ok(candidates)
}

/// `v1`, `v1a`, `v2`, … at most 8 bytes.
fn is_version(token: &[u8]) -> bool {
    match token {
        [b'v', digit, rest @ ..] => {
            digit.is_ascii_digit()
                && token.len() <= 8
                && rest.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        }
        _ => false,
    }
}
