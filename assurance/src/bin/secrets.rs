//! Looks for branches and addresses that depend on a key.
//!
//! Run it under valgrind's memcheck. The core marks each key as uninitialised memory before it uses
//! it, so that memcheck reports each branch and each address that depends on one. The verdict is
//! marked as known again, because the sender learns it. Three faulty verifiers run too: they must be
//! reported, or the other figures mean nothing. Valgrind does not know the processor's instructions
//! for SHA-256, so the core hashes by its portable code here.
//!
//! The program prints one line per case: its name, a tab, the number of reports.

use std::{hint::black_box, process::ExitCode};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pivotal_webhooks::{Scheme, SecretProbe};
use pivotal_webhooks_assurance::{
    delivery::{Delivery, TAG_LEN, keys, tag, webhook},
    valgrind,
};
use subtle::ConstantTimeEq as _;

/// Shorter than a block of the hash, as long, and longer: such a key is hashed first.
const KEY_LENGTHS: [usize; 6] = [16, 24, 32, 64, 65, 131];
const SECRETS: [u8; 3] = [1, 3, 8];
const BODY: &[u8] =
    br#"{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_2N"}}}"#;

/// Falsifies a tag, or leaves it as it is.
type Change = fn(&mut [u8; TAG_LEN]);

/// How a delivery's tag differs from the right one.
const TAGS: [(&str, Change); 3] = [
    ("match", |_| ()),
    ("first byte wrong", |tag| tag[0] ^= 1),
    ("last byte wrong", |tag| tag[TAG_LEN - 1] ^= 1),
];

fn main() -> ExitCode {
    if !valgrind::is_there() {
        eprintln!("error: run this program under valgrind");
        return ExitCode::FAILURE;
    }
    let cases = Case::all();
    // Deliveries are signed before keys are secret: a sender's tag is sent in the open.
    let deliveries: Vec<_> = cases.iter().map(Case::delivery).collect();
    SecretProbe { secret: valgrind::mark_secret, public: valgrind::mark_public }.set();
    for (case, delivery) in cases.iter().zip(&deliveries) {
        let Ok(webhook) = webhook(case.scheme, &case.keys()) else { return ExitCode::FAILURE };
        let (verdict, reports) = counted(|| delivery.verify(&webhook).is_ok());
        if verdict != (case.tag == "match") {
            eprintln!("error: {}: the verdict is {verdict}", case.name());
            return ExitCode::FAILURE;
        }
        println!("{}\t{reports}", case.name());
    }
    for (name, control) in CONTROLS {
        let key = keys(32, 1).remove(0);
        let received = tag(&key, &[BODY]);
        valgrind::mark_secret(&key);
        let ((), reports) = counted(|| control(&key, &received));
        println!("control, {name}\t{reports}");
    }
    ExitCode::SUCCESS
}

fn counted<T>(run: impl FnOnce() -> T) -> (T, u32) {
    let before = valgrind::reports();
    let result = run();
    (result, valgrind::reports() - before)
}

struct Case {
    scheme: Scheme,
    key_length: usize,
    secrets: u8,
    tag: &'static str,
    change: Change,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for scheme in Scheme::ALL.iter().copied() {
            for key_length in KEY_LENGTHS {
                for secrets in SECRETS {
                    for (tag, change) in TAGS {
                        cases.push(Self { scheme, key_length, secrets, tag, change });
                    }
                }
            }
        }
        cases
    }

    fn keys(&self) -> Vec<Vec<u8>> {
        keys(self.key_length, self.secrets)
    }

    /// A delivery that the last of the secrets signed.
    fn delivery(&self) -> Delivery {
        let keys = self.keys();
        let last = keys.last().map(Vec::as_slice).unwrap_or_default();
        Delivery::signed(self.scheme, last, BODY, self.change)
    }

    fn name(&self) -> String {
        let Self { scheme, key_length, secrets, tag, .. } = self;
        format!("{scheme}, key of {key_length} bytes, {secrets} secrets, {tag}")
    }
}

type Control = fn(&[u8], &[u8; TAG_LEN]);

/// Verifiers with the faults that this program must find.
const CONTROLS: [(&str, Control); 3] = [
    ("compares byte by byte", |key, received| {
        let tag = tag(key, &[BODY]);
        black_box(tag.iter().zip(received).all(|(one, other)| black_box(one == other)));
    }),
    ("stops at the first secret that matches", |key, received| {
        let matches =
            [key, &[7; 32]].iter().any(|key| bool::from(tag(key, &[BODY]).ct_eq(received)));
        black_box(matches);
    }),
    ("encodes the tag to compare texts", |key, received| {
        let (tag, received) = (STANDARD.encode(tag(key, &[BODY])), STANDARD.encode(received));
        let mut same = tag.as_bytes().ct_eq(received.as_bytes()).unwrap_u8().to_ne_bytes();
        valgrind::mark_public(&mut same);
        black_box(same);
    }),
];
