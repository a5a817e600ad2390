//! Measures a verification beside the hash alone: the limit is the time of the compressions that an
//! HMAC with a prepared key needs, each as long as one that is measured in the same run. The calls are
//! interleaved, so that a busy machine slows all of them and the ratios stay the same.

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

use std::{env, fs, hint::black_box};

use cpu_time::ThreadTime;
use serde_json::json;

mod common;

const ROUNDS: usize = 61;
/// Nanoseconds of this thread.
const SLICE: u128 = 1_500_000;
const CALLS: u32 = 16;
/// Blocks that are compressed by one call, so that the call itself takes no part of the limit.
const BLOCKS: usize = 64;
/// Bytes of a block of SHA-256, and of what its padding takes at least.
const BLOCK: usize = 64;
const PADDING: usize = 9;

fn main() {
    println!(
        "{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}",
        "bytes", "limit", "hmac", "verify", "unwrap", "refused", "json"
    );
    let mut rows = Vec::new();
    for size in common::SIZES {
        let delivery = common::Delivery::of(size);
        let mut state = [0; 8];
        let blocks = [[7; BLOCK]; BLOCKS];
        let names = [
            "64 compressions",
            "hmac",
            "verify_signature",
            "unwrap",
            "refused: header_missing",
            "serde_json",
        ];
        let rounds = measured([
            &mut || sha2::block_api::compress256(black_box(&mut state), black_box(&blocks)),
            &mut || {
                black_box(delivery.bare_hmac());
            },
            &mut || {
                black_box(delivery.verify().unwrap());
            },
            &mut || {
                black_box(delivery.unwrap().unwrap());
            },
            &mut || {
                black_box(delivery.unsigned().unwrap_err());
            },
            &mut || {
                black_box(delivery.json());
            },
        ]);
        // One compression more is that of the outer hash.
        let compressions = (common::PREFIX_LEN + size + PADDING).div_ceil(BLOCK) + 1;
        let share = compressions as f64 / BLOCKS as f64;
        let limit: Vec<f64> = rounds[0].iter().map(|time| time * share).collect();
        let of = |values: &[f64]| median(values.iter().copied());
        println!(
            "{size:>8}{:>11.0}{:>11.0}{:>11.0}{:>11.0}{:>11.0}{:>11.0}",
            of(&limit),
            of(&rounds[1]),
            of(&rounds[2]),
            of(&rounds[3]),
            of(&rounds[4]),
            of(&rounds[5])
        );
        rows.push(json!({ "bytes": size, "case": "limit", "rounds": limit }));
        for (name, rounds) in names.iter().zip(&rounds) {
            rows.push(json!({ "bytes": size, "case": name, "rounds": rounds }));
        }
    }
    if let Some(file) = env::var_os("PIVOTAL_BENCH_RESULTS") {
        let results = json!({ "runtime": "Rust", "clock": "time of the thread", "rows": rows });
        fs::write(file, results.to_string()).unwrap();
    }
}

/// Nanoseconds per call of each, round by round.
fn measured<const N: usize>(mut calls: [&mut dyn FnMut(); N]) -> [Vec<f64>; N] {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (rounds, call) in rounds.iter_mut().zip(&mut calls) {
            rounds.push(slice(*call));
        }
    }
    rounds
}

/// Nanoseconds of this thread per call, over as many calls as a slice holds.
fn slice(call: &mut dyn FnMut()) -> f64 {
    let start = ThreadTime::now();
    let mut calls = 0_u32;
    loop {
        for _ in 0..CALLS {
            call();
        }
        calls += CALLS;
        let elapsed = start.elapsed().as_nanos();
        if elapsed >= SLICE {
            return elapsed as f64 / f64::from(calls);
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
