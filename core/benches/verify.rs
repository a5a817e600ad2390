//! Measures a verification and the HMAC alone, `unwrap` and a JSON parser. `cargo xtask bench` runs it.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod common;

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify_signature");
    for size in common::SIZES {
        let delivery = common::Delivery::of(size);
        group.throughput(Throughput::Bytes(u64::try_from(size).unwrap()));
        group.bench_function(BenchmarkId::new("verify", size), |bencher| {
            bencher.iter(|| black_box(&delivery).verify().unwrap());
        });
        group.bench_function(BenchmarkId::new("bare hmac", size), |bencher| {
            bencher.iter(|| black_box(&delivery).bare_hmac());
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("unwrap");
    for size in common::SIZES {
        let delivery = common::Delivery::of(size);
        group.throughput(Throughput::Bytes(u64::try_from(size).unwrap()));
        group.bench_function(BenchmarkId::new("unwrap", size), |bencher| {
            bencher.iter(|| black_box(&delivery).unwrap().unwrap());
        });
        group.bench_function(BenchmarkId::new("serde_json", size), |bencher| {
            bencher.iter(|| black_box(&delivery).json());
        });
    }
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);
