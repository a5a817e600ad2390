//! Tests the parts of events that exist only in Rust. The vectors cover the other parts.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeSet;

use pivotal_webhooks::{
    Contact, Customer, Error, ErrorCode, Event, EventFlaw, EventKind, Fields, Message, Object,
    Onboarding, RoomRecording, Scheme, Sender, Task, TypedEvent, UnixTime, Webhook, binding,
};
use serde_json::{Value, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: UnixTime = UnixTime::from_secs(1_780_000_000);

fn with_event<T>(
    sender: Sender,
    body: &str,
    then: impl FnOnce(Result<Event<'_>, Error>) -> T,
) -> T {
    let webhook = match sender {
        Sender::Pivot => Webhook::pivot(SECRET),
        _ => Webhook::new(SECRET),
    };
    let webhook = webhook.unwrap();
    let signed = webhook.sign(None, "msg_1", NOW, body.as_bytes()).unwrap();
    then(webhook.unwrap_at(body.as_bytes(), signed.headers(), NOW))
}

fn pivotal<T>(body: &Value, then: impl FnOnce(&Event<'_>) -> T) -> T {
    with_event(Sender::Pivotal, &body.to_string(), |event| then(&event.unwrap()))
}

fn pivot<T>(body: &Value, then: impl FnOnce(&Event<'_>) -> T) -> T {
    with_event(Sender::Pivot, &body.to_string(), |event| then(&event.unwrap()))
}

fn catalogue() -> Value {
    serde_json::from_str(include_str!("../events.json")).unwrap()
}

fn senders() -> [(Sender, Value); 2] {
    let mut senders = catalogue()["senders"].clone();
    [(Sender::Pivotal, senders[0].take()), (Sender::Pivot, senders[1].take())]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn items(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// A body with every field of the envelope under the name that `spelled` chooses.
fn body(sender: &Value, event: &Value, spelled: impl Fn(&[Value]) -> String) -> Value {
    let fields = items(&sender["envelope"]).iter().map(|field| {
        let value = match text(&field["name"]) {
            "type" => event["type"].clone(),
            "data" if sender["name"] == "pivot" => event["example"]["object"].clone(),
            "data" => event["example"].clone(),
            _ => field["example"].clone(),
        };
        (spelled(items(&field["names"])), value)
    });
    Value::Object(fields.collect())
}

fn first_name(names: &[Value]) -> String {
    text(&names[0]).to_owned()
}

fn last_name(names: &[Value]) -> String {
    text(names.last().unwrap()).to_owned()
}

#[test]
fn the_catalogue_is_the_kinds() {
    let mut kinds = Vec::new();
    for (sender, given) in senders() {
        assert_eq!(given["name"], sender.as_str());
        for event in items(&given["events"]) {
            let kind = EventKind::of(sender, text(&event["type"]));
            assert_eq!(kind.as_str(), event["type"].as_str());
            assert_eq!(kind.is_documented(), event["documented"].as_bool().unwrap());
            kinds.push(kind);
        }
    }
    assert_eq!(kinds, EventKind::ALL);
    assert_eq!(kinds.iter().collect::<std::collections::HashSet<_>>().len(), kinds.len());
    assert_eq!(EventKind::of(Sender::Pivot, "customer.at_risk"), EventKind::Other);
    assert_eq!(EventKind::of(Sender::Pivotal, "message_sent"), EventKind::Other);
    assert_eq!(EventKind::Other.as_str(), None);
    assert!(!EventKind::Other.is_documented());
}

#[test]
fn the_catalogue_is_the_envelopes() {
    for (sender, given) in senders() {
        let spellings: [fn(&[Value]) -> String; 2] = [first_name, last_name];
        for spelled in spellings {
            let body = body(&given, &given["events"][0], spelled);
            with_event(sender, &body.to_string(), |event| {
                let event = event.unwrap();
                let places: Vec<_> = binding::fields(&event).to_vec();
                for field in items(&given["envelope"]) {
                    let name = text(&field["name"]);
                    let (_, path) = places.iter().find(|(known, _)| *known == name).unwrap();
                    assert_eq!(path.unwrap().to_string(), spelled(items(&field["names"])));
                }
                assert_eq!(event.extra().count(), 0, "{body}");
                assert_eq!(event.created_at().unwrap().as_str(), "2026-05-26T18:42:00.000Z");
                assert!(event.org_id().is_some());
                assert_eq!(event.sender(), sender);
            });
            let required =
                items(&given["envelope"]).iter().filter(|field| field["required"] == true);
            for field in required {
                let mut body = body.clone();
                body.as_object_mut().unwrap().remove(&spelled(items(&field["names"])));
                let error =
                    with_event(sender, &body.to_string(), |event| event.map(drop).unwrap_err());
                assert_eq!(error.path().unwrap().to_string(), first_name(items(&field["names"])));
                assert_eq!(error.reason(), Some(EventFlaw::Missing.as_str()));
            }
        }
    }
}

#[test]
fn every_event_has_the_record_of_its_kind() {
    let objects = catalogue()["objects"].clone();
    for (sender, given) in senders() {
        for event in items(&given["events"]) {
            let body = body(&given, event, first_name).to_string();
            with_event(sender, &body, |read| {
                let read = read.unwrap();
                assert_eq!(read.event_type(), text(&event["type"]));
                let record = match read.typed().unwrap() {
                    TypedEvent::WebhookPing(fields) | TypedEvent::PhaseChanged(fields) => {
                        Value::Object(fields)
                    }
                    TypedEvent::Other(_) => panic!("{} is listed", event["type"]),
                    typed => {
                        let name =
                            format!("{typed:?}").split(['(', ' ', '{']).nth(1).unwrap().to_owned();
                        let object =
                            items(&objects).iter().find(|object| object["name"] == event["object"]);
                        let camel: String = text(&object.unwrap()["name"])
                            .split('_')
                            .map(|word| word[..1].to_uppercase() + &word[1..])
                            .collect();
                        assert_eq!(name, camel);
                        Value::Object(read.object().unwrap())
                    }
                };
                assert_eq!(record, event["example"]["object"]);
                let previous = read.previous_attributes().unwrap().map(Value::Object);
                assert_eq!(previous.as_ref(), event["example"].get("previous_attributes"));
            });
        }
    }
}

/// Checks each field of the catalogue for one type of record.
fn check_record<T: Object + std::fmt::Debug>(name: &str) {
    let catalogue = catalogue();
    let object = items(&catalogue["objects"]).iter().find(|object| object["name"] == name).unwrap();
    let read = |record: &Value| {
        let body = json!({"id": "evt_1", "type": "any", "data": {"object": record}});
        pivotal(&body, |event| event.object::<T>())
    };
    let whole: Fields = items(&object["fields"])
        .iter()
        .map(|field| (text(&field["name"]).to_owned(), field["example"].clone()))
        .collect();
    let shown = format!("{:?}", read(&Value::Object(whole.clone())).unwrap());
    assert!(shown.ends_with("extra: {} }") && !shown.contains("None"), "{shown}");

    for field in items(&object["fields"]) {
        let name = text(&field["name"]);
        let with = |value: Option<Value>| {
            let mut record = whole.clone();
            record.remove(name);
            record.extend(value.map(|value| (name.to_owned(), value)));
            read(&Value::Object(record))
        };
        let wrong = if field["type"] == "string" { json!(7) } else { json!("seven") };
        let refused = with(Some(wrong)).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::EventMalformed);
        assert_eq!(refused.path().unwrap().to_string(), format!("data.object.{name}"));
        assert_eq!(refused.reason(), Some("wrong_type"));
        for nothing in [None, Some(Value::Null)] {
            match with(nothing) {
                Ok(_) => assert_ne!(field["required"], true, "{name}"),
                Err(error) => {
                    assert_eq!(field["required"], true, "{name}");
                    assert_eq!(error.reason(), Some("missing"));
                }
            }
        }
    }
    let mut more = whole;
    more.insert("never seen".into(), json!([1, {"a": null}]));
    let shown = format!("{:?}", read(&Value::Object(more)).unwrap());
    assert!(shown.contains(r#"extra: {"never seen": Array"#), "{shown}");
}

#[test]
fn records_are_read_as_the_catalogue_says() {
    check_record::<Customer>("customer");
    check_record::<Contact>("contact");
    check_record::<Onboarding>("onboarding");
    check_record::<Task>("task");
    check_record::<Message>("message");
    check_record::<RoomRecording>("room_recording");
}

#[test]
fn a_record_directly_in_data_is_read_from_there() {
    let body = json!({"id": "evt_1", "type": "customer.at_risk", "data": {"id": "cus_2N", "health_score": "low"}});
    pivotal(&body, |event| {
        assert_eq!(event.object::<Fields>().unwrap()["id"], "cus_2N");
        assert_eq!(event.object_json(), event.data_json());
        let path = event.object::<Customer>().unwrap_err().path().unwrap();
        assert!(path.names().eq(["data", "health_score"]));
    });
}

#[test]
fn camel_case_is_read_into_the_same_fields() {
    let body = json!({
        "eventType": "message_sent", "organizationId": "org", "spaceId": "spc",
        "subject": {"type": "room", "id": "r1", "more": 1}, "timestamp": "2026-05-26T18:42:00.25+02:00",
        "data": {"messageId": "m1", "roomId": "r1", "room_id": "r2", "replyTo": "m0", "createdAt": null},
    });
    pivot(&body, |event| {
        assert_eq!((event.id(), event.kind()), (None, EventKind::MessageSent));
        assert_eq!((event.org_id(), event.space_id()), (Some("org"), Some("spc")));
        let subject = event.subject().unwrap();
        assert_eq!((subject.subject_type(), subject.id()), ("room", "r1"));
        let at = event.created_at().unwrap();
        assert_eq!((at.unix_seconds(), at.subsec_nanoseconds()), (1_779_813_720, 250_000_000));

        let TypedEvent::MessageSent(message) = event.typed().unwrap() else { panic!() };
        assert_eq!(message.message_id.as_deref(), Some("m1"));
        // With both spellings present, each is a field of its own.
        assert_eq!(message.room_id.as_deref(), Some("r2"));
        assert_eq!(Value::Object(message.extra), json!({"roomId": "r1", "replyTo": "m0"}));
        assert_eq!(message.created_at, None);
    });
    let names = |body: &Value| {
        pivot(body, |event| {
            event.object::<Fields>().unwrap().keys().cloned().collect::<BTreeSet<_>>()
        })
    };
    let data = json!({"messageId": "m1"});
    assert!(names(&json!({"eventType": "message_sent", "data": data})).contains("message_id"));
    assert!(names(&json!({"eventType": "message_pinned", "data": data})).contains("messageId"));
}

#[test]
fn what_was_never_seen_is_kept() {
    let body = r#"{"id":"evt_1","type":"invoice.paid","data":{"object":{"n":9007199254740993,"big":123456789012345678901234567890}},"n\u0065w":[1, 2],"timestamp":null,"__proto__":{}}"#;
    with_event(Sender::Pivotal, body, |event| {
        let event = event.unwrap();
        assert_eq!((event.kind(), event.event_type()), (EventKind::Other, "invoice.paid"));
        assert!(event.extra().eq([("new", "[1, 2]"), ("__proto__", "{}")]));
        assert_eq!(event.object::<Fields>().unwrap()["n"], 9_007_199_254_740_993_u64);
        assert!(event.object_json().contains("123456789012345678901234567890"));
        let TypedEvent::Other(fields) = event.typed().unwrap() else { panic!() };
        assert_eq!(fields.len(), 2);
        assert_eq!((event.json(), event.raw()), (body, body.as_bytes()));
        assert_eq!(event.delivery().id(), Some("msg_1"));
        assert!(format!("{event:?}").contains("invoice.paid"));
    });
}

#[test]
fn another_type_in_the_unsigned_header_is_a_contradiction() {
    let webhook = Webhook::builder().secret(SECRET).schemes([Scheme::Pivotal]).build().unwrap();
    let body = br#"{"id":"evt_1","type":"customer.at_risk","data":{}}"#;
    let signed = webhook.sign(None, "", NOW, body).unwrap();
    let with = |types: &[&'static str]| {
        let types = types.iter().map(|value| ("Pivotal-Event", *value));
        let headers: Vec<_> = signed.headers().chain(types).collect();
        webhook.unwrap_at(body, headers.clone(), NOW).map(drop).map_err(|error| {
            assert!(webhook.verify_at(body, headers, NOW).is_ok());
            (error.code(), error.header(), error.status())
        })
    };
    let refused = Err((ErrorCode::EventTypeMismatch, Some("pivotal-event"), 400));
    assert_eq!(with(&[]), Ok(()));
    assert_eq!(with(&["customer.at_risk"]), Ok(()));
    assert_eq!(with(&["customer.at_risk", "customer.at_risk"]), refused);
    assert_eq!(with(&["customer.churned"]), refused);
    assert_eq!(with(&["customer.at_risk", "customer.churned"]), refused);
    assert_eq!(with(&[""]), refused);
}

#[test]
fn the_error_names_the_field_and_not_its_value() {
    let body = r#"{"id":"evt_1","type":"t","data":{"previous_attributes":["hidden"]}}"#;
    let error = with_event(Sender::Pivotal, body, |event| event.map(drop).unwrap_err());
    assert_eq!(
        error.to_string(),
        "the event is authentic but its `data.previous_attributes` has the wrong JSON type \
         (event_malformed)"
    );
}
