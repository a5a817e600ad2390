//! The Node addon: it decodes a call, runs the core and encodes the result. `bindings-wasm` does the
//! same for WebAssembly. The classes and the errors are in `js/`.
//!
//! [`javascript`] describes the format of a call. An open webhook is a JavaScript function, because for
//! an opaque handle among the arguments napi would take a lock and search a table at every call.

#![allow(unsafe_code, reason = "napi's macros expand to unsafe code; none is written here")]

use napi::bindgen_prelude::{Either, Env, Error, Function, FunctionCallContext, Result, Status};
use napi_derive::napi;
use pivotal_webhooks::{
    Webhook,
    binding::javascript::{self, NO_NUMBERS, Numbers},
};

/// The bytes of a `Uint8Array`, to read and to write. The macro takes a `&mut` for an object of Rust.
type CallBuffer<'a> = &'a mut [u8];

/// Runs an operation that needs no webhook; see [`javascript::run`].
///
/// A call buffer holds the numbers and, behind them, the tagged texts. The call overwrites the numbers.
///
/// # Errors
///
/// Wrong types, or a buffer without room for the numbers. No code of this package causes these errors.
#[napi(catch_unwind)]
pub fn run(operation: u32, call_buffer: CallBuffer<'_>, body: &[u8]) -> Result<Option<String>> {
    run_on(None, operation, call_buffer, body)
}

/// Runs `Diagnose`, the operation that needs a body and no webhook; see [`javascript::run`].
///
/// # Errors
///
/// The same as [`run`].
#[napi(catch_unwind)]
pub fn diagnose(operation: u32, call_buffer: &[u8], body: &[u8]) -> Result<Option<String>> {
    let (mut numbers, texts) = decode(call_buffer)?;
    Ok(javascript::run(None, operation, texts, body, &mut numbers))
}

/// Opens a webhook; see [`javascript::open`]. Returns the report of an error, or a function that takes
/// an operation, a call buffer and a body, returns the report of [`javascript::run`], and overwrites
/// the numbers in the buffer. It catches panics: one that reached Node would abort the process.
///
/// # Errors
///
/// The same as [`run`], and an error of Node if it can't make the function.
#[napi(catch_unwind)]
pub fn open<'env>(
    env: &'env Env,
    call_buffer: &[u8],
) -> Result<Either<Function<'env, (), Option<String>>, String>> {
    let (numbers, texts) = decode(call_buffer)?;
    match javascript::open(texts, &numbers) {
        Ok(webhook) => env
            .create_function_from_closure("webhook", move |call| run_open(&webhook, &call))
            .map(Either::A),
        Err(report) => Ok(Either::B(report)),
    }
}

/// Makes the next call panic.
#[cfg(feature = "panic-probe")]
#[napi(catch_unwind)]
pub fn arm_panic() {
    pivotal_webhooks::arm_panic();
}

fn run_open(webhook: &Webhook, call: &FunctionCallContext<'_>) -> Result<Option<String>> {
    run_on(Some(webhook), call.get(0)?, call.get(1)?, call.get(2)?)
}

fn run_on(
    webhook: Option<&Webhook>,
    operation: u32,
    call_buffer: &mut [u8],
    body: &[u8],
) -> Result<Option<String>> {
    let (mut numbers, texts) = decode(call_buffer)?;
    let report = javascript::run(webhook, operation, texts, body, &mut numbers);
    for (bytes, number) in call_buffer.as_chunks_mut().0.iter_mut().zip(numbers) {
        *bytes = number.to_ne_bytes();
    }
    Ok(report)
}

/// The numbers and the texts of a call buffer.
fn decode(call_buffer: &[u8]) -> Result<(Numbers, &[u8])> {
    let (bytes, texts) = call_buffer
        .split_at_checked(size_of::<Numbers>())
        .ok_or_else(|| Error::from_status(Status::InvalidArg))?;
    let mut numbers = NO_NUMBERS;
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = f64::from_ne_bytes(*bytes);
    }
    Ok((numbers, texts))
}
