//! Sends every delivery of the test vectors that HTTP can carry.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, extract::Request, routing::post};
use pivotal_webhooks::{KeyFormat, Scheme, Tolerance};
use pivotal_webhooks_axum::{PivotEvent, PivotalEvent, UnixTime, Verified, Webhook, WebhookLayer};
use pivotal_webhooks_test_vectors::{Action, Answer, Case, Endpoint, Expect, load};
use tower::ServiceExt as _;

type Seen = Arc<Mutex<Vec<(Option<&'static str>, Option<String>)>>>;

#[tokio::test]
async fn every_delivery_has_the_expected_outcome() {
    let cases = load();
    let events = cases.iter().filter(|case| case.action == Action::Unwrap);
    let (mut sent, mut left_out) = (0, 0);
    for case in events {
        let (Some(webhook), Some(request)) = (webhook(case), request(case)) else {
            left_out += 1;
            continue;
        };
        sent += 1;
        let seen = Seen::default();
        let status = app(webhook, case, &seen).oneshot(request).await.unwrap().status();
        let outcomes = seen.lock().unwrap();
        let (code, key) = outcomes.first().unwrap();
        match &case.expect {
            Expect::Error(refusal) => {
                assert_eq!(*code, Some(refusal.code.as_str()), "{}", case.name);
                assert!(status.is_client_error() || status.is_server_error(), "{}", case.name);
            }
            Expect::Ok(Answer::Event(event)) => {
                assert_eq!((*code, status.as_u16()), (None, 200), "{}", case.name);
                assert_eq!(key.as_ref(), Some(&event.idempotency_key), "{}", case.name);
            }
            Expect::Ok(other) => panic!("{}: {other:?}", case.name),
        }
    }
    assert!(sent > 10 * left_out, "{sent} were sent and {left_out} left out");
}

fn app(webhook: Webhook, case: &Case, seen: &Seen) -> Router {
    async fn pivotal(_: Verified<PivotalEvent>) {}
    async fn pivot(_: Verified<PivotEvent>) {}
    let now = UnixTime::from_secs(u64::try_from(case.now).unwrap());
    let seen = Arc::clone(seen);
    let layer = WebhookLayer::new(webhook).clock(move || now).on_outcome(move |outcome| {
        let code = outcome.error.map(|error| error.code().as_str());
        let key = outcome.event.map(|event| event.idempotency_key());
        seen.lock().unwrap().push((code, key));
    });
    let route = match case.webhook.endpoint {
        Endpoint::Pivotal => post(pivotal),
        Endpoint::Pivot => post(pivot),
    };
    Router::new().route("/", route.layer(layer))
}

/// `None` for a header that HTTP can't carry, or that the type `HeaderMap` would change.
fn request(case: &Case) -> Option<Request> {
    let mut request = Request::post("/");
    for (name, value) in case.header_pairs() {
        request = request.header(name, value.as_bytes());
    }
    u64::try_from(case.now).ok()?;
    request.body(Body::from(case.body.as_bytes().to_vec())).ok()
}

/// `None` for options that Rust's types exclude.
fn webhook(case: &Case) -> Option<Webhook> {
    let options = &case.webhook;
    let mut builder = match options.endpoint {
        Endpoint::Pivotal => Webhook::builder(),
        Endpoint::Pivot => Webhook::pivot_builder(),
    };
    if let Some(names) = &options.schemes {
        let schemes: Result<Vec<Scheme>, _> = names.iter().map(|name| name.parse()).collect();
        builder = builder.schemes(schemes.ok()?);
    }
    if let Some(name) = &options.key {
        builder = builder.key_format(name.parse::<KeyFormat>().ok()?);
    }
    if let Some(name) = &options.source {
        builder = builder.source(name);
    }
    if let Some(seconds) = options.tolerance {
        builder = builder.tolerance(Tolerance::seconds(seconds as u64).ok()?);
    }
    if options.ignore_timestamp {
        builder = builder.tolerance(Tolerance::dangerously_unlimited());
    }
    if let Some(bytes) = options.max_body {
        builder = builder.max_body(bytes as usize);
    }
    if let Some(seconds) = options.max_event_age {
        builder = builder.max_event_age(seconds as u64);
    }
    for secret in &options.secrets {
        builder = match &secret.label {
            Some(label) => builder.labelled_secret(label, secret.secret.as_str()),
            None => builder.secret(secret.secret.as_str()),
        };
    }
    builder.build().ok()
}
