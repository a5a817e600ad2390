//! Genuine deliveries, which a receiver must accept.

use pivotal_webhooks::{Scheme, Sender};
use serde_json::Value;

use super::{
    Check,
    case::{Case, Expected},
    deliveries::Delivery,
    refused::signs_time,
};
use crate::{
    exchange::{Framing, Request},
    failure::Result,
};

const MEBIBYTE: usize = 1024 * 1024;

pub(super) fn cases(check: &Check) -> Result<Vec<Case>> {
    let Check { deliveries, target, .. } = check;
    let first = deliveries.first_scheme();
    let case = |name: &str, delivery: &Delivery| {
        deliveries.case(target, name, delivery, Expected::Accepted)
    };
    let of_event = |name: &str, event: &Value| -> Result<Case> {
        Ok(case(name, &deliveries.signed(first, event.to_string())?))
    };
    let mut cases = Vec::new();
    for scheme in deliveries.schemes() {
        let delivery = deliveries.signed(scheme, deliveries.event().to_string())?;
        cases.push(case(&format!("genuine/{scheme}"), &delivery));
        if scheme == Scheme::Svix {
            let delivery = deliveries.signed(scheme, deliveries.event().to_string())?;
            let named = delivery.renamed(|name| name.replacen("svix-", "webhook-", 1));
            cases.push(case("genuine/webhook-names", &named));
        }
    }
    let loud = deliveries.genuine()?.renamed(str::to_uppercase);
    cases.push(case("genuine/upper-case-names", &loud));

    if deliveries.sender() == Sender::Pivotal {
        cases.push(of_event("genuine/ping", &deliveries.event_of_type("webhook.ping"))?);
    }
    cases.push(of_event(
        "genuine/unknown-type",
        &deliveries.event_of_type("check.type_of_tomorrow"),
    )?);

    let mut event = deliveries.event();
    put(&mut event, "field_of_tomorrow", serde_json::json!({"nested": [1, null, "x"]}));
    cases.push(of_event("genuine/unknown-fields", &event)?);

    let mut event = deliveries.event();
    put(&mut event, "__proto__", serde_json::json!({"admin": true}));
    cases.push(of_event("genuine/proto-key", &event)?);

    let mut event = deliveries.event();
    put(&mut event, "note", "Zoë · 東京 · 🦀 · \u{2028}".into());
    cases.push(of_event("genuine/beyond-ascii", &event)?);

    // A receiver that verifies JSON which it has parsed and written again refuses it.
    let event = deliveries.event().to_string();
    let spaced = event.replacen("{\"", "{ \"", 1).replacen("\":", "\" : ", 1);
    let spaced = spaced.replacen('}', ",\"score\":1.0,\"word\":\"\\u00e9\\/\" } \n", 1);
    cases.push(case("genuine/unusual-spacing", &deliveries.signed(first, spaced)?));

    let mut event = deliveries.event();
    put(&mut event, "note", "".into());
    let missing = MEBIBYTE.saturating_sub(event.to_string().len());
    put(&mut event, "note", "x".repeat(missing).into());
    cases.push(of_event("genuine/one-mebibyte", &event)?);

    let delivery = deliveries.genuine()?;
    let lines = delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let request = Request::new(target, "POST", lines, &delivery.body, Framing::Chunks(50));
    cases.push(Case { request, ..case("genuine/chunked", &delivery) });

    if signs_time(first) {
        for (name, offset) in [("genuine/4-minutes-old", -240), ("genuine/4-minutes-ahead", 240)] {
            let body = deliveries.event().to_string();
            cases.push(case(name, &deliveries.signed_at(first, offset, body)?));
        }
    }
    cases.extend(rotation(check)?);
    Ok(cases)
}

/// Deliveries while a secret is rotated.
fn rotation(check: &Check) -> Result<Vec<Case>> {
    let Check { deliveries, target, .. } = check;
    let case = |name: &str, delivery: &Delivery| {
        deliveries.case(target, name, delivery, Expected::Accepted)
    };
    let mut cases = Vec::new();
    if deliveries.schemes().contains(&Scheme::Svix) {
        type Place = fn(&str, &str) -> String;
        let places: [(&str, Place); 4] = [
            ("rotation/same-signature-twice", |own, _| format!("{own} {own}")),
            ("rotation/other-signature-first", |own, other| format!("{other} {own}")),
            ("rotation/other-signature-last", |own, other| format!("{own} {other}")),
            ("rotation/other-version-first", |own, _| format!("v1a,bm90IGEgc2lnbmF0dXJl {own}")),
        ];
        for (name, place) in places {
            let delivery = deliveries.signed(Scheme::Svix, deliveries.event().to_string())?;
            let other = deliveries.signed_by(
                deliveries.stranger(),
                Scheme::Svix,
                deliveries.now(),
                delivery.body.clone(),
            )?;
            let text =
                |delivery: &Delivery| String::from_utf8_lossy(delivery.signature()).into_owned();
            let list = place(&text(&delivery), &text(&other));
            cases.push(case(name, &delivery.with_signature(list)));
        }
    }
    if deliveries.each().len() > 1 {
        for (number, webhook) in (1..).zip(deliveries.each()) {
            let (scheme, now) = (deliveries.first_scheme(), deliveries.now());
            let body = deliveries.event().to_string();
            let delivery = deliveries.signed_by(webhook, scheme, now, body)?;
            cases.push(case(&format!("rotation/secret-{number}-alone"), &delivery));
        }
    }
    Ok(cases)
}

fn put(event: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = event {
        members.insert(name.to_owned(), value);
    }
}
