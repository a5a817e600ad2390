//! The WebAssembly face of the core, twin of `bindings-node`: convert, call, convert. The class,
//! the headers and the error are in `bindings-node/js/`.
//!
//! A panic is a trap, and a trapped instance is replaced: nothing here has interior mutability
//! that a half-done call could leave behind.

use pivotal_webhooks::{
    Scheme, Webhook,
    binding::{self, Options},
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// One verifier.
#[wasm_bindgen]
pub struct Handle(Webhook);

/// The header names, schemes and errors that the surface needs to know, as JSON.
#[wasm_bindgen]
#[must_use]
pub fn catalogue() -> String {
    binding::catalogue()
}

/// A verifier, or the report of why there is none.
#[wasm_bindgen]
#[must_use]
#[expect(clippy::too_many_arguments, reason = "an object costs more to read across the border")]
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
) -> JsValue {
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
        Ok(webhook) => Handle(webhook).into(),
        Err(error) => binding::error_report(&error).into(),
    }
}

/// The names of the schemes that the verifier accepts.
#[wasm_bindgen]
#[must_use]
pub fn schemes(handle: &Handle) -> Vec<String> {
    handle.0.schemes().map(|scheme| Scheme::as_str(scheme).to_owned()).collect()
}

/// The longest body that is hashed, in bytes.
#[wasm_bindgen(js_name = maxBody)]
#[must_use]
pub fn max_body(handle: &Handle) -> usize {
    handle.0.max_body()
}

/// Nothing for an authentic delivery with a usable body; otherwise an error report.
#[wasm_bindgen]
#[must_use]
pub fn verify(handle: &Handle, body: &[u8], headers: &str, now: f64) -> Option<String> {
    binding::verify(&handle.0, body, headers, now)
}

/// Where the fields of an authentic event stand in its body, or an error report.
#[wasm_bindgen]
#[must_use]
pub fn unwrap(handle: &Handle, body: &[u8], headers: &str, now: f64) -> String {
    binding::unwrap(&handle.0, body, headers, now)
}

/// The facts of an authentic delivery, or an error report: only an error has a `code`.
#[wasm_bindgen(js_name = verifySignature)]
#[must_use]
pub fn verify_signature(handle: &Handle, body: &[u8], headers: &str, now: f64) -> String {
    binding::verify_signature(&handle.0, body, headers, now)
}

/// A report whose `signature` is the signature header's value, or an error report.
#[wasm_bindgen]
#[must_use]
pub fn sign(
    handle: &Handle,
    scheme: Option<String>,
    id: &str,
    timestamp: f64,
    body: &[u8],
) -> String {
    binding::sign(&handle.0, scheme.as_deref(), id, timestamp, body)
}

/// A report whose `headers` are those that a sender would add, or an error report.
#[wasm_bindgen]
#[must_use]
pub fn sent(handle: &Handle, scheme: &str, id: &str, timestamp: f64, body: &[u8]) -> String {
    binding::sent(&handle.0, scheme, id, timestamp, body)
}

/// The report for a header whose value is not text.
#[wasm_bindgen(js_name = headerNotText)]
#[must_use]
pub fn header_not_text(name: &str) -> String {
    binding::error_report(&binding::header_not_text(name))
}

/// The report for a body that is a string without a UTF-8 encoding.
#[wasm_bindgen(js_name = bodyNotText)]
#[must_use]
pub fn body_not_text() -> String {
    binding::error_report(&binding::body_not_text())
}

/// The report for a body that grew beyond the limit while it was read.
#[wasm_bindgen(js_name = bodyTooLarge)]
#[must_use]
pub fn body_too_large() -> String {
    binding::error_report(&binding::body_too_large())
}

/// The report for a body with a content coding.
#[wasm_bindgen(js_name = bodyCompressed)]
#[must_use]
pub fn body_compressed() -> String {
    binding::error_report(&binding::body_compressed())
}
