//! Runs every case of `test-vectors/diagnosis`, and checks the texts of findings.

#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

use pivotal_webhooks::{Dialect, Finding, UnixTime, Webhook, binding};
use pivotal_webhooks_differential::first;
use pivotal_webhooks_test_vectors::diagnosis::{Case, load};
use proptest::prelude::*;

#[test]
fn every_case_has_its_expected_findings() {
    let cases = load();
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
    println!("vectors of diagnosis: {}", cases.len());
    if let Some(file) = std::env::var_os("PIVOTAL_DIAGNOSIS_COUNT_FILE") {
        std::fs::write(file, cases.len().to_string()).unwrap();
    }
}

#[test]
fn every_accident_comes_first_in_two_cases() {
    let cases = load();
    for finding in Finding::all() {
        let is_first =
            |case: &&Case| case.expect.findings.first().is_some_and(|code| code == finding.code());
        let count = cases.iter().filter(is_first).count();
        assert!(count >= 2, "{} comes first in {count} cases", finding.code());
    }
    let codes: Vec<_> = Finding::all().map(|finding| finding.code()).collect();
    for code in cases.iter().flat_map(|case| &case.expect.findings) {
        assert!(codes.contains(&code.as_str()), "{code} is no finding");
    }
    assert!(cases.iter().filter(|case| case.expect.findings.is_empty()).count() >= 20);
}

#[test]
fn a_code_belongs_to_one_accident() {
    let mut codes: Vec<_> = Finding::all().map(|finding| finding.code()).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
}

#[test]
fn texts_are_clauses_without_anything_of_the_request() {
    for case in load() {
        let secrets = case.webhook.secrets.iter().map(|secret| secret.secret.trim());
        let body = String::from_utf8_lossy(case.body.as_bytes()).into_owned();
        let values = case.header_pairs().map(|(_, value)| value);
        let hidden: Vec<&str> = secrets
            .chain(case.other_secrets.iter().map(String::as_str))
            .chain(values)
            .chain([&*body])
            .filter(|text| text.len() > 8)
            .collect();
        for finding in diagnose(&case) {
            for dialect in [Dialect::Rust, Dialect::Python, Dialect::JavaScript] {
                let message = finding.message(dialect).to_string();
                let help = finding.help().in_dialect(dialect).to_string();
                for text in [&message, &help] {
                    assert!(hidden.iter().all(|hidden| !text.contains(hidden)), "{text}");
                    assert!(!text.ends_with('.') && !text.is_empty(), "{text}");
                }
                assert!(message.starts_with(char::is_lowercase), "{message}");
            }
        }
    }
}

fn failure(case: &Case) -> Option<String> {
    let codes: Vec<&str> = diagnose(case).iter().map(Finding::code).collect();
    (codes != case.expect.findings)
        .then(|| format!("{}: {codes:?}, not {:?}", case.name, case.expect.findings))
}

fn diagnose(case: &Case) -> Vec<Finding> {
    let options = first::options(&case.webhook);
    let hidden = |texts: &[String]| texts.iter().cloned().map(Into::into).collect();
    let diagnosis =
        options.diagnosis(hidden(&case.other_secrets), hidden(&case.previous_secrets)).unwrap();
    let now = binding::clock(seconds(case.now)).unwrap();
    diagnosis.diagnose_at(case.body.as_bytes(), case.header_pairs(), now).unwrap()
}

#[expect(clippy::as_conversions, reason = "hosts hand over doubles; the cases stay below 2^53")]
fn seconds(whole: i64) -> f64 {
    whole as f64
}

fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "whsec_",
        "v1,",
        "t=",
        "sig=",
        "\"",
        "=",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\\u00e9",
        "\\",
        "é",
        " ",
        "\n",
        "\r\n",
        "1.0",
        "1750000000",
        "e+",
        "%41",
        "%",
        "YWJj",
        "b'",
        "null",
        "\u{feff}",
        "payload=",
        "id",
        "object",
        "\u{fffd}",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ]);
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(binding::header_names().to_vec());
    (prop::sample::select(vec!["", "HTTP_", "x-"]), known, any::<bool>()).prop_map(
        |(prefix, name, underscores)| {
            let name = format!("{prefix}{name}");
            if underscores { name.replace('-', "_") } else { name }
        },
    )
}

proptest! {
    #[test]
    fn whatever_arrives_is_diagnosed_without_a_panic(
        secret in text(),
        lines in prop::collection::vec((name(), text()), 0..6),
        body in prop_oneof![text().prop_map(String::into_bytes), any::<Vec<u8>>()],
        now: u64,
        pivot: bool,
    ) {
        let builder = if pivot { Webhook::pivot_builder() } else { Webhook::builder() };
        let diagnosis = builder.secret(secret).diagnosis();
        let lines = lines.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let findings = diagnosis.diagnose_at(&body, lines, UnixTime::from_secs(now)).unwrap();
        prop_assert!(findings.len() <= Finding::all().count());
    }

    #[test]
    fn a_genuine_delivery_has_no_finding_and_a_forged_one_no_certain_one(
        event in "[a-zé/<]{0,20}",
        forged: bool,
    ) {
        let webhook = Webhook::builder().secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let now = UnixTime::from_secs(1_750_000_000);
        let body = format!(r#"{{"id":"evt_1","type":"{event}"}}"#);
        let signed = webhook.clone().build().unwrap().sign(None, "msg_1", now, body.as_bytes());
        let signed = signed.unwrap();
        let body = if forged { body.replace("evt_1", "evt_2") } else { body };
        let findings = webhook.diagnosis().diagnose_at(body.as_bytes(), signed.headers(), now);
        prop_assert_eq!(findings.unwrap(), Vec::new());
    }
}
