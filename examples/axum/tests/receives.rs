//! Starts the receiver as its README says, and sends deliveries over a real socket.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use pivotal_webhooks::{Scheme, UnixTime, Webhook};
use serde_json::{Value, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PREVIOUS: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";
const PIVOT_SECRET: &str = "a-secret-of-a-pivot-endpoint";
const BODY: &[u8] = br#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1","name":"Acme","health_score":38}}}"#;
const MESSAGE: &[u8] =
    br#"{"eventType":"message_sent","data":{"messageId":"m1","roomId":"r1","status":"SENT"}}"#;

struct Receiver {
    child: Child,
    log: BufReader<ChildStdout>,
    port: u16,
}

impl Receiver {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_example-axum"))
            .env("PORT", port.to_string())
            .env("PIVOTAL_WEBHOOK_SECRET", SECRET)
            .env("PIVOTAL_WEBHOOK_SECRET_PREVIOUS", PREVIOUS)
            .env("PIVOT_WEBHOOK_SECRET", PIVOT_SECRET)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stdout.take().unwrap());
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "the receiver has ended");
            thread::sleep(Duration::from_millis(10));
        }
        Self { child, log, port }
    }

    fn post(&mut self, path: &str, headers: &[(&str, String)], body: &[u8]) -> (u16, String) {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.post(format!("http://127.0.0.1:{}{path}", self.port));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = request.send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    fn logged(&mut self) -> Value {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Signs at this machine's time, which is the receiver's too. The receiver accepts it for 300 s, and each
/// test sends it at once or expects a refusal that comes before the time is checked.
fn signed(webhook: &Webhook, scheme: Scheme, body: &[u8]) -> Vec<(&'static str, String)> {
    let signed = webhook.sign(Some(scheme), "msg_1", UnixTime::now().unwrap(), body).unwrap();
    signed.headers().map(|(name, value)| (name, value.to_owned())).collect()
}

#[test]
fn genuine_deliveries_are_accepted_and_the_rest_is_refused() {
    let mut receiver = Receiver::start();
    let (current, previous) = (Webhook::new(SECRET).unwrap(), Webhook::new(PREVIOUS).unwrap());
    let pivot = Webhook::pivot(PIVOT_SECRET).unwrap();
    let pivotal_path = "/webhooks/pivotal";

    let customer = json!({ "id": "cus_1", "name": "Acme", "health_score": 38 });
    let at_risk = ("customer.at_risk", Some("evt_1"), &customer);
    let message = json!({ "message_id": "m1", "room_id": "r1", "status": "SENT" });
    let message = ("message_sent", None, &message);
    for (webhook, scheme, path, body, expected) in [
        (&current, Scheme::Svix, pivotal_path, BODY, at_risk),
        (&current, Scheme::Pivotal, pivotal_path, BODY, at_risk),
        (&previous, Scheme::Svix, pivotal_path, BODY, at_risk),
        (&pivot, Scheme::Pivot, "/webhooks/pivot", MESSAGE, message),
    ] {
        let answer = receiver.post(path, &signed(webhook, scheme, body), body);
        assert_eq!(answer, (200, "ok".to_owned()));
        let (kind, id, record) = expected;
        let entry = json!({ "webhook": "accepted", "scheme": scheme.as_str(), "type": kind, "id": id, "record": record });
        assert_eq!(receiver.logged(), entry);
    }

    let genuine = signed(&current, Scheme::Svix, BODY);
    let twice: Vec<_> = genuine.iter().cloned().chain([("svix-id", "msg_2".to_owned())]).collect();
    let long = vec![b' '; 1024 * 1024 + 1];
    let mut refuse = |headers: &[(&str, String)], body: &[u8], (status, text), code: &str| {
        let answer = receiver.post(pivotal_path, headers, body);
        assert_eq!(answer, (status, String::from(text)));
        assert_eq!(receiver.logged(), json!({ "webhook": "refused", "code": code }));
    };
    let not_authentic = (401, "invalid signature");
    refuse(&genuine, b"{}", not_authentic, "signature_mismatch");
    refuse(&[], BODY, not_authentic, "header_missing");
    refuse(&twice, BODY, not_authentic, "header_duplicated");
    let no_json = signed(&current, Scheme::Svix, b"no");
    refuse(&no_json, b"no", (400, "invalid payload"), "payload_malformed");
    let no_event = signed(&current, Scheme::Svix, b"{}");
    refuse(&no_event, b"{}", (400, "invalid payload"), "event_malformed");
    let too_long = signed(&current, Scheme::Svix, &long);
    refuse(&too_long, &long, (413, "payload too large"), "payload_too_large");

    let got = ureq::get(format!("http://127.0.0.1:{}{pivotal_path}", receiver.port)).call();
    assert!(matches!(got, Err(ureq::Error::StatusCode(405))));
}
