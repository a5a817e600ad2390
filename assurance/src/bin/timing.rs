//! Looks for differences in time that depend on a key: dudect's test (Reparaz, Balasch and
//! Verbauwhede, "Dude, is my code constant time?", 2017) over pairs of deliveries.
//!
//! Each pair differs only in what a forger wants to learn: where a wrong signature differs from the
//! right one, which secret matches, which signature of a list matches. Two faulty verifiers run too:
//! they must differ, or the other figures mean nothing.
//!
//! `PIVOTAL_SAMPLES` is the number of calls per pair. The program prints what dudect-bencher prints.

use std::hint::black_box;

use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main, rand::RngExt as _};
use pivotal_webhooks::{Scheme, Webhook};
use pivotal_webhooks_assurance::delivery::{Delivery, TAG_LEN, delivery_tag, keys, tag, webhook};

const BODY: &[u8] = br#"{"id":"evt_1","type":"customer.at_risk"}"#;
const KEY_LENGTH: usize = 32;
/// Fits into the first cache of a processor.
const BATCH: u32 = 32;

ctbench_main!(
    first_or_last_byte_wrong,
    first_or_third_secret,
    first_or_third_signature,
    control_compares_byte_by_byte,
    control_stops_at_the_first_secret
);

fn first_or_last_byte_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    let keys = keys(KEY_LENGTH, 1);
    let webhook = opened(&keys);
    let wrong =
        |index: usize| Delivery::signed(Scheme::Svix, &keys[0], BODY, |tag| tag[index] ^= 1);
    let deliveries = [wrong(0), wrong(TAG_LEN - 1)];
    measure(runner, rng, &deliveries, |delivery| delivery.verify(&webhook).is_ok());
}

fn first_or_third_secret(runner: &mut CtRunner, rng: &mut BenchRng) {
    let keys = keys(KEY_LENGTH, 3);
    let webhook = opened(&keys);
    let by = |secret: usize| Delivery::signed(Scheme::Svix, &keys[secret], BODY, |_| ());
    measure(runner, rng, &[by(0), by(2)], |delivery| delivery.verify(&webhook).is_ok());
}

fn first_or_third_signature(runner: &mut CtRunner, rng: &mut BenchRng) {
    let keys = keys(KEY_LENGTH, 3);
    let webhook = opened(&keys[..1]);
    let at = |place: usize| {
        let mut tags = [2, 1, 2].map(|key| delivery_tag(Scheme::Svix, &keys[key], BODY));
        tags[place] = delivery_tag(Scheme::Svix, &keys[0], BODY);
        Delivery::with_tags(Scheme::Svix, BODY, &tags)
    };
    measure(runner, rng, &[at(0), at(2)], |delivery| delivery.verify(&webhook).is_ok());
}

fn control_compares_byte_by_byte(runner: &mut CtRunner, rng: &mut BenchRng) {
    let right = tag(&keys(KEY_LENGTH, 1)[0], &[BODY]);
    let wrong = |index: usize| {
        let mut wrong = right;
        wrong[index] ^= 1;
        wrong
    };
    measure(runner, rng, &[wrong(0), wrong(TAG_LEN - 1)], |received| {
        right.iter().zip(received).all(|(one, other)| black_box(one == other))
    });
}

fn control_stops_at_the_first_secret(runner: &mut CtRunner, rng: &mut BenchRng) {
    let keys = keys(KEY_LENGTH, 3);
    let by = |secret: usize| tag(&keys[secret], &[BODY]);
    measure(runner, rng, &[by(0), by(2)], |received| {
        keys.iter().any(|key| tag(key, &[BODY]) == *received)
    });
}

fn opened(keys: &[Vec<u8>]) -> Webhook {
    webhook(Scheme::Svix, keys).expect("the keys are valid")
}

/// Times the call for both inputs, in a random order.
///
/// The inputs of a batch are copied before any of them is timed, each to a place of its own. So neither
/// the place of an input nor the copying of it depends on which of the two it is.
fn measure<I: Clone>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    [left, right]: &[I; 2],
    call: impl Fn(&I) -> bool,
) {
    let mut remaining = samples();
    while remaining > 0 {
        let size = remaining.min(BATCH);
        let batch: Vec<(Class, I)> = (0..size)
            .map(|_| {
                if rng.random() {
                    (Class::Left, left.clone())
                } else {
                    (Class::Right, right.clone())
                }
            })
            .collect();
        for (class, input) in &batch {
            runner.run_one(*class, || call(black_box(input)));
        }
        remaining -= size;
    }
}

fn samples() -> u32 {
    let given = std::env::var("PIVOTAL_SAMPLES").ok();
    given.and_then(|samples| samples.parse().ok()).unwrap_or(100_000)
}
