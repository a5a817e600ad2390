//! What must hold for every input. Each function takes the bytes of a fuzzer and panics if it finds
//! something that does not hold.

use pivotal_webhooks::{UnixTime, binding::javascript};
use pivotal_webhooks_test_vectors::{
    Action, Answer, Case, Endpoint, Expect, Secret, Verified, Webhook,
};

use crate::{first, request, second};

/// A function of this module.
pub type Oracle = fn(&[u8]);

/// Every oracle by the name of its fuzz target.
pub const ALL: &[(&str, Oracle)] = &[
    ("delivery", delivery),
    ("secret", secret),
    ("json", json),
    ("event", event),
    ("dump", dump),
    ("diagnosis", diagnosis),
    ("border", border),
];

/// Both verifiers agree about a delivery. A delivery that is accepted is refused with one bit of its
/// signed bytes flipped, which the input chooses, and under every other scheme.
///
/// The bytes are those of [`request`].
pub fn delivery(bytes: &[u8]) {
    let Some(case) = request::read(bytes) else {
        return;
    };
    agreed(&case);
    let case = Case { action: Action::VerifySignature, ..case };
    if let Expect::Ok(Answer::Verified(verified)) = first::outcome(&case) {
        refuses_flipped_bits(&case, &verified, bytes);
        second::under_other_schemes(&case, &verified.scheme).iter().for_each(assert_refused);
    }
}

/// Both verifiers agree about a secret.
///
/// The first byte chooses the options, and the rest is the secret's text.
pub fn secret(bytes: &[u8]) {
    let Some((choice, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = core::str::from_utf8(text) else {
        return;
    };
    let endpoint = if choice & 1 == 1 { Endpoint::Pivot } else { Endpoint::Pivotal };
    let key = [None, Some("text"), Some("base64"), None][usize::from(choice >> 1 & 3)];
    let schemes =
        (choice & 8 != 0 && endpoint == Endpoint::Pivotal).then(|| vec!["pivotal".into()]);
    let mut case = Case {
        action: Action::Construct,
        webhook: Webhook { key: key.map(str::to_owned), schemes, ..webhook(endpoint) },
        ..signed(endpoint, Action::Construct, &[])
    };
    let secret = |secret: &str| Secret { secret: secret.to_owned(), label: None };
    case.webhook.secrets = text.split('\0').map(secret).collect();
    agreed(&case);
}

/// Both verifiers agree whether an authentic body is JSON, and the core's value is that of `serde_json`.
pub fn json(bytes: &[u8]) {
    agreed(&verification(bytes));
}

/// A genuine delivery of a body, whose JSON is verified.
#[must_use]
pub fn verification(body: &[u8]) -> Case {
    signed(Endpoint::Pivot, Action::Verify, body)
}

/// Both verifiers read the same event from an authentic body.
///
/// The first byte chooses the sender, and the rest is the body.
pub fn event(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let endpoint = if choice & 1 == 1 { Endpoint::Pivot } else { Endpoint::Pivotal };
    agreed(&signed(endpoint, Action::Unwrap, body));
}

/// Both verifiers restore the same event from a dump.
///
/// The first byte chooses the sender, and the rest is the dump.
pub fn dump(bytes: &[u8]) {
    let Some((choice, dump)) = bytes.split_first() else {
        return;
    };
    let endpoint = if choice & 1 == 1 { Endpoint::Pivot } else { Endpoint::Pivotal };
    agreed(&signed(endpoint, Action::Restore, dump));
}

/// A diagnosis ends without a panic. It finds nothing in a delivery that is accepted.
///
/// The bytes are those of [`request`].
pub fn diagnosis(bytes: &[u8]) {
    let Some(case) = request::read(bytes) else {
        return;
    };
    let Ok(now) = u64::try_from(case.now) else {
        return;
    };
    let mut builder = match case.webhook.endpoint {
        Endpoint::Pivotal => pivotal_webhooks::Webhook::builder(),
        Endpoint::Pivot => pivotal_webhooks::Webhook::pivot_builder(),
    };
    for secret in &case.webhook.secrets {
        builder = builder.secret(secret.secret.as_str());
    }
    let Ok(webhook) = builder.clone().build() else {
        return;
    };
    let (body, now) = (case.body.as_bytes(), UnixTime::from_secs(now));
    let is_accepted = webhook.verify_signature_at(body, case.header_pairs(), now).is_ok();
    let findings = builder.diagnosis().diagnose_at(body, case.header_pairs(), now);
    if is_accepted {
        assert_eq!(findings.as_deref(), Ok(&[][..]));
    }
}

/// A call from JavaScript ends without a panic, whatever it is made of.
///
/// The first byte is the operation, two bytes are the length of the texts, the numbers follow, then the
/// texts and the body.
pub fn border(bytes: &[u8]) {
    let Some((operation, rest)) = bytes.split_first() else {
        return;
    };
    let Some((length, rest)) = rest.split_first_chunk::<2>() else {
        return;
    };
    let mut numbers = javascript::NO_NUMBERS;
    let mut rest = rest;
    for number in &mut numbers {
        let Some((bytes, after)) = rest.split_first_chunk::<8>() else {
            return;
        };
        *number = f64::from_le_bytes(*bytes);
        rest = after;
    }
    let (texts, body) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*length))));
    let _ = javascript::open(texts, &numbers);
    let webhook = match pivotal_webhooks::Webhook::new(request::SECRETS[0]) {
        Ok(webhook) => webhook,
        Err(error) => panic!("{error}"),
    };
    let _ = javascript::run(Some(&webhook), u32::from(*operation), texts, body, &mut numbers);
}

/// The outcome of the core, which is that of the second verifier.
fn agreed(case: &Case) -> Expect {
    let (one, other) = (first::outcome(case), second::outcome(case));
    assert_eq!(one, other, "the core (left) and the second verifier (right): {case:?}");
    one
}

/// Flips one bit of the body, and one of each header that is signed.
fn refuses_flipped_bits(case: &Case, verified: &Verified, bytes: &[u8]) {
    // Any number will do, if equal bytes give the same one.
    let number = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31) ^ usize::from(*byte));
    let flipped = |bytes: &[u8]| {
        let mut changed = bytes.to_vec();
        let bit = number % (changed.len() * 8);
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    };
    if !case.body.as_bytes().is_empty() {
        assert_refused(&Case { body: flipped(case.body.as_bytes()).into(), ..case.clone() });
    }
    let timestamp = verified.timestamp.map(|time| time.to_string());
    for (name, signed) in [("svix-id", &verified.id), ("svix-timestamp", &timestamp)] {
        let (Some(signed), "svix") = (signed, verified.scheme.as_str()) else {
            continue;
        };
        let Ok(changed) = String::from_utf8(flipped(signed.as_bytes())) else {
            continue;
        };
        // Both families may be there, with equal values.
        let is_it = |other: &str| {
            let other = other.to_ascii_lowercase();
            other == name || other.strip_prefix("webhook") == name.strip_prefix("svix")
        };
        let mut other = case.clone();
        for (_, value) in other.headers.iter_mut().filter(|(name, _)| is_it(name)) {
            *value = changed.clone().into();
        }
        assert_refused(&other);
    }
}

fn assert_refused(case: &Case) {
    assert!(matches!(first::outcome(case), Expect::Error(_)), "it was accepted: {case:?}");
}

fn webhook(endpoint: Endpoint) -> Webhook {
    Webhook {
        endpoint,
        secrets: vec![Secret { secret: request::SECRETS[0].to_owned(), label: None }],
        schemes: None,
        tolerance: None,
        ignore_timestamp: false,
        max_body: None,
        key: None,
        max_event_age: None,
        source: None,
    }
}

/// A genuine delivery of a body.
fn signed(endpoint: Endpoint, action: Action, body: &[u8]) -> Case {
    let headers = match endpoint {
        Endpoint::Pivot => vec![("x-pivot-signature", "\u{4}")],
        Endpoint::Pivotal => vec![
            ("svix-id", "msg_1"),
            ("svix-timestamp", "1750000000"),
            ("svix-signature", "v1,\u{1}"),
        ],
    };
    let mut case = Case {
        name: String::new(),
        why: String::new(),
        threats: Vec::new(),
        action,
        webhook: webhook(endpoint),
        now: 1_750_000_000,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned().into()))
            .collect(),
        body: body.to_vec().into(),
        sign: None,
        expect: Expect::Ok(Answer::Nothing),
    };
    second::put_signatures(&mut case);
    case
}

/// The oracle of that name.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn named(target: &str) -> Oracle {
    let found = ALL.iter().find(|(name, _)| *name == target);
    found.map_or_else(|| panic!("no oracle is called {target}"), |(_, oracle)| *oracle)
}

/// Inputs for each target, made of the vectors.
#[must_use]
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    for case in pivotal_webhooks_test_vectors::load() {
        let body = case.body.as_bytes();
        let sender = match case.webhook.endpoint {
            Endpoint::Pivotal => b"\0",
            Endpoint::Pivot => b"\x01",
        };
        match case.action {
            Action::VerifySignature | Action::Verify | Action::Unwrap => {
                if let Some(bytes) = request::write(&case) {
                    seeds.push(("delivery", bytes.clone()));
                    seeds.push(("diagnosis", bytes));
                }
                if case.action == Action::Verify {
                    seeds.push(("json", body.to_vec()));
                }
                if case.action == Action::Unwrap {
                    seeds.push(("event", [sender, body].concat()));
                }
            }
            Action::Restore => seeds.push(("dump", [sender, body].concat())),
            Action::Construct => {
                let texts: Vec<&str> =
                    case.webhook.secrets.iter().map(|secret| &*secret.secret).collect();
                seeds.push(("secret", [sender, texts.join("\0").as_bytes()].concat()));
            }
            Action::Sign => (),
        }
    }
    // Bodies of a megabyte would be most of what a fuzzer reads.
    seeds.retain(|(_, seed)| seed.len() <= MAX_SEED);
    seeds
}

/// Bytes.
pub const MAX_SEED: usize = 16 * 1024;
