//! The same two, interleaved slice by slice, so that a busy machine slows both: the ratio holds.

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
    for size in common::SIZES {
        let delivery = common::Delivery::of(size);
        let (mut verify, mut hmac, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let a = slice(|| black_box(&delivery).verify().unwrap());
            let b = slice(|| black_box(&delivery).bare_hmac());
            verify.push(a);
            hmac.push(b);
            ratios.push(a / b);
        }
        println!(
            "{size:>9}  {:>12.0}  {:>12.0}  {:>6.3}",
            minimum(&verify),
            minimum(&hmac),
            median(&mut ratios)
        );
    }
}

/// Nanoseconds per call, over as many calls as a slice holds.
fn slice<T>(call: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    loop {
        black_box(call());
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

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
