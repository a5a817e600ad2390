//! Runs every case of `test-vectors`, as the tests of the other languages do.

#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

use pivotal_webhooks::{DumpError, Error, KeyFormat, Scheme, Webhook};
use pivotal_webhooks_differential::{first, second};
use pivotal_webhooks_test_vectors::{Action, Case, Endpoint, Expect, load};

#[test]
fn every_case_has_its_expected_result() {
    let cases = load();
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
    println!("vectors: {}", cases.len());
    if let Some(file) = std::env::var_os("PIVOTAL_VECTORS_COUNT_FILE") {
        std::fs::write(file, cases.len().to_string()).unwrap();
    }
}

/// The second verifier is right about every case too, so that its comparisons with the core count.
#[test]
fn the_second_verifier_has_the_expected_result() {
    for case in &load() {
        assert_eq!(second::outcome(case), case.expect, "{}", case.name);
    }
}

#[test]
fn every_code_has_a_case() {
    let cases = load();
    for code in pivotal_webhooks::ErrorCode::ALL {
        let expects = |case: &Case| matches!(&case.expect, Expect::Error(refusal) if refusal.code == code.as_str());
        assert!(cases.iter().any(expects), "{code}");
    }
    for error in DumpError::ALL {
        let expects = |case: &Case| matches!(&case.expect, Expect::Error(refusal) if refusal.code == error.code());
        assert!(cases.iter().any(expects), "{error}");
    }
}

/// The same cases through the public methods of `Webhook`, where Rust can express them.
#[test]
fn the_builder_opens_what_the_options_open() {
    for case in load().iter().filter(|case| case.action == Action::Construct) {
        let Some(built) = by_builder(case) else {
            continue;
        };
        let opened = first::open(case).map(drop).map_err(|error| error.code());
        assert_eq!(built.map(drop).map_err(|error| error.code()), opened, "{}", case.name);
    }
}

fn failure(case: &Case) -> Option<String> {
    let outcome = first::outcome(case);
    (outcome != case.expect).then(|| format!("{}: {outcome:?}, not {:?}", case.name, case.expect))
}

/// `None` for options that Rust's types exclude, and for options that exist only in other languages.
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
    if let Some(name) = &webhook.source {
        builder = builder.source(name);
    }
    for secret in &webhook.secrets {
        builder = match &secret.label {
            Some(label) => builder.labelled_secret(label, secret.secret.as_str()),
            None => builder.secret(secret.secret.as_str()),
        };
    }
    Some(builder.build())
}
