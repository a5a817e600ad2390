//! Deliveries that the tests send, signed at a fixed time.

use pivotal_webhooks::Scheme;
use pivotal_webhooks_axum::{UnixTime, Webhook};

use crate::wire::Headers;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const OTHER: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";
pub(crate) const PIVOT_SECRET: &str = "a-secret-of-a-pivot-endpoint";
pub(crate) const NOW: u64 = 1_750_000_000;
pub(crate) const BODY: &[u8] =
    r#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1","name":"Zoë · 東京"}}}"#
        .as_bytes();
pub(crate) const CHURNED: &[u8] = br#"{"id":"evt_1","type":"customer.churned","data":{}}"#;
pub(crate) const MAX_BODY: usize = 1024 * 1024;

pub(crate) fn signed(webhook: &Webhook, scheme: Scheme, at: u64, body: &[u8]) -> Headers {
    let signed = webhook.sign(Some(scheme), "msg_1", UnixTime::from_secs(at), body).unwrap();
    signed.headers().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
}

/// Signed in the scheme `svix`, at the receiver's time.
pub(crate) fn fresh(body: &[u8]) -> Headers {
    signed(&Webhook::new(SECRET).unwrap(), Scheme::Svix, NOW, body)
}

pub(crate) fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}

/// These headers and another line.
pub(crate) fn with(mut headers: Headers, name: &str, value: &str) -> Headers {
    headers.push(header(name, value));
    headers
}

pub(crate) fn without(mut headers: Headers, name: &str) -> Headers {
    headers.retain(|(known, _)| known != name);
    headers
}

/// These headers with another value of one of them.
pub(crate) fn changed(headers: Headers, name: &str, value: &[u8]) -> Headers {
    let mut headers = without(headers, name);
    headers.push((name.to_owned(), value.to_vec()));
    headers
}

/// What is not authentic, and its code.
pub(crate) fn unauthorized() -> Vec<(&'static str, Headers, &'static str)> {
    let other = Webhook::new(OTHER).unwrap();
    let own = Webhook::new(SECRET).unwrap();
    let pivot = Webhook::pivot(PIVOT_SECRET).unwrap();
    let twice = with(with(fresh(BODY), "content-encoding", "gzip"), "content-encoding", "identity");
    let at = |at| signed(&own, Scheme::Svix, at, BODY);
    vec![
        ("none", Headers::new(), "header_missing"),
        ("id missing", without(fresh(BODY), "svix-id"), "header_missing"),
        ("signature missing", without(fresh(BODY), "svix-signature"), "header_missing"),
        ("malformed", changed(fresh(BODY), "svix-id", b"a.b"), "header_malformed"),
        ("beyond ASCII", changed(fresh(BODY), "svix-id", b"msg_\xe9"), "header_malformed"),
        ("compressed", with(fresh(BODY), "content-encoding", "gzip"), "header_malformed"),
        ("twice compressed", twice, "header_malformed"),
        ("malformed time", changed(fresh(BODY), "svix-timestamp", b"soon"), "timestamp_malformed"),
        ("too old", at(NOW - 900), "timestamp_too_old"),
        ("too new", at(NOW + 900), "timestamp_too_new"),
        (
            "too many",
            changed(fresh(BODY), "svix-signature", "v1,a ".repeat(33).as_bytes()),
            "too_many_signatures",
        ),
        ("forged", signed(&other, Scheme::Svix, NOW, BODY), "signature_mismatch"),
        ("of another body", fresh(b"{}"), "signature_mismatch"),
        ("Pivot's", signed(&pivot, Scheme::Pivot, NOW, BODY), "header_missing"),
    ]
}

/// What is authentic and not an event, and its code.
pub(crate) const BAD: &[(&[u8], &str)] = &[
    (b"[]", "payload_malformed"),
    (b"", "payload_malformed"),
    (b"id=evt_1", "payload_malformed"),
    (b"{\"id\":\"\xff\"}", "payload_malformed"),
    (b"{}", "event_malformed"),
];

pub(crate) fn text_of(status: u16) -> &'static str {
    match status {
        400 => "invalid payload",
        401 => "invalid signature",
        405 => "method not allowed",
        413 => "payload too large",
        _ => "internal error",
    }
}
