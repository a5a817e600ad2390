//! Runs `check` against receivers that are right, and against receivers with one fault each.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;

use crate::receivers::{Fault, SECRET, Site};

mod receivers;
mod tls;
mod troubleshooting;

/// Runs the tool, and returns the rows of its scorecard.
fn check(site: &Site, options: &[&str]) -> Scorecard {
    let effects = site.url("/handled");
    let output = run(&[&[&site.url("/hook"), "--json", "--effects", &effects], options].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut rows: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sums = rows.pop().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Scorecard { rows, sums, exit: output.status.code().unwrap() }
}

fn run(arguments: &[&str]) -> Output {
    tool().arg("check").args(arguments).output().unwrap()
}

fn tool() -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_pivotal-webhooks"));
    tool.env("PIVOTAL_WEBHOOK_SECRET", SECRET).env_remove("SSL_CERT_FILE");
    tool
}

struct Scorecard {
    rows: Vec<Value>,
    sums: Value,
    exit: i32,
}

impl Scorecard {
    fn names(&self, result: &str) -> Vec<&str> {
        let found = self.rows.iter().filter(|row| row["result"] == result);
        found.map(|row| row["row"].as_str().unwrap()).collect()
    }

    /// Checks that exactly the rows failed whose names pass.
    fn fails(&self, fault: Fault, is_expected: impl Fn(&str) -> bool) {
        let all = self.rows.iter().map(|row| row["row"].as_str().unwrap());
        let expected: Vec<_> = all.filter(|name| is_expected(name)).collect();
        assert!(!expected.is_empty());
        assert_eq!(self.names("failed"), expected, "{fault:?}");
        assert_eq!(self.exit, 12);
        assert_eq!(self.sums["failed"], expected.len());
    }
}

#[test]
fn the_receiver_for_axum_passes_every_row() {
    let site = Site::right();
    let card = check(&site, &[]);
    assert_eq!((card.names("failed"), card.names("skipped"), card.exit), (vec![], vec![], 0));
    assert!(card.rows.len() > 80);
    assert_eq!(card.sums["passed"], card.rows.len());
    for row in ["genuine/svix", "genuine/webhook-names", "genuine/pivotal", "genuine/ping"] {
        assert!(card.names("passed").contains(&row), "{row}");
    }
}

#[test]
fn the_receiver_of_pivots_events_passes_every_row() {
    let site = Site::of_pivot();
    let card = check(&site, &["--sender", "pivot"]);
    assert_eq!((card.names("failed"), card.names("skipped"), card.exit), (vec![], vec![], 0));
    assert!(card.names("passed").contains(&"genuine/pivot"));
    assert!(!card.names("passed").iter().any(|name| name.starts_with("stale/")));
}

/// `cargo xtask test` runs it, with the packages of both languages.
#[test]
#[ignore = "needs the packages for Python and Node"]
fn the_receivers_for_fastapi_and_express_pass_every_row() {
    for (variable, file) in [("PIVOTAL_PYTHON", "receiver.py"), ("PIVOTAL_NODE", "receiver.mjs")] {
        let card = check(&Site::of_file(variable, file), &[]);
        let failed = (card.names("failed"), card.names("skipped"), card.exit);
        assert_eq!(failed, (vec![], vec![], 0), "{file}: {:?}", card.rows);
    }
}

#[test]
fn a_receiver_without_verification_fails_every_row_about_forgeries() {
    let card = check(&Site::with(Fault::NoVerification), &[]);
    card.fails(Fault::NoVerification, |name| {
        let is_unauthentic = name.starts_with("malformed/") && !name.contains("/authentic-");
        name.starts_with("forged/") || name.starts_with("stale/") || is_unauthentic
    });
}

#[test]
fn a_fault_fails_exactly_its_rows() {
    type Expected = fn(&str) -> bool;
    let faults: [(Fault, Expected); 7] = [
        (Fault::AcceptsStale, |name| name.starts_with("stale/")),
        (Fault::FailsOnMalformed, |name| name.contains("/authentic-")),
        (Fault::LeaksSecret, |name| name == "answers/no-leak"),
        (Fault::LeaksSignature, |name| name.starts_with("answers/")),
        (Fault::TellsReasons, |name| name == "answers/refusals-alike"),
        (Fault::HandlesTwice, |name| name.ends_with("-handled-once")),
        (Fault::KnowsFewTypes, |name| name == "genuine/unknown-type"),
    ];
    for (fault, is_expected) in faults {
        check(&Site::with(fault), &[]).fails(fault, is_expected);
    }
}

#[test]
fn a_receiver_that_writes_the_body_again_is_found_out() {
    let card = check(&Site::with(Fault::WritesBodyAgain), &[]);
    card.fails(Fault::WritesBodyAgain, |name| {
        name == "genuine/unusual-spacing"
            || name.ends_with("-newline-added")
            || name.ends_with("-written-again")
    });
}

#[test]
fn a_receiver_that_answers_late_fails_by_its_latency() {
    let card = check(&Site::with(Fault::AnswersLate), &["--limit", "1", "--only", "genuine/pi"]);
    assert_eq!(card.names("failed"), ["genuine/pivotal", "genuine/ping"]);
    let reason = card.rows[0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("and the sender waits 1 s"), "{reason}");
}

#[test]
fn each_secret_of_a_rotation_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let [new, old] = ["new", "old"].map(|name| folder.path().join(name));
    fs::write(&new, SECRET).unwrap();
    fs::write(&old, "whsec_plJ3nmyCDGBKInavdOK15jsl").unwrap();
    let [new, old] = [&new, &old].map(|path| path.to_str().unwrap());
    let secrets = ["--secret-file", new, "--secret-file", old, "--only", "rotation/secret"];
    let card = check(&Site::right(), &secrets);
    assert_eq!(card.names("passed"), ["rotation/secret-1-alone"]);
    assert_eq!(card.names("failed"), ["rotation/secret-2-alone"]);
}

#[test]
fn the_scorecard_is_text_and_junit_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("check.xml");
    let site = Site::with(Fault::AcceptsStale);
    let output = run(&[&site.url("/hook"), "--only=-old", "--junit", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("FAILED  svix-a-day-old"), "{text}");
    assert!(text.contains("the answer is 200, not 4xx"), "{text}");
    assert!(text.contains("1 passed, 4 failed"), "{text}");
    let xml = fs::read_to_string(file).unwrap();
    assert!(xml.contains("tests=\"5\" failures=\"4\" skipped=\"0\""), "{xml}");
    assert!(xml.contains("<failure message=\"the answer is 200, not 4xx\"/>"), "{xml}");
}

#[test]
fn a_target_must_be_there_and_be_the_users() {
    let refused = run(&["http://192.0.2.1/hook"]);
    assert_eq!(refused.status.code(), Some(10));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--i-own-this-endpoint"));
    let site = Site::right();
    let effects = run(&[&site.url("/hook"), "--effects", "http://192.0.2.1/"]);
    assert_eq!(effects.status.code(), Some(10));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(run(&[&format!("http://127.0.0.1:{port}/")]).status.code(), Some(11));
    assert_eq!(run(&[&site.url("/hook"), "--only", "nothing"]).status.code(), Some(2));
}
