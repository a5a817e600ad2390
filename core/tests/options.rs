//! Tests options that some languages do not have, so that no vector covers them.

#![allow(missing_docs, reason = "tests")]

use pivotal_webhooks::{ErrorCode, Scheme, Tolerance, UnixTime, Webhook};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";

fn code(result: Result<Webhook, pivotal_webhooks::Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

#[test]
fn a_label_is_given_once() {
    let labelled = |one, other| {
        Webhook::builder().labelled_secret(one, SECRET).labelled_secret(other, OTHER).build()
    };
    assert_eq!(code(labelled("new", "old")), None);
    assert_eq!(code(labelled("new", "new")), Some(ErrorCode::ConfigInvalid));
}

#[test]
fn a_secret_that_is_repeated_under_its_label_is_one() {
    let twice = || Webhook::builder().labelled_secret("new", SECRET).labelled_secret("new", SECRET);
    let webhook = twice().labelled_secret("old", OTHER).build().unwrap();
    let old = Webhook::new(OTHER).unwrap();
    let now = UnixTime::from_secs(5);
    let signed = old.sign(None, "msg_1", now, b"{}").unwrap();
    let verified = webhook.verify_signature_at(b"{}", signed.headers(), now).unwrap();
    assert_eq!(verified.label(), Some("old"));

    let eight = (0..8).map(|number| format!("secret number {number} of eight"));
    let repeated = eight.clone().cycle().take(255);
    let many = |secrets: &mut dyn Iterator<Item = String>| {
        secrets
            .fold(Webhook::pivot_builder(), |builder, secret| {
                builder.secret(secret.replace(' ', "-"))
            })
            .build()
    };
    assert_eq!(code(many(&mut repeated.clone())), None);
    let ninth = "another secret than the eight".to_owned();
    let nine = many(&mut repeated.take(254).chain([ninth]));
    assert_eq!(code(nine), Some(ErrorCode::ConfigInvalid));
    assert_eq!(code(many(&mut eight.cycle().take(256))), Some(ErrorCode::ConfigInvalid));
}

#[test]
fn labelled_and_unlabelled_secrets_mix() {
    let mixed = Webhook::builder().secret(SECRET).labelled_secret("old", OTHER).build();
    assert_eq!(code(mixed), None);
}

#[test]
fn pivot_is_never_mixed_with_another_scheme() {
    let pivot = || Webhook::pivot_builder().secret(SECRET);
    let pivotal = || Webhook::builder().secret(SECRET);
    assert_eq!(code(pivot().schemes([Scheme::Pivot]).build()), None);
    assert_eq!(
        code(pivot().schemes([Scheme::Pivot, Scheme::Svix]).build()),
        Some(ErrorCode::ConfigInvalid)
    );
    assert_eq!(code(pivot().schemes([Scheme::Svix]).build()), Some(ErrorCode::ConfigInvalid));
    assert_eq!(
        code(pivotal().schemes(Scheme::ALL.iter().copied()).build()),
        Some(ErrorCode::ConfigInvalid)
    );
    assert_eq!(code(pivotal().schemes([Scheme::Pivot]).build()), Some(ErrorCode::ConfigInvalid));
    assert_eq!(code(pivotal().max_event_age(60).build()), Some(ErrorCode::ConfigInvalid));
    assert_eq!(
        code(pivot().max_event_age(60).tolerance(Tolerance::dangerously_unlimited()).build()),
        None
    );
}

#[test]
fn schemes_are_looked_for_in_one_order() {
    let webhook =
        Webhook::builder().secret(SECRET).schemes([Scheme::Pivotal, Scheme::Svix, Scheme::Pivotal]);
    assert!(
        webhook.build().is_ok_and(|webhook| webhook.schemes().eq([Scheme::Svix, Scheme::Pivotal]))
    );
}

#[test]
fn a_webhook_says_how_much_of_a_body_it_takes() {
    let limit = |builder: pivotal_webhooks::Builder| builder.build().map(|one| one.max_body());
    assert_eq!(limit(Webhook::builder().secret(SECRET)), Ok(1024 * 1024));
    assert_eq!(limit(Webhook::builder().secret(SECRET).max_body(77)), Ok(77));
}
