//! The lines of the senders' troubleshooting pages: each with a delivery or a receiver, for which the tool
//! gives the right answer first.
//!
//! A subscription that is inactive, or has no event types, can't be seen from here.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Sha256, Sha512};
use tempfile::TempDir;

use crate::{
    check,
    receivers::{Fault, SECRET, Site},
    run, tool,
};

const OTHER_SECRET: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";
const AT: &str = "1779820920";
const BODY: &str = r#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1"}}}"#;

/// What the tool says about a delivery.
struct Diagnosis {
    /// The code of the error.
    error: String,
    /// The codes of the findings, in order.
    findings: Vec<String>,
    /// The advice of the error.
    help: String,
}

/// Runs `diagnose` on a delivery that was signed with the sender's secret, by `D` as the hash.
fn diagnose<D: EagerHash>(
    signed: &str,
    received: &str,
    secret: &str,
    options: &[&str],
) -> Diagnosis {
    let place = TempDir::new().unwrap();
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<D>::new_from_slice(&key).unwrap();
    mac.update(format!("msg_1.{AT}.{signed}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let delivery = format!(
        "POST /hook HTTP/1.1\r\nsvix-id: msg_1\r\nsvix-timestamp: {AT}\r\n\
         svix-signature: v1,{signature}\r\n\r\n{received}"
    );
    fs::write(place.path().join("delivery.http"), delivery).unwrap();
    fs::write(place.path().join("senders.txt"), SECRET).unwrap();
    let ran = tool()
        .args(["diagnose", "--json", "--at", AT, "delivery.http"])
        .args(options)
        .env("PIVOTAL_WEBHOOK_SECRET", secret)
        .current_dir(&place)
        .output()
        .unwrap();
    let result: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = result["findings"].as_array().unwrap();
    Diagnosis {
        error: text(&result["error"]["code"]),
        findings: findings.iter().map(|finding| text(&finding["code"])).collect(),
        help: text(&result["error"]["help"]),
    }
}

/// The name of the first row that failed, and why.
fn first_failure(site: &Site, options: &[&str]) -> (String, String) {
    let card = check(site, options);
    let row = card.rows.iter().find(|row| row["result"] == "failed").unwrap();
    (row["row"].as_str().unwrap().to_owned(), row["reason"].as_str().unwrap().to_owned())
}

#[test]
fn the_secret_is_wrong() {
    let with = |secret: &str, options: &[&str]| diagnose::<Sha256>(BODY, BODY, secret, options);
    for (secret, options, finding) in [
        (OTHER_SECRET, &["--other-secret-file", "senders.txt"][..], "secret_of_other_endpoint"),
        (OTHER_SECRET, &["--previous-secret-file", "senders.txt"], "secret_rotated"),
        (&format!("\"{SECRET}\""), &[], "secret_quoted"),
        (&SECRET.replace("KYq", " KYq"), &[], "secret_whitespace"),
        ("pivotal_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &[], "secret_api_key"),
        ("changeme", &[], "secret_placeholder"),
    ] {
        assert_eq!(with(secret, options).findings[0], finding, "{secret}");
    }
    // Nothing is known about the right secret, so that nothing but the error can name the cause.
    let unknown = with(OTHER_SECRET, &[]);
    assert_eq!((unknown.error.as_str(), unknown.findings.len()), ("signature_mismatch", 0));
    assert!(unknown.help.starts_with("check that the secret belongs to this endpoint"));

    let receiver = Site::with(Fault::HasOtherSecret);
    let (row, why) = first_failure(&receiver, &["--only", "genuine", "--only", "rotation"]);
    assert_eq!((row.as_str(), why.as_str()), ("genuine/svix", "the answer is 401, not 2xx"));
}

#[test]
fn a_parsed_body_is_verified_instead_of_the_raw_one() {
    let value: Value = serde_json::from_str(BODY).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let spaced = BODY.replace("\":", "\": ").replace(",\"", ", \"");
    for (received, finding) in [
        (spaced.as_str(), "body_json_spacing"),
        (&pretty, "body_json_spacing"),
        (&serde_json::to_string(BODY).unwrap(), "body_json_string"),
        ("", "body_empty"),
    ] {
        let found = diagnose::<Sha256>(BODY, received, SECRET, &[]);
        assert_eq!(found.findings[0], finding, "{received}");
    }

    let (row, why) = first_failure(&Site::with(Fault::WritesBodyAgain), &["--only", "genuine"]);
    let expected = ("genuine/unusual-spacing", "the answer is 401, not 2xx");
    assert_eq!((row.as_str(), why.as_str()), expected);
}

#[test]
fn the_signature_is_of_another_algorithm_than_hmac_sha256() {
    let found = diagnose::<Sha512>(BODY, BODY, SECRET, &[]);
    assert_eq!(found.findings[0], "scheme_other_algorithm");
}

#[test]
fn the_receiver_gives_no_2xx_in_time() {
    let (row, why) =
        first_failure(&Site::with(Fault::AnswersLate), &["--limit", "1", "--only", "genuine/ping"]);
    assert_eq!(row, "genuine/ping");
    assert!(why.ends_with("and the sender waits 1 s"), "{why}");

    let (row, why) = first_failure(&Site::with(Fault::KnowsFewTypes), &["--only", "genuine"]);
    assert_eq!(
        (row.as_str(), why.as_str()),
        ("genuine/unknown-type", "the answer is 500, not 2xx")
    );
}

#[test]
fn the_endpoint_is_not_reachable() {
    // Nothing listens on the port of a listener that is gone.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = run(&[&format!("http://{free}/hook")]);
    let text = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(11));
    assert!(text.starts_with(&format!("error: nothing accepts connections at `{free}`")), "{text}");

    let ran = run(&["--json", "--only", "genuine/ping", &Site::right().url("/other-path")]);
    let row: Value =
        serde_json::from_slice(ran.stdout.split(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!(
        (ran.status.code(), &row["reason"]),
        (Some(12), &"the answer is 404, not 2xx".into())
    );
}
