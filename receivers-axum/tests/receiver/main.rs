//! Runs the layer and the extractor inside axum, on real sockets.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod deliveries;
mod faults;
mod log;
mod site;
mod suite;
mod vectors;
mod wire;
