//! Runs the paths of the core one by one, for callgrind to count their instructions.
//!
//! Run it under valgrind's callgrind. The bare HMAC of the same bytes is counted beside each path, so
//! that the work of the core can be told from that of the hash. Each path runs twice and only the
//! second run counts, because the first one fills caches of the allocator and the linker.

use std::{ffi::CString, hint::black_box, process::ExitCode};

use hmac::{Hmac, KeyInit as _, Mac as _};
use pivotal_webhooks::{Error, Scheme, UnixTime, Webhook};
use pivotal_webhooks_assurance::{
    delivery::{Delivery, keys, webhook},
    valgrind,
};
use sha2::Sha256;

#[path = "../../../core/benches/headers.rs"]
mod headers;

const SMALL: &[u8] = br#"{"id":"evt_2nQv8c9aZmYHKr1","type":"customer.at_risk","created_at":"2026-05-26T18:42:00.000Z","data":{"object":{"id":"cus_2N","name":"Acme Corp","health_score":38}}}"#;
/// The size in bytes of the larger body.
const LARGE: usize = 1024;
fn main() -> ExitCode {
    if !valgrind::is_there() {
        eprintln!("error: run this program under valgrind");
        return ExitCode::FAILURE;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let keys = keys(32, 3);
    let [first, _, third] = keys.as_slice() else { unreachable!("there are three keys") };
    let (small, large) = (SMALL.to_vec(), large());
    let one = webhook(Scheme::Svix, &keys[..1])?;
    let three = webhook(Scheme::Svix, &keys)?;
    let svix = |key: &[u8], body: &[u8]| Delivery::signed(Scheme::Svix, key, body, |_| ());

    let delivery = svix(first, &small);
    let at_large = svix(first, &large);
    let hashed =
        Hashed { key: first, prefix: b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", times: 1 };
    count("verify_signature, 167 B", &hashed, &small, || delivery.verify(&one).is_ok());
    count("verify_signature, 1 KiB", &hashed, &large, || at_large.verify(&one).is_ok());
    let crowded = delivery.clone().among(&headers::USUAL);
    let name = "verify_signature, 167 B, 12 headers";
    count(name, &hashed, &small, || crowded.verify(&one).is_ok());
    let of_third = svix(third, &small);
    let thrice = Hashed { times: 3, ..hashed };
    let name = "verify_signature, 167 B, 3 secrets";
    count(name, &thrice, &small, || of_third.verify(&three).is_ok());
    count("unwrap, 167 B", &hashed, &small, || delivery.unwrap(&one).is_ok());
    count("unwrap, 1 KiB", &hashed, &large, || at_large.unwrap(&one).is_ok());
    for (scheme, prefix) in [(Scheme::Pivotal, b"1614265330.".as_slice()), (Scheme::Pivot, b"")] {
        let webhook = webhook(scheme, &keys[..1])?;
        let delivery = Delivery::signed(scheme, first, &small, |_| ());
        let name = format!("verify_signature, 167 B, {scheme}");
        let hashed = Hashed { prefix, ..hashed };
        count(&name, &hashed, &small, || delivery.verify(&webhook).is_ok());
    }
    count("sign, 167 B", &hashed, &small, || sign(&one).is_ok());

    let forged = Delivery::signed(Scheme::Svix, first, &small, |tag| tag[0] ^= 1);
    count("refusal, signature_mismatch", &hashed, &small, || forged.verify(&one).is_err());
    let nothing = Hashed { times: 0, ..hashed };
    let unsigned = delivery.clone().without("svix-signature");
    count("refusal, header_missing", &nothing, &small, || unsigned.verify(&one).is_err());
    let malformed = delivery.clone().with("svix-timestamp", "soon");
    count("refusal, timestamp_malformed", &nothing, &small, || malformed.verify(&one).is_err());
    Ok(())
}

/// A body that is an event too, filled up with white space.
fn large() -> Vec<u8> {
    let mut body = SMALL.to_vec();
    body.resize(LARGE, b' ');
    body
}

/// What a path has to hash: that many times a prefix and the body, with a prepared key.
#[derive(Clone, Copy)]
struct Hashed<'k> {
    key: &'k [u8],
    prefix: &'static [u8],
    times: u8,
}

impl Hashed<'_> {
    fn hash(&self, hmac: &Hmac<Sha256>, body: &[u8]) {
        for _ in 0..self.times {
            let mut hmac = hmac.clone();
            hmac.update(self.prefix);
            hmac.update(body);
            black_box(hmac.finalize());
        }
    }
}

fn sign(webhook: &Webhook) -> Result<String, Error> {
    let now = UnixTime::from_secs(1_614_265_330);
    let signed = webhook.sign(None, "msg_p5jXN8AQM9LWM0D4loKWxJek", now, SMALL)?;
    Ok(signed.signature().to_owned())
}

/// Counts the second of two runs of a path, which has to be true, and the same of its bare HMAC.
fn count(name: &str, hashed: &Hashed<'_>, body: &[u8], path: impl Fn() -> bool) {
    let hmac = Hmac::<Sha256>::new_from_slice(hashed.key).unwrap_or_else(|_| unreachable!());
    hashed.hash(&hmac, body);
    valgrind::count_instructions(&label(name, "hmac"), || hashed.hash(&hmac, body));
    assert!(black_box(path()), "{name}: another verdict");
    valgrind::count_instructions(&label(name, "path"), || {
        black_box(path());
    });
}

fn label(name: &str, part: &str) -> CString {
    CString::new(format!("{part}\t{name}")).unwrap_or_default()
}
