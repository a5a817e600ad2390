//! Checks that the core makes the errors that the project's README quotes.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use pivotal_webhooks::{Error, UnixTime, Webhook};

const README: &str = include_str!("../../README.md");

#[test]
fn the_quoted_errors_are_what_a_receiver_gets() {
    let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let body = br#"{"test": 2432232314}"#;
    let headers = [
        ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("svix-timestamp", "1614265330"),
        ("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let later = UnixTime::from_secs(1_614_265_330 + 422);
    let written_again = webhook.verify_at(br#"{"test":2432232314}"#, headers, later).unwrap_err();
    let late = webhook.verify_at(body, headers, later).unwrap_err();

    let quotes: Vec<&str> =
        README.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let no_event = br#"{"id":"evt_1","type":"t","data":{"previous_attributes":[]}}"#;
    let signed = webhook.sign(None, "msg_1", later, no_event).unwrap();
    let no_event = webhook.unwrap_at(no_event, signed.headers(), later).unwrap_err();
    let errors = [&written_again, &late, &no_event].map(quote);
    assert!(!quotes.is_empty());
    for quoted in quotes {
        assert!(errors.iter().any(|error| error == quoted), "{quoted} is none of {errors:?}");
    }
}

fn quote(error: &Error) -> String {
    let mut text = String::new();
    writeln!(text, "code     {}", error.code()).unwrap();
    writeln!(text, "message  {error}").unwrap();
    writeln!(text, "help     {}; see {}", error.help(), error.code().docs()).unwrap();
    writeln!(text, "status   {}", error.status()).unwrap();
    if let Some(header) = error.header() {
        writeln!(text, "header   {header}").unwrap();
    }
    if let (Some(path), Some(reason)) = (error.path(), error.reason()) {
        writeln!(text, "path     {path}\nreason   {reason}").unwrap();
    }
    if let (Some(skew), Some(tolerance)) = (error.skew(), error.tolerance()) {
        writeln!(text, "skew     {skew}, of {tolerance}").unwrap();
    }
    text
}
