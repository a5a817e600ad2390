//! The core, through the functions that the bindings use.

#![allow(clippy::unwrap_used, reason = "a panic is a failed comparison")]

use pivotal_webhooks::{
    Dump, DumpError, Error, Event, EventKind, Fields, Sender, UnixTime, Webhook, binding,
};
use pivotal_webhooks_test_vectors::{
    self as expected, Action, Answer, Case, Endpoint, Expect, Refusal, Verified,
};
use serde_json::Value;

/// What the case comes to.
///
/// # Panics
///
/// If the values of an event differ from those of its body.
#[must_use]
pub fn outcome(case: &Case) -> Expect {
    if case.action == Action::Restore {
        return match restored(case.body.as_bytes(), case.webhook.endpoint, &case.name) {
            Ok(event) => Expect::Ok(Answer::Event(event)),
            Err(error) => Expect::Error(Refusal {
                code: error.code().to_owned(),
                header: None,
                path: None,
                reason: None,
                skew: None,
                tolerance: None,
            }),
        };
    }
    answer(case).map_or_else(|error| Expect::Error(refusal(&error)), Expect::Ok)
}

/// The error of the core that the case ends in, for tests of what an error shows.
#[must_use]
pub fn error(case: &Case) -> Option<Error> {
    if case.action == Action::Restore { None } else { answer(case).err() }
}

fn answer(case: &Case) -> Result<Answer, Error> {
    let webhook = open(case)?;
    let body = case.body.as_bytes();
    let now = || binding::clock(seconds(case.now));
    match case.action {
        Action::Construct => Ok(Answer::Nothing),
        Action::VerifySignature => {
            let verified = webhook.verify_signature_at(body, case.header_pairs(), now()?)?;
            let unauthenticated = verified.unauthenticated();
            let owned = |text: Option<&str>| text.map(str::to_owned);
            Ok(Answer::Verified(Verified {
                scheme: verified.scheme().to_string(),
                id: owned(verified.id()),
                timestamp: verified.timestamp().map(UnixTime::as_secs),
                label: owned(verified.label()),
                event_type: owned(unauthenticated.event_type()),
                delivery_id: owned(unauthenticated.delivery_id()),
            }))
        }
        Action::Verify => {
            let json = webhook.verify_at(body, case.header_pairs(), now()?)?;
            let read = if body.is_empty() { "null".into() } else { body.to_vec() };
            assert_eq!(
                json,
                serde_json::from_slice::<serde_json::Value>(&read).unwrap(),
                "{}",
                case.name
            );
            Ok(Answer::Nothing)
        }
        Action::Unwrap => {
            let event = webhook.unwrap_at(body, case.header_pairs(), now()?)?;
            let json: Fields = serde_json::from_slice(body).unwrap();
            compare_values(&event, &json, &case.name);
            let answer = envelope(&event);
            let restored = restored(&event.dump(), case.webhook.endpoint, &case.name);
            assert_eq!(restored.as_ref(), Ok(&answer), "{}", case.name);
            Ok(Answer::Event(answer))
        }
        // `run` has answered it.
        Action::Restore => Ok(Answer::Nothing),
        Action::Sign => {
            let sign = case.sign.as_ref().unwrap();
            let scheme = sign.scheme.as_deref().map(str::parse).transpose()?;
            let at = binding::timestamp(seconds(sign.timestamp));
            let signed = webhook.sign(scheme, &sign.id, at, body)?;
            Ok(Answer::Signature(signed.signature().to_owned()))
        }
    }
}

/// What the dump of an event comes to. The event must give a dump that is restored to itself.
fn restored(bytes: &[u8], endpoint: Endpoint, name: &str) -> Result<expected::Event, DumpError> {
    let sender = match endpoint {
        Endpoint::Pivotal => Sender::Pivotal,
        Endpoint::Pivot => Sender::Pivot,
    };
    let dump = Dump::read(bytes, sender)?;
    let event = dump.restore_trusted()?;
    assert!(event.delivery().is_restored(), "{name}");
    // A queue may have written the line of facts in another way; the event writes it in its own.
    let dump = event.dump();
    assert_eq!(Dump::read(&dump, sender)?.restore_trusted()?.dump(), dump, "{name}");
    compare_values(&event, &serde_json::from_slice(event.raw()).unwrap(), name);
    Ok(envelope(&event))
}

fn envelope(event: &Event<'_>) -> expected::Event {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let places = binding::fields(event);
    let path =
        |field: &str| places.iter().find(|(name, _)| *name == field).and_then(|place| place.1);
    let renamed = binding::renamed(event).iter();
    expected::Event {
        event_type: event.event_type().to_owned(),
        listed: event.kind() != EventKind::Other,
        id: owned(event.id()),
        idempotency_key: event.idempotency_key(),
        created_at: owned(event.created_at().map(|time| time.as_str())),
        created_at_micros: event.created_at().map(binding::unix_microseconds),
        org_id: owned(event.org_id()),
        space_id: owned(event.space_id()),
        livemode: event.livemode(),
        api_version: owned(event.api_version()),
        subject: event.subject().map(|subject| expected::Subject {
            subject_type: subject.subject_type().to_owned(),
            id: subject.id().to_owned(),
        }),
        object: path("object").unwrap().to_string(),
        renamed: renamed.map(|(alias, name)| ((*alias).into(), (*name).into())).collect(),
        previous_attributes: path("previous_attributes").is_some(),
        extra: event.extra().map(|(name, _)| name.to_owned()).collect(),
    }
}

/// Checks that the values of the event equal the values of the body.
fn compare_values(event: &Event<'_>, body: &Fields, name: &str) {
    let parse = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    let (_, data) = binding::fields(event).iter().find(|(name, _)| *name == "data").unwrap();
    let data = &body[data.unwrap().names().next().unwrap()];
    assert_eq!(&parse(event.data_json()), data, "{name}");
    let record = data.get("object").filter(|_| event.object_json() != event.data_json());
    let mut record = record.unwrap_or(data).as_object().unwrap().clone();
    assert_eq!(parse(event.object_json()), Value::Object(record.clone()), "{name}");
    for (alias, name) in binding::renamed(event) {
        let value = record.remove(*alias).unwrap();
        record.insert((*name).into(), value);
    }
    assert_eq!(event.object::<Fields>().unwrap(), record, "{name}");
    let previous = event.previous_attributes().unwrap();
    assert_eq!(
        previous.as_ref(),
        data.get("previous_attributes").and_then(Value::as_object),
        "{name}"
    );
    for (extra, json) in event.extra() {
        assert_eq!(parse(json), body[extra], "{name}");
    }
    assert_eq!(event.raw(), event.json().as_bytes());
}

fn refusal(error: &Error) -> Refusal {
    Refusal {
        code: error.code().to_string(),
        header: error.header().map(str::to_owned),
        path: error.path().map(|path| path.to_string()),
        reason: error.reason().map(str::to_owned),
        skew: error.skew(),
        tolerance: error.tolerance(),
    }
}

/// Opens the endpoint of the case.
///
/// # Errors
///
/// Those of a builder.
pub fn open(case: &Case) -> Result<Webhook, Error> {
    options(&case.webhook).open()
}

/// The options of an endpoint, in the form in which the bindings pass them.
#[must_use]
pub fn options(webhook: &expected::Webhook) -> binding::Options {
    let secrets = webhook.secrets.iter().map(|one| (one.label.clone(), one.secret.clone().into()));
    binding::Options {
        pivot: webhook.endpoint == Endpoint::Pivot,
        secrets: secrets.collect(),
        schemes: webhook.schemes.clone(),
        tolerance: webhook.tolerance,
        ignore_timestamp: webhook.ignore_timestamp,
        max_body: webhook.max_body,
        key: webhook.key.clone(),
        max_event_age: webhook.max_event_age,
        source: webhook.source.clone(),
    }
}

#[expect(clippy::as_conversions, reason = "hosts hand over doubles; the cases stay far below 2^53")]
fn seconds(whole: i64) -> f64 {
    whole as f64
}
