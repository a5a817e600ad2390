//! The exit codes, and that no output has a secret or a signature that the sender did not send.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pivotal_webhooks::Scheme;
use pivotal_webhooks_test_vectors::{Action, Case as Vector, Expect, load, traces::leak};

use crate::{
    delivery::{AT, BODY, Delivery},
    tool::{OTHER_SECRET, Place, SECRET},
};

/// A delivery, the exit code of `verify` and `diagnose` for it, the code of the core, and the finding that
/// comes first.
type Case = (&'static str, String, i32, Option<&'static str>, Option<&'static str>);

fn cases() -> Vec<Case> {
    let genuine = Delivery::genuine();
    let spaced = BODY.replace("\":", "\": ").replace(",\"", ", \"");
    let duplicated = {
        let mut delivery = genuine.clone();
        delivery.headers.insert(1, ("svix-id".to_owned(), "msg_2".to_owned()));
        delivery
    };
    let typed = {
        let mut delivery = Delivery::of(Scheme::Pivotal, BODY);
        delivery.headers.push(("pivotal-event".to_owned(), "customer.created".to_owned()));
        delivery
    };
    let large = format!("{}{}", " ".repeat(1 << 20), BODY);
    vec![
        ("genuine", genuine.saved(AT), 0, None, None),
        (
            "spaced",
            genuine.clone().with_body(&spaced).saved(AT),
            7,
            Some("signature_mismatch"),
            Some("body_json_spacing"),
        ),
        (
            "another body",
            genuine.clone().with_body("{}").saved(AT),
            7,
            Some("signature_mismatch"),
            None,
        ),
        (
            "no id",
            genuine.clone().without("svix-id").saved(AT),
            6,
            Some("header_missing"),
            Some("header_dropped"),
        ),
        ("two ids", duplicated.saved(AT), 6, Some("header_duplicated"), Some("header_repeated")),
        (
            "late",
            genuine.saved("2026-05-26T18:48:00Z"),
            8,
            Some("timestamp_too_old"),
            Some("clock_fast"),
        ),
        (
            "early",
            genuine.saved("2026-05-26T18:36:00Z"),
            8,
            Some("timestamp_too_new"),
            Some("clock_slow"),
        ),
        (
            "no JSON",
            Delivery::of(Scheme::Svix, "hello").saved(AT),
            9,
            Some("payload_malformed"),
            None,
        ),
        ("no event", Delivery::of(Scheme::Svix, "{}").saved(AT), 9, Some("event_malformed"), None),
        ("another type", typed.saved(AT), 9, Some("event_type_mismatch"), None),
        (
            "too long",
            Delivery::of(Scheme::Svix, BODY).with_body(&large).saved(AT),
            9,
            Some("payload_too_large"),
            None,
        ),
    ]
}

/// The secrets that no webhook accepts, of every vector about one.
#[test]
fn no_output_shows_a_secret_that_is_refused() {
    let place = Place::new();
    place.write("delivery.http", Delivery::genuine().saved(AT));
    let is_refused = |case: &Vector| matches!(case.expect, Expect::Error(_));
    let mut secrets: Vec<String> = load()
        .into_iter()
        .filter(|case| case.action == Action::Construct && is_refused(case))
        .flat_map(|case| case.webhook.secrets)
        .map(|secret| secret.secret)
        // The other ones can't be in a variable of the environment.
        .filter(|secret| !secret.contains('\0') && secret.len() < 10_000)
        .collect();
    secrets.sort();
    secrets.dedup();
    assert!(secrets.len() > 30, "{}", secrets.len());
    for secret in &secrets {
        let variables = [("PIVOTAL_WEBHOOK_SECRET", secret.as_str())];
        for arguments in [
            &["verify", "delivery.http"][..],
            &["verify", "--json", "delivery.http"],
            &["diagnose", "delivery.http"],
            &["sign", "customer.at_risk"],
        ] {
            let printed = place.run_with(&variables, arguments, "").all();
            let shown = leak(secret, &printed);
            assert_eq!(shown, None, "{arguments:?} with {secret:?}:\n{printed}");
        }
    }
}

/// Texts that must not be in any output: secrets, keys, and what a receiver computes.
fn assert_quiet(output: &str, name: &str) {
    let bytes = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = String::from_utf8(bytes).unwrap();
    let mut hidden = vec![SECRET.trim_start_matches("whsec_").to_owned(), key, hex];
    hidden.push(OTHER_SECRET.trim_start_matches("whsec_").to_owned());
    for scheme in [Scheme::Svix, Scheme::Pivotal, Scheme::Pivot] {
        for body in [BODY, "{}", "hello"] {
            let delivery = Delivery::of(scheme, body);
            let signature = delivery.signature();
            let value =
                signature.rsplit([',', '=']).find(|part| part.len() > 40).unwrap_or(signature);
            hidden.push(value.to_owned());
        }
    }
    for text in hidden {
        assert!(!output.contains(&text), "{name} prints {text}:\n{output}");
    }
    for secret in [SECRET, OTHER_SECRET] {
        assert_eq!(leak(secret, output), None, "{name}:\n{output}");
    }
}

#[test]
fn verify_and_diagnose_exit_with_the_kind_of_error() {
    for (name, delivery, exit, code, finding) in cases() {
        let place = Place::new();
        place.write("delivery.http", delivery);
        for command in ["verify", "diagnose"] {
            let text = place.run(&[command, "delivery.http"]);
            let json = place.run(&[command, "--json", "delivery.http"]);
            assert_eq!((text.exit, json.exit), (exit, exit), "{name}: {}", text.all());
            assert_eq!(json.object()["error"]["code"].as_str(), code, "{name}");
            assert!(code.is_none_or(|code| text.stdout.contains(code)), "{}", text.stdout);
            assert_eq!(text.stderr, "");
            assert_quiet(&text.all(), name);
            assert_quiet(&json.all(), name);
            if command == "diagnose" {
                let first = json.object()["findings"][0]["code"].clone();
                assert_eq!(first.as_str(), finding, "{name}: {}", text.stdout);
                let none = text.stdout.contains("no known accident fits");
                assert_eq!(none, finding.is_none() && exit != 0, "{}", text.stdout);
            }
        }
    }
}

#[test]
fn errors_and_findings_name_their_section_of_the_documentation() {
    let page = include_str!("../../../docs/troubleshooting.md");
    let section = |code: &str| {
        assert!(page.contains(&format!("\n### `{code}`\n")), "{code}");
        format!("docs/troubleshooting.md#{code}")
    };
    for (name, delivery, _, code, finding) in cases() {
        let Some(code) = code else { continue };
        let place = Place::new();
        place.write("delivery.http", delivery);
        let result = place.run(&["diagnose", "--json", "delivery.http"]).object();
        assert_eq!(result["error"]["docs"], section(code), "{name}");
        let text = place.run(&["diagnose", "delivery.http"]).stdout;
        assert!(text.contains(&section(finding.unwrap_or(code))), "{text}");
    }
    let weak = [("PIVOTAL_WEBHOOK_SECRET", "changeme")];
    let place = Place::new();
    let ran = place.run_with(&weak, &["sign", "customer.at_risk"], "");
    assert!(
        ran.stderr.ends_with("\ndocs: docs/troubleshooting.md#secret_weak\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_diagnosis_tries_the_secrets_of_other_endpoints_and_of_rotations() {
    let place = Place::new();
    place.write("delivery.http", Delivery::genuine().saved(AT));
    place.write("right.txt", SECRET);
    for (option, code) in [
        ("--other-secret-file", "secret_of_other_endpoint"),
        ("--previous-secret-file", "secret_rotated"),
    ] {
        let ran = place.run_with(
            &[("PIVOTAL_WEBHOOK_SECRET", OTHER_SECRET)],
            &["diagnose", "--json", option, "right.txt", "delivery.http"],
            "",
        );
        assert_eq!(ran.exit, 7);
        assert_eq!(ran.object()["findings"][0]["code"], code);
        assert_quiet(&ran.all(), option);
    }
}

#[test]
fn a_diagnosis_explains_a_secret_that_no_webhook_accepts() {
    let place = Place::new();
    place.write("delivery.http", Delivery::genuine().saved(AT));
    let quoted = format!("\"{SECRET}\"");
    let ran = place.run_with(
        &[("PIVOTAL_WEBHOOK_SECRET", &quoted)],
        &["diagnose", "--json", "delivery.http"],
        "",
    );
    assert_eq!(ran.exit, 3);
    assert_eq!(ran.object()["findings"][0]["code"], "secret_quoted");
    assert_quiet(&ran.all(), "a quoted secret");
}

#[test]
fn the_endpoint_has_options() {
    let place = Place::new();
    let verify = |delivery: &Delivery, options: &[&str]| {
        place.write("delivery.http", delivery.saved("2026-05-26T18:48:00Z"));
        place.run(&[&["verify", "delivery.http"], options].concat())
    };
    let genuine = Delivery::genuine();
    assert_eq!(verify(&genuine, &[]).exit, 8);
    assert_eq!(verify(&genuine, &["--tolerance", "360"]).exit, 0);
    assert_eq!(verify(&genuine, &["--tolerance", "359"]).exit, 8);
    assert_eq!(verify(&genuine, &["--any-age"]).exit, 0);
    assert_eq!(verify(&genuine, &["--at", AT]).exit, 0);
    assert_eq!(verify(&genuine, &["--at", "1779820920"]).exit, 0);
    assert_eq!(verify(&genuine, &["--any-age", "--scheme", "pivotal"]).exit, 6);
    assert_eq!(verify(&genuine, &["--any-age", "--max-body", "10"]).exit, 9);
    assert_eq!(verify(&genuine, &["--tolerance", "3601"]).exit, 3);
    assert_eq!(verify(&genuine, &["--sender", "pivot", "--scheme", "svix"]).exit, 3);
    let pivot = Delivery::of(Scheme::Pivot, BODY);
    assert_eq!(verify(&pivot, &["--scheme", "pivot", "--expect", "json"]).exit, 0);
    assert_eq!(verify(&pivot, &["--sender", "pivot", "--expect", "any"]).exit, 0);
    assert_eq!(verify(&pivot, &["--sender", "pivot"]).exit, 9);
    let bytes = Delivery::of(Scheme::Svix, "hello");
    assert_eq!(verify(&bytes, &["--any-age", "--expect", "any"]).exit, 0);
    assert_eq!(verify(&bytes, &["--any-age", "--expect", "json"]).exit, 9);
}

#[test]
fn advice_names_the_options_of_the_tool() {
    let place = Place::new();
    place.write("delivery.http", Delivery::genuine().saved(AT));
    let secret = [("PIVOTAL_WEBHOOK_SECRET", "not base64 but long enough!")];
    let ran = place.run_with(&secret, &["verify", "delivery.http"], "");
    assert_eq!(ran.exit, 3);
    let secret = [("PIVOTAL_WEBHOOK_SECRET", "not-base64-but-long-enough")];
    let ran = place.run_with(&secret, &["verify", "delivery.http"], "");
    assert!(ran.stderr.contains("`--key text`"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("not-base64"));
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let place = Place::new();
    for arguments in [
        &["nonsense"][..],
        &[],
        &["verify", "--nonsense"],
        &["verify", "--at", "yesterday", "x"],
        &["verify", "-H", "a: b", "file"],
        &["events", "customer.nonsense"],
        &["sign"],
    ] {
        assert_eq!(place.run(arguments).exit, 2, "{arguments:?}");
    }
    let ran = place.run(&["events", "--json", "customer.nonsense"]);
    assert_eq!(ran.error()["kind"], "usage");
}

#[test]
fn a_missing_file_exits_with_4() {
    let ran = Place::new().run(&["verify", "--json", "no.http"]);
    assert_eq!((ran.exit, &ran.error()["kind"]), (4, &"input".into()));
    assert_eq!(ran.error()["message"], "`no.http` can't be read: no such file or directory");
}

#[test]
fn a_reader_that_ends_early_is_no_error() {
    use std::process::{Command, Stdio};
    let mut tool = Command::new(env!("CARGO_BIN_EXE_pivotal-webhooks"))
        .arg("events")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(tool.stdout.take());
    let output = tool.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_exits_with_5() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_pivotal-webhooks"))
        .arg("events")
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(5));
}
