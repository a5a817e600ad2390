//! Every case of `test-vectors`, as the other languages run them.

#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

use pivotal_webhooks::{Error, KeyFormat, Scheme, UnixTime, Webhook, binding};
use pivotal_webhooks_test_vectors::{
    Action, Answer, Case, Endpoint, Expect, Refusal, Verified, load,
};

#[test]
fn every_case_comes_to_what_is_told() {
    let cases = load();
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
    println!("vectors: {}", cases.len());
    if let Some(file) = std::env::var_os("PIVOTAL_VECTORS_COUNT_FILE") {
        std::fs::write(file, cases.len().to_string()).unwrap();
    }
}

#[test]
fn every_code_has_a_case() {
    let cases = load();
    for code in pivotal_webhooks::ErrorCode::ALL {
        let told = |case: &Case| matches!(&case.expect, Expect::Error(refusal) if refusal.code == code.as_str());
        assert!(cases.iter().any(told), "{code}");
    }
}

/// The same cases through Rust's own face, where it can express them.
#[test]
fn the_builder_opens_what_the_options_open() {
    for case in load().iter().filter(|case| case.action == Action::Construct) {
        let Some(built) = by_builder(case) else {
            continue;
        };
        let opened = open(case).map(drop).map_err(|error| error.code());
        assert_eq!(built.map(drop).map_err(|error| error.code()), opened, "{}", case.name);
    }
}

fn failure(case: &Case) -> Option<String> {
    let outcome = run(case);
    (outcome != case.expect).then(|| format!("{}: {outcome:?}, not {:?}", case.name, case.expect))
}

fn run(case: &Case) -> Expect {
    answer(case).map_or_else(|error| Expect::Error(refusal(&error)), Expect::Ok)
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
        Action::Sign => {
            let sign = case.sign.as_ref().unwrap();
            let scheme = sign.scheme.as_deref().map(str::parse).transpose()?;
            let at = binding::timestamp(seconds(sign.timestamp));
            let signed = webhook.sign(scheme, &sign.id, at, body)?;
            Ok(Answer::Signature(signed.signature().to_owned()))
        }
    }
}

fn refusal(error: &Error) -> Refusal {
    Refusal {
        code: error.code().to_string(),
        header: error.header().map(str::to_owned),
        reason: error.reason().map(str::to_owned),
        skew: error.skew(),
        tolerance: error.tolerance(),
    }
}

fn open(case: &Case) -> Result<Webhook, Error> {
    let webhook = &case.webhook;
    let secrets = webhook
        .secrets
        .iter()
        .map(|one| (one.label.clone(), one.secret.as_str().to_owned().into()));
    binding::Options {
        pivot: webhook.endpoint == Endpoint::Pivot,
        secrets: secrets.collect(),
        schemes: webhook.schemes.clone(),
        tolerance: webhook.tolerance,
        ignore_timestamp: webhook.ignore_timestamp,
        max_body: webhook.max_body,
        key: webhook.key.clone(),
        max_event_age: webhook.max_event_age,
    }
    .open()
}

/// `None` for options that Rust's types rule out, and for those that only the other faces have.
fn by_builder(case: &Case) -> Option<Result<Webhook, Error>> {
    let webhook = &case.webhook;
    let limits = [webhook.tolerance, webhook.max_body, webhook.max_event_age];
    if limits.iter().any(Option::is_some) || webhook.ignore_timestamp {
        return None;
    }
    let mut builder = match webhook.endpoint {
        Endpoint::Pivotal => Webhook::builder(),
        Endpoint::Pivot => Webhook::pivot_builder(),
    };
    if let Some(names) = &webhook.schemes {
        let schemes: Result<Vec<Scheme>, _> = names.iter().map(|name| name.parse()).collect();
        builder = builder.schemes(schemes.ok()?);
    }
    if let Some(name) = &webhook.key {
        builder = builder.key_format(name.parse::<KeyFormat>().ok()?);
    }
    for secret in &webhook.secrets {
        builder = match &secret.label {
            Some(label) => builder.labelled_secret(label, secret.secret.as_str()),
            None => builder.secret(secret.secret.as_str()),
        };
    }
    Some(builder.build())
}

#[expect(clippy::as_conversions, reason = "hosts hand over doubles; the cases stay far below 2^53")]
fn seconds(whole: i64) -> f64 {
    whole as f64
}
