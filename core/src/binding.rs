//! The code that all language bindings share, so that no binding implements a protocol: flat options,
//! reports as JSON text, and in [`javascript`] the border to JavaScript.
//!
//! This module is not a public API. Rust receivers use [`Webhook`].

use alloc::{string::String, vec::Vec};

pub use zeroize::Zeroizing;

use self::double::floor;
pub use self::{
    options::{Options, Prepared},
    report::{catalogue, error_report, help},
};
pub use crate::verify::Facts;
use crate::{
    dump,
    error::{Error, FieldPath},
    event::Event,
    header::{HeaderName, Headers},
    idempotency,
    scheme::Scheme,
    time::{EventTime, UnixTime},
    verify::{Request, Verified},
    webhook::Webhook,
};

mod double;
pub mod javascript;
mod options;
mod report;

/// The clock's time from a host's Unix seconds, rounded down.
///
/// # Errors
///
/// `internal` for a negative or non-finite number.
pub fn clock(seconds: f64) -> Result<UnixTime, Error> {
    if seconds.is_finite() && seconds >= 0.0 {
        Ok(UnixTime::from_secs(floor(seconds)))
    } else {
        Err(Error::ClockUnusable)
    }
}

/// The time to sign, rounded down to a second. A number that no timestamp can hold becomes 0, which
/// is refused.
#[must_use]
pub fn timestamp(seconds: f64) -> UnixTime {
    UnixTime::from_secs(floor(seconds))
}

/// A delivery whose headers have been selected already, so that it can be verified without its host.
pub struct Delivery<'d>(Request<'d>);

impl<'d> Delivery<'d> {
    /// The body, the lines of the headers in the order of the request, and the time by the
    /// receiver's clock.
    pub fn new(
        body: &'d [u8],
        lines: impl IntoIterator<Item = (KnownHeader, &'d [u8])>,
        now: UnixTime,
    ) -> Self {
        let mut headers = Headers::default();
        for (KnownHeader(name), value) in lines {
            headers.add(name, value);
        }
        Self(Request { body, headers, now })
    }

    /// The length of the body.
    #[must_use]
    pub const fn body_len(&self) -> usize {
        self.0.body.len()
    }

    /// Does the same as [`Webhook::verify_text_at`].
    ///
    /// # Errors
    ///
    /// The same as [`Webhook::verify_text_at`].
    pub fn verify_text(&self, webhook: &'d Webhook) -> Result<&'d str, Error> {
        webhook.endpoint().verify_text(&self.0)
    }

    /// Does the same as [`Webhook::unwrap_at`].
    ///
    /// # Errors
    ///
    /// The same as [`Webhook::unwrap_at`].
    pub fn unwrap(&self, webhook: &'d Webhook) -> Result<Event<'d>, Error> {
        Event::read(webhook.endpoint().authenticate(&self.0)?)
    }

    /// Does the same as [`Webhook::verify_signature_at`].
    ///
    /// # Errors
    ///
    /// The same as [`Webhook::verify_signature_at`].
    pub fn verify_signature(&self, webhook: &'d Webhook) -> Result<Verified<'d>, Error> {
        webhook.endpoint().verify_signature(&self.0)
    }
}

/// The location of each of the event's fields in its body, in the order in which `repr` and `inspect`
/// show them.
#[must_use]
pub fn fields<'e>(event: &'e Event<'_>) -> &'e [(&'static str, Option<FieldPath>)] {
    &event.envelope().locations.fields
}

/// Pairs of an alias in the event's record and the catalogue's name for it.
#[must_use]
pub fn renamed<'e>(event: &'e Event<'_>) -> &'e [(&'static str, &'static str)] {
    &event.envelope().object.renamed
}

/// The name of the endpoint that verified the event's delivery.
#[must_use]
pub fn source<'e>(event: &Event<'e>) -> &'e str {
    event.delivery().source()
}

/// See [`Event::dump`]; for hosts that keep the parts of an event.
#[must_use]
pub fn dump(facts: &Facts<'_>, body: &[u8]) -> Vec<u8> {
    dump::write(facts, body)
}

/// See [`Event::idempotency_key`]; for hosts that keep the parts of an event.
#[must_use]
pub fn idempotency_key(source: &str, id: Option<&str>, raw: &[u8]) -> String {
    idempotency::key(source, id, raw)
}

/// When an event happened, in microseconds since 1970; further digits are cut off.
#[must_use]
pub fn unix_microseconds(time: &EventTime<'_>) -> i64 {
    let microseconds = i64::from(time.subsec_nanoseconds() / 1_000);
    time.unix_seconds().saturating_mul(1_000_000).saturating_add(microseconds)
}

/// The headers that a sender would add to a delivery: the headers of [`Webhook::sign`] and, if the
/// scheme has unsigned headers, also these, which repeat the event's type and the delivery's id.
///
/// # Errors
///
/// The same as [`Webhook::sign`], and `config_invalid` for a scheme that does not exist.
pub fn sent_headers(
    webhook: &Webhook,
    scheme: &str,
    id: &str,
    at: UnixTime,
    body: &[u8],
) -> Result<Vec<(&'static str, String)>, Error> {
    let scheme: Scheme = scheme.parse()?;
    let signed = webhook.sign(Some(scheme), id, at, body)?;
    let mut headers: Vec<_> = signed.headers().map(|(name, value)| (name, value.into())).collect();
    // A body that is not an event has no type.
    let event = webhook.unwrap_at(body, signed.headers(), at).ok();
    headers.extend(scheme.unsigned_headers(event.as_ref().map(Event::event_type), id));
    Ok(headers)
}

/// Every header that some scheme reads, in lower case.
#[must_use]
pub const fn header_names() -> &'static [&'static str] {
    HeaderName::TEXTS
}

/// A header that some scheme reads. A host looks its name up once and keeps this value.
#[derive(Clone, Copy)]
pub struct KnownHeader(HeaderName);

impl KnownHeader {
    /// The header of a name in any letter case.
    #[must_use]
    pub fn find(name: &[u8]) -> Option<Self> {
        HeaderName::find(name).map(Self)
    }

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0.as_str()
    }

    /// The error for a value that has no encoding.
    #[must_use]
    pub const fn malformed(self) -> Error {
        Error::HeaderMalformed { header: self.as_str() }
    }
}

/// The error for a body that is a string of the host without a UTF-8 encoding.
#[must_use]
pub const fn body_not_text() -> Error {
    Error::BodyNotText
}

/// The error for a body that grew beyond `max_body` while it was read.
#[must_use]
pub const fn body_too_large() -> Error {
    Error::PayloadTooLarge
}

/// The error for a body with a content coding.
#[must_use]
pub const fn body_compressed() -> Error {
    Error::BodyCompressed
}

/// The error for a fault of the core or of a binding: a caught panic, or a call that can't be decoded.
#[must_use]
pub const fn internal() -> Error {
    Error::Panicked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_clock_is_rounded_down_and_not_before_1970() {
        assert_eq!(clock(1.999), Ok(UnixTime::from_secs(1)));
        for bad in [-0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(clock(bad), Err(Error::ClockUnusable), "{bad}");
        }
    }

    #[test]
    fn a_sender_adds_the_type_and_the_id_where_its_scheme_does() {
        let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = UnixTime::from_secs(5);
        let sent = |scheme, body| sent_headers(&webhook, scheme, "msg_1", at, body);
        let unsigned = |headers: Vec<(&'static str, String)>| -> Vec<_> {
            headers
                .into_iter()
                .skip_while(|(name, _)| !name.ends_with("signature"))
                .skip(1)
                .collect()
        };
        let event: &[u8] = br#"{"id":"evt_1","type":"customer.at_risk","data":{}}"#;
        let id = (HeaderName::PivotalDeliveryId.as_str(), String::from("msg_1"));
        let event_type = (HeaderName::PivotalEvent.as_str(), String::from("customer.at_risk"));
        assert_eq!(unsigned(sent("pivotal", event).unwrap()), [event_type, id.clone()]);
        assert_eq!(unsigned(sent("pivotal", b"[]").unwrap()), [id]);
        assert_eq!(unsigned(sent("svix", event).unwrap()), []);
        let signed = webhook.sign(Some(Scheme::Svix), "msg_1", at, event).unwrap();
        let added = sent("svix", event).unwrap();
        assert!(added.iter().map(|(name, value)| (*name, value.as_str())).eq(signed.headers()));
        for scheme in ["pivot", "svx"] {
            assert_eq!(sent(scheme, event).unwrap_err().code(), ErrorCode::ConfigInvalid);
        }
    }
}
