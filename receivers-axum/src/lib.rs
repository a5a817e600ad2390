//! Receives the webhooks of Pivotal and Pivot with axum.
//!
//! [`WebhookLayer`] goes around a handler. It reads the body of a request up to the webhook's
//! `max_body`, verifies it, and refuses what is not authentic. The handler runs for accepted deliveries
//! only, and takes the event by the extractor [`Verified`].
//!
//! ```no_run
//! use axum::{Router, routing::post};
//! use pivotal_webhooks_axum::{PivotalEvent, Refusal, Verified, Webhook, WebhookLayer};
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let webhook = Webhook::new(&std::env::var("PIVOTAL_WEBHOOK_SECRET")?)?;
//! let app: Router = Router::new()
//!     .route("/webhooks/pivotal", post(receive).layer(WebhookLayer::new(webhook)));
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8000").await?, app).await?;
//! # Ok(())
//! # }
//!
//! async fn receive(delivery: Verified<PivotalEvent>) -> Result<(), Refusal> {
//!     let event = delivery.event();
//!     println!("{} {:?}", event.event_type(), event.id());
//!     Ok(())
//! }
//! ```
//!
//! # Answers
//!
//! What the handler returns is the answer. A refused delivery is answered with the status of its error,
//! 401, 400 or 413, and one constant text per status; the reason goes to the log. A method other than POST
//! is answered 405. An error that the handler returns is answered as axum does, and a status other than 2xx
//! makes the sender try again.
//!
//! * **A body that is too large.** Up to 4 MiB of the rest are discarded, for at most two seconds, so that
//!   the sender can read the answer 413. If there is more, the answer closes the connection.
//! * **A body that something else read.** If a layer outside consumed the body, the answer is 500 and
//!   the log says so, with level ERROR. The outcome hook is not called.
//! * **A body that stops or trickles.** The whole body must arrive within 15 seconds, or within
//!   [`WebhookLayer::body_timeout`]; otherwise the answer is 408 and closes the connection, and the outcome
//!   is [`Verdict::TimedOut`].
//! * **A sender that hangs up.** The handler does not run, and the outcome is [`Verdict::Aborted`].
//! * **The body.** The handler's request still has the verified bytes as its body, so that extractors
//!   such as `Bytes` work after [`Verified`].
//!
//! A delivery that a sender sends again is accepted again. Store
//! [`idempotency_key`](pivotal_webhooks::Event::idempotency_key), and skip events that you have handled.
//!
//! # Logs and metrics
//!
//! Each request to a webhook is one event of `tracing`, with the target `pivotal_webhooks`:
//! see [`log_outcome`]. [`WebhookLayer::on_outcome`] replaces it.
//!
//! # Tests
//!
//! [`Webhook::sign`] signs deliveries for the tests of your handler:
//!
//! ```
//! use axum::{Router, body::Body, http::Request, routing::post};
//! use pivotal_webhooks_axum::{PivotalEvent, UnixTime, Verified, Webhook, WebhookLayer};
//! use tower::ServiceExt as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
//! const NOW: UnixTime = UnixTime::from_secs(1_750_000_000);
//!
//! let layer = WebhookLayer::new(Webhook::new(SECRET)?).clock(|| NOW);
//! let handle = async |delivery: Verified<PivotalEvent>| delivery.event().event_type().to_owned();
//! let app: Router = Router::new().route("/", post(handle).layer(layer));
//!
//! let body = r#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1"}}}"#;
//! let mut request = Request::post("/");
//! for (name, value) in Webhook::new(SECRET)?.sign(None, "msg_1", NOW, body.as_bytes())?.headers() {
//!     request = request.header(name, value);
//! }
//! let response = app.oneshot(request.body(Body::from(body))?).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod event;
mod layer;
mod outcome;
mod reading;

pub use self::{
    answer::Refusal,
    event::{PivotEvent, PivotalEvent, SenderEvent, Verified},
    layer::{WebhookLayer, WebhookService},
    outcome::{Outcome, Verdict, log_outcome},
};
pub use pivotal_webhooks::{Error, Event, EventKind, TypedEvent, UnixTime, Webhook};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ProjectReadme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
struct Documentation;
