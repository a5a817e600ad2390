//! Scheme `svix`: three headers, signed content `id.timestamp.body`.
//!
//! Sources: <https://docs.svix.com/receiving/verifying-payloads/how-manual>, and Standard Webhooks
//! 1.0.0, whose names differ and whose meaning does not.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    claims::{Candidates, Claims},
    encoding,
    error::Error,
    header::{Header, HeaderName, HeaderValue, Headers},
    mac::Tag,
    secret::Derivation,
    time::UnixTime,
};

/// The secret is documented as base64.
pub(crate) const DERIVATION: Derivation = Derivation::Base64;

pub(crate) fn is_present(headers: &Headers<'_>) -> bool {
    headers.get(HeaderName::SvixSignature).is_present()
        || headers.get(HeaderName::WebhookSignature).is_present()
}

pub(crate) fn parse<'h>(headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
    let [id, timestamp, signature] = family(headers)?;
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
    let [id_name, timestamp_name, signature_name] =
        [HeaderName::SvixId, HeaderName::SvixTimestamp, HeaderName::SvixSignature]
            .map(HeaderName::as_str);
    let id = id_text(id.as_bytes()).ok_or(Error::HeaderMalformed { header: id_name })?;
    let timestamp = at.to_digits().ok_or(Error::TimestampMalformed { header: timestamp_name })?;
    let mut signatures = String::new();
    for tag in &tags(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]) {
        let space = if signatures.is_empty() { "" } else { " " };
        signatures.extend([space, VERSION, ",", &encoding::base64(tag)]);
    }
    Ok(vec![(id_name, id.into()), (timestamp_name, timestamp), (signature_name, signatures)])
}

/// The only version that is HMAC-SHA256.
const VERSION: &str = "v1";

/// The three headers under one family of names.
struct Trio<'h> {
    id: Header<'h>,
    timestamp: Header<'h>,
    signature: Header<'h>,
}

impl<'h> Trio<'h> {
    fn branded(headers: &Headers<'h>) -> Self {
        Self {
            id: headers.get(HeaderName::SvixId),
            timestamp: headers.get(HeaderName::SvixTimestamp),
            signature: headers.get(HeaderName::SvixSignature),
        }
    }

    fn unbranded(headers: &Headers<'h>) -> Self {
        Self {
            id: headers.get(HeaderName::WebhookId),
            timestamp: headers.get(HeaderName::WebhookTimestamp),
            signature: headers.get(HeaderName::WebhookSignature),
        }
    }

    fn is_complete(&self) -> bool {
        self.id.is_present() && self.timestamp.is_present() && self.signature.is_present()
    }

    /// The three values; a missing header is the cause to name, even beside a repeated one.
    fn require(&self) -> Result<[HeaderValue<'h>; 3], Error> {
        let fields = [&self.id, &self.timestamp, &self.signature];
        match fields.into_iter().find(|field| !field.is_present()) {
            Some(absent) => Err(absent.missing()),
            None => Ok([self.id.require()?, self.timestamp.require()?, self.signature.require()?]),
        }
    }
}

/// The values of one family of names. Never a mix, and never a choice between two that differ.
fn family<'h>(headers: &Headers<'h>) -> Result<[HeaderValue<'h>; 3], Error> {
    let (branded, unbranded) = (Trio::branded(headers), Trio::unbranded(headers));
    match (branded.is_complete(), unbranded.is_complete()) {
        (true, false) => branded.require(),
        (false, true) => unbranded.require(),
        (false, false) if branded.signature.is_present() => branded.require(),
        (false, false) => unbranded.require(),
        (true, true) => {
            let (branded, unbranded) = (branded.require()?, unbranded.require()?);
            match branded.iter().zip(&unbranded).find(|(one, other)| one.bytes != other.bytes) {
                Some((one, _)) => Err(Error::HeaderDuplicated { header: one.header }),
                None => Ok(branded),
            }
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
fn candidates(header: HeaderValue<'_>) -> Result<Candidates, Error> {
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
