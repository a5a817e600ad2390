//! What [`log_outcome`](pivotal_webhooks_axum::log_outcome) writes.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, extract::Request, routing::post};
use pivotal_webhooks::Scheme;
use pivotal_webhooks_axum::{PivotalEvent, UnixTime, Verified, Webhook, WebhookLayer};
use tower::ServiceExt as _;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    deliveries::{BODY, NOW, SECRET, fresh, signed},
    wire::Headers,
};

type Line = (String, BTreeMap<String, String>);

/// Collects events, each with its level and its fields.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Line>>>);

struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "pivotal_webhooks"
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push((event.metadata().level().to_string(), fields.0));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// The only line that a delivery leads to.
async fn line(headers: Headers, body: &'static [u8]) -> Line {
    async fn handle(_: Verified<PivotalEvent>) {}
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let webhook = Webhook::builder().labelled_secret("new", SECRET).build().unwrap();
    let layer = WebhookLayer::new(webhook).clock(|| UnixTime::from_secs(NOW));
    let mut request = Request::post("/");
    for (name, value) in &headers {
        request = request.header(name, value.as_slice());
    }
    let app = Router::new().route("/", post(handle).layer(layer));
    app.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let mut lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

fn shown(line: &Line) -> Vec<String> {
    let (level, fields) = line;
    let fields = fields.iter().filter(|(name, _)| *name != "help");
    [level.clone()]
        .into_iter()
        .chain(fields.map(|(name, value)| format!("{name}={value}")))
        .collect()
}

#[tokio::test]
async fn an_outcome_is_logged_in_one_line_with_what_is_known_of_it() {
    let accepted = line(fresh(BODY), BODY).await;
    assert_eq!(
        shown(&accepted),
        [
            "INFO",
            &format!("body_bytes={}", BODY.len()),
            "delivery_id=msg_1",
            "event_id=evt_1",
            "event_type=customer.at_risk",
            "label=new",
            "message=webhook accepted",
            "scheme=svix",
            "skew=0",
            "status=200",
        ]
    );
    assert!(!accepted.1.contains_key("help"));

    let missing = line(Headers::new(), BODY).await;
    assert_eq!(
        shown(&missing),
        [
            "WARN",
            &format!("body_bytes={}", BODY.len()),
            "code=header_missing",
            "docs=docs/troubleshooting.md#header_missing",
            "header=svix-signature",
            "message=webhook refused (header_missing)",
            "status=401",
        ]
    );
    assert!(missing.1["help"].contains("pass every header"));

    let webhook = Webhook::new(SECRET).unwrap();
    let late = line(signed(&webhook, Scheme::Svix, NOW - 900, BODY), BODY).await;
    assert_eq!((late.0.as_str(), late.1["skew"].as_str()), ("WARN", "900"));

    let body = br#"{"id":1,"type":"customer.at_risk"}"#;
    let malformed = line(fresh(body), body).await;
    assert_eq!(
        (malformed.1["path"].as_str(), malformed.1["reason"].as_str()),
        ("id", "wrong_type")
    );
    assert_eq!(malformed.1["scheme"], "svix");
    for (_, fields) in [&accepted, &missing, &late, &malformed] {
        for value in fields.values() {
            assert!(
                !value.contains("MfKQ9r8G") && !value.contains("v1,") && !value.contains("cus_1")
            );
        }
    }
}
