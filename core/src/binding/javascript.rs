//! What both JavaScript bindings share: how a webhook is opened, and what it is asked.
//!
//! Bytes and numbers cross the border, as strings and objects cost more than a verification:
//!
//! * texts: the length of all of them, all of them joined, and for each a byte that says what it is
//!   and its length. A length is four bytes, the least first. A header's value that the host has no
//!   text for has the greatest length, and no bytes. The byte 255 ends them;
//! * [`Numbers`];
//! * reports, as JSON text.

use alloc::{string::String, vec::Vec};

use super::{
    Delivery, Options, Zeroizing, body_compressed, body_not_text, body_too_large, clock, error,
    error_report, fields, internal, renamed, report, sent_headers, timestamp,
};
use crate::{
    error::{Dialect, Error},
    event::Event,
    header::{HeaderName, Headers},
    scheme::Scheme,
    time::UnixTime,
    verify::{Request, Verified},
    webhook::Webhook,
};

/// Numbers that go in and those that come out; NaN for none.
///
/// In, for [`open`]: tolerance, longest body, oldest event. In, for [`answer`]: the Unix seconds of
/// the clock, or of the signature to make.
///
/// Out, the facts of an authentic delivery: the places of its scheme in [`Scheme::ALL`] and of its id
/// among the texts, its time, its skew, the number of its secret if that has a label, the places of
/// the unsigned event type and delivery id among the texts.
pub type Numbers = [f64; 7];

/// What the surface asks once: `headerNames`, `schemes`, and `faults`, the reports of a panic and of
/// what is found before there is anything to verify.
#[must_use]
pub fn surface() -> String {
    report(|report| {
        report.list("headerNames", HeaderName::TEXTS.iter().copied());
        report.list("schemes", Scheme::ALL.iter().map(|scheme| scheme.as_str()));
        report.object("faults", |report| {
            for (name, fault) in [
                ("internal", internal()),
                ("bodyNotText", body_not_text()),
                ("bodyTooLarge", body_too_large()),
                ("bodyCompressed", body_compressed()),
            ] {
                report.object(name, |report| error(report, &fault, Dialect::JavaScript));
            }
        });
    })
}

/// A webhook, or the report of why there is none. The texts are by their kinds: 0 a secret, 1 the
/// label of the next one, 2 the name of a scheme, 3 that there is a list of schemes, 4 the key format.
///
/// # Errors
///
/// The report, with `config_invalid`, `secret_empty`, `secret_malformed` or `secret_weak`.
pub fn open(
    pivot: bool,
    ignore_timestamp: bool,
    texts: &[u8],
    numbers: &Numbers,
) -> Result<Webhook, String> {
    let [tolerance, max_body, max_event_age, ..] =
        numbers.map(|number| Some(number).filter(|number| !number.is_nan()));
    let mut options = Options {
        pivot,
        ignore_timestamp,
        tolerance,
        max_body,
        max_event_age,
        ..Options::default()
    };
    let mut label = None;
    for (kind, text) in read(texts) {
        let text = || text.and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default();
        match kind {
            0 => options.secrets.push((label.take(), Zeroizing::new(text().into()))),
            1 => label = Some(text().into()),
            2 => options.schemes.get_or_insert_default().push(text().into()),
            3 => options.schemes = Some(Vec::new()),
            _ => options.key = Some(text().into()),
        }
    }
    options.open().map_err(|error| error_report(&error, Dialect::JavaScript))
}

/// The answer to what is asked by its number; only an error's report has a `code`.
///
/// | | asked | texts | report |
/// | --- | --- | --- | --- |
/// | 0 | [`Webhook::verify_text_at`] | headers | none |
/// | 1 | [`Webhook::verify_signature_at`] | headers | none; the facts are in the numbers |
/// | 2 | [`Webhook::unwrap_at`] | headers | the event, see below; the facts are in the numbers |
/// | 3 | [`Webhook::sign`] | id, scheme or nothing | `signature` |
/// | 4 | [`sent_headers`] | id, scheme | `headers` |
/// | 5 | the webhook itself | | `schemes`, `maxBody` |
///
/// What a header is, is its place in [`header_names`](super::header_names); other texts are numbered
/// from 0.
///
/// The host parses an event's body itself. The report's `fields` says by the names that lead there
/// where each of the event's fields stands in it (`null` where it does not), `renamed` which names in
/// the record stand for others, and `extra` which of the body's members are no field.
#[must_use]
pub fn answer(
    webhook: &Webhook,
    asked: u32,
    body: &[u8],
    texts: &[u8],
    numbers: &mut Numbers,
) -> Option<String> {
    let [seconds, ..] = *numbers;
    let answer = match asked {
        0 => delivery(body, texts, seconds)
            .and_then(|delivery| delivery.verify_text(webhook))
            .map(|_| None),
        1 => delivery(body, texts, seconds)
            .and_then(|delivery| delivery.verify_signature(webhook))
            .map(|verified| {
                *numbers = facts(&verified, texts);
                None
            }),
        2 => delivery(body, texts, seconds).and_then(|delivery| delivery.unwrap(webhook)).map(
            |event| {
                *numbers = facts(event.delivery(), texts);
                Some(event_report(&event))
            },
        ),
        3 => sign(webhook, body, texts, seconds).map(Some),
        4 => sent(webhook, body, texts, seconds).map(Some),
        5 => Ok(Some(description(webhook))),
        _ => Err(internal()),
    };
    answer.unwrap_or_else(|error| Some(error_report(&error, Dialect::JavaScript)))
}

/// The report of a fault of the binding itself.
#[must_use]
pub fn internal_report() -> String {
    error_report(&internal(), Dialect::JavaScript)
}

/// The delivery whose headers are these texts.
fn delivery<'d>(body: &'d [u8], texts: &'d [u8], seconds: f64) -> Result<Delivery<'d>, Error> {
    let now = clock(seconds)?;
    let mut headers = Headers::default();
    for (place, value) in read(texts) {
        if let Some(name) = HeaderName::ALL.get(usize::from(place)) {
            headers.add(*name, value.ok_or(Error::HeaderMalformed { header: name.as_str() })?);
        }
    }
    Ok(Delivery(Request { body, headers, now }))
}

fn facts(verified: &Verified<'_>, texts: &[u8]) -> Numbers {
    let place = |wanted: Option<&str>| {
        let is_wanted = |text: Option<&[u8]>| text == wanted.map(str::as_bytes);
        number(wanted.and_then(|_| read(texts).position(|(_, text)| is_wanted(text))))
    };
    let unsigned = verified.unauthenticated();
    [
        number(Scheme::ALL.iter().position(|scheme| *scheme == verified.scheme())),
        place(verified.id()),
        number(verified.timestamp().map(UnixTime::as_secs)),
        number(verified.skew()),
        number(verified.label().map(|_| verified.secret())),
        place(unsigned.event_type()),
        place(unsigned.delivery_id()),
    ]
}

fn number(number: Option<impl TryInto<i64>>) -> f64 {
    let number = number.and_then(|number| number.try_into().ok());
    #[expect(clippy::as_conversions, reason = "counts, and seconds of 12 digits: exact")]
    let number = number.map_or(f64::NAN, |number| number as f64);
    number
}

fn event_report(event: &Event<'_>) -> String {
    report(|report| {
        report.object("fields", |report| {
            for (name, path) in fields(event) {
                match path {
                    Some(path) => report.list(name, path.names()),
                    None => report.null(name),
                }
            }
        });
        if !renamed(event).is_empty() {
            report.object("renamed", |report| {
                for (alias, name) in renamed(event) {
                    report.text(alias, name);
                }
            });
        }
        if event.extra().next().is_some() {
            report.list("extra", event.extra().map(|(name, _)| name));
        }
    })
}

fn sign(webhook: &Webhook, body: &[u8], texts: &[u8], seconds: f64) -> Result<String, Error> {
    let [id, scheme] = id_and_scheme(texts);
    let scheme = scheme.map(str::parse).transpose()?;
    let signed = webhook.sign(scheme, id.unwrap_or_default(), timestamp(seconds), body)?;
    Ok(report(|report| report.text("signature", signed.signature())))
}

fn sent(webhook: &Webhook, body: &[u8], texts: &[u8], seconds: f64) -> Result<String, Error> {
    let [id, scheme] = id_and_scheme(texts).map(Option::unwrap_or_default);
    let headers = sent_headers(webhook, scheme, id, timestamp(seconds), body)?;
    Ok(report(|report| {
        report.object("headers", |report| {
            for (name, value) in &headers {
                report.text(name, value);
            }
        });
    }))
}

fn id_and_scheme(texts: &[u8]) -> [Option<&str>; 2] {
    [0, 1].map(|wanted| {
        let (_, text) = read(texts).find(|(kind, _)| *kind == wanted)?;
        core::str::from_utf8(text?).ok()
    })
}

fn description(webhook: &Webhook) -> String {
    report(|report| {
        report.list("schemes", webhook.schemes().map(Scheme::as_str));
        report.number("maxBody", webhook.max_body());
    })
}

/// The texts, and what each is.
fn read(texts: &[u8]) -> impl Iterator<Item = (u8, Option<&[u8]>)> {
    let joined = texts.split_first_chunk().and_then(|(length, behind)| {
        behind.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
    });
    let (mut joined, mut heads) = joined.unwrap_or_default();
    core::iter::from_fn(move || {
        let ([kind, length @ ..], behind) = heads.split_first_chunk::<5>()?;
        if *kind == END {
            return None;
        }
        heads = behind;
        let length = u32::from_le_bytes(*length);
        if length == NO_TEXT {
            return Some((*kind, None));
        }
        let (text, behind) = joined.split_at_checked(usize::try_from(length).ok()?)?;
        joined = behind;
        Some((*kind, Some(text)))
    })
}

const END: u8 = u8::MAX;

const NO_TEXT: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NONE: Numbers = [f64::NAN; 7];

    fn written(texts: &[(u8, Option<&str>)]) -> Vec<u8> {
        let joined: String = texts.iter().filter_map(|(_, text)| *text).collect();
        let mut bytes = Vec::from(u32::try_from(joined.len()).unwrap().to_le_bytes());
        bytes.extend(joined.bytes());
        for (kind, text) in texts {
            bytes.push(*kind);
            let length = text.map_or(NO_TEXT, |text| text.len().try_into().unwrap());
            bytes.extend(length.to_le_bytes());
        }
        bytes.extend([END; 5]);
        bytes
    }

    fn place(name: &str) -> u8 {
        HeaderName::TEXTS.iter().position(|header| *header == name).unwrap().try_into().unwrap()
    }

    fn at(seconds: f64) -> Numbers {
        let mut numbers = NONE;
        numbers[0] = seconds;
        numbers
    }

    fn json(report: Option<String>) -> serde_json::Value {
        serde_json::from_str(&report.unwrap()).unwrap()
    }

    #[test]
    fn texts_come_apart_again() {
        let texts = [(0, Some("a\u{0}\u{ff}")), (7, None), (254, Some("")), (3, Some("é"))];
        let mut bytes = written(&texts);
        let is_same = |bytes: &[u8]| {
            read(bytes).eq(texts.iter().map(|(kind, text)| (*kind, text.map(str::as_bytes))))
        };
        assert!(is_same(&bytes));
        bytes.extend(written(&texts));
        assert!(is_same(&bytes), "what is behind the end is not read");
        for end in 0..bytes.len() {
            assert!(read(bytes.get(..end).unwrap()).count() <= texts.len());
        }
    }

    #[test]
    fn the_facts_are_where_the_numbers_say() {
        let texts = written(&[(1, Some("\"new\" é")), (0, Some(SECRET))]);
        let webhook = open(false, false, &texts, &NONE).unwrap();
        let signed = webhook.sign(None, "msg_1", UnixTime::from_secs(5), b"{}").unwrap();
        let headers: Vec<_> =
            signed.headers().map(|(name, value)| (place(name), Some(value))).collect();
        let headers = written(&headers);

        let mut numbers = at(5.9);
        assert_eq!(answer(&webhook, 1, b"{}", &headers, &mut numbers), None);
        assert_eq!(numbers[..5], [0.0, 0.0, 5.0, 0.0, 0.0]);
        assert!(numbers[5..].iter().all(|number| number.is_nan()));
        numbers = at(2.0);
        assert_eq!(answer(&webhook, 1, b"{}", &headers, &mut numbers), None);
        assert_eq!(numbers[3], -3.0);

        let event = br#"{"id":"evt_1","type":"customer.at_risk","data":{}}"#;
        let sent = written(&[(0, Some("msg_1")), (1, Some("pivotal"))]);
        let sent = json(answer(&webhook, 4, event, &sent, &mut at(5.0)));
        let sent: Vec<_> = sent["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (place(name), value.as_str()))
            .collect();
        numbers = at(5.0);
        let report = json(answer(&webhook, 2, event, &written(&sent), &mut numbers));
        assert_eq!(report["fields"]["id"][0], "id");
        assert_eq!((numbers[0], numbers[4]), (1.0, 0.0));
        let text = |wanted: f64| {
            let (_, (_, text)) = (0..).zip(&sent).find(|(at, _)| f64::from(*at) == wanted).unwrap();
            text.unwrap()
        };
        assert_eq!((text(numbers[5]), text(numbers[6])), ("customer.at_risk", "msg_1"));
    }

    #[test]
    fn a_report_says_why_not() {
        let texts = [(0, Some(SECRET)), (3, Some(""))];
        let refused = |texts: &[_], numbers| {
            let report = open(false, false, &written(texts), &numbers).err();
            json(report)["code"].as_str().map(String::from)
        };
        assert_eq!(refused(&[], NONE).as_deref(), Some("secret_empty"));
        assert_eq!(refused(&texts, NONE).as_deref(), Some("config_invalid"));
        assert_eq!(refused(&texts[..1], at(-1.0)).as_deref(), Some("config_invalid"));

        let webhook = open(false, false, &written(&texts[..1]), &NONE).unwrap();
        let code = |asked, texts: &[_], seconds| {
            let report = answer(&webhook, asked, b"{}", &written(texts), &mut at(seconds));
            json(report)["code"].as_str().map(String::from)
        };
        let not_text = [(place("svix-id"), None)];
        assert_eq!(code(1, &not_text, 5.0).as_deref(), Some("header_malformed"));
        assert_eq!(code(1, &[(200, None)], 5.0).as_deref(), Some("header_missing"));
        assert_eq!(code(0, &[], f64::NAN).as_deref(), Some("internal"));
        assert_eq!(code(6, &[], 5.0).as_deref(), Some("internal"));
        let pivot = [(0, Some("msg_1")), (1, Some("pivot"))];
        assert_eq!(code(3, &pivot, 5.0).as_deref(), Some("config_invalid"));
        assert_eq!(code(4, &[(0, Some("msg_1"))], 5.0).as_deref(), Some("config_invalid"));
        let description = json(answer(&webhook, 5, b"", &[], &mut at(0.0)));
        assert_eq!(description["schemes"], serde_json::json!(["svix", "pivotal"]));
        assert_eq!(description["maxBody"], 1_048_576);
    }
}
