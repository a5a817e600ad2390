//! `sign`: what it writes is read by the other commands, and by a receiver.

use pivotal_webhooks::Webhook;
use serde_json::Value;

use crate::tool::{Place, SECRET};

const NOW: &str = "2026-05-26T18:42:00Z";

#[test]
fn every_listed_event_is_signed_in_every_scheme_of_its_sender() {
    let place = Place::new();
    for entry in place.run(&["events", "--json"]).objects() {
        let name = entry["type"].as_str().unwrap();
        let sender = entry["sender"].as_str().unwrap();
        let schemes: &[&str] = if sender == "pivot" { &["pivot"] } else { &["svix", "pivotal"] };
        for scheme in schemes {
            let signed = place.run(&["sign", name, "--scheme", scheme, "--at", NOW]);
            assert_eq!(signed.exit, 0, "{}", signed.stderr);
            place.write("signed.http", &signed.stdout);
            let verify = ["verify", "--json", "--sender", sender, "--at", NOW, "signed.http"];
            let object = place.run(&verify).object();
            assert_eq!(object["verdict"], "accepted");
            assert_eq!(object["event"]["type"], name);
            assert_eq!(object["scheme"], *scheme);
        }
    }
}

#[test]
fn each_form_is_read_again() {
    let place = Place::new();
    for (options, form) in [
        (&["--as", "http"][..], "http"),
        (&["--as", "curl", "--to", "http://127.0.0.1:1/x?y=z"], "curl"),
        (&["--json"], "json"),
        (&["--json", "--unbranded"], "json"),
    ] {
        let signed = place.run(&[&["sign", "contact.created", "--at", NOW], options].concat());
        place.write("signed", signed.stdout);
        let object = place.run(&["verify", "--json", "--at", NOW, "signed"]).object();
        assert_eq!((&object["verdict"], &object["form"]), (&"accepted".into(), &form.into()));
    }
    let headers = place.run(&["sign", "contact.created", "--as", "headers", "--unbranded"]).stdout;
    assert!(headers.contains("\nwebhook-id: msg_") && !headers.contains("svix"), "{headers}");
}

#[test]
fn a_signed_body_is_that_of_the_file() {
    let place = Place::new();
    let body = b"\xff\x00 not text";
    place.write("body", body);
    let signed = place.run(&["sign", "--json", "--body", "body", "--at", NOW, "--id", "msg_7"]);
    let delivery: Value = signed.object();
    let headers = delivery["headers"].as_object().unwrap();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let webhook = Webhook::new(SECRET).unwrap();
    let at = pivotal_webhooks::UnixTime::from_secs(1_779_820_920);
    let verified = webhook.verify_signature_at(body, headers, at).unwrap();
    assert_eq!(verified.id(), Some("msg_7"));
}

#[test]
fn faults_are_refused_for_their_reason_and_a_rotation_is_accepted() {
    let place = Place::new();
    let verdict = |options: &[&str], sender: &str, event: &str| {
        let signed = place.run(&[&["sign", event, "--at", NOW], options].concat());
        place.write("signed.http", &signed.stdout);
        place.run(&["verify", "--sender", sender, "--at", NOW, "signed.http"]).exit
    };
    let at_risk = "customer.at_risk";
    for scheme in ["svix", "pivotal"] {
        assert_eq!(verdict(&["--scheme", scheme, "--tamper"], "pivotal", at_risk), 7);
        assert_eq!(verdict(&["--scheme", scheme, "--stale"], "pivotal", at_risk), 8);
        assert_eq!(verdict(&["--scheme", scheme, "--rotate"], "pivotal", at_risk), 0);
    }
    assert_eq!(verdict(&["--tamper"], "pivot", "message_sent"), 7);
    assert_eq!(place.run(&["sign", "message_sent", "--rotate"]).exit, 2);
    let stale = place.run(&["sign", "message_sent", "--stale", "--at", NOW]).stdout;
    place.write("signed.http", stale);
    let verify = ["verify", "--sender", "pivot", "--at", NOW, "signed.http"];
    assert_eq!(place.run(&verify).exit, 0);
    assert_eq!(place.run(&[&verify[..], &["--max-event-age", "31536000"]].concat()).exit, 8);
}

#[test]
fn each_event_has_an_id_of_its_own_and_the_time_of_its_signature() {
    let place = Place::new();
    let signed = || {
        let signed = place.run(&["sign", "customer.at_risk", "--json", "--at", NOW]).object();
        serde_json::from_str::<Value>(signed["body"].as_str().unwrap()).unwrap()
    };
    let (one, two) = (signed(), signed());
    assert_ne!(one["id"], two["id"]);
    assert_eq!(one["created_at"], NOW);
}
