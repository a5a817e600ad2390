//! Cases in the form of the files in `test-vectors`, which every language reads.

use pivotal_webhooks_test_vectors::{Action, Answer, Case, Endpoint, Expect, Refusal};
use serde_json::{Value, json};

/// The case, with what it must come to.
#[must_use]
pub fn written(case: &Case, expect: &Expect) -> Value {
    let headers: Vec<_> = case.header_pairs().collect();
    let hex: String = case.body.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let body = match core::str::from_utf8(case.body.as_bytes()) {
        Ok(text) => json!({ "utf8": text }),
        Err(_) => json!({ "hex": hex }),
    };
    json!({
        "name": case.name,
        "do": match case.action {
            Action::Construct => "construct",
            Action::VerifySignature => "verify_signature",
            Action::Verify => "verify",
            Action::Unwrap => "unwrap",
            Action::Restore => "restore",
            Action::Sign => "sign",
        },
        "webhook": webhook(case),
        "now": case.now,
        "headers": headers,
        "body": body,
        "expect": match expect {
            Expect::Ok(answer) => json!({ "ok": ok(answer) }),
            Expect::Error(refusal) => json!({ "error": error(refusal) }),
        },
    })
}

fn webhook(case: &Case) -> Value {
    let webhook = &case.webhook;
    let secrets: Vec<Value> =
        webhook.secrets.iter().map(|secret| json!({ "secret": secret.secret })).collect();
    let endpoint = match webhook.endpoint {
        Endpoint::Pivotal => "pivotal",
        Endpoint::Pivot => "pivot",
    };
    present([
        ("endpoint", json!(endpoint)),
        ("secrets", json!(secrets)),
        ("schemes", json!(webhook.schemes)),
        ("tolerance", json!(webhook.tolerance)),
        ("ignore_timestamp", json!(webhook.ignore_timestamp.then_some(true))),
        ("max_body", json!(webhook.max_body)),
        ("key", json!(webhook.key)),
        ("max_event_age", json!(webhook.max_event_age)),
    ])
}

fn ok(answer: &Answer) -> Value {
    match answer {
        Answer::Nothing => json!({}),
        Answer::Signature(signature) => json!({ "signature": signature }),
        Answer::Verified(verified) => json!({
            "scheme": verified.scheme,
            "id": verified.id,
            "timestamp": verified.timestamp,
            "label": verified.label,
            "event_type": verified.event_type,
            "delivery_id": verified.delivery_id,
        }),
        Answer::Event(event) => json!({
            "type": event.event_type,
            "listed": event.listed,
            "id": event.id,
            "idempotency_key": event.idempotency_key,
            "created_at": event.created_at,
            "created_at_micros": event.created_at_micros,
            "org_id": event.org_id,
            "space_id": event.space_id,
            "livemode": event.livemode,
            "api_version": event.api_version,
            "subject": event.subject.as_ref().map(|subject| {
                json!({ "type": subject.subject_type, "id": subject.id })
            }),
            "object": event.object,
            "renamed": event.renamed,
            "previous_attributes": event.previous_attributes,
            "extra": event.extra,
        }),
    }
}

fn error(refusal: &Refusal) -> Value {
    present([
        ("code", json!(refusal.code)),
        ("header", json!(refusal.header)),
        ("path", json!(refusal.path)),
        ("reason", json!(refusal.reason)),
        ("skew", json!(refusal.skew)),
        ("tolerance", json!(refusal.tolerance)),
    ])
}

/// An object of the members that are not null.
fn present<const N: usize>(members: [(&str, Value); N]) -> Value {
    members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
