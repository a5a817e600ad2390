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

use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};

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
    let mut signatures = rounds::Table::new(
        "core, signatures",
        "The same delivery with up to as many signatures as are accepted. The last one matches. \
         `decoded` is the first alone, and the other signatures decoded by the crate `base64`. One \
         signature more is a refusal before any hash.",
    )
    .in_unit("Nanoseconds per call, by the number of signatures");
    measure_signatures(&mut signatures);
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
            ("1 secret, 32 signatures", delivery.with_candidates(1, 32)),
        ];
        let cases =
            several.iter().map(|(name, delivery)| case(name, || delivery.verify().unwrap()));
        candidates.measure(size, cases.collect());
    }
    rounds::write(&[core, refused, candidates, signatures]);
}

/// The greatest number of signatures of a delivery.
const MOST_SIGNATURES: usize = 32;

fn measure_signatures(table: &mut rounds::Table) {
    let sizes = [
        ("1 KiB", "1 KiB, the first alone", "1 KiB, decoded", 1024),
        ("16 KiB", "16 KiB, the first alone", "16 KiB, decoded", 16 * 1024),
        ("1 MiB", "1 MiB, the first alone", "1 MiB, decoded", 1024 * 1024),
    ];
    let text = STANDARD.encode([7; 32]);
    for count in [1, 2, 4, 8, 16, MOST_SIGNATURES] {
        let deliveries = sizes.map(|(all, one, decoded, size)| {
            let delivery = common::Delivery::of(size);
            (all, one, decoded, delivery.with_candidates(1, count), delivery)
        });
        let cases = deliveries.iter().flat_map(|(all, one, decoded, several, single)| {
            let decode = || {
                for _ in 1..count {
                    let mut tag = [0; 32];
                    STANDARD.decode_slice(black_box(&text), &mut tag).unwrap();
                    black_box(tag);
                }
            };
            [
                case(all, || several.verify().unwrap()),
                case(one, || single.verify().unwrap()),
                case(decoded, move || {
                    decode();
                    single.verify().unwrap()
                }),
            ]
        });
        table.measure(count, cases.collect());
    }
    let more = common::Delivery::of(1024).with_candidates(1, MOST_SIGNATURES + 1);
    table.measure(MOST_SIGNATURES + 1, vec![case("1 KiB, refused", || more.verify().unwrap_err())]);
}
