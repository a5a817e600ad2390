//! Faults of the program, of the hook and of senders that stall.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{StatusCode, Version, header::CONNECTION},
    response::Response,
    routing::post,
};
use http_body::Frame;
use pivotal_webhooks::Scheme;
use pivotal_webhooks_axum::{
    PivotEvent, PivotalEvent, Refusal, TypedEvent, UnixTime, Verified, Webhook, WebhookLayer,
};
use tower::ServiceExt as _;

use crate::{
    deliveries::{BODY, NOW, PIVOT_SECRET, SECRET, fresh, signed, with},
    site::Records,
    wire::Headers,
};

fn request(headers: &Headers, body: Body) -> Request {
    let mut request = Request::post("/webhooks/pivotal");
    for (name, value) in headers {
        request = request.header(name, value.as_slice());
    }
    request.body(body).unwrap()
}

async fn answer(app: Router, request: Request) -> (u16, String) {
    let response = app.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn layer(webhook: Webhook) -> WebhookLayer {
    WebhookLayer::new(webhook).clock(|| UnixTime::from_secs(NOW))
}

#[tokio::test]
async fn a_body_that_something_else_read_is_a_fault_of_the_program() {
    let records = Records::default();
    let length = with(fresh(BODY), "content-length", &BODY.len().to_string());
    let chunked = with(fresh(BODY), "transfer-encoding", "chunked");
    for headers in [&length, &chunked] {
        let answered = answer(records.app(), request(headers, Body::empty())).await;
        assert_eq!(answered, (500, "internal error".to_owned()));
    }
    assert_eq!(records.outcomes(), []);
    // A stranger can't cause it.
    let unsigned = vec![("content-length".to_owned(), b"9".to_vec())];
    assert_eq!(answer(records.app(), request(&unsigned, Body::empty())).await.0, 401);
    assert_eq!(records.refusal(), "header_missing");
}

#[tokio::test]
async fn a_panic_in_the_hook_changes_no_answer() {
    async fn handle(_: Verified<PivotalEvent>) {}
    let layer = layer(Webhook::new(SECRET).unwrap()).on_outcome(|_| panic!("no such meter"));
    let app = Router::new().route("/webhooks/pivotal", post(handle).layer(layer));
    assert_eq!(answer(app.clone(), request(&fresh(BODY), Body::from(BODY))).await.0, 200);
    assert_eq!(answer(app, request(&Headers::new(), Body::from(BODY))).await.0, 401);
}

#[tokio::test]
async fn a_panic_in_verification_is_answered_500() {
    const PROBE: &[u8] = b"pivotal-webhooks panic probe";
    let records = Records::default();
    let app = records.app();
    let genuine = || request(&fresh(BODY), Body::from(BODY));
    let answered = answer(app.clone(), request(&fresh(BODY), Body::from(PROBE))).await;
    assert_eq!(answered, (500, "internal error".to_owned()));
    assert_eq!(records.refusal(), "internal");
    for _ in 0..1000 {
        assert_eq!(answer(app.clone(), genuine()).await.0, 200);
        assert_eq!(answer(app.clone(), request(&fresh(b"{}"), Body::from(BODY))).await.0, 401);
    }
    assert_eq!(records.handled().len(), 1000);
}

#[tokio::test]
async fn a_panic_of_the_clock_is_answered_500() {
    async fn handle(_: Verified<PivotalEvent>) {}
    let layer = layer(Webhook::new(SECRET).unwrap()).clock(|| panic!("no such clock"));
    let app = Router::new().route("/webhooks/pivotal", post(handle).layer(layer));
    let answered = answer(app, request(&fresh(BODY), Body::from(BODY))).await;
    assert_eq!(answered, (500, "internal error".to_owned()));
}

#[tokio::test]
async fn a_handler_without_the_layer_of_its_sender_gets_no_event() {
    async fn handle(_: Verified<PivotEvent>) {}
    let bare = Router::new().route("/webhooks/pivotal", post(handle));
    let other = bare.clone().layer(layer(Webhook::new(SECRET).unwrap()));
    for app in [bare, other] {
        let answered = answer(app, request(&fresh(BODY), Body::from(BODY))).await;
        assert_eq!(answered, (500, "internal error".to_owned()));
    }
}

#[tokio::test]
async fn an_endpoint_of_pivot_has_its_own_events() {
    async fn handle(Verified(event): Verified<PivotEvent>) -> Result<String, Refusal> {
        // An event owns its body, so that a task can take it.
        tokio::spawn(async move {
            let TypedEvent::MessageSent(message) = event.event().typed()? else {
                return Ok("another event".to_owned());
            };
            Ok(message.room_id.unwrap_or_default())
        })
        .await
        .unwrap()
    }
    let webhook = Webhook::pivot(PIVOT_SECRET).unwrap();
    let body = br#"{"eventType":"message_sent","data":{"messageId":"m1","roomId":"r1"}}"#;
    let wrong = br#"{"eventType":"message_sent","data":{"messageId":"m1","roomId":1}}"#;
    let headers = signed(&webhook, Scheme::Pivot, NOW, body);
    let of_wrong = signed(&webhook, Scheme::Pivot, NOW, wrong);
    let app = Router::new().route("/webhooks/pivotal", post(handle).layer(layer(webhook)));
    let answered = answer(app.clone(), request(&headers, Body::from(&body[..]))).await;
    assert_eq!(answered, (200, "r1".to_owned()));
    // The record's reader refuses what the catalogue of events excludes.
    let answered = answer(app, request(&of_wrong, Body::from(&wrong[..]))).await;
    assert_eq!(answered, (400, "invalid payload".to_owned()));
}

#[test]
fn no_text_contains_a_secret() {
    let layer = WebhookLayer::new(Webhook::new(SECRET).unwrap());
    assert_eq!(format!("{layer:?}"), "WebhookLayer(Webhook[Svix, Pivotal])");
}

/// A body of which these pieces come, and then nothing.
struct Stalled(Vec<Bytes>);

impl HttpBody for Stalled {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.pop().map_or(Poll::Pending, |piece| Poll::Ready(Some(Ok(Frame::data(piece)))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_discarded_for_two_seconds() {
    let records = Records::default();
    let long = Bytes::from(vec![b' '; 1024 * 1024 + 1]);
    let start = tokio::time::Instant::now();
    let stalled = request(&fresh(BODY), Body::new(Stalled(vec![long])));
    let response: Response = records.app().oneshot(stalled).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(response.headers()[CONNECTION], "close");
}

#[tokio::test(start_paused = true)]
async fn http_2_has_no_header_that_closes_a_connection() {
    let long = Bytes::from(vec![b' '; 1024 * 1024 + 1]);
    let mut stalled = request(&fresh(BODY), Body::new(Stalled(vec![long])));
    *stalled.version_mut() = Version::HTTP_2;
    let response = Records::default().app().oneshot(stalled).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(response.headers().get(CONNECTION), None);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_the_server_drops_is_aborted_once() {
    let records = Records::default();
    let stalled = request(&fresh(BODY), Body::new(Stalled(vec![Bytes::from_static(b"{")])));
    let limit = std::time::Duration::from_secs(9);
    assert!(tokio::time::timeout(limit, records.app().oneshot(stalled)).await.is_err());
    let outcomes = records.outcomes();
    assert_eq!((outcomes.len(), outcomes[0].verdict, outcomes[0].body_bytes), (1, "aborted", 1));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_answered_408_after_15_seconds() {
    let records = Records::default();
    let start = tokio::time::Instant::now();
    let stopped = request(&fresh(BODY), Body::new(Stalled(vec![Bytes::from_static(b"{")])));
    let response = records.app().oneshot(stopped).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 15);
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(response.headers()[CONNECTION], "close");
    let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
    assert_eq!(body, "request timeout");
    let outcomes = records.outcomes();
    assert_eq!((outcomes.len(), outcomes[0].verdict, outcomes[0].status), (1, "timed_out", 408));
    assert_eq!((outcomes[0].code, outcomes[0].body_bytes), (None, 1));
    assert_eq!(records.handled(), []);
}

/// A body that gives one byte each second, without an end.
struct Trickle(Pin<Box<tokio::time::Sleep>>);

impl HttpBody for Trickle {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        std::task::ready!(self.0.as_mut().poll(context));
        let next = tokio::time::Instant::now() + std::time::Duration::from_secs(1);
        self.0.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_bounds_the_whole_body_and_not_the_time_between_its_pieces() {
    async fn handle(_: Verified<PivotalEvent>) {}
    let second = std::time::Duration::from_secs(1);
    let layer = layer(Webhook::new(SECRET).unwrap()).body_timeout(4 * second);
    let app = Router::new().route("/webhooks/pivotal", post(handle).layer(layer));
    let start = tokio::time::Instant::now();
    let slow = request(&fresh(BODY), Body::new(Trickle(Box::pin(tokio::time::sleep(second)))));
    assert_eq!(answer(app, slow).await, (408, "request timeout".to_owned()));
    assert_eq!(start.elapsed().as_secs(), 4);
}

/// A service that must be found ready before it is called.
#[derive(Default)]
struct Picky {
    is_ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for Picky {
    fn clone(&self) -> Self {
        Self { is_ready: false, calls: Arc::clone(&self.calls) }
    }
}

impl tower::Service<Request> for Picky {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        assert!(self.is_ready);
        self.calls.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(Response::new(Body::empty())))
    }
}

#[tokio::test]
async fn the_service_that_was_found_ready_is_called() {
    let picky = Picky::default();
    let calls = Arc::clone(&picky.calls);
    let layer = layer(Webhook::new(SECRET).unwrap());
    let service = tower::Layer::layer(&layer, picky);
    let response = service.oneshot(request(&fresh(BODY), Body::from(BODY))).await.unwrap();
    assert_eq!((response.status().as_u16(), calls.load(Ordering::Relaxed)), (200, 1));
}
