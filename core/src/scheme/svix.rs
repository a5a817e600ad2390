//! Scheme `svix`: it has three headers and signs `id.timestamp.body`.
//!
//! Sources: <https://docs.svix.com/receiving/verifying-payloads/how-manual>, and Standard Webhooks
//! 1.0.0, which gives the headers other names and the same meaning.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    claims::{Candidates, Claims},
    encoding,
    error::Error,
    header::{HeaderName, HeaderValue, Headers, Value},
    mac::Tag,
    secret::Derivation,
    time::UnixTime,
};

/// The secret is documented as base64.
pub(crate) const DERIVATION: Derivation = Derivation::Base64;

pub(crate) fn is_present(headers: &Headers<'_>) -> bool {
    FAMILIES.iter().any(|family| headers.get(family.signature).is_present())
}

pub(crate) fn parse<'h>(headers: &Headers<'h>) -> Result<Claims<'h>, Error> {
    let (used, other) = families(headers)?;
    let id = headers.get(used.id).require()?;
    let timestamp = headers.get(used.timestamp).require()?;
    other.check_unused(headers)?;
    check_same_values(used, other, headers)?;
    let id_text = id_text(id.bytes).ok_or(id.malformed())?;
    let signed_at = UnixTime::from_digits(timestamp.bytes)
        .ok_or(Error::TimestampMalformed { header: timestamp.header })?;
    let header = used.signature.as_str();
    Ok(Claims {
        id: Some(id_text),
        timestamp: Some(signed_at),
        signed_prefix: [id.bytes, b".", timestamp.bytes, b"."],
        signature_header: header,
        candidates: candidates(HeaderValue { header, bytes: &headers.list(used.signature) })?,
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

/// The version of HMAC-SHA256 signatures.
const VERSION: &str = "v1";

/// The three headers under one family of names.
struct Family {
    id: HeaderName,
    timestamp: HeaderName,
    signature: HeaderName,
}

/// The names of Svix, and the names of Standard Webhooks.
const FAMILIES: [Family; 2] = [
    Family {
        id: HeaderName::SvixId,
        timestamp: HeaderName::SvixTimestamp,
        signature: HeaderName::SvixSignature,
    },
    Family {
        id: HeaderName::WebhookId,
        timestamp: HeaderName::WebhookTimestamp,
        signature: HeaderName::WebhookSignature,
    },
];

impl Family {
    fn names(&self) -> [HeaderName; 3] {
        [self.id, self.timestamp, self.signature]
    }

    fn is_complete(&self, headers: &Headers<'_>) -> bool {
        self.names().into_iter().all(|name| headers.get(name).is_present())
    }

    /// The error of an incomplete family: the first header that is missing.
    fn incomplete(&self, headers: &Headers<'_>) -> Error {
        let missing = self.names().into_iter().find(|name| !headers.get(*name).is_present());
        headers.get(missing.unwrap_or(self.signature)).missing()
    }

    /// Refuses an id or a timestamp that appears twice, also where a host joined the lines by a comma.
    fn check_unused(&self, headers: &Headers<'_>) -> Result<(), Error> {
        for name in [self.id, self.timestamp] {
            let header = headers.get(name);
            if header.is_present() {
                header.require()?;
            }
        }
        let joined = |name| match headers.get(name).value {
            Value::Once(bytes) => bytes.contains(&b','),
            _ => false,
        };
        if joined(self.id) {
            return Err(Error::HeaderMalformed { header: self.id.as_str() });
        }
        if joined(self.timestamp) {
            return Err(Error::TimestampMalformed { header: self.timestamp.as_str() });
        }
        Ok(())
    }
}

/// The family whose values are used, and the other one. The used one must be complete: families are
/// never mixed.
fn families(headers: &Headers<'_>) -> Result<(&'static Family, &'static Family), Error> {
    let [branded, unbranded] = &FAMILIES;
    if branded.is_complete(headers) {
        Ok((branded, unbranded))
    } else if unbranded.is_complete(headers) {
        Ok((unbranded, branded))
    } else if headers.get(branded.signature).is_present() {
        Err(branded.incomplete(headers))
    } else {
        Err(unbranded.incomplete(headers))
    }
}

/// Refuses two complete families whose values differ.
fn check_same_values(used: &Family, other: &Family, headers: &Headers<'_>) -> Result<(), Error> {
    if !other.is_complete(headers) {
        return Ok(());
    }
    let mut pairs = used.names().into_iter().zip(other.names());
    match pairs.find(|(one, two)| headers.list(*one) != headers.list(*two)) {
        Some((differs, _)) => Err(Error::HeaderDuplicated { header: differs.as_str() }),
        None => Ok(()),
    }
}

/// The id, if its characters keep the signed contents of all schemes apart.
fn id_text(bytes: &[u8]) -> Option<&str> {
    if !matches!(bytes.len(), 1..=256) {
        return None;
    }
    // No early exit, so that the loop can be vectorised.
    let (mut fits, mut is_number) = (true, true);
    for byte in bytes {
        fits &= matches!(byte, b'!'..=b'~') & !matches!(byte, b'.' | b',' | b'"' | b'{');
        is_number &= byte.is_ascii_digit();
    }
    core::str::from_utf8(bytes).ok().filter(|_| fits && !is_number)
}

/// Pairs `v1,<base64>`, separated by spaces, or by commas where lines were joined.
///
/// A version applies to the next token only.
fn candidates(header: HeaderValue<'_>) -> Result<Candidates, Error> {
    let mut candidates = Candidates::of(header)?;
    let mut version = None;
    for token in header.bytes.split(|byte| matches!(byte, b' ' | b',')) {
        if is_version(token) {
            version = Some(token);
        } else if !token.is_empty() {
            let is_v1 = version.take() == Some(VERSION.as_bytes());
            candidates.add(header, is_v1.then_some(token))?;
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
