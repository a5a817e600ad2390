//! Tests what only bindings and programs in Rust call, so that no vector covers it.

#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use pivotal_webhooks::{
    Dialect, DumpError, ErrorCode, UnixTime, Webhook,
    binding::{
        self, Delivery, KnownHeader,
        javascript::{self, NO_NUMBERS, Operation},
    },
};
use serde_json::Value;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);
const BODY: &[u8] = br#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{}}}"#;

fn webhook() -> Webhook {
    Webhook::new(SECRET).unwrap()
}

fn signed() -> Vec<(&'static str, String)> {
    let signed = webhook().sign(None, "msg_1", NOW, BODY).unwrap();
    signed.headers().map(|(name, value)| (name, value.to_owned())).collect()
}

#[test]
fn a_delivery_of_selected_headers_is_the_same_delivery() {
    let (webhook, signed) = (webhook(), signed());
    let known = |name: &str| KnownHeader::find(name.as_bytes());
    let lines = signed.iter().map(|(name, value)| {
        let upper = known(&name.to_uppercase()).unwrap();
        assert_eq!(upper.as_str(), *name);
        (upper, value.as_bytes())
    });
    let delivery = Delivery::new(BODY, lines, NOW);
    assert_eq!(delivery.body_len(), BODY.len());
    assert_eq!(delivery.verify_text(&webhook).unwrap().as_bytes(), BODY);
    assert_eq!(delivery.verify_signature(&webhook).unwrap().id(), Some("msg_1"));
    let event = delivery.unwrap(&webhook).unwrap();
    assert_eq!(binding::source(&event), "pivotal");
    let key = binding::idempotency_key(binding::source(&event), event.id(), BODY);
    assert_eq!(key, event.idempotency_key());
    let missing = Delivery::new(BODY, [], NOW);
    assert_eq!(missing.verify_text(&webhook).unwrap_err().code(), ErrorCode::HeaderMissing);
    assert!(known("content-type").is_none());
}

#[test]
fn the_faults_that_bindings_find_have_codes() {
    let header = KnownHeader::find(b"svix-id").unwrap();
    for (error, code) in [
        (header.malformed(), ErrorCode::HeaderMalformed),
        (binding::body_not_text(), ErrorCode::SignatureMismatch),
        (binding::body_too_large(), ErrorCode::PayloadTooLarge),
        (binding::body_compressed(), ErrorCode::HeaderMalformed),
        (binding::internal(), ErrorCode::Internal),
    ] {
        assert_eq!(error.code(), code, "{error}");
        let report: Value =
            serde_json::from_str(&binding::error_report(&error, Dialect::Python)).unwrap();
        assert_eq!(report["code"], code.as_str());
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(header.malformed().header(), Some("svix-id"));
}

#[test]
fn javascript_gets_the_faults_and_the_names_of_headers() {
    assert_eq!(javascript::header_names(), binding::header_names());
    let internal: Value = serde_json::from_str(&javascript::internal_report()).unwrap();
    let operation = Operation::Faults.number().into();
    let report = javascript::run(None, operation, &[], &[], &mut NO_NUMBERS.clone());
    let faults: Value = serde_json::from_str(&report.unwrap()).unwrap();
    assert_eq!(faults["internal"], internal);
    assert_eq!(internal["code"], "internal");
    assert_eq!(faults["bodyTooLarge"]["code"], "payload_too_large");
    assert_eq!(faults["bodyNotText"]["code"], "signature_mismatch");
}

#[test]
fn the_errors_of_dumps_say_what_happened_and_what_to_do() {
    let distinct = |text: fn(DumpError) -> &'static str| -> BTreeSet<&str> {
        DumpError::ALL.iter().map(|error| text(*error)).collect()
    };
    assert_eq!(distinct(DumpError::code).len(), DumpError::ALL.len());
    assert_eq!(distinct(DumpError::message).len(), DumpError::ALL.len());
    for error in DumpError::ALL {
        assert_eq!(error.to_string(), format!("{} ({})", error.message(), error.code()));
        assert!(error.help().starts_with(char::is_lowercase) && !error.help().ends_with('.'));
    }
    // Three of them have one cause.
    assert_eq!(distinct(DumpError::help).len(), DumpError::ALL.len() - 2);
}

#[test]
fn the_system_clock_finds_a_delivery_of_2021_too_old() {
    let (webhook, headers) = (webhook(), signed());
    let lines = || headers.iter().map(|(name, value)| (*name, value.as_str()));
    let error = webhook.unwrap(BODY, lines()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TimestampTooOld);
    let diagnosis = Webhook::builder().secret(SECRET).diagnosis();
    assert_eq!(diagnosis.diagnose_at(BODY, lines(), NOW).unwrap(), []);
    let findings = diagnosis.diagnose(BODY, lines()).unwrap();
    assert_eq!(findings[0].code(), "delivery_replayed");
}

#[test]
fn a_secret_from_before_a_rotation_is_named() {
    let diagnosis = Webhook::builder()
        .secret("whsec_plJ3nmyCDGBKInavdOK15jsl")
        .diagnosis()
        .previous_secret(SECRET);
    let headers = signed();
    let lines = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let findings = diagnosis.diagnose_at(BODY, lines, NOW).unwrap();
    assert_eq!(findings[0].code(), "secret_rotated");
}

#[test]
fn a_body_that_was_written_again_or_cut_is_named() {
    let sent = br#"{"id":"evt_1","note":"\"\\\n\r\t\b\f\/\u00e9}"}"#;
    let signed = webhook().sign(None, "msg_1", NOW, sent).unwrap();
    let diagnosis = Webhook::builder().secret(SECRET).diagnosis();
    let announced = sent.len().to_string();
    let first = |body: &[u8]| {
        let lines = signed.headers().chain([("content-length", announced.as_str())]);
        let findings = diagnosis.diagnose_at(body, lines, NOW).unwrap();
        findings.first().map(|finding| finding.code())
    };
    let written = r#"{"id":"evt_1","note":"\"\\\n\r\t\b\f/é}"}"#;
    assert_eq!(first(written.as_bytes()), Some("body_json_escapes"));
    assert_eq!(first(&sent[..sent.len() - 1]), Some("body_truncated"));
    // Braces and quotation marks in a text are none of its own.
    assert_eq!(first(br#"{"list":[1],"note":"\"}"#), Some("body_truncated"));
    assert_eq!(first(br#"{"list":[1],"note":"\"{"}"#), None);
}

#[test]
fn an_announced_length_is_checked_before_the_body_is_read() {
    let webhook = webhook();
    let options = binding::Options::default().prepare().unwrap();
    for (name, value, expected) in [
        ("Content-Length", "17", Ok(Some(17))),
        ("content-type", "text/plain", Ok(None)),
        ("content-length", "1000000000", Err(ErrorCode::PayloadTooLarge)),
        ("content-encoding", "gzip", Err(ErrorCode::HeaderMalformed)),
    ] {
        let found = webhook.announced_length([(name, value)]).map_err(|error| error.code());
        assert_eq!(found, expected, "{name}: {value}");
        let line = (name.as_bytes(), value.as_bytes());
        let found = options.announced_length([line]).map_err(|error| error.code());
        assert_eq!(found, expected, "{name}: {value}");
    }
}

#[test]
fn an_authentic_delivery_without_an_event_has_another_status() {
    let authentic = ErrorCode::ALL.iter().filter(|code| code.is_authentic());
    let names: Vec<_> = authentic.map(|code| code.as_str()).collect();
    assert_eq!(names, ["payload_malformed", "event_malformed", "event_type_mismatch"]);
}

#[test]
fn a_webhook_shows_its_schemes_and_no_secret() {
    assert_eq!(format!("{:?}", webhook()), "Webhook[Svix, Pivotal]");
}
