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

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &[u8] = br#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1"}}}"#;

struct Receiver {
    child: Child,
    output: BufReader<ChildStdout>,
    port: u16,
}

impl Receiver {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_example-axum"))
            .env("PORT", port.to_string())
            .env("PIVOTAL_WEBHOOK_SECRET", SECRET)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "the receiver has ended");
            thread::sleep(Duration::from_millis(10));
        }
        Self { child, output, port }
    }

    fn post(&self, headers: &[(&str, String)], body: &[u8]) -> (u16, String) {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.post(format!("http://127.0.0.1:{}/webhooks/pivotal", self.port));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = request.send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Signs at this machine's time, which is the receiver's too. The receiver accepts it for 300 s, and the
/// test sends it at once.
fn signed(scheme: Scheme, body: &[u8]) -> Vec<(&'static str, String)> {
    let webhook = Webhook::new(SECRET).unwrap();
    let signed = webhook.sign(Some(scheme), "msg_1", UnixTime::now().unwrap(), body).unwrap();
    signed.headers().map(|(name, value)| (name, value.to_owned())).collect()
}

#[test]
fn genuine_deliveries_are_accepted_and_the_rest_is_refused() {
    let mut receiver = Receiver::start();
    for scheme in [Scheme::Svix, Scheme::Pivotal] {
        assert_eq!(receiver.post(&signed(scheme, BODY), BODY), (200, "ok".to_owned()));
        let logged = receiver.line();
        assert!(logged.contains(" INFO pivotal_webhooks: webhook accepted "), "{logged}");
        assert!(logged.contains(&format!("scheme=\"{scheme}\"")), "{logged}");
        assert_eq!(receiver.line(), "customer.at_risk evt_1\n");
    }
    for (headers, body, status, code) in [
        (signed(Scheme::Svix, BODY), &b"{}"[..], 401, "signature_mismatch"),
        (Vec::new(), BODY, 401, "header_missing"),
        (signed(Scheme::Svix, b"no"), b"no", 400, "payload_malformed"),
    ] {
        assert_eq!(receiver.post(&headers, body).0, status);
        let logged = receiver.line();
        let title = format!(" WARN pivotal_webhooks: webhook refused ({code}) ");
        assert!(logged.contains(&title), "{logged}");
    }
    let got = ureq::get(format!("http://127.0.0.1:{}/webhooks/pivotal", receiver.port)).call();
    assert!(matches!(got, Err(ureq::Error::StatusCode(405))));
}
