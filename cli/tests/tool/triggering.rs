//! `trigger`: what a receiver gets, and what the tool says about its answers.

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use pivotal_webhooks::Webhook;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::tool::{Place, SECRET};

/// A receiver that verifies deliveries. The first attempts fail.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Value>>>,
}

#[derive(Clone)]
struct Site {
    failing: usize,
    received: Arc<Mutex<Vec<Value>>>,
}

async fn receive(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let webhook = if headers.contains_key("x-pivot-signature") {
        Webhook::pivot(SECRET).unwrap()
    } else {
        Webhook::new(SECRET).unwrap()
    };
    if webhook.unwrap(&body, pairs).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let mut received = site.received.lock().unwrap();
    received.push(serde_json::from_slice(&body).unwrap());
    if received.len() <= site.failing { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

impl Receiver {
    fn failing(failing: usize) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let site = Site { failing, received: received.clone() };
        let (send, address) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new().route("/hook", post(receive)).with_state(site);
                axum::serve(listener, router).await.unwrap();
            });
        });
        let url = format!("http://{}/hook", address.recv().unwrap());
        Self { url, received }
    }

    fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

#[test]
fn a_genuine_delivery_is_accepted_in_every_scheme_and_one_with_a_fault_is_refused() {
    let place = Place::new();
    let receiver = Receiver::failing(0);
    for (event, scheme) in
        [("customer.at_risk", "svix"), ("task.completed", "pivotal"), ("message_sent", "pivot")]
    {
        let trigger = ["trigger", event, "--json", "--scheme", scheme, "--to", &receiver.url];
        let ran = place.run(&trigger);
        assert_eq!(ran.exit, 0, "{}", ran.all());
        assert_eq!(
            (&ran.object()["status"], &ran.object()["as_expected"]),
            (&200.into(), &true.into())
        );
        let tampered = place.run(&[&trigger[..], &["--tamper"]].concat());
        assert_eq!((tampered.exit, &tampered.object()["status"]), (0, &401.into()));
    }
    let count = receiver.count();
    let to = &receiver.url;
    let ran = place.run(&["trigger", "customer.at_risk", "--stale", "--to", to]);
    assert_eq!((ran.exit, receiver.count()), (0, count), "{}", ran.all());
    for options in [&["--rotate"][..], &["--unbranded"]] {
        let ran = place.run(&[&["trigger", "customer.at_risk", "--to", to], options].concat());
        assert_eq!(ran.exit, 0, "{}", ran.all());
    }
}

#[test]
fn a_duplicate_is_the_same_delivery() {
    let place = Place::new();
    let receiver = Receiver::failing(0);
    let ran = place.run(&["trigger", "customer.at_risk", "--duplicate", "--to", &receiver.url]);
    assert_eq!((ran.exit, ran.stdout.matches("200").count()), (0, 2), "{}", ran.all());
    let received = receiver.received.lock().unwrap();
    assert_eq!((received.len(), &received[0]), (2, &received[1]));
}

#[test]
fn a_schedule_ends_with_the_first_answer_of_2xx() {
    let place = Place::new();
    let receiver = Receiver::failing(3);
    let trigger = ["trigger", "--json", "--schedule", "--speed", "1000000", "customer.at_risk"];
    let ran = place.run(&[&trigger[..], &["--to", &receiver.url]].concat());
    let moments: Vec<_> =
        ran.objects().iter().map(|object| object["schedule_seconds"].as_u64().unwrap()).collect();
    assert_eq!((ran.exit, &moments[..]), (0, &[0, 5, 305, 2_105][..]));
    let received = receiver.received.lock().unwrap();
    assert!(received.iter().all(|event| event["id"] == received[0]["id"]));
}

#[test]
fn a_schedule_that_never_succeeds_has_all_attempts() {
    let place = Place::new();
    let receiver = Receiver::failing(100);
    for (event, attempts) in [("customer.at_risk", 8), ("message_sent", 6)] {
        let ran = place.run(&[
            "trigger",
            "--json",
            "--schedule",
            "--speed",
            "1000000",
            event,
            "--to",
            &receiver.url,
        ]);
        assert_eq!((ran.exit, ran.objects().len()), (12, attempts));
    }
}

#[test]
fn a_target_without_an_answer_and_one_that_is_elsewhere() {
    let place = Place::new();
    // Nothing listens on the port of a listener that is gone.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let trigger = |to: &str| place.run(&["trigger", "--json", "customer.at_risk", "--to", to]);
    assert_eq!(trigger(&format!("http://{free}/")).exit, 11);
    let elsewhere = trigger("http://192.0.2.1/");
    assert_eq!((elsewhere.exit, &elsewhere.error()["kind"]), (10, &"target".into()));
    assert!(elsewhere.error()["help"].as_str().unwrap().contains("--i-own-this-endpoint"));
    assert_eq!(trigger("ftp://127.0.0.1/").exit, 2);
}

#[test]
fn a_receiver_that_accepts_a_forgery_or_refuses_a_genuine_delivery_exits_with_12() {
    let place = Place::new();
    let receiver = Receiver::failing(0);
    let wrong = [("PIVOTAL_WEBHOOK_SECRET", crate::tool::OTHER_SECRET)];
    let trigger = ["trigger", "customer.at_risk", "--to", &receiver.url];
    let ran = place.run_with(&wrong, &trigger, "");
    assert_eq!(ran.exit, 12);
    assert!(ran.stdout.contains("it must be accepted"), "{}", ran.stdout);
}
