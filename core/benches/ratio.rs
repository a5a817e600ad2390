//! Measures the core beside the hash alone: the limit is the time of the compressions that an HMAC
//! with a prepared key needs, each as long as one that is measured in the same run.

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

use std::hint::black_box;

#[allow(dead_code, reason = "another benchmark uses the rest")]
mod common;
mod rounds;

use rounds::case;

/// Blocks that are compressed by one call, so that the call itself takes no part of the limit.
const BLOCKS: usize = 64;
/// Bytes of a block of SHA-256, and of what its padding takes at least.
const BLOCK: usize = 64;
const PADDING: usize = 9;

fn main() {
    let mut core = rounds::Table::new(
        "core",
        "`limit` is the time of the compressions that an HMAC-SHA256 with a prepared key needs, \
         each as long as one that was measured in the same run. `hmac` is the crate `hmac` alone. \
         Twelve headers arrive.",
    );
    let mut refused = rounds::Table::new(
        "core, refused",
        "The refusals of a delivery by the call `verify_signature`. No hash is computed before \
         `signature_mismatch`.",
    );
    let mut candidates = rounds::Table::new(
        "core, more candidates",
        "The same delivery with several secrets, of which the last one signed it, and with several \
         signatures, of which the last one matches.",
    );
    for size in common::SIZES {
        let delivery = common::Delivery::of(size);
        let mut state = [0; 8];
        let blocks = [[7; BLOCK]; BLOCKS];
        let compress = || {
            sha2::block_api::compress256(black_box(&mut state), black_box(&blocks));
        };
        let rounds = core.measure(
            size,
            vec![
                case("64 compressions", compress),
                case("hmac", || delivery.bare_hmac()),
                case("verify_signature", || delivery.verify().unwrap()),
                case("unwrap", || delivery.unwrap().unwrap()),
                case("serde_json", || delivery.json()),
            ],
        );
        // One compression more is that of the outer hash.
        let compressions = (common::PREFIX_LEN + size + PADDING).div_ceil(BLOCK) + 1;
        let share = compressions as f64 / BLOCKS as f64;
        core.add(size, "limit", rounds[0].iter().map(|time| time * share).collect());

        let faults = common::Fault::ALL.map(|fault| (fault.code(), delivery.with_fault(fault)));
        let cases = faults.iter().map(|(code, faulty)| {
            assert_eq!(faulty.verify().unwrap_err().code().as_str(), *code);
            case(code, || faulty.verify().unwrap_err())
        });
        refused.measure(size, cases.collect());

        let several = [
            ("1 secret, 1 signature", delivery.with_candidates(1, 1)),
            ("2 secrets, 1 signature", delivery.with_candidates(2, 1)),
            ("8 secrets, 1 signature", delivery.with_candidates(8, 1)),
            ("1 secret, 2 signatures", delivery.with_candidates(1, 2)),
            ("1 secret, 8 signatures", delivery.with_candidates(1, 8)),
        ];
        let cases =
            several.iter().map(|(name, delivery)| case(name, || delivery.verify().unwrap()));
        candidates.measure(size, cases.collect());
    }
    rounds::write(&[core, refused, candidates]);
}
