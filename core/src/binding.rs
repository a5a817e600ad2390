//! What every language binding needs, so that none of them knows a protocol.
//!
//! Flat options, errors as JSON text, and in [`javascript`] what only the bindings for it need. Rust
//! receivers use [`Webhook`] directly.

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

pub use zeroize::Zeroizing;

use crate::{
    builder::Builder,
    error::{Dialect, Error, ErrorCode, FieldPath, Text},
    event::Event,
    header::{HeaderName, Headers},
    idempotency,
    scheme::Scheme,
    sender::Sender,
    time::{EventTime, Tolerance, UnixTime},
    transfer,
    verify::{Request, Verified},
    webhook::Webhook,
};

pub mod javascript;

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
    /// The endpoint's name in idempotency keys.
    pub source: Option<String>,
}

impl Options {
    /// The webhook that these options describe.
    ///
    /// # Errors
    ///
    /// `config_invalid`, `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn open(mut self) -> Result<Webhook, Error> {
        let secrets = core::mem::take(&mut self.secrets);
        self.prepare()?.open(secrets)
    }

    /// Checks everything but the secrets, for a webhook whose secrets are read at its first use.
    /// Secrets in the options are ignored.
    ///
    /// # Errors
    ///
    /// `config_invalid`.
    pub fn prepare(self) -> Result<Prepared, Error> {
        let mut builder = if self.pivot { Webhook::pivot_builder() } else { Webhook::builder() };
        if let Some(names) = self.schemes {
            let mut schemes = Vec::with_capacity(names.len());
            for name in names {
                schemes.push(name.parse::<Scheme>()?);
            }
            builder = builder.schemes(schemes);
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
        if let Some(name) = self.source {
            builder = builder.source(name);
        }
        let schemes = builder.check_options()?;
        Ok(Prepared {
            sender: if self.pivot { Sender::Pivot } else { Sender::Pivotal },
            builder,
            schemes,
        })
    }
}

/// Options that have been checked, without secrets.
pub struct Prepared {
    sender: Sender,
    builder: Builder,
    schemes: Vec<Scheme>,
}

impl Prepared {
    /// The webhook with these options and secrets, each secret with an optional label.
    ///
    /// # Errors
    ///
    /// `config_invalid` for labels and the number of secrets; `secret_empty`, `secret_malformed`,
    /// `secret_weak`.
    pub fn open(
        &self,
        secrets: Vec<(Option<String>, Zeroizing<String>)>,
    ) -> Result<Webhook, Error> {
        self.builder.with_secrets(secrets).build()
    }

    /// Whose deliveries arrive.
    #[must_use]
    pub const fn sender(&self) -> Sender {
        self.sender
    }

    /// The longest body that is hashed, in bytes.
    #[must_use]
    pub const fn max_body(&self) -> usize {
        self.builder.max_body_bytes()
    }

    /// See [`Webhook::announced_length`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn announced_length<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h [u8], &'h [u8])>,
    ) -> Result<Option<u64>, Error> {
        transfer::announced_length(headers, self.max_body())
    }

    /// The largest accepted distance between the signed time and the clock, in seconds, or none.
    #[must_use]
    pub const fn tolerance(&self) -> Option<u64> {
        self.builder.tolerance_seconds()
    }

    /// The accepted schemes, in the order in which they are tried.
    pub fn schemes(&self) -> impl Iterator<Item = Scheme> + '_ {
        self.schemes.iter().copied()
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

/// A delivery whose headers are picked out already, so that it can be judged without its host.
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

    /// See [`Webhook::verify_text_at`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn verify_text(&self, webhook: &'d Webhook) -> Result<&'d str, Error> {
        webhook.endpoint().verify_text(&self.0)
    }

    /// See [`Webhook::unwrap_at`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn unwrap(&self, webhook: &'d Webhook) -> Result<Event<'d>, Error> {
        Event::read(webhook.endpoint().authenticate(&self.0)?)
    }

    /// See [`Webhook::verify_signature_at`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn verify_signature(&self, webhook: &'d Webhook) -> Result<Verified<'d>, Error> {
        webhook.endpoint().verify_signature(&self.0)
    }
}

/// Where each of the event's fields stands in its body, in the order in which they are best shown.
#[must_use]
pub fn fields<'e>(event: &'e Event<'_>) -> &'e [(&'static str, Option<FieldPath>)] {
    &event.envelope().locations.fields
}

/// Names in the event's record that stand for others, and those others.
#[must_use]
pub fn renamed<'e>(event: &'e Event<'_>) -> &'e [(&'static str, &'static str)] {
    &event.envelope().object.renamed
}

/// The name of the endpoint that verified the event's delivery.
#[must_use]
pub fn source<'e>(event: &Event<'e>) -> &'e str {
    event.delivery().source()
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

/// The headers that a sender would add to a delivery: those of [`Webhook::sign`] and, where the
/// scheme has them, the unsigned ones, which repeat the event's type and the delivery's id.
///
/// # Errors
///
/// As [`Webhook::sign`], and `config_invalid` for a scheme that does not exist.
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
    // A body that is no event has no type to tell of.
    let event = webhook.unwrap_at(body, signed.headers(), at).ok();
    headers.extend(scheme.unsigned_headers(event.as_ref().map(Event::event_type), id));
    Ok(headers)
}

/// Every header that some scheme reads, in lower case.
#[must_use]
pub const fn header_names() -> &'static [&'static str] {
    HeaderName::TEXTS
}

/// A header that some scheme reads, so that a host looks its name up once.
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

/// The error for a body that is a host string which no bytes decode to.
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

/// The error for a caught panic.
#[must_use]
pub const fn internal() -> Error {
    Error::Panicked
}

/// An error as JSON: `code`, `message`, `help`, `status`; where they apply `header`, `path`,
/// `reason`, `skew`, `tolerance`.
#[must_use]
pub fn error_report(fault: &Error, dialect: Dialect) -> String {
    report(|report| error(report, fault, dialect))
}

fn error(report: &mut Report, error: &Error, dialect: Dialect) {
    summary(report, error.code(), &error.message(dialect).to_string(), error.help(), dialect);
    for (name, detail) in [("header", error.header()), ("reason", error.reason())] {
        if let Some(detail) = detail {
            report.text(name, detail);
        }
    }
    if let Some(path) = error.path() {
        report.text("path", &path.to_string());
    }
    if let Some(skew) = error.skew() {
        report.number("skew", skew);
    }
    if let Some(tolerance) = error.tolerance() {
        report.number("tolerance", tolerance);
    }
}

/// What a host may want to know once: `headerNames`, `schemes`, and `errors` by code.
#[must_use]
pub fn catalogue(dialect: Dialect) -> String {
    report(|report| {
        report.list("headerNames", HeaderName::TEXTS.iter().copied());
        report.list("schemes", Scheme::ALL.iter().map(|scheme| scheme.as_str()));
        report.object("errors", |report| {
            for code in ErrorCode::ALL {
                let info = code.info();
                let message = format!("{} ({code})", info.message.in_dialect(dialect));
                report.object(info.name, |report| {
                    summary(report, *code, &message, info.help, dialect);
                });
            }
        });
    })
}

fn summary(report: &mut Report, code: ErrorCode, message: &str, help: Text, dialect: Dialect) {
    report.text("code", code.as_str());
    report.text("message", message);
    report.text("help", &help.in_dialect(dialect).to_string());
    report.number("status", code.info().status);
}

/// A JSON object, written straight into one string: a tree of values to serialise would cost more
/// than a verification.
fn report(write: impl FnOnce(&mut Report)) -> String {
    let mut report = Report(String::with_capacity(USUAL_REPORT));
    report.braced(write);
    report.0
}

/// Room for an event's.
const USUAL_REPORT: usize = 640;

struct Report(String);

impl Report {
    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.quoted(text);
    }

    fn number(&mut self, name: &str, number: impl fmt::Display) {
        self.name(name);
        self.0.push_str(&number.to_string());
    }

    fn null(&mut self, name: &str) {
        self.name(name);
        self.0.push_str("null");
    }

    fn list<'t>(&mut self, name: &str, items: impl Iterator<Item = &'t str>) {
        self.name(name);
        self.0.push('[');
        for item in items {
            self.separate('[');
            self.quoted(item);
        }
        self.0.push(']');
    }

    fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.name(name);
        self.braced(write);
    }

    fn braced(&mut self, write: impl FnOnce(&mut Self)) {
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    fn name(&mut self, name: &str) {
        self.separate('{');
        self.quoted(name);
        self.0.push(':');
    }

    /// A comma, unless nothing stands before. A string that ends so ends in a quote.
    fn separate(&mut self, opening: char) {
        if !self.0.ends_with(opening) {
            self.0.push(',');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        let mut rest = text;
        while let Some(at) = rest.find(|letter| matches!(letter, '"' | '\\' | '\0'..' ')) {
            let (plain, special) = rest.split_at_checked(at).unwrap_or_default();
            let mut behind = special.chars();
            let special = behind.next().map_or(0, u32::from);
            self.0.push_str(plain);
            self.0.push_str("\\u00");
            for nibble in [special >> 4, special & 15] {
                self.0.extend(char::from_digit(nibble, 16));
            }
            rest = behind.as_str();
        }
        self.0.push_str(rest);
        self.0.push('"');
    }
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
    use alloc::vec;

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
    fn options_are_checked_before_the_secrets_are_known() {
        let invalid = Options { max_body: Some(0.5), ..Options::default() }.prepare();
        assert_eq!(invalid.err().map(|error| error.code()), Some(ErrorCode::ConfigInvalid));
        let options = Options {
            max_body: Some(7.0),
            schemes: Some(vec!["svix".into()]),
            ..Options::default()
        };
        let prepared = options.prepare().unwrap();
        assert_eq!((prepared.sender(), prepared.max_body()), (Sender::Pivotal, 7));
        assert!(prepared.schemes().eq([Scheme::Svix]));
        let open = |secret: &str| prepared.open(vec![(None, Zeroizing::new(secret.into()))]);
        assert_eq!(open("").err(), Some(Error::SecretEmpty { position: 1 }));
        let webhook = open("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(webhook.max_body(), 7);
        assert!(webhook.schemes().eq([Scheme::Svix]));
    }

    #[test]
    fn a_clock_is_rounded_down_and_not_before_1970() {
        assert_eq!(clock(1.999), Ok(UnixTime::from_secs(1)));
        for bad in [-0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(clock(bad), Err(Error::ClockUnusable), "{bad}");
        }
    }

    #[test]
    fn reports_are_json_with_what_applies() {
        let report =
            error_report(&Error::TimestampTooNew { skew: -301, tolerance: 300 }, Dialect::Python);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["code"], "timestamp_too_new");
        assert_eq!((&report["skew"], &report["tolerance"]), (&(-301).into(), &300.into()));
        assert!(report.get("header").is_none() && report.get("reason").is_none());

        let text = "\"quoted\" \\ \u{1}\u{1f}\n\u{7f}é🚀";
        let report = super::report(|report| report.text(text, text));
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report[text], text);

        let catalogue: serde_json::Value =
            serde_json::from_str(&catalogue(Dialect::Python)).unwrap();
        assert_eq!(catalogue["headerNames"].as_array().unwrap().len(), HeaderName::TEXTS.len());
        for code in ErrorCode::ALL {
            assert_eq!(catalogue["errors"][code.as_str()]["status"], code.info().status);
        }
    }

    #[test]
    fn a_sender_tells_the_type_and_the_id_where_its_scheme_does() {
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
        let told = sent("svix", event).unwrap();
        assert!(told.iter().map(|(name, value)| (*name, value.as_str())).eq(signed.headers()));
        for scheme in ["pivot", "svx"] {
            assert_eq!(sent(scheme, event).unwrap_err().code(), ErrorCode::ConfigInvalid);
        }
    }
}
