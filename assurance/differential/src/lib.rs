//! Two verifiers with one interface: the core, and a second one that shares no code with it and computes
//! HMAC by another crate. The tests of the core, the fuzzer and `cargo xtask assure` compare their outcomes.
//!
//! Both take a [`Case`](pivotal_webhooks_test_vectors::Case) without looking at what it expects, and
//! return what it comes to.

pub mod bodies;
mod damage;
pub mod first;
pub mod mutation;
pub mod oracle;
pub mod request;
pub mod second;
pub mod series;
pub mod written;
