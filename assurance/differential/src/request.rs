//! Cases as bytes that a fuzzer can change: the inverse of each other are [`read`] and [`write`].
//!
//! The bytes are eight choices, the receiver's clock, the header lines, an empty line and the body. A
//! character below U+0005 in a header's value stands for a signature by one of [`SECRETS`] over
//! whatever the rest of the request has become. So a changed request gets past the signature, and the
//! fuzzer reaches what comes after it.

use pivotal_webhooks_test_vectors::{Action, Case, Endpoint, Expect, Secret, Webhook};

use crate::second;

/// The secrets of every endpoint that is read.
pub const SECRETS: [&str; 3] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZnV6emVy",
    "dGhpcmQtc2VjcmV0LW9mLXRoZS1mdXp6ZXI=",
];

const CHOICES: usize = 8;
const ACTIONS: [Action; 3] = [Action::VerifySignature, Action::Verify, Action::Unwrap];
const SCHEMES: [Option<&[&str]>; 3] = [None, Some(&["svix"]), Some(&["pivotal"])];
const KEYS: [Option<&str>; 3] = [None, Some("text"), Some("base64")];
const TOLERANCES: [Option<f64>; 3] = [None, Some(0.0), Some(3600.0)];
const EVENT_AGES: [Option<f64>; 3] = [None, Some(1.0), Some(86_400.0)];
const MAX_BODIES: [Option<f64>; 2] = [None, Some(64.0)];

/// The case of these bytes. Bytes that are no text in the place of a header's have no case.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Case> {
    let (choices, rest) = bytes.split_first_chunk::<CHOICES>()?;
    let (now, rest) = rest.split_first_chunk::<8>()?;
    let (head, body) = match rest.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&rest[..end], &rest[end + 2..]),
        None => (rest, &[][..]),
    };
    let [endpoint, action, scheme, key, tolerance, age, secrets, limits] = choices.map(usize::from);
    let is_pivot = endpoint % 2 == 1;
    let webhook = Webhook {
        endpoint: if is_pivot { Endpoint::Pivot } else { Endpoint::Pivotal },
        secrets: SECRETS[..=secrets % SECRETS.len()].iter().map(|text| secret(text)).collect(),
        schemes: chosen(&SCHEMES, scheme)
            .filter(|_| !is_pivot)
            .map(|names| names.iter().map(ToString::to_string).collect()),
        tolerance: chosen(&TOLERANCES, tolerance),
        ignore_timestamp: limits & 2 != 0 && !is_pivot,
        max_body: chosen(&MAX_BODIES, limits),
        key: chosen(&KEYS, key).map(str::to_owned),
        max_event_age: chosen(&EVENT_AGES, age).filter(|_| is_pivot),
        source: None,
    };
    let headers = core::str::from_utf8(head).ok()?.split('\n').filter(|line| !line.is_empty());
    let mut case = Case {
        name: String::new(),
        why: String::new(),
        threats: Vec::new(),
        action: ACTIONS[action % ACTIONS.len()],
        webhook,
        now: i64::from_le_bytes(*now),
        headers: headers
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                (name.to_owned(), value.to_owned().into())
            })
            .collect(),
        body: body.to_vec().into(),
        sign: None,
        // Nothing reads it.
        expect: Expect::Ok(pivotal_webhooks_test_vectors::Answer::Nothing),
    };
    second::put_signatures(&mut case);
    Some(case)
}

fn chosen<T: Copy, const N: usize>(from: &[Option<T>; N], number: usize) -> Option<T> {
    from[number % N]
}

fn secret(text: &str) -> Secret {
    Secret { secret: text.to_owned(), label: None }
}

/// The bytes of a case, if it has a request and header lines that the format can hold. Its own secrets
/// are replaced by [`SECRETS`].
#[must_use]
pub fn write(case: &Case) -> Option<Vec<u8>> {
    let is_pivot = case.webhook.endpoint == Endpoint::Pivot;
    let action = ACTIONS.iter().position(|action| *action == case.action)?;
    let schemes = case.webhook.schemes.as_deref();
    let scheme = SCHEMES.iter().position(|names| {
        names.map(|names| names.to_vec())
            == schemes.map(|names| names.iter().map(|name| &**name).collect())
    });
    let at = |choices: &[Option<f64>], given: Option<f64>| {
        choices.iter().position(|choice| *choice == given).unwrap_or_default()
    };
    let key = KEYS.iter().position(|key| *key == case.webhook.key.as_deref());
    let limits =
        usize::from(case.webhook.ignore_timestamp) * 2 + at(&MAX_BODIES, case.webhook.max_body);
    let choices = [
        usize::from(is_pivot),
        action,
        scheme.unwrap_or_default(),
        key.unwrap_or_default(),
        at(&TOLERANCES, case.webhook.tolerance),
        at(&EVENT_AGES, case.webhook.max_event_age),
        case.webhook.secrets.len().clamp(1, SECRETS.len()) - 1,
        limits,
    ];
    let headers = second::with_placeholders(case);
    let mut bytes: Vec<u8> =
        choices.iter().filter_map(|choice| u8::try_from(*choice).ok()).collect();
    bytes.extend(case.now.to_le_bytes());
    if headers.is_empty() {
        bytes.push(b'\n');
    }
    for (name, value) in headers {
        if name.contains([':', '\n']) || value.contains('\n') || name.is_empty() {
            return None;
        }
        bytes.extend(format!("{name}:{value}\n").bytes());
    }
    bytes.push(b'\n');
    bytes.extend(case.body.as_bytes());
    Some(bytes)
}
