//! Runs `listen` and `resend` with real deliveries over loopback.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread,
};

use pivotal_webhooks::{Scheme, UnixTime, Webhook};
use serde_json::Value;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str =
    r#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1","name":"Zoë"}}}"#;

fn tool() -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_pivotal-webhooks"));
    tool.env("PIVOTAL_WEBHOOK_SECRET", SECRET);
    tool
}

fn run(arguments: &[&str]) -> Output {
    tool().args(arguments).output().unwrap()
}

fn json(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A running `listen`.
struct Listening {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Listening {
    fn start(options: &[&str]) -> Self {
        let mut tool = tool();
        tool.args(["listen", "--port", "0", "--json"]).args(options).stdout(Stdio::piped());
        let mut child = tool.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut listening = Self { child, output, address: String::new() };
        let url = listening.line()["listening"].as_str().unwrap().to_owned();
        listening.address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        listening
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Sends a request, and returns the status and the body of the answer.
    fn send(&self, method: &str, headers: &[(String, String)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut head = format!("{method} /hook?a=b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        head += &format!("content-length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().unwrap();
    }
}

fn signed(scheme: Scheme, at: UnixTime, body: &str) -> Vec<(String, String)> {
    let webhook = Webhook::new(SECRET).unwrap();
    let signed = webhook.sign(Some(scheme), "msg_1", at, body.as_bytes()).unwrap();
    signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn now() -> UnixTime {
    UnixTime::now().unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort_by_key(|file| file.rsplit("Z-").next().unwrap().to_owned());
    files
}

#[test]
fn deliveries_are_verified_and_shown() {
    let mut listening = Listening::start(&[]);
    for scheme in [Scheme::Svix, Scheme::Pivotal] {
        assert_eq!(listening.send("POST", &signed(scheme, now(), BODY), BODY), (200, "ok".into()));
        let shown = listening.line();
        assert_eq!(
            (&shown["verdict"], &shown["scheme"]),
            (&"accepted".into(), &scheme.as_str().into())
        );
        assert_eq!(shown["event"]["id"], "evt_1");
        assert_eq!(shown["body"]["data"]["object"]["name"], "Zoë");
        assert_eq!(shown.get("findings"), Some(&Value::Array(vec![])));
    }
    // The body was parsed and written again.
    let spaced = BODY.replace("\":", "\": ").replace(",\"", ", \"");
    let headers = signed(Scheme::Svix, now(), BODY);
    assert_eq!(listening.send("POST", &headers, &spaced), (401, "invalid signature".into()));
    let shown = listening.line();
    assert_eq!(shown["error"]["code"], "signature_mismatch");
    assert_eq!(shown["findings"][0]["code"], "body_json_spacing");
    assert_eq!(shown.get("body"), None);

    let late = signed(Scheme::Svix, UnixTime::from_secs(now().as_secs() - 900), BODY);
    assert_eq!(listening.send("POST", &late, BODY).0, 401);
    assert_eq!(listening.line()["error"]["code"], "timestamp_too_old");

    let mut compressed = signed(Scheme::Svix, now(), BODY);
    compressed.push(("content-encoding".into(), "gzip".into()));
    assert_eq!(listening.send("POST", &compressed, BODY).0, 401);
    assert_eq!(listening.line()["error"]["header"], "content-encoding");

    let long = BODY.replace("Zoë", &"x".repeat(1024 * 1024));
    assert_eq!(listening.send("POST", &signed(Scheme::Svix, now(), &long), &long).0, 413);
    assert_eq!(listening.line()["error"]["code"], "payload_too_large");
    assert_eq!(listening.send("GET", &[], "").0, 405);
}

#[test]
fn deliveries_are_saved_as_the_other_commands_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("new/deliveries");
    let options = ["--save", saved.to_str().unwrap(), "--count", "3"];
    let mut listening = Listening::start(&options);
    listening.send("POST", &signed(Scheme::Svix, now(), BODY), BODY);
    listening.send("POST", &signed(Scheme::Svix, now(), BODY), &format!("{BODY}\n"));
    listening.send("POST", &signed(Scheme::Pivotal, now(), BODY), BODY);
    let shown: Vec<_> = (0..3).map(|_| listening.line()).collect();
    assert_eq!(listening.child.wait().unwrap().code(), Some(0));

    let files = files(&saved);
    let listed: Vec<_> = shown.iter().map(|line| line["saved"].as_str().unwrap()).collect();
    assert_eq!(listed, files);
    assert!(files[0].ends_with("-0001-customer.at_risk.http"), "{files:?}");
    assert!(files[1].ends_with("-0002-refused-signature_mismatch.http"), "{files:?}");

    let all: Vec<_> = files.iter().map(String::as_str).collect();
    let verified = run(&[&["verify", "--json"], &all[..]].concat());
    let verdicts: Vec<_> = json(&verified).iter().map(|line| line["verdict"].clone()).collect();
    assert_eq!(verdicts, ["accepted", "refused", "accepted"]);
    let diagnosed = json(&run(&["diagnose", "--json", all[1]]));
    assert_eq!(diagnosed[0]["findings"][0]["code"], shown[1]["findings"][0]["code"]);

    let mut again = Listening::start(&[]);
    let to = format!("http://{}/again", again.address);
    let sent = run(&[&["resend", "--json", "--to", &to], &all[..]].concat());
    let statuses: Vec<_> = json(&sent).iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, [200, 401, 200]);
    assert_eq!(sent.status.code(), Some(12));
    for before in &shown {
        let after = again.line();
        assert_eq!(after["delivery_id"], before["delivery_id"]);
        assert_eq!(after["signed_at"], before["signed_at"]);
        assert_eq!(after["error"]["code"], before["error"]["code"]);
    }
}

#[test]
fn an_old_delivery_is_accepted_when_it_is_signed_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.http");
    let mut listening = Listening::start(&[]);
    let to = format!("http://{}/", listening.address);
    let file_name = file.to_str().unwrap();
    let then = UnixTime::from_secs(1_750_000_000);
    for (scheme, from, into) in [
        (Scheme::Svix, "svix-", "svix-"),
        (Scheme::Svix, "svix-", "webhook-"),
        (Scheme::Pivotal, "", ""),
    ] {
        let lines = signed(scheme, then, BODY).into_iter();
        let lines: String = lines
            .map(|(name, value)| format!("{}: {value}\r\n", name.replace(from, into)))
            .collect();
        fs::write(&file, format!("POST /hook HTTP/1.1\r\nX-Kept: yes\r\n{lines}\r\n{BODY}"))
            .unwrap();
        let refused = run(&["resend", "--to", &to, file_name]);
        assert_eq!(refused.status.code(), Some(12));
        assert_eq!(listening.line()["error"]["code"], "timestamp_too_old");
        let note = String::from_utf8(refused.stdout).unwrap();
        assert_eq!(note.contains("--sign-again"), scheme == Scheme::Svix, "{note}");
        let sent = run(&["resend", "--to", &to, "--sign-again", file_name]);
        assert_eq!(sent.status.code(), Some(0), "{}", String::from_utf8_lossy(&sent.stderr));
        let shown = listening.line();
        assert_eq!(
            (&shown["verdict"], &shown["scheme"]),
            (&"accepted".into(), &scheme.as_str().into())
        );
        let id = (scheme == Scheme::Svix).then_some("msg_1");
        assert_eq!(shown["delivery_id"].as_str(), id);
    }
}

#[test]
fn a_delivery_is_forwarded_unchanged() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/inner?x=1", socket.local_addr().unwrap());
    let inner = thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"}}}") {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0);
            bytes.extend_from_slice(&buffer[..length]);
        }
        stream
            .write_all(b"HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 5\r\n\r\nlater")
            .unwrap();
        String::from_utf8(bytes).unwrap()
    });
    let mut listening = Listening::start(&["--forward", &to]);
    let mut headers = signed(Scheme::Svix, now(), BODY);
    headers.push(("x-twice".into(), "1".into()));
    headers.push(("x-twice".into(), "2".into()));
    let (status, body) = listening.send("POST", &headers, BODY);
    assert_eq!((status, body.as_str()), (503, "later"));
    let arrived = inner.join().unwrap();
    let (head, body) = arrived.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, BODY);
    assert!(head.starts_with("POST /inner?x=1 HTTP/1.1\r\n"), "{head}");
    for (name, value) in &headers {
        assert!(head.contains(&format!("\r\n{name}: {value}")), "{head}");
    }
    let shown = listening.line();
    assert_eq!(
        (&shown["verdict"], &shown["forwarded"]["status"]),
        (&"accepted".into(), &503.into())
    );
    // The inner receiver is gone now.
    assert_eq!(listening.send("POST", &headers, BODY).0, 502);
    assert_eq!(listening.line()["forwarded"]["failure"], "nothing accepts connections there");
}

#[test]
fn what_can_not_be_done_is_said_at_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = run(&["listen", "--port", &port]);
    assert_eq!(refused.status.code(), Some(5));
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(text.contains(&format!("port {port} can't be opened")), "{text}");
    assert_eq!(run(&["listen", "--forward", "http://192.0.2.1/"]).status.code(), Some(10));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(run(&["listen", "--save", file.to_str().unwrap()]).status.code(), Some(5));
}

#[test]
fn a_person_reads_lines() {
    let mut tool = tool();
    tool.args(["listen", "--port", "0", "--count", "2"]).stdout(Stdio::piped());
    let mut child = tool.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    let url = first.split(' ').find(|word| word.starts_with("http://")).unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches("/,").to_owned();
    // `send` needs the address alone.
    let listening = Listening { child, output, address };
    listening.send("POST", &signed(Scheme::Svix, now(), BODY), BODY);
    listening.send("POST", &signed(Scheme::Svix, now(), BODY), &format!("{BODY}\n"));
    let mut listening = listening;
    let mut text = String::new();
    listening.output.read_to_string(&mut text).unwrap();
    for part in [
        "accepted",
        "customer.at_risk",
        "\"name\": \"Zoë\"",
        "refused",
        "finding",
        "(body_newline_added)",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
