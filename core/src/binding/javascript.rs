//! The border to JavaScript: the format of calls that both JavaScript bindings use.
//!
//! Bytes and numbers cross it, because strings and objects cost more than a verification. A call
//! passes
//!
//! * an [`Operation`],
//! * [`Numbers`], which the call overwrites with its [`Fact`]s,
//! * tagged texts: see the example below, and `javascript/texts.rs`,
//! * a body.
//!
//! It returns a report as JSON text, or none. Only the report of an error has a `code`. A call that
//! can't be decoded is refused as `internal`.
//!
//! # The call of one delivery
//!
//! [`Operation::VerifySignature`], number 4, of a delivery in the scheme `svix`. The addon gets the
//! numbers and the texts in one buffer, as here on a machine that stores the least significant byte
//! first. The WebAssembly module has them at two addresses. The body `{"test": 2432232314}` is passed
//! separately. `core/tests/border.rs` makes this call.
//!
//! ```text
//! 00 00 00 fd ee 0d d8 41                         | time: 1614265332
//! 00 00 00 00 00 00 f8 7f                         | tolerance: none
//! 00 00 00 00 00 00 f8 7f                         | maxBody: none
//! 00 00 00 00 00 00 f8 7f                         | maxEventAge: none
//! 00 00 00 00 00 00 f8 7f 00 00 00 00 00 00 f8 7f | not used
//! 00 00 00 00 00 00 f8 7f 00 00 00 00 00 00 f8 7f | not used
//! 00 00 00 00 00 00 f8 7f 00 00 00 00 00 00 f8 7f | not used
//! 00 00 00 00 00 00 f8 7f                         | not used
//! 55 00 00 00                                     | 85 bytes of text
//! 6d 73 67 5f 70 35 6a 58 4e 38 41 51 4d 39 4c 57 | msg_p5jXN8AQM9LW
//! 4d 30 44 34 6c 6f 4b 57 78 4a 65 6b             | M0D4loKWxJek
//! 31 36 31 34 32 36 35 33 33 30                   | 1614265330
//! 76 31 2c 67 30 68 4d 39 53 73 45 2b 4f 54 50 4a | v1,g0hM9SsE+OTPJ
//! 54 47 74 2f 74 6d 49 4b 74 53 79 5a 6c 45 33 75 | TGt/tmIKtSyZlE3u
//! 46 4a 45 4c 56 6c 4e 49 4f 4c 4a 31 4f 45 3d    | FJELVlNIOLJ1OE=
//! 00 1c 00 00 00                                  | svix-id: 28 bytes
//! 01 0a 00 00 00                                  | svix-timestamp: 10 bytes
//! 02 2f 00 00 00                                  | svix-signature: 47 bytes
//! ff 00 00 00 00                                  | the end
//! ```
//!
//! Its result: no report, and the facts in the place of the numbers.
//!
//! ```text
//! 00 00 00 00 00 00 00 00                         | scheme: 0, svix
//! 00 00 00 00 00 00 00 00                         | id: text 0
//! 00 00 80 fc ee 0d d8 41                         | timestamp: 1614265330
//! 00 00 00 00 00 00 00 40                         | skew: 2
//! 00 00 00 00 00 00 f8 7f                         | secret: no label
//! 00 00 00 00 00 00 f8 7f                         | eventType: none
//! 00 00 00 00 00 00 f8 7f                         | deliveryId: none
//! 00 00 00 00 00 00 f8 7f 00 00 00 00 00 00 f8 7f | digest: none,
//! 00 00 00 00 00 00 f8 7f 00 00 00 00 00 00 f8 7f | as the body was not read as an event
//! ```

use alloc::string::String;

pub use self::border::{Fact, Input, Member, NO_VALUE, NUMBER_COUNT, Operation, TextTag};
use self::{
    border::Tag,
    texts::{TaggedTexts, Undecodable},
};
use super::{
    Delivery, Options, Zeroizing, body_not_text, body_too_large, clock,
    double::whole,
    error_report, internal,
    report::{error, report},
    sent_headers, timestamp,
};
use crate::{
    error::{Dialect, Error},
    event::Envelope,
    header::{self, HeaderName, Headers},
    idempotency, json,
    scheme::Scheme,
    sender::Sender,
    time::UnixTime,
    transfer::{self, AnnouncedLength},
    verify::{Request, Verified},
    webhook::Webhook,
};

mod border;
mod texts;

/// The numbers of a call, at the indices of [`Input`], or the numbers of its result, at the indices of
/// [`Fact`]. NaN means that a number is not set.
pub type Numbers = [f64; NUMBER_COUNT];

/// How many bytes of a header's line are read, so that the rest need not cross the border.
pub const LONGEST_LINE: usize = header::LONGEST_LINE;

/// No numbers.
pub const NO_NUMBERS: Numbers = [f64::NAN; NUMBER_COUNT];

/// Opens a webhook. The texts are its options and secrets, and the numbers its limits.
///
/// # Errors
///
/// The report of `config_invalid`, `secret_empty`, `secret_malformed`, `secret_weak`, or of `internal`
/// for texts that can't be decoded.
pub fn open(texts: &[u8], numbers: &Numbers) -> Result<Webhook, String> {
    #[cfg(feature = "panic-probe")]
    crate::probe::panic_if_armed();

    options(texts, numbers)
        .map_err(Error::from)
        .and_then(Options::open)
        .map_err(|error| error_report(&error, Dialect::JavaScript))
}

/// Runs an [`Operation`] by its number and returns its report. The numbers become the facts of the
/// delivery, or NaN.
///
/// Operations that need a webhook are refused as `internal` without one.
#[must_use]
pub fn run(
    webhook: Option<&Webhook>,
    operation: u32,
    texts: &[u8],
    body: &[u8],
    numbers: &mut Numbers,
) -> Option<String> {
    #[cfg(feature = "panic-probe")]
    crate::probe::panic_if_armed();

    let inputs = core::mem::replace(numbers, NO_NUMBERS);
    let report = u8::try_from(operation)
        .ok()
        .and_then(Operation::from_number)
        .ok_or_else(internal)
        .and_then(|operation| report_of(operation, webhook, texts, body, &inputs, numbers));
    report.unwrap_or_else(|error| Some(error_report(&error, Dialect::JavaScript)))
}

fn report_of(
    operation: Operation,
    webhook: Option<&Webhook>,
    texts: &[u8],
    body: &[u8],
    inputs: &Numbers,
    numbers: &mut Numbers,
) -> Result<Option<String>, Error> {
    let webhook = || webhook.ok_or_else(internal);
    Ok(match operation {
        Operation::Faults => Some(faults()),
        Operation::Prepare => Some(prepare(texts, inputs)?),
        Operation::AnnouncedLength => announced_length(texts, inputs)?,
        Operation::Verify => {
            delivery(texts, body, inputs)?.verify_text(webhook()?)?;
            None
        }
        Operation::VerifySignature => {
            let delivery = delivery(texts, body, inputs)?;
            set_facts(numbers, &delivery.verify_signature(webhook()?)?, texts);
            None
        }
        Operation::Unwrap => {
            let delivery = delivery(texts, body, inputs)?;
            let event = delivery.unwrap(webhook()?)?;
            set_facts(numbers, event.delivery(), texts);
            Some(event_report(numbers, event.envelope(), body))
        }
        Operation::Sign => Some(sign(webhook()?, texts, body, inputs)?),
        Operation::SentHeaders => Some(sent(webhook()?, texts, body, inputs)?),
        #[cfg(feature = "diagnosis")]
        Operation::Diagnose => Some(diagnose(texts, body, inputs)?),
        Operation::Restore => {
            let Options { pivot, .. } = options(texts, inputs)?;
            let sender = if pivot { Sender::Pivot } else { Sender::Pivotal };
            let envelope = Envelope::read(sender, &json::validate(body)?)?;
            Some(event_report(numbers, &envelope, body))
        }
    })
}

/// Every header that a scheme reads, in lower case. The tag of its value is its index.
#[must_use]
pub const fn header_names() -> &'static [&'static str] {
    HeaderName::TEXTS
}

/// The report of a fault of the binding itself.
#[must_use]
pub fn internal_report() -> String {
    error_report(&internal(), Dialect::JavaScript)
}

fn faults() -> String {
    report(|report| {
        for (name, fault) in [
            ("internal", internal()),
            ("bodyNotText", body_not_text()),
            ("bodyTooLarge", body_too_large()),
        ] {
            report.object(name, |report| error(report, &fault, Dialect::JavaScript));
        }
    })
}

/// A number of a call, if there is one.
fn input(inputs: &Numbers, input: Input) -> Option<f64> {
    let number = inputs.get(usize::from(input.number())).copied();
    number.filter(|number| !number.is_nan())
}

fn time(inputs: &Numbers) -> f64 {
    input(inputs, Input::Time).unwrap_or(f64::NAN)
}

fn options(texts: &[u8], inputs: &Numbers) -> Result<Options, Undecodable> {
    let mut options = Options {
        tolerance: input(inputs, Input::Tolerance),
        max_body: input(inputs, Input::MaxBody),
        max_event_age: input(inputs, Input::MaxEventAge),
        ..Options::default()
    };
    let mut label = None;
    for text in TaggedTexts::read(texts) {
        let (tag, text) = text?;
        #[cfg(feature = "diagnosis")]
        if is_for_diagnosis(tag) {
            continue;
        }
        let text = utf8(text)?;
        match tag {
            Tag::Text(TextTag::Secret) => {
                options.secrets.push((label.take(), Zeroizing::new(text.into())));
            }
            Tag::Text(TextTag::Label) => label = Some(text.into()),
            Tag::Text(TextTag::Scheme) => {
                options.schemes.get_or_insert_default().push(text.into());
            }
            Tag::Text(TextTag::SchemeList) => {
                options.schemes.get_or_insert_default();
            }
            Tag::Text(TextTag::KeyFormat) => options.key = Some(text.into()),
            Tag::Text(TextTag::Source) => options.source = Some(text.into()),
            Tag::Text(TextTag::Pivot) => options.pivot = true,
            Tag::Text(TextTag::IgnoreTimestamp) => options.ignore_timestamp = true,
            _ => return Err(Undecodable),
        }
    }
    Ok(options)
}

/// Whether only [`diagnose`] reads this text, beside the options of the webhook.
#[cfg(feature = "diagnosis")]
const fn is_for_diagnosis(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Text(
            TextTag::OtherSecret
                | TextTag::PreviousSecret
                | TextTag::HeaderName
                | TextTag::HeaderLine
        )
    )
}

/// Reports an object for each finding, with `message` and `help`, under its code.
#[cfg(feature = "diagnosis")]
fn diagnose(texts: &[u8], body: &[u8], inputs: &Numbers) -> Result<String, Error> {
    use alloc::{string::ToString as _, vec::Vec};

    let now = clock(time(inputs))?;
    let (mut others, mut previous, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let mut name: &[u8] = &[];
    for text in TaggedTexts::read(texts) {
        let (tag, text) = text?;
        match tag {
            Tag::Text(TextTag::OtherSecret) => others.push(Zeroizing::new(utf8(text)?.into())),
            Tag::Text(TextTag::PreviousSecret) => previous.push(Zeroizing::new(utf8(text)?.into())),
            Tag::Text(TextTag::HeaderName) => name = text.ok_or(Undecodable)?,
            Tag::Text(TextTag::HeaderLine) => lines.push((name, text.ok_or(Undecodable)?)),
            _ => {}
        }
    }
    let diagnosis = options(texts, inputs)?.diagnosis(others, previous)?;
    let findings = diagnosis.diagnose_at(body, lines, now)?;
    Ok(report(|report| {
        for finding in findings {
            report.object(finding.code(), |report| {
                report.text("message", &finding.message(Dialect::JavaScript).to_string());
                report.text("help", &finding.help().in_dialect(Dialect::JavaScript).to_string());
            });
        }
    }))
}

fn utf8(text: Option<&[u8]>) -> Result<&str, Undecodable> {
    text.and_then(|text| core::str::from_utf8(text).ok()).ok_or(Undecodable)
}

fn prepare(texts: &[u8], inputs: &Numbers) -> Result<String, Error> {
    let prepared = options(texts, inputs)?.prepare()?;
    Ok(report(|report| {
        report.list("schemes", prepared.schemes().map(Scheme::as_str));
        report.number("maxBody", prepared.max_body());
        report.text("source", prepared.source());
        if let Some(seconds) = prepared.tolerance() {
            report.number("tolerance", seconds);
        }
    }))
}

fn announced_length(texts: &[u8], inputs: &Numbers) -> Result<Option<String>, Error> {
    let max_body = input(inputs, Input::MaxBody).and_then(whole).ok_or_else(internal)?;
    let mut announced = AnnouncedLength::default();
    for text in TaggedTexts::read(texts) {
        let (tag, value) = text?;
        let value = value.ok_or(Undecodable)?;
        match tag {
            Tag::Text(TextTag::ContentEncoding) => transfer::check_encoding(value)?,
            Tag::Text(TextTag::ContentLength) => announced.add(value),
            _ => return Err(internal()),
        }
    }
    let length = announced.within(usize::try_from(max_body).unwrap_or(usize::MAX))?;
    Ok(length.map(|length| report(|report| report.number("length", length))))
}

/// The delivery whose headers are these texts.
fn delivery<'d>(texts: &'d [u8], body: &'d [u8], inputs: &Numbers) -> Result<Delivery<'d>, Error> {
    let now = clock(time(inputs))?;
    let mut headers = Headers::default();
    for text in TaggedTexts::read(texts) {
        let (Tag::Header(name), value) = text? else { return Err(internal()) };
        headers.add(name, value.ok_or(Error::HeaderMalformed { header: name.as_str() })?);
    }
    Ok(Delivery(Request { body, headers, now }))
}

fn set_facts(facts: &mut Numbers, verified: &Verified<'_>, texts: &[u8]) {
    let index = |wanted: Option<&str>| {
        let wanted = wanted?.as_bytes();
        let is_wanted = |text| matches!(text, Ok((_, Some(text))) if text == wanted);
        TaggedTexts::read(texts).position(is_wanted)
    };
    let unsigned = verified.unauthenticated();
    let scheme = Scheme::ALL.iter().position(|scheme| *scheme == verified.scheme());
    set(facts, Fact::Scheme, scheme);
    set(facts, Fact::Id, index(verified.id()));
    set(facts, Fact::Timestamp, verified.timestamp().map(UnixTime::as_secs));
    set(facts, Fact::Skew, verified.skew());
    set(facts, Fact::Secret, verified.label().map(|_| verified.secret()));
    set(facts, Fact::EventType, index(unsigned.event_type()));
    set(facts, Fact::DeliveryId, index(unsigned.delivery_id()));
}

/// Sets a fact, if it has a value.
fn set(facts: &mut Numbers, fact: Fact, value: Option<impl TryInto<i64>>) {
    let value = value.and_then(|value| value.try_into().ok());
    if let (Some(number), Some(value)) = (facts.get_mut(usize::from(fact.number())), value) {
        #[expect(clippy::as_conversions, reason = "numbers of at most 12 digits: exact")]
        let value = value as f64;
        *number = value;
    }
}

/// Reports how the host builds an event from the body, which the host parses itself. `fields` has for
/// each field of the event the path of names to it (`null` if the event lacks it), `renamed` the
/// aliases in the record with the catalogue's names (`null` if it has none), and `extra` the members
/// that are not fields. Sets the digest from which the host makes the event's idempotency key.
fn event_report(facts: &mut Numbers, envelope: &Envelope<'_>, body: &[u8]) -> String {
    let Envelope { id, object, locations, .. } = envelope;
    let digest = idempotency::digest(id.as_deref(), body);
    let names = [Fact::Digest0, Fact::Digest4, Fact::Digest8, Fact::Digest12];
    for (fact, bytes) in names.into_iter().zip(digest.as_chunks().0) {
        set(facts, fact, Some(u32::from_be_bytes(*bytes)));
    }
    report(|report| {
        report.object("fields", |report| {
            for (name, path) in &locations.fields {
                match path {
                    Some(path) => report.list(name, path.names()),
                    None => report.null(name),
                }
            }
        });
        match &*object.renamed {
            [] => report.null("renamed"),
            renamed => report.object("renamed", |report| {
                for (alias, name) in renamed {
                    report.text(alias, name);
                }
            }),
        }
        report.list("extra", locations.extra.iter().map(|(name, _)| &**name));
    })
}

fn sign(webhook: &Webhook, texts: &[u8], body: &[u8], inputs: &Numbers) -> Result<String, Error> {
    let (id, scheme) = id_and_scheme(texts)?;
    let scheme = scheme.map(str::parse).transpose()?;
    let signed = webhook.sign(scheme, id, timestamp(time(inputs)), body)?;
    Ok(report(|report| report.text("signature", signed.signature())))
}

fn sent(webhook: &Webhook, texts: &[u8], body: &[u8], inputs: &Numbers) -> Result<String, Error> {
    let (id, scheme) = id_and_scheme(texts)?;
    let scheme = scheme.ok_or_else(internal)?;
    let headers = sent_headers(webhook, scheme, id, timestamp(time(inputs)), body)?;
    Ok(report(|report| {
        report.object("headers", |report| {
            for (name, value) in &headers {
                report.text(name, value);
            }
        });
    }))
}

fn id_and_scheme(texts: &[u8]) -> Result<(&str, Option<&str>), Undecodable> {
    let (mut id, mut scheme) = (None, None);
    for text in TaggedTexts::read(texts) {
        let (tag, text) = text?;
        match tag {
            Tag::Text(TextTag::Id) => id = Some(utf8(text)?),
            Tag::Text(TextTag::Scheme) => scheme = Some(utf8(text)?),
            _ => return Err(Undecodable),
        }
    }
    Ok((id.ok_or(Undecodable)?, scheme))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{texts::tests::tagged, *};
    use crate::header::HeaderName;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn header(name: &str) -> u8 {
        HeaderName::TEXTS.iter().position(|header| *header == name).unwrap().try_into().unwrap()
    }

    fn with(input: Input, number: f64) -> Numbers {
        let mut numbers = NO_NUMBERS;
        numbers[usize::from(input.number())] = number;
        numbers
    }

    fn at(seconds: f64) -> Numbers {
        with(Input::Time, seconds)
    }

    fn fact(fact: Fact, numbers: &Numbers) -> f64 {
        numbers[usize::from(fact.number())]
    }

    fn call(
        webhook: &Webhook,
        operation: Operation,
        texts: &[u8],
        body: &[u8],
        numbers: &mut Numbers,
    ) -> Option<String> {
        run(Some(webhook), operation.number().into(), texts, body, numbers)
    }

    fn json(report: Option<String>) -> serde_json::Value {
        serde_json::from_str(&report.unwrap()).unwrap()
    }

    fn code(report: Option<String>) -> Option<String> {
        json(report)["code"].as_str().map(String::from)
    }

    fn opened(texts: &[(TextTag, &str)]) -> Webhook {
        open(&options_texts(texts), &NO_NUMBERS).unwrap()
    }

    fn options_texts(texts: &[(TextTag, &str)]) -> Vec<u8> {
        let texts: Vec<_> = texts.iter().map(|(tag, text)| (tag.number(), Some(*text))).collect();
        tagged(&texts)
    }

    #[test]
    fn a_call_returns_the_facts_of_its_delivery() {
        let webhook = opened(&[(TextTag::Label, "\"new\" é"), (TextTag::Secret, SECRET)]);
        let signed = webhook.sign(None, "msg_1", UnixTime::from_secs(5), b"{}").unwrap();
        let headers: Vec<_> =
            signed.headers().map(|(name, value)| (header(name), Some(value))).collect();
        let headers = tagged(&headers);

        let mut numbers = at(5.9);
        let operation = Operation::VerifySignature;
        assert_eq!(call(&webhook, operation, &headers, b"{}", &mut numbers), None);
        let facts = [Fact::Scheme, Fact::Id, Fact::Timestamp, Fact::Skew, Fact::Secret];
        assert_eq!(facts.map(|name| fact(name, &numbers)), [0.0, 0.0, 5.0, 0.0, 0.0]);
        let facts = [Fact::EventType, Fact::DeliveryId, Fact::Digest0, Fact::Digest12];
        assert!(facts.iter().all(|name| fact(*name, &numbers).is_nan()));
        numbers = at(2.0);
        assert_eq!(call(&webhook, operation, &headers, b"{}", &mut numbers), None);
        assert_eq!(fact(Fact::Skew, &numbers), -3.0);
        numbers = at(5.0);
        assert_eq!(call(&webhook, Operation::Verify, &headers, b"{}", &mut numbers), None);
        assert!(numbers.iter().all(|number| number.is_nan()));
        numbers = at(5.0);
        assert!(call(&webhook, operation, &headers, b"{ }", &mut numbers).is_some());
        assert!(numbers.iter().all(|number| number.is_nan()));

        let event = br#"{"id":"evt_1","type":"customer.at_risk","data":{}}"#;
        let sent = options_texts(&[(TextTag::Id, "msg_1"), (TextTag::Scheme, "pivotal")]);
        let sent = json(call(&webhook, Operation::SentHeaders, &sent, event, &mut at(5.0)));
        let sent: Vec<_> = sent["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (header(name), value.as_str()))
            .collect();
        numbers = at(5.0);
        let report = call(&webhook, Operation::Unwrap, &tagged(&sent), event, &mut numbers);
        assert_eq!(json(report)["fields"]["id"][0], "id");
        let digest = [Fact::Digest0, Fact::Digest4, Fact::Digest8, Fact::Digest12]
            .map(|name| fact(name, &numbers));
        // The key of this event is pivotal_fc151bb927959bdc3bacb19b6b608607.
        let expected = [0xfc15_1bb9_u32, 0x2795_9bdc, 0x3bac_b19b, 0x6b60_8607];
        assert_eq!(digest, expected.map(f64::from));
        assert_eq!((fact(Fact::Scheme, &numbers), fact(Fact::Secret, &numbers)), (1.0, 0.0));
        let text = |wanted| {
            let wanted = fact(wanted, &numbers);
            let (_, (_, text)) = (0..).zip(&sent).find(|(at, _)| f64::from(*at) == wanted).unwrap();
            text.unwrap()
        };
        assert_eq!((text(Fact::EventType), text(Fact::DeliveryId)), ("customer.at_risk", "msg_1"));
    }

    #[test]
    fn options_are_prepared_without_secrets_and_opened_with_them() {
        let prepare = |texts: &[_], mut numbers| {
            let prepare = Operation::Prepare.number().into();
            json(run(None, prepare, &options_texts(texts), b"", &mut numbers))
        };
        let description = serde_json::json!({
            "schemes": ["svix", "pivotal"],
            "maxBody": 1_048_576,
            "source": "pivotal",
            "tolerance": 300,
        });
        assert_eq!(prepare(&[], NO_NUMBERS), description);
        let description = serde_json::json!({
            "schemes": ["pivot"],
            "maxBody": 7,
            "source": "pivot",
            "tolerance": 300,
        });
        let pivot = (TextTag::Pivot, "");
        assert_eq!(prepare(&[pivot], with(Input::MaxBody, 7.0)), description);
        assert_eq!(prepare(&[(TextTag::Source, "crm")], NO_NUMBERS)["source"], "crm");
        assert_eq!(prepare(&[(TextTag::Source, "C")], NO_NUMBERS)["code"], "config_invalid");
        let svix = [(TextTag::SchemeList, ""), (TextTag::Scheme, "svix")];
        assert_eq!(prepare(&svix, NO_NUMBERS)["schemes"], serde_json::json!(["svix"]));
        assert_eq!(prepare(&svix[..1], NO_NUMBERS)["code"], "config_invalid");
        assert_eq!(prepare(&[], with(Input::MaxBody, 0.5))["code"], "config_invalid");
        assert_eq!(prepare(&[], with(Input::Tolerance, -1.0))["code"], "config_invalid");
        assert_eq!(prepare(&[(TextTag::Id, "")], NO_NUMBERS)["code"], "internal");

        let secret = (TextTag::Secret, SECRET);
        let refused = |texts: &[_], numbers| code(open(&options_texts(texts), &numbers).err());
        assert_eq!(refused(&[], NO_NUMBERS).as_deref(), Some("secret_empty"));
        assert_eq!(refused(&[secret, svix[0]], NO_NUMBERS).as_deref(), Some("config_invalid"));
        let key = (TextTag::KeyFormat, "hex");
        assert_eq!(refused(&[secret, key], NO_NUMBERS).as_deref(), Some("config_invalid"));
        let negative = with(Input::Tolerance, -1.0);
        assert_eq!(refused(&[secret], negative).as_deref(), Some("config_invalid"));
        let age = with(Input::MaxEventAge, 1.0);
        assert_eq!(refused(&[secret], age).as_deref(), Some("config_invalid"));
        assert!(open(&options_texts(&[secret, pivot]), &age).is_ok());
    }

    #[cfg(feature = "diagnosis")]
    #[test]
    fn a_diagnosis_reports_texts_by_their_codes() {
        let webhook = opened(&[(TextTag::Secret, SECRET)]);
        let signed = webhook.sign(None, "msg_1", UnixTime::from_secs(5), b"{}").unwrap();
        let report = |secret, other, body: &[u8]| {
            let mut texts = Vec::from([(TextTag::Secret, Some(secret))]);
            texts
                .extend([(TextTag::OtherSecret, Some(other)), (TextTag::PreviousSecret, Some(""))]);
            for (name, line) in signed.headers() {
                texts
                    .extend([(TextTag::HeaderName, Some(name)), (TextTag::HeaderLine, Some(line))]);
            }
            let texts: Vec<_> = texts.iter().map(|(tag, text)| (tag.number(), *text)).collect();
            let operation = Operation::Diagnose.number().into();
            json(run(None, operation, &tagged(&texts), body, &mut at(5.0)))
        };
        let codes = |report: &serde_json::Value| -> Vec<String> {
            report.as_object().unwrap().keys().cloned().collect()
        };
        assert!(codes(&report(SECRET, "", b"{}")).is_empty());
        let spaced = report(SECRET, "", b"{}\n");
        assert_eq!(codes(&spaced), ["body_newline_added"]);
        assert!(
            spaced["body_newline_added"]["help"].as_str().unwrap().starts_with("pass the body")
        );
        let stranger = "whsec_c3RyYW5nZXIgdG8gdGhpcyBlbmRwb2ludA==";
        assert_eq!(codes(&report(stranger, SECRET, b"{}")), ["secret_of_other_endpoint"]);
        let operation = Operation::Diagnose.number().into();
        let scheme = tagged(&[(TextTag::Scheme.number(), Some("svx"))]);
        for (texts, now, expected) in [
            (&*scheme, 5.0, "config_invalid"),
            (&[], 5.0, "internal"),
            (&*scheme, -1.0, "internal"),
        ] {
            let refused = run(None, operation, texts, b"", &mut at(now));
            assert_eq!(code(refused).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_announced_length_is_judged_by_the_core() {
        let report = |texts: &[(TextTag, Option<&str>)], limit| {
            let texts: Vec<_> = texts.iter().map(|(tag, text)| (tag.number(), *text)).collect();
            let operation = Operation::AnnouncedLength.number().into();
            run(None, operation, &tagged(&texts), b"", &mut with(Input::MaxBody, limit))
        };
        let [length, coding] = [TextTag::ContentLength, TextTag::ContentEncoding];
        assert_eq!(report(&[], 9.0), None);
        assert_eq!(report(&[(length, Some("x")), (length, Some("é"))], 9.0), None);
        assert_eq!(json(report(&[(length, Some("9"))], 9.0))["length"], 9);
        let too_large = code(report(&[(length, Some("10"))], 9.0));
        assert_eq!(too_large.as_deref(), Some("payload_too_large"));
        for value in [Some("gzip"), Some("é")] {
            let compressed = json(report(&[(coding, value)], 9.0));
            assert_eq!(compressed["code"], "header_malformed", "{compressed}");
        }
        assert_eq!(code(report(&[], f64::NAN)).as_deref(), Some("internal"));
        assert_eq!(code(report(&[(length, None)], 9.0)).as_deref(), Some("internal"));
        assert_eq!(code(report(&[(TextTag::Id, Some(""))], 9.0)).as_deref(), Some("internal"));
    }

    #[test]
    fn an_unknown_number_is_refused_as_internal() {
        let webhook = opened(&[(TextTag::Secret, SECRET)]);
        let code = |operation: u32, texts: &[_], seconds| {
            let report = run(Some(&webhook), operation, &tagged(texts), b"{}", &mut at(seconds));
            code(report).unwrap()
        };
        let verify = u32::from(Operation::VerifySignature.number());
        assert_eq!(code(verify, &[(header("svix-id"), None)], 5.0), "header_malformed");
        assert_eq!(code(verify, &[], 5.0), "header_missing");
        assert_eq!(code(verify, &[], f64::NAN), "internal");
        for tag in [10, 0x3f, TextTag::Secret.number(), TextTag::Id.number(), 0xfe] {
            assert_eq!(code(verify, &[(tag, Some("x"))], 5.0), "internal", "{tag}");
        }
        for operation in [10, 255, 256, 256 + verify, u32::MAX] {
            assert_eq!(code(operation, &[], 5.0), "internal", "{operation}");
        }
        let restore = Operation::Restore.number().into();
        let pivot = (TextTag::Pivot.number(), Some(""));
        assert_eq!(code(restore, &[pivot], 5.0), "event_malformed");
        assert_eq!(code(restore, &[], 5.0), "event_malformed");
        assert_eq!(code(restore, &[(header("svix-id"), None)], 5.0), "internal");
        for operation in [Operation::Sign, Operation::SentHeaders] {
            let operation = operation.number().into();
            let id = (TextTag::Id.number(), Some("msg_1"));
            let scheme = (TextTag::Scheme.number(), Some("pivot"));
            assert_eq!(code(operation, &[id, scheme], 5.0), "config_invalid");
            assert_eq!(code(operation, &[scheme], 5.0), "internal");
            assert_eq!(code(operation, &[id, (0, Some("x"))], 5.0), "internal");
        }
        for unknown in [10, 0x3f, 0, TextTag::Id.number(), 0xfe] {
            let texts = tagged(&[(TextTag::Secret.number(), Some(SECRET)), (unknown, Some(""))]);
            let report = open(&texts, &NO_NUMBERS).err();
            assert_eq!(super::tests::code(report).as_deref(), Some("internal"), "{unknown}");
        }
        for operation in 3..=7 {
            let report = run(None, operation, &tagged(&[]), b"{}", &mut at(5.0));
            assert!(super::tests::code(report).is_some(), "{operation} needs a webhook");
        }
    }
}
