//! Checks that no text that the crate writes contains a secret or a part of one.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use base64::Engine as _;
use pivotal_webhooks::{Dialect, Error, ErrorCode, Scheme, Tolerance, UnixTime, Webhook, binding};
use pivotal_webhooks_differential::first;
use pivotal_webhooks_test_vectors::{load, traces::leak};

const KEY: &[u8; 32] = b"\x01a key whose window are searched";

fn secret() -> String {
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(KEY))
}

/// Every text that would reveal a part of the secret.
fn traces() -> Vec<String> {
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = secret();
    let windows = |text: &str| -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        chars.windows(8).map(|window| window.iter().collect()).collect()
    };
    let raw: String = KEY.iter().copied().map(char::from).collect();
    [windows(&hex), windows(secret.strip_prefix("whsec_").unwrap()), windows(&raw)].concat()
}

#[test]
fn no_text_shows_a_secret() {
    let webhook = Webhook::builder().labelled_secret("new", secret()).build().unwrap();
    let broken = [secret() + "!", secret().replace("whsec_", "WHSEC_"), secret() + " " + &secret()];
    let construction = broken.iter().map(|secret| Webhook::new(secret).unwrap_err());
    let verification = [
        webhook.verify_at(b"{}", [("svix-id", "msg_1")], UnixTime::from_secs(1)).unwrap_err(),
        webhook
            .verify_at(b"{}", [("pivotal-signature", "v1,t=1,sig=x")], UnixTime::from_secs(1))
            .unwrap_err(),
    ];
    let errors: Vec<Error> = construction.chain(verification).collect();
    assert_eq!(errors.len(), 5);

    let mut texts =
        vec![format!("{webhook:?}"), format!("{webhook:#?}"), binding::catalogue(Dialect::Python)];
    for error in &errors {
        texts.extend([
            format!("{error:?}"),
            error.to_string(),
            binding::error_report(error, Dialect::JavaScript),
        ]);
    }
    let headers = webhook.sign(None, "msg_1", UnixTime::from_secs(1), b"{}").unwrap();
    texts.push(format!("{headers:?}"));
    let pairs: Vec<_> = headers.headers().collect();
    let verified = webhook.verify_signature_at(b"{}", pairs, UnixTime::from_secs(1)).unwrap();
    texts.push(format!("{verified:?}"));
    for text in &texts {
        for trace in traces() {
            assert!(!text.contains(&trace), "{trace:?} in {text}");
        }
    }
    assert_eq!(format!("{webhook:?}"), "Webhook[Svix, Pivotal]");
}

/// Each code, in every form in which a program may print the error.
#[test]
fn no_refusal_of_the_vectors_shows_a_secret() {
    let mut codes = BTreeSet::new();
    for case in &load() {
        let Some(error) = first::error(case) else {
            continue;
        };
        codes.insert(error.code().as_str());
        let webhook = first::open(case).map(|webhook| format!("{webhook:?}{webhook:#?}"));
        let mut texts = vec![
            webhook.unwrap_or_default(),
            format!("{error:?}"),
            format!("{error:#?}"),
            error.to_string(),
            format!("{:?}", error.code()),
            format!("{:?}", std::error::Error::source(&error)),
        ];
        for dialect in [Dialect::Rust, Dialect::Python, Dialect::JavaScript] {
            texts.push(error.message(dialect).to_string());
            texts.push(error.help().in_dialect(dialect).to_string());
            texts.push(binding::error_report(&error, dialect));
        }
        let text = texts.join("\n");
        for secret in &case.webhook.secrets {
            assert_eq!(leak(&secret.secret, &text), None, "{}: {text}", case.name);
        }
    }
    let all: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, all, "each code was seen");
}

#[test]
fn a_refusal_shows_nothing_of_the_expected_signature() {
    let pivotal = Webhook::new(&secret()).unwrap();
    let pivot = Webhook::pivot_builder().secret(secret()).build().unwrap();
    let now = UnixTime::from_secs(1);
    for (webhook, scheme) in
        [(&pivotal, Scheme::Svix), (&pivotal, Scheme::Pivotal), (&pivot, Scheme::Pivot)]
    {
        let expected = webhook.sign(Some(scheme), "msg_1", now, b"{}").unwrap();
        let tag = expected.signature().rsplit([',', '=']).find(|part| part.len() > 40).unwrap();
        let genuine: Vec<_> = expected.headers().collect();
        assert!(webhook.verify_signature_at(b"{}", genuine.clone(), now).is_ok());
        let error = webhook.verify_signature_at(b"{} ", genuine, now).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SignatureMismatch);
        for text in [
            format!("{error:?}"),
            error.to_string(),
            error.help().to_string(),
            binding::error_report(&error, Dialect::Python),
            binding::error_report(&error, Dialect::JavaScript),
        ] {
            let mut windows = tag.as_bytes().windows(8);
            let shown = |window| text.as_bytes().windows(8).any(|part| part == window);
            assert!(!windows.any(shown), "{text}");
        }
    }
}

#[test]
fn a_webhook_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync>(_: &T) {}
    let unlimited = Tolerance::dangerously_unlimited();
    shareable(&Webhook::builder().secret(secret()).tolerance(unlimited).build().unwrap());
}
