//! The deliveries that the demo sends, and the expected answers and log lines.

use std::time::Duration;

use pivotal_webhooks::{ErrorCode, Scheme, UnixTime, Webhook};
use serde_json::Value;

use crate::{
    catalogue::{Catalogue, Event, Sender as Listed},
    failure::{About as _, Failure, Result},
};

/// The endpoint's secret, and the one that it had before its last rotation.
pub(crate) const SECRET: &str = "whsec_ZGVtby1zZWNyZXQtYWZ0ZXItcm90YXRpb24tMDE=";
pub(crate) const PREVIOUS_SECRET: &str = "whsec_ZGVtby1zZWNyZXQtYmVmb3JlLXJvdGF0aW9uLTE=";
pub(crate) const PIVOT_SECRET: &str = "demo-secret-of-a-pivot-webhook-0001";
const ANOTHER_SECRET: &str = "whsec_c29tZWJvZHktZWxzZS1zLXNlY3JldC0wMDAwMDE=";

/// One request to make.
pub(crate) struct Delivery {
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    expected: Expected,
}

/// Which route of a receiver.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Pivotal,
    Pivot,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Pivotal => "/webhooks/pivotal",
            Self::Pivot => "/webhooks/pivot",
        }
    }
}

enum Expected {
    /// In a scheme, and with this record read.
    Accepted(Scheme, Value),
    Refused(ErrorCode),
}

/// The answer of the receiver, and its log line.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The scheme, or the code of the refusal.
    pub(crate) logged: String,
    /// The record that the receiver read in an event; null for a refusal.
    pub(crate) record: Value,
    pub(crate) took: Duration,
}

impl Answer {
    /// Status, scheme or code, milliseconds.
    pub(crate) fn cell(&self) -> String {
        format!("{} {:<19} {:>4.1}", self.status, self.logged, self.took.as_secs_f64() * 1e3)
    }
}

impl Delivery {
    /// Nothing if the answer is right, otherwise what was expected.
    pub(crate) fn judge(&self, answer: &Answer) -> Option<String> {
        let (status, body, logged, record) = match &self.expected {
            Expected::Accepted(scheme, record) => (200, "ok", scheme.as_str(), record),
            Expected::Refused(code) => {
                let info = code.info();
                (info.status, info.answer, info.name, &Value::Null)
            }
        };
        let right = answer.status == status
            && answer.body == body
            && answer.logged == logged
            && answer.record == *record;
        (!right).then(|| {
            format!(
                "expected {status} {logged} `{body}` `{record}`, got `{}` `{}`",
                answer.body, answer.record
            )
        })
    }

    pub(crate) const fn warms_up(&self) -> bool {
        matches!(self.expected, Expected::Accepted(..))
    }
}

/// Each of the deliveries that `sign` makes, signed when it is taken. The receivers use the clock of this
/// machine and accept a delivery for 300 s, so a slow machine changes no answer.
pub(crate) fn in_turn(
    sign: fn(UnixTime) -> Result<Vec<Delivery>>,
) -> Result<impl Iterator<Item = Result<Delivery>>> {
    let sign_now = move || sign(UnixTime::now().map_err(|error| Failure::new(error.to_string()))?);
    let count = sign_now()?.len();
    Ok((0..count).map(move |index| Ok(sign_now()?.swap_remove(index))))
}

/// The deliveries, signed at this time.
pub(crate) fn all(now: UnixTime) -> Result<Vec<Delivery>> {
    let current = Sender::of(SECRET)?;
    let previous = Sender::of(PREVIOUS_SECRET)?;
    let stranger = Sender::of(ANOTHER_SECRET)?;
    let rotating = Sender { webhook: webhook(&[PREVIOUS_SECRET, SECRET])? };
    let seconds = now.as_secs();
    let stale = UnixTime::from_secs(seconds.saturating_sub(3600));
    let ahead = UnixTime::from_secs(seconds.saturating_add(3600));

    let svix = current.sign(Scheme::Svix, now, EVENT)?;
    let pivotal = current.sign(Scheme::Pivotal, now, EVENT)?;
    let mut tampered = EVENT.to_vec();
    if let Some(byte) = tampered.iter_mut().find(|byte| **byte == b'3') {
        *byte = b'8';
    }
    let reserialised = serde_json::from_slice::<serde_json::Value>(EVENT)?.to_string().into_bytes();
    let large = format!(
        "{{\"id\":\"evt_1\",\"type\":\"x\",\"data\":{{}},\"pad\":\"{}\"}}",
        "x".repeat(1 << 20)
    );

    let pivotal_endpoint = [
        accepted("genuine, svix headers", Scheme::Svix, svix.clone(), EVENT),
        accepted("genuine, webhook headers", Scheme::Svix, unbranded(&svix), EVENT),
        accepted("genuine, pivotal header", Scheme::Pivotal, pivotal.clone(), EVENT),
        accepted(
            "rotated: signed with old secret",
            Scheme::Svix,
            previous.sign(Scheme::Svix, now, EVENT)?,
            EVENT,
        ),
        accepted(
            "rotated: signed with both",
            Scheme::Svix,
            rotating.sign(Scheme::Svix, now, EVENT)?,
            EVENT,
        ),
        accepted(
            "a good signature among junk",
            Scheme::Svix,
            with_signature(&svix, |good| format!("v1a,abc v1,=== v2,{good} nonsense {good},v1,")),
            EVENT,
        ),
        refused("one byte tampered with", ErrorCode::SignatureMismatch, svix.clone(), &tampered),
        refused(
            "the same JSON, written again",
            ErrorCode::SignatureMismatch,
            svix.clone(),
            &reserialised,
        ),
        refused(
            "signed an hour ago",
            ErrorCode::TimestampTooOld,
            current.sign(Scheme::Svix, stale, EVENT)?,
            EVENT,
        ),
        refused(
            "signed an hour in the future",
            ErrorCode::TimestampTooNew,
            current.sign(Scheme::Pivotal, ahead, EVENT)?,
            EVENT,
        ),
        refused(
            "somebody else's secret",
            ErrorCode::SignatureMismatch,
            stranger.sign(Scheme::Svix, now, EVENT)?,
            EVENT,
        ),
        refused("a header is missing", ErrorCode::HeaderMissing, without_first(&svix), EVENT),
        refused("no signature at all", ErrorCode::HeaderMissing, Vec::new(), EVENT),
        refused(
            "nothing but junk signatures",
            ErrorCode::SignatureMismatch,
            with_signature(&svix, |_| "v1a,abc v1,=== nonsense".to_owned()),
            EVENT,
        ),
        refused(
            "authentic, but not JSON",
            ErrorCode::PayloadMalformed,
            current.sign(Scheme::Svix, now, b"hello")?,
            b"hello",
        ),
        accepted(
            "genuine, record directly in data",
            Scheme::Svix,
            current.sign(Scheme::Svix, now, IN_DATA)?,
            IN_DATA,
        ),
        accepted(
            "genuine, a type never seen",
            Scheme::Svix,
            current.sign(Scheme::Svix, now, NEVER_SEEN)?,
            NEVER_SEEN,
        ),
        refused(
            "authentic JSON, but no event",
            ErrorCode::EventMalformed,
            current.sign(Scheme::Svix, now, NO_EVENT)?,
            NO_EVENT,
        ),
        refused(
            "another type in the unsigned header",
            ErrorCode::EventTypeMismatch,
            with_type(&pivotal, "customer.churned"),
            EVENT,
        ),
        refused(
            "longer than 1 MiB",
            ErrorCode::PayloadTooLarge,
            current.sign(Scheme::Svix, now, large.as_bytes())?,
            large.as_bytes(),
        ),
    ];

    let pivot_sender = Sender { webhook: Webhook::pivot(PIVOT_SECRET).about("demo secret")? };
    let pivot = pivot_sender.sign(Scheme::Pivot, now, MESSAGE)?;
    let pivot_endpoint = [
        accepted("genuine, pivot header", Scheme::Pivot, pivot.clone(), MESSAGE),
        refused("another body", ErrorCode::SignatureMismatch, pivot.clone(), EVENT),
        refused(
            "half a signature",
            ErrorCode::HeaderMalformed,
            with_signature(&pivot, |good| good.chars().take(32).collect()),
            MESSAGE,
        ),
        refused("another scheme's headers", ErrorCode::HeaderMissing, svix, MESSAGE),
    ]
    .map(|delivery| Delivery { endpoint: Endpoint::Pivot, ..delivery });
    Ok(pivotal_endpoint.into_iter().chain(pivot_endpoint).collect())
}

/// A delivery of every documented event of the catalogue, signed at this time.
pub(crate) fn events(now: UnixTime) -> Result<Vec<Delivery>> {
    let pivotal = Sender::of(SECRET)?;
    let pivot = Sender { webhook: Webhook::pivot(PIVOT_SECRET).about("demo secret")? };
    let catalogue = Catalogue::read()?;
    let delivery = |(number, (listed, event)): (usize, (&Listed, &Event))| {
        let body = listed.body(event).to_string();
        let (endpoint, sender, scheme) = match (listed.name.as_str(), number % 2) {
            ("pivot", _) => (Endpoint::Pivot, &pivot, Scheme::Pivot),
            (_, 0) => (Endpoint::Pivotal, &pivotal, Scheme::Svix),
            _ => (Endpoint::Pivotal, &pivotal, Scheme::Pivotal),
        };
        let headers = with_type(&sender.sign(scheme, now, body.as_bytes())?, &event.name);
        Ok(Delivery {
            endpoint,
            expected: Expected::Accepted(scheme, event.record().into()),
            ..accepted(&event.name, scheme, headers, body.as_bytes())
        })
    };
    let documented = catalogue.events().filter(|(_, event)| event.documented);
    documented.enumerate().map(delivery).collect()
}

const EVENT: &[u8] = br#"{"id":"evt_2nQv8c9aZmYHKr1", "type":"customer.at_risk", "created_at":"2026-05-26T18:42:00.000Z", "org_id":"org_2bH", "livemode":true, "api_version":"v1", "data":{"object":{"id":"cus_2N", "display_id":4218, "name":"Acme Corp \u00b7 Z\u00fcrich", "health_score":38, "at_risk":true}}}"#;

const MESSAGE: &[u8] = br#"{"eventType":"message_sent","subject":{"type":"room","id":"r1"},"timestamp":"2026-05-26T18:42:00Z","data":{"messageId":"m1","roomId":"r1","status":"SENT"}}"#;

const IN_DATA: &[u8] = br#"{"id":"evt_3","type":"customer.at_risk","timestamp":"2026-05-26T18:42:00Z","org":"org_2bH","data":{"id":"cus_2N","name":"Acme Corp","health_score":null}}"#;

const NEVER_SEEN: &[u8] = br#"{"id":"evt_4","type":"invoice.paid","region":"emea","data":{"object":{"id":"inv_1","amount":4200}}}"#;

const NO_EVENT: &[u8] =
    br#"{"id":"evt_5","type":"customer.at_risk","created_at":"yesterday","data":{}}"#;

type Headers = Vec<(&'static str, String)>;

struct Sender {
    webhook: Webhook,
}

impl Sender {
    fn of(secret: &str) -> Result<Self> {
        Ok(Self { webhook: webhook(&[secret])? })
    }

    fn sign(&self, scheme: Scheme, at: UnixTime, body: &[u8]) -> Result<Headers> {
        let signed = self
            .webhook
            .sign(Some(scheme), "msg_2nQv8c9aZmYHKr1", at, body)
            .about("signing a demo delivery")?;
        Ok(signed.headers().map(|(name, value)| (name, value.to_owned())).collect())
    }
}

fn webhook(secrets: &[&str]) -> Result<Webhook> {
    let builder =
        secrets.iter().fold(Webhook::builder(), |builder, secret| builder.secret(*secret));
    builder.build().about("demo secret")
}

fn accepted(name: &str, scheme: Scheme, headers: Headers, body: &[u8]) -> Delivery {
    Delivery {
        name: name.into(),
        endpoint: Endpoint::Pivotal,
        headers,
        body: body.into(),
        expected: Expected::Accepted(scheme, record(body)),
    }
}

/// The record of an event, under the names that receivers see, read without the library.
fn record(body: &[u8]) -> Value {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let data = body.get("data").cloned().unwrap_or_default();
    let record = data.get("object").unwrap_or(&data).as_object().cloned().unwrap_or_default();
    let rename = |name: String| match name.as_str() {
        "messageId" => "message_id".to_owned(),
        "roomId" => "room_id".to_owned(),
        _ => name,
    };
    record.into_iter().map(|(name, value)| (rename(name), value)).collect()
}

fn refused(name: &str, code: ErrorCode, headers: Headers, body: &[u8]) -> Delivery {
    let expected = Expected::Refused(code);
    Delivery {
        name: name.into(),
        endpoint: Endpoint::Pivotal,
        headers,
        body: body.into(),
        expected,
    }
}

fn unbranded(headers: &Headers) -> Headers {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    names.into_iter().zip(headers).map(|(name, (_, value))| (name, value.clone())).collect()
}

fn without_first(headers: &Headers) -> Headers {
    headers.iter().skip(1).cloned().collect()
}

fn with_type(headers: &Headers, event_type: &str) -> Headers {
    let named = ("pivotal-event", event_type.to_owned());
    headers.iter().cloned().chain([named]).collect()
}

fn with_signature(headers: &Headers, change: impl Fn(&str) -> String) -> Headers {
    let mut headers = headers.clone();
    if let Some((_, value)) = headers.last_mut() {
        *value = change(value);
    }
    headers
}
