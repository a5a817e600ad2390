//! See the function of this name in `assurance/differential/src/oracle.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pivotal_webhooks_differential::oracle::json(bytes));
