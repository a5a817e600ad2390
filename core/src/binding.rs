//! What every language binding needs, so that none of them knows a protocol.
//!
//! Flat options, headers in one string, errors and results as JSON text. Rust receivers use
//! [`Webhook`] directly.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use serde_json::{Map, Value, json};
pub use zeroize::Zeroizing;

use crate::{
    error::{Error, ErrorCode},
    headers::Headers,
    scheme::Scheme,
    time::{Tolerance, UnixTime},
    webhook::{Verified, Webhook},
};

/// The options of a webhook as a host passes them: names as text, numbers as doubles.
#[derive(Default)]
pub struct Options {
    /// A Pivot endpoint instead of a Pivotal one.
    pub pivot: bool,
    /// The signing secrets, each with an optional label.
    pub secrets: Vec<(Option<String>, Zeroizing<String>)>,
    /// Names of the accepted schemes.
    pub schemes: Option<Vec<String>>,
    /// Seconds.
    pub tolerance: Option<f64>,
    /// Accepts any signed timestamp.
    pub ignore_timestamp: bool,
    /// Bytes.
    pub max_body: Option<f64>,
    /// `auto`, `base64` or `text`.
    pub key: Option<String>,
    /// Seconds.
    pub max_event_age: Option<f64>,
}

impl Options {
    /// Adds secrets, and their labels if there are any: one for each.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Vec<String>, labels: Option<Vec<String>>) -> Self {
        let labels = labels.into_iter().flatten().map(Some).chain(core::iter::repeat(None));
        self.secrets.extend(labels.zip(secrets.into_iter().map(Zeroizing::new)));
        self
    }

    /// The webhook that these options describe.
    ///
    /// # Errors
    ///
    /// `config_invalid`, `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn open(self) -> Result<Webhook, Error> {
        let mut builder = if self.pivot { Webhook::pivot_builder() } else { Webhook::builder() };
        if let Some(names) = self.schemes {
            let schemes: Result<Vec<Scheme>, _> = names.iter().map(|name| name.parse()).collect();
            builder = builder.schemes(schemes?);
        }
        if let Some(name) = self.key {
            builder = builder.key_format(name.parse()?);
        }
        if let Some(seconds) = self.tolerance {
            builder = builder.tolerance(Tolerance::seconds(whole(seconds).unwrap_or(u64::MAX))?);
        }
        if self.ignore_timestamp {
            builder = builder.tolerance(Tolerance::dangerously_unlimited());
        }
        if let Some(bytes) = self.max_body {
            let bytes = whole(bytes).and_then(|bytes| usize::try_from(bytes).ok());
            builder = builder.max_body(bytes.unwrap_or(0));
        }
        if let Some(seconds) = self.max_event_age {
            builder = builder.max_event_age(whole(seconds).unwrap_or(0));
        }
        for (label, secret) in self.secrets {
            builder = builder.add(label, secret);
        }
        builder.build()
    }
}

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

/// A time to sign, rounded down; what no timestamp can hold becomes 0, which is refused.
#[must_use]
pub fn timestamp(seconds: f64) -> UnixTime {
    UnixTime::from_secs(floor(seconds))
}

/// The report of why a delivery is refused, or nothing: then it is authentic and its body is the
/// strict JSON that the host may parse.
#[must_use]
pub fn verify(webhook: &Webhook, body: &[u8], packed: &str, now: f64) -> Option<String> {
    let verdict = clock(now).and_then(|now| webhook.verify_text_at(body, unpack(packed), now));
    verdict.err().map(|error| error_report(&error))
}

/// The report of an authentic delivery's facts, or of why it is refused: only an error has a `code`.
#[must_use]
pub fn verify_signature(webhook: &Webhook, body: &[u8], packed: &str, now: f64) -> String {
    let verdict = clock(now).and_then(|now| webhook.verify_signature_at(body, unpack(packed), now));
    verdict.map_or_else(|error| error_report(&error), |verified| verified_report(&verified))
}

/// A report whose `signature` is the value of the signature header, or of why there is none.
#[must_use]
pub fn sign(
    webhook: &Webhook,
    scheme: Option<&str>,
    id: &str,
    seconds: f64,
    body: &[u8],
) -> String {
    let scheme = scheme.map(str::parse).transpose();
    let signed = scheme.and_then(|scheme| webhook.sign(scheme, id, timestamp(seconds), body));
    signed.map_or_else(
        |error| error_report(&error),
        |signed| json!({ "signature": signed.signature() }).to_string(),
    )
}

/// Headers from one string: name, line feed, value, line feed, name, …
///
/// One string crosses a language border faster than many.
pub fn unpack(packed: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut lines = packed.split('\n');
    core::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
}

/// Every header that some scheme reads, in lower case.
#[must_use]
pub const fn header_names() -> &'static [&'static str] {
    Headers::NAMES
}

/// The error for a header whose value is no text at all.
#[must_use]
pub fn header_not_text(name: &str) -> Error {
    let known = Headers::NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
    known.map_or(Error::Panicked, |header| Error::HeaderMalformed { header })
}

/// The error for a body that is a host string which no bytes decode to.
#[must_use]
pub const fn body_not_text() -> Error {
    Error::BodyNotText
}

/// The error for a caught panic.
#[must_use]
pub const fn internal() -> Error {
    Error::Panicked
}

/// An error as JSON: `code`, `message`, `help`, `status`; where they apply `header`, `reason`,
/// `skew`, `tolerance`.
#[must_use]
pub fn error_report(error: &Error) -> String {
    let mut report = summary(error.code(), &error.to_string(), error.help());
    let details = [
        ("header", error.header().map(Value::from)),
        ("reason", error.reason().map(Value::from)),
        ("skew", error.skew().map(Value::from)),
        ("tolerance", error.tolerance().map(Value::from)),
    ];
    for (name, value) in details {
        if let Some(value) = value {
            report.insert(name.into(), value);
        }
    }
    Value::Object(report).to_string()
}

/// A delivery's facts as JSON, `null` where there is none.
#[must_use]
pub fn verified_report(verified: &Verified<'_>) -> String {
    let unauthenticated = verified.unauthenticated();
    json!({
        "scheme": verified.scheme().as_str(),
        "id": verified.id(),
        "timestamp": verified.timestamp().map(UnixTime::as_secs),
        "label": verified.label(),
        "unauthenticated": {
            "eventType": unauthenticated.event_type(),
            "deliveryId": unauthenticated.delivery_id(),
        },
    })
    .to_string()
}

/// What a host may want to know once: `headerNames`, `schemes`, and `errors` by code.
#[must_use]
pub fn catalogue() -> String {
    let errors: Map<String, Value> = ErrorCode::ALL
        .iter()
        .map(|code| {
            let message = alloc::format!("{} ({code})", code.message());
            (code.to_string(), Value::Object(summary(*code, &message, code.help())))
        })
        .collect();
    let schemes: Vec<&str> = Scheme::ALL.iter().map(|scheme| scheme.as_str()).collect();
    json!({ "headerNames": Headers::NAMES, "schemes": schemes, "errors": errors }).to_string()
}

/// Panics on a body that only the bindings' panic tests send.
#[cfg(feature = "panic-probe")]
pub(crate) fn panic_if_probed(body: &[u8]) {
    assert!(body != b"pivotal-webhooks panic probe", "panic probe");
}

fn summary(code: ErrorCode, message: &str, help: &str) -> Map<String, Value> {
    Map::from_iter([
        ("code".into(), code.as_str().into()),
        ("message".into(), message.into()),
        ("help".into(), help.into()),
        ("status".into(), code.http_status().into()),
    ])
}

/// The number itself, if it is whole and not negative.
fn whole(number: f64) -> Option<u64> {
    let below = floor(number);
    #[expect(clippy::as_conversions, reason = "back, to see whether anything was cut off")]
    let back = below as f64;
    (back.to_bits() == number.to_bits() || (below == 0 && number == 0.0)).then_some(below)
}

fn floor(number: f64) -> u64 {
    #[expect(clippy::as_conversions, reason = "saturates, and gives 0 for NaN: what is wanted")]
    let floor = number as u64;
    floor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_whole() {
        assert_eq!(whole(0.0), Some(0));
        assert_eq!(whole(-0.0), Some(0));
        assert_eq!(whole(300.0), Some(300));
        for bad in [-1.0, 0.5, -0.5, 300.000_001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300]
        {
            assert_eq!(whole(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_clock_is_rounded_down_and_not_before_1970() {
        assert_eq!(clock(1.999), Ok(UnixTime::from_secs(1)));
        for bad in [-0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(clock(bad), Err(Error::ClockUnusable), "{bad}");
        }
    }

    #[test]
    fn packed_headers_come_apart_again() {
        assert!(unpack("a\n1\nb\n\nc\n3").eq([("a", "1"), ("b", ""), ("c", "3")]));
        assert!(unpack("").eq([]));
        assert!(unpack("a\n1\nb").eq([("a", "1")]));
    }
}
