//! Passes headers in the types that Rust programs use.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap};

use pivotal_webhooks::{UnixTime, Webhook};

const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const HEADERS: [(&str, &str); 3] = [
    ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("svix-timestamp", "1614265330"),
    ("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
];

fn webhook() -> Webhook {
    Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

#[test]
fn only_the_beginning_of_a_line_that_no_scheme_accepts_is_read() {
    let refusal = |tails: [&str; 2]| {
        let mut headers = BTreeMap::new();
        for (family, tail) in ["svix", "webhook"].into_iter().zip(tails) {
            for (name, value) in HEADERS {
                let is_signature = name == "svix-signature";
                let value = if is_signature { value.repeat(2000) + tail } else { value.into() };
                headers.insert(name.replace("svix", family), value);
            }
        }
        webhook().verify_at(BODY, &headers, NOW).unwrap_err().code().as_str()
    };
    // Families that differ behind the beginning count as equal.
    assert_eq!(refusal(["a", "b"]), "too_many_signatures");
    assert_eq!(refusal(["", ""]), "too_many_signatures");
}

#[test]
fn maps_and_lists_of_texts_are_taken_too() {
    let webhook = webhook();
    let owned: HashMap<String, String> =
        HEADERS.iter().map(|(name, value)| (name.to_uppercase(), (*value).to_owned())).collect();
    let bytes: Vec<(Vec<u8>, Vec<u8>)> = HEADERS
        .iter()
        .map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()))
        .collect();
    let borrowed: BTreeMap<&str, &str> = HEADERS.into_iter().collect();
    assert!(webhook.verify_at(BODY, &owned, NOW).is_ok());
    assert!(webhook.verify_at(BODY, &borrowed, NOW).is_ok());
    assert!(webhook.verify_at(BODY, bytes.iter().map(|(name, value)| (name, value)), NOW).is_ok());
    let slices = bytes.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
    assert!(webhook.verify_at(BODY, slices, NOW).is_ok());
    assert!(webhook.verify_at(BODY, HEADERS, NOW).is_ok());
}
