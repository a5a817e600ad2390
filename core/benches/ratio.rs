//! Compares a verification with the HMAC alone, and `unwrap` with its parts. The calls are
//! interleaved, so that a busy machine slows all of them and the ratio stays the same.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

mod common;

const ROUNDS: usize = 61;
const SLICE: Duration = Duration::from_micros(1_500);

fn main() {
    println!("\n{:>9}  {:>12}  {:>12}  {:>6}", "body", "verify ns", "hmac ns", "ratio");
    let deliveries = common::SIZES.map(|size| (size, common::Delivery::of(size)));
    for (size, delivery) in &deliveries {
        let [verify, hmac] = measured([
            &|| {
                black_box(delivery.verify().unwrap());
            },
            &|| {
                black_box(delivery.bare_hmac());
            },
        ]);
        let ratio = median(verify.iter().zip(&hmac).map(|(verify, hmac)| verify / hmac));
        println!("{size:>9}  {:>12.0}  {:>12.0}  {ratio:>6.3}", minimum(&verify), minimum(&hmac));
    }

    println!(
        "\n{:>9}  {:>12}  {:>12}  {:>12}  unwrap / (verify + json)",
        "body", "unwrap ns", "verify ns", "json ns"
    );
    for (size, delivery) in &deliveries {
        let [unwrap, verify, json] = measured([
            &|| {
                black_box(delivery.unwrap().unwrap());
            },
            &|| {
                black_box(delivery.verify().unwrap());
            },
            &|| {
                black_box(delivery.json());
            },
        ]);
        let parts = verify.iter().zip(&json).map(|(verify, json)| verify + json);
        let ratio = median(unwrap.iter().zip(parts).map(|(unwrap, parts)| unwrap / parts));
        println!(
            "{size:>9}  {:>12.0}  {:>12.0}  {:>12.0}  {ratio:>6.3}",
            minimum(&unwrap),
            minimum(&verify),
            minimum(&json)
        );
    }
}

/// Nanoseconds per call of each, round by round.
fn measured<const N: usize>(calls: [&dyn Fn(); N]) -> [Vec<f64>; N] {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (rounds, call) in rounds.iter_mut().zip(calls) {
            rounds.push(slice(call));
        }
    }
    rounds
}

/// Nanoseconds per call, over as many calls as a slice holds.
fn slice(call: &dyn Fn()) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    loop {
        call();
        calls += 1;
        let elapsed = start.elapsed();
        if elapsed >= SLICE {
            return elapsed.as_nanos() as f64 / f64::from(calls);
        }
    }
}

fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
