//! The Node face of the core: convert, call, convert. The class, the headers and the error are in
//! `js/`.
//!
//! Free functions over an opaque handle, because a class method and an object of headers each cost
//! more than the signature check of a small body. Every export catches panics: one that reached
//! Node would abort the process.

#![allow(unsafe_code, reason = "napi's macros expand to unsafe code; none is written here")]

use napi::bindgen_prelude::{Either, External};
use napi_derive::napi;
use pivotal_webhooks::{
    Scheme, Webhook,
    binding::{self, Options},
};

/// The header names, schemes and errors that the surface needs to know, as JSON.
#[napi(catch_unwind)]
#[must_use]
pub fn catalogue() -> String {
    binding::catalogue()
}

/// A verifier, or the report of why there is none.
#[napi(catch_unwind)]
#[must_use]
#[allow(clippy::too_many_arguments, reason = "an object costs more to read across the border")]
pub fn open(
    pivot: bool,
    secrets: Vec<String>,
    labels: Option<Vec<String>>,
    schemes: Option<Vec<String>>,
    tolerance: Option<f64>,
    ignore_timestamp: bool,
    max_body: Option<f64>,
    key: Option<String>,
    max_event_age: Option<f64>,
) -> Either<External<Webhook>, String> {
    let options = Options {
        pivot,
        schemes,
        tolerance,
        ignore_timestamp,
        max_body,
        key,
        max_event_age,
        ..Options::default()
    };
    match options.with_secrets(secrets, labels).open() {
        Ok(webhook) => Either::A(External::new(webhook)),
        Err(error) => Either::B(binding::error_report(&error)),
    }
}

/// The names of the schemes that the verifier accepts.
#[napi(catch_unwind)]
#[must_use]
pub fn schemes(webhook: &External<Webhook>) -> Vec<&'static str> {
    webhook.schemes().map(Scheme::as_str).collect()
}

/// The longest body that is hashed, in bytes.
#[napi(catch_unwind)]
#[must_use]
pub fn max_body(webhook: &External<Webhook>) -> u32 {
    u32::try_from(webhook.max_body()).unwrap_or(u32::MAX)
}

/// Nothing for an authentic delivery with a usable body; otherwise an error report.
#[napi(catch_unwind)]
#[must_use]
pub fn verify(
    webhook: &External<Webhook>,
    body: &[u8],
    headers: String,
    now: f64,
) -> Option<String> {
    binding::verify(webhook, body, &headers, now)
}

/// Where the fields of an authentic event stand in its body, or an error report.
#[napi(catch_unwind)]
#[must_use]
pub fn unwrap(webhook: &External<Webhook>, body: &[u8], headers: String, now: f64) -> String {
    binding::unwrap(webhook, body, &headers, now)
}

/// The facts of an authentic delivery, or an error report: only an error has a `code`.
#[napi(catch_unwind)]
#[must_use]
pub fn verify_signature(
    webhook: &External<Webhook>,
    body: &[u8],
    headers: String,
    now: f64,
) -> String {
    binding::verify_signature(webhook, body, &headers, now)
}

/// A report whose `signature` is the signature header's value, or an error report.
#[napi(catch_unwind)]
#[must_use]
pub fn sign(
    webhook: &External<Webhook>,
    scheme: Option<String>,
    id: String,
    timestamp: f64,
    body: &[u8],
) -> String {
    binding::sign(webhook, scheme.as_deref(), &id, timestamp, body)
}

/// A report whose `headers` are those that a sender would add, or an error report.
#[napi(catch_unwind)]
#[must_use]
pub fn sent(
    webhook: &External<Webhook>,
    scheme: String,
    id: String,
    timestamp: f64,
    body: &[u8],
) -> String {
    binding::sent(webhook, &scheme, &id, timestamp, body)
}

/// The report for a header whose value is not text.
#[napi(catch_unwind)]
#[must_use]
pub fn header_not_text(name: String) -> String {
    binding::error_report(&binding::header_not_text(&name))
}

/// The report for a body that is a string without a UTF-8 encoding.
#[napi(catch_unwind)]
#[must_use]
pub fn body_not_text() -> String {
    binding::error_report(&binding::body_not_text())
}

/// The report for a body that grew beyond the limit while it was read.
#[napi(catch_unwind)]
#[must_use]
pub fn body_too_large() -> String {
    binding::error_report(&binding::body_too_large())
}

/// The report for a body with a content coding.
#[napi(catch_unwind)]
#[must_use]
pub fn body_compressed() -> String {
    binding::error_report(&binding::body_compressed())
}
