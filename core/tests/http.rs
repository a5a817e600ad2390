//! Passes headers of the crate `http`.

#![cfg(feature = "http")]
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use http::{HeaderMap, HeaderValue};
use pivotal_webhooks::{ErrorCode, UnixTime, Webhook};

const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const HEADERS: [(&str, &str); 3] = [
    ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("svix-timestamp", "1614265330"),
    ("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
];

fn webhook() -> Webhook {
    Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

fn header_map() -> HeaderMap {
    HEADERS.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

#[test]
fn a_header_map_is_taken_as_it_is() {
    let (webhook, mut headers) = (webhook(), header_map());
    headers.insert("x-other", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    let verified = webhook.verify_signature_at(BODY, &headers, NOW).unwrap();
    assert_eq!(verified.id(), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
    assert_eq!(verified.body(), BODY);
}

#[test]
fn a_repeated_header_is_seen() {
    let mut headers = header_map();
    headers.append("svix-id", HeaderValue::from_static("msg_other"));
    let error = webhook().verify_signature_at(BODY, &headers, NOW).unwrap_err();
    assert_eq!(error.code(), ErrorCode::HeaderDuplicated);
    assert_eq!(error.header(), Some("svix-id"));
}

#[test]
fn the_system_clock_finds_a_delivery_of_2021_too_old() {
    let (webhook, headers) = (webhook(), header_map());
    let error = webhook.verify(BODY, &headers).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TimestampTooOld);
    assert_eq!(error.tolerance(), Some(300));
    let error = webhook.verify_signature(BODY, &headers).unwrap_err();
    assert!(error.skew().unwrap() > 150_000_000);
}
